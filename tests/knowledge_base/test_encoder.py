"""The packaged encoder through sentence-transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from gateway.settings import Settings
from knowledge_base.encoder import ModelMissing, load_encoder
from knowledge_base.universal_encoder import DIMENSION, UniversalSentenceModule


def test_unit_vectors_across_languages() -> None:
    encoder = load_encoder(Settings())
    vectors = encoder.encode(["路燈壞了", "street light is broken", "如何申請護照"])
    assert vectors.shape == (3, encoder.dimension) == (3, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_the_module_serves_a_sentence_transformer() -> None:
    model = SentenceTransformer(modules=[UniversalSentenceModule()], device="cpu")
    alone = model.encode("路燈壞了")
    together = model.encode(["拖吊場", "路燈壞了"])
    assert together[1] == pytest.approx(alone, abs=1e-5)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    settings = Settings(embedding_model=str(tmp_path / "no-model"))
    with pytest.raises(ModelMissing, match="no-model"):
        load_encoder(settings)
