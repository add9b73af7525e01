"""The two locked environments: `.venv` (gateway, actions, knowledge base) and `bot/.venv` (Rasa alone)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import interpreters, stamps
from .console import SetupFailed, output_of, run, say, step

UV_VERSION = "0.13.9"
TORCH_VERSION = "2.13.0"
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
GATEWAY_PYTHONS = ("3.11", "3.12", "3.13")
RASA_PYTHONS = ("3.10",)


def find_uv(root: Path) -> Path:
    """uv from PATH, or from `.tools`, installed there when neither has it."""
    on_path = shutil.which("uv")
    if on_path:
        return Path(on_path)
    folder = root / ".tools"
    uv = folder / "bin" / "uv"
    if output_of([uv, "--version"]) is None:
        with step(f"uv {UV_VERSION}, into .tools"):
            command = [sys.executable, "-m", "pip", "install", "--upgrade", "--target", folder]
            try:
                run([*command, f"uv=={UV_VERSION}"], "installing uv", root / ".cache/setup/uv.log")
            except SetupFailed as problem:
                raise SetupFailed(
                    f"{problem}\n  how to get it: put uv on PATH (`pipx install uv`)"
                ) from problem
    return uv


def gateway_environment(root: Path, uv: Path) -> None:
    """`.venv`: everything locked, then PyTorch for the CPU, then the project itself."""
    lock = root / "requirements.lock"
    folder = root / ".venv"
    value = stamps.digest(root, [lock, root / "pyproject.toml"], TORCH_VERSION, folder)
    stamp = folder / ".wanshitong-stamp"
    if stamps.is_fresh(stamp, value) and (folder / "bin/wanshitong").exists():
        return
    with step("environment of the gateway (.venv)"):
        stamps.clear(stamp)
        _create(root, uv, folder, GATEWAY_PYTHONS)
        _sync(root, uv, folder, lock)
        _torch(root, uv, folder)
        install = [uv, "pip", "install", "--no-deps", "--no-build-isolation", "-e", root]
        run(install, "installing the project itself", root / ".cache/setup/project.log", _target(folder))
        stamps.write(stamp, value)


def rasa_environment(root: Path, uv: Path) -> None:
    """`bot/.venv`: Rasa, on the only Python it runs on."""
    lock = root / "bot/requirements.lock"
    folder = root / "bot/.venv"
    value = stamps.digest(root, [lock], folder)
    stamp = folder / ".wanshitong-stamp"
    if stamps.is_fresh(stamp, value) and (folder / "bin/rasa").exists():
        return
    with step("environment of Rasa (bot/.venv)"):
        stamps.clear(stamp)
        _create(root, uv, folder, RASA_PYTHONS)
        _sync(root, uv, folder, lock)
        stamps.write(stamp, value)


def _create(root: Path, uv: Path, folder: Path, versions: tuple[str, ...]) -> None:
    version = output_of([folder / "bin/python", "-c", interpreters.PROBE])
    if version in versions:
        return
    python = interpreters.find(versions, uv)
    say(f"  Python: {python}")
    log = root / f".cache/setup/venv-{versions[0]}.log"
    run([uv, "venv", "--clear", "-p", python, folder], f"creating {folder.name}", log)


def _sync(root: Path, uv: Path, folder: Path, lock: Path) -> None:
    log = root / f".cache/setup/packages-{lock.parent.name}.log"
    # Compiled once here, not at every start: a machine may keep Python from writing what it compiles.
    command = [uv, "pip", "sync", "--compile-bytecode", "--require-hashes", lock]
    run(command, f"installing {lock.relative_to(root)}", log, _target(folder))


def _torch(root: Path, uv: Path, folder: Path) -> None:
    """PyTorch without CUDA. The registry's own build for Linux carries gigabytes of it, so it comes last."""
    log = root / ".cache/setup/torch.log"
    problems: list[str] = []
    for name, options in torch_sources():
        # The project's own uv settings keep torch out of the lock; they would keep it out of here as well.
        command = [
            uv,
            "--no-config",
            "pip",
            "install",
            "--compile-bytecode",
            "--no-deps",
            *options,
            f"torch=={TORCH_VERSION}",
        ]
        try:
            run(command, f"installing torch {TORCH_VERSION} from {name}", log, _target(folder))
        except SetupFailed as problem:
            say(f"  torch {TORCH_VERSION} is not to be had from {name}")
            problems.append(str(problem))
        else:
            return
    raise SetupFailed("\n".join(problems))


def torch_sources() -> list[tuple[str, list[str]]]:
    """Where torch for the CPU is looked for, in this order: name and options for uv."""
    sources: list[tuple[str, list[str]]] = []
    links = pip_find_links()
    if links:
        options = ["--no-index", *(word for link in links for word in ("--find-links", link))]
        sources.append(("pip's own find-links", options))
    if sys.platform == "linux":
        sources.append(("PyTorch's CPU index", ["--default-index", PYTORCH_CPU_INDEX]))
    sources.append(("the package registry", []))
    return sources


def pip_find_links() -> list[str]:
    """The folders and pages that pip is configured to look in, which uv does not know of."""
    said = os.environ.get("PIP_FIND_LINKS") or output_of(
        [sys.executable, "-m", "pip", "config", "get", "global.find-links"]
    )
    return (said or "").split()


def _target(folder: Path) -> dict[str, str]:
    return {"VIRTUAL_ENV": str(folder), "UV_PYTHON": str(folder / "bin/python")}
