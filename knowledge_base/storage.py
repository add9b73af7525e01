"""Files of the knowledge base: where they lie, written whole or not at all, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import Unavailable


class StorageUnavailable(Unavailable):
    """The data folder cannot be written."""

    code = "knowledge_storage_unavailable"
    zh = "無法寫入資料夾，請檢查 WST_DATA_DIR 的權限與空間。"
    en = "The data folder cannot be written. Check WST_DATA_DIR, its permissions and free space."


def knowledge_folder(data_dir: Path) -> Path:
    """Where a run keeps its imported sources and its index."""
    return data_dir / "knowledge"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Only one process at a time imports or builds in the folder; others wait.

    Raises StorageUnavailable where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise StorageUnavailable(f"{folder}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_atomically(path: Path, text: str) -> None:
    """As `write_bytes_atomically`, for text."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Replace the file's content so that a reader, or a crash, sees all of the old or all of the new.

    Raises StorageUnavailable where it cannot be written; then the old content stands.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageUnavailable(f"{path}: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
