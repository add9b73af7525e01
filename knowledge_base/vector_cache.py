"""Vectors already made are not made again: a new index of a changed corpus takes seconds."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from knowledge_base.encoder import Encoder, Vectors
from knowledge_base.storage import write_bytes_atomically


class VectorCache:
    """An encoder that remembers every text, in half precision, in one file of the folder for each model.

    Half precision always, also for what is new: an index does not depend on what was known before.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        made_by = hashlib.sha256(f"{encoder.name}|{encoder.dimension}".encode()).hexdigest()[:16]
        self._path = folder / f"vectors-{made_by}.npz"
        self._known = _read(self._path, encoder.dimension)
        self._used: set[bytes] = set()

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            made = self._encoder.encode(list(new.values())).astype(np.float16)
            self._known.update(zip(new, made, strict=True))
        self._used.update(keys)
        return np.stack([self._known[key] for key in keys]).astype(np.float32)

    def keep(self) -> None:
        """Write down the vectors used since the cache was opened, no others. Raises StorageUnavailable."""
        keys = sorted(self._used)
        content = io.BytesIO()
        vectors = [self._known[key] for key in keys]
        np.savez(content, keys=np.frombuffer(b"".join(keys), dtype=np.uint8), vectors=np.array(vectors))
        write_bytes_atomically(self._path, content.getvalue())


def _read(path: Path, dimension: int) -> dict[bytes, Vectors]:
    """What the file holds; nothing where there is none or it is not whole: vectors can be made again."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            keys, vectors = arrays["keys"].reshape(-1, 16), arrays["vectors"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    if vectors.shape != (len(keys), dimension):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
