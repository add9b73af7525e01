"""Where files lie: outside the web root, under random names, whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.cases.attachments.errors import AttachmentNotFound

_NAME = re.compile(r"[0-9a-f]{32}")
_DRAFT_SUFFIX = ".part"


class Store:
    """A folder with two levels of folders in it. No name comes from anybody outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, data: bytes) -> str:
        """Keep the bytes, on the disk itself when this returns; the random name they are kept under."""
        name = secrets.token_hex(16)
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(_DRAFT_SUFFIX)
        try:
            with open(draft, "xb", opener=_owner_only) as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        for folder in (path.parent, path.parent.parent, self._folder):
            _sync(folder)
        return name

    def copy(self, name: str) -> str:
        """Keep the same bytes under a second random name, without writing them again."""
        source, second = self.path(name), secrets.token_hex(16)
        target = self.path(second)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Both names share one age; the second must not look old before its row is there.
        os.utime(source)
        target.hardlink_to(source)
        _sync(target.parent)
        return second

    def path(self, name: str) -> Path:
        """Where the file of that name lies. Raises AttachmentNotFound for what is no name of a file here."""
        if not _NAME.fullmatch(name):
            raise AttachmentNotFound
        return self._folder / name[:2] / name[2:4] / name

    def remove(self, name: str) -> None:
        """Forget the file; nothing happens when it is gone already."""
        self.path(name).unlink(missing_ok=True)

    def older_than(self, instant: datetime) -> Iterator[Path]:
        """Every file, finished or not, that was last written before the instant."""
        for path in self._folder.glob("??/??/*"):
            with suppress(FileNotFoundError):  # somebody else has just removed it
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < instant:
                    yield path


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """Put the folder's own entries on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
