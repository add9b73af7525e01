"""A gateway whose search is its own, so that what the desk publishes can be found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.settings import Settings
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase
from knowledge_base.storage import knowledge_folder
from tests.in_process import TODAY, LetterEncoder


@pytest.fixture
def own_search(
    request: pytest.FixtureRequest, knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search of every gateway made after this is its own, begun with the shipped index."""
    request.getfixturevalue("make_app")  # it has the search of all tests, which is put aside here
    built = knowledge_folder(knowledge_base.source.data_dir) / "index"

    def opened(settings: Settings) -> KnowledgeBase:
        own: Path = knowledge_folder(settings.data_dir) / "index"
        if not own.exists():
            shutil.copytree(built, own)
        source = IndexSource(settings.data_dir, LetterEncoder())
        return KnowledgeBase(source, lambda: TODAY, source.current())

    monkeypatch.setattr(KnowledgeBase, "open", opened)
