"""Stamps say from which inputs a thing was made, so that it is made again only when they change."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

UNSEEN_FOLDERS = {"__pycache__", ".venv", ".rasa"}


def files_under(paths: Iterable[Path]) -> list[Path]:
    """Every file among `paths` and below the folders among them, in a fixed order."""
    found: set[Path] = set()
    for path in paths:
        if path.is_file():
            found.add(path)
        elif path.is_dir():
            found.update(p for p in path.rglob("*") if p.is_file() and not UNSEEN_FOLDERS & set(p.parts))
    return sorted(found)


def digest(root: Path, paths: Iterable[Path], *facts: object) -> str:
    """A digest over names (relative to `root` where inside it), contents and further facts."""
    total = hashlib.sha256()
    for path in files_under(paths):
        name = path.relative_to(root) if root in path.parents else path
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for fact in facts:
        total.update(f"{fact}\n".encode())
    return total.hexdigest()


def is_fresh(stamp: Path, value: str) -> bool:
    """Whether the stamp was written for exactly this digest."""
    return stamp.is_file() and stamp.read_text().strip() == value


def write(stamp: Path, value: str) -> None:
    """Set the stamp, whole or not at all."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    draft = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    draft.write_text(value + "\n")
    draft.replace(stamp)


def clear(stamp: Path) -> None:
    """Take the stamp away before the thing it vouches for is changed."""
    if stamp.exists():
        stamp.unlink()
