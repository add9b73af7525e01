"""What pages of the console load: our own files and those of others, under names that change with them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from gateway.settings import PROJECT_ROOT

OWN = Path(__file__).parent / "static"
VENDOR = PROJECT_ROOT / ".cache/assets/vendor"
"""Laid out at set-up (scripts/bootstrap/assets.py)."""
_FOREVER = "public, max-age=31536000, immutable"
_CHECK_EACH_TIME = "no-cache"

router = APIRouter(include_in_schema=False)


class Assets:
    """All files under one digest, so that files that name each other need not know it."""

    def __init__(self, own: Path = OWN, vendor: Path = VENDOR) -> None:
        self._own = StaticFiles(directory=own)
        self._vendor = StaticFiles(directory=vendor, check_dir=False)
        self.digest = _digest(own, vendor)

    def url(self, name: str) -> str:
        """The address of a file, such as `shell.css` or `vendor/htmx.min.js`."""
        return f"/console/assets/{self.digest}/{name}"

    async def answer(self, digest: str, name: str, request: Request) -> Response:
        """The file. Raises 404 when there is none."""
        files, path = (
            (self._vendor, name.removeprefix("vendor/")) if name.startswith("vendor/") else (self._own, name)
        )
        response = await files.get_response(path, request.scope)
        response.headers["cache-control"] = _FOREVER if digest == self.digest else _CHECK_EACH_TIME
        return response


@router.get("/console/assets/{digest}/{name:path}")
async def asset(digest: str, name: str, request: Request) -> Response:
    """A script, a style or a picture; also under an old digest, for pages that are still open."""
    assets: Assets = request.app.state.frame.assets
    return await assets.answer(digest, name, request)


def _digest(*folders: Path) -> str:
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            total.update(f"{path.relative_to(folder)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]
