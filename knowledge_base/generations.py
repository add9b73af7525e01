"""Generations of the index on disk: built aside, swapped in one rename, checked before use."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge_base.hybrid import IndexDamaged
from knowledge_base.storage import StorageUnavailable, sync_folder, write_atomically

FORMAT = 2
_KEPT = 2
_CURRENT = "current"
_MANIFEST = "manifest.json"
_DRAFT = ".building-"


@dataclass(frozen=True)
class Manifest:
    """What a generation was made from. `corpus` and `files` are SHA-256 digests."""

    format: int
    corpus: str
    model: str
    dimension: int
    entries: int
    topics: int
    built_at: str
    files: dict[str, str]


class Generations:
    """The generations of one index folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self) -> str | None:
        """Name of the generation to serve; None where there is none yet."""
        try:
            name = (self._folder / _CURRENT).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if name and Path(name).name == name else None

    def path(self, name: str) -> Path:
        """Folder of a generation."""
        return self._folder / name

    def manifest(self, name: str) -> Manifest:
        """The manifest, after every file was found to be what was written. Raises IndexDamaged."""
        folder = self.path(name)
        try:
            content = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            manifest = Manifest(**content)
            damaged = [part for part, digest in manifest.files.items() if _digest(folder / part) != digest]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{name}: {error}") from error
        if damaged:
            raise IndexDamaged(f"{name}: changed since it was written: {', '.join(damaged)}")
        return manifest

    def add(self, write: Callable[[Path], Manifest]) -> str:
        """Let `write` fill a new generation, then make it the current one; its name.

        The caller holds the lock. Raises StorageUnavailable; then the current one is still served.
        """
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}"
        draft = self._folder / f"{_DRAFT}{name}"
        try:
            draft.mkdir(parents=True)
            manifest = dataclasses.replace(write(draft), files=_sealed(draft))
            write_atomically(draft / _MANIFEST, json.dumps(dataclasses.asdict(manifest), indent=1))
            draft.rename(self.path(name))
            sync_folder(self._folder)
        except OSError as error:
            raise StorageUnavailable(f"{self._folder}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        write_atomically(self._folder / _CURRENT, name + "\n")
        self._remove_old(name)
        return name

    def adopt(self, other: Generations, corpus: str) -> str | None:
        """Make the other folder's current generation, copied here, the current one; its name.

        None where that was not made of this corpus. The caller holds the lock. Raises IndexDamaged or
        StorageUnavailable.
        """
        name = other.current()
        manifest = other.manifest(name) if name is not None else None
        if name is None or manifest is None or manifest.corpus != corpus:
            return None
        made = manifest

        def write(folder: Path) -> Manifest:
            shutil.copytree(other.path(name), folder, dirs_exist_ok=True)
            (folder / _MANIFEST).unlink()
            return made

        return self.add(write)

    def _remove_old(self, current: str) -> None:
        """Keep the current generation and its predecessor, which a slow reader may still be loading."""
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir() and path.name != current)
        drafts = [path for path in folders if path.name.startswith(_DRAFT)]
        finished = [path for path in folders if not path.name.startswith(_DRAFT)]
        for path in [*drafts, *finished[: len(finished) - (_KEPT - 1)]]:
            shutil.rmtree(path, ignore_errors=True)


def _sealed(folder: Path) -> dict[str, str]:
    """Digests of all files below the folder, each forced to disk."""
    digests: dict[str, str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        digests[path.relative_to(folder).as_posix()] = _digest(path)
    return digests


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
