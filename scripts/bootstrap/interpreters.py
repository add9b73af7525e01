"""Find a Python that works. One on PATH may be a pyenv shim that only prints an error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from .console import SetupFailed, output_of

PROBE = "import sys, venv; print('%d.%d' % sys.version_info[:2])"


def works(python: Path, version: str) -> bool:
    """Whether this interpreter starts and is of the version its name promises."""
    return output_of([python, "-c", PROBE]) == version


def candidates(version: str) -> Iterator[Path]:
    """Places where a Python of this version may be: PATH, then pyenv's own folder."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder) / f"python{version}"
        if folder and path.exists():
            yield path
    for root in _pyenv_roots():
        installed = [p for p in root.glob(f"versions/{version}*/bin/python{version}") if p.exists()]
        yield from sorted(installed, key=_patch_level, reverse=True)


def find(versions: Sequence[str], uv: Path) -> Path:
    """The first working interpreter of the first version that has one; else uv is asked to fetch one."""
    tried: list[str] = []
    for version in versions:
        for path in candidates(version):
            if works(path, version):
                return path
            tried.append(f"{path} (does not start)")
    for version in versions:
        if (
            output_of([uv, "python", "install", version]) is not None
            and (found := output_of([uv, "python", "find", "--managed-python", version])) is not None
            and works(Path(found), version)
        ):
            return Path(found)
        tried.append(f"uv python install {version} (failed)")
    wanted = " or ".join(versions)
    raise SetupFailed(
        f"no working Python {wanted} was found.\n  tried: {'; '.join(tried)}\n"
        f"  how to get it: `pyenv install {versions[0]}`, `uv python install {versions[0]}` "
        "or your system's packages"
    )


def _pyenv_roots() -> list[Path]:
    named = os.environ.get("PYENV_ROOT") or (output_of(["pyenv", "root"]) if shutil.which("pyenv") else None)
    roots = [Path(named)] if named else []
    home = Path.home() / ".pyenv"
    return roots if home in roots else [*roots, home]


def _patch_level(path: Path) -> list[int]:
    return [int(part) for part in path.parent.parent.name.split(".") if part.isdigit()]
