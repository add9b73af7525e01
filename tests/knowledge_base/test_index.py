"""The index is that of the present corpus and model, whole, and swapped without a gap."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.hybrid import IndexDamaged
from knowledge_base.importers import import_file
from knowledge_base.index import IndexSource
from knowledge_base.service import KnowledgeBase
from knowledge_base.storage import StorageUnavailable
from tests.knowledge_base.conftest import HashingEncoder


def generations(source: IndexSource) -> set[str]:
    folder = source.data_dir / "knowledge" / "index"
    return {path.name for path in folder.iterdir() if path.is_dir()}


def import_one(data_dir: Path, name: str, answer: str = "每週一到週五。") -> None:
    path = data_dir / f"{name}.json"
    row = {
        "id": name,
        "question": f"{name} 服務時間？",
        "answer": answer,
        "source_url": f"https://x.example/{name}",
    }
    path.write_text(json.dumps([row]), encoding="utf-8")
    import_file(path, name, data_dir)


def test_a_fresh_index_is_loaded_not_built(source: IndexSource) -> None:
    first = source.current()
    assert source.current().generation == first.generation
    assert generations(source) == {first.generation}


def test_the_loaded_index_ranks_and_judges_as_the_built_one(source: IndexSource) -> None:
    built, loaded = source.current(), source.current()
    assert loaded.manifest == built.manifest or loaded.manifest == replace(
        built.manifest, files=loaded.manifest.files
    )
    assert loaded.rank("車被吊走", 3) == built.rank("車被吊走", 3)


def test_an_import_makes_the_index_stale(source: IndexSource) -> None:
    first = source.current()
    import_one(source.data_dir, "pool")
    second = source.current()
    assert second.generation != first.generation
    assert "pool" in second.index.ids


@pytest.mark.parametrize("encoder", [HashingEncoder(dimension=32), HashingEncoder(name="other")])
def test_another_model_or_dimension_makes_it_stale(source: IndexSource, encoder: HashingEncoder) -> None:
    first = source.current()
    other = replace(source, encoder=encoder).current()
    assert other.generation != first.generation
    assert (other.manifest.model, other.manifest.dimension) == (encoder.name, encoder.dimension)


def damage_bytes(folder: Path) -> None:
    path = folder / "vectors.faiss"
    content = bytearray(path.read_bytes())
    content[-8] ^= 0xFF
    path.write_bytes(bytes(content))


DAMAGES: list[Callable[[Path], None]] = [
    damage_bytes,
    lambda folder: (folder / "vectors.faiss").unlink(),
    lambda folder: (folder / "documents.json").write_text("{}", encoding="utf-8"),
    lambda folder: (folder / "manifest.json").write_text("{", encoding="utf-8"),
    lambda folder: (folder / "manifest.json").unlink(),
    lambda folder: (folder.parent / "current").write_text("../../etc", encoding="utf-8"),
    lambda folder: (folder.parent / "current").write_bytes(b"\xff\xfe"),
    lambda folder: (folder.parent / "current").unlink(),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=range(len(DAMAGES)))
def test_a_damaged_index_is_built_again(source: IndexSource, damage: Callable[[Path], None]) -> None:
    first = source.current()
    damage(source.generations.path(first.generation))
    second = source.current()
    assert second.generation != first.generation
    assert second.rank("車被吊走", 3) == first.rank("車被吊走", 3)
    assert source.current().generation == second.generation


def test_damage_is_named(source: IndexSource) -> None:
    name = source.current().generation
    damage_bytes(source.generations.path(name))
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss"):
        source.generations.manifest(name)


def test_two_generations_are_kept_and_no_draft(source: IndexSource) -> None:
    names = [source.build().generation for _ in range(4)]
    assert generations(source) == set(names[-2:])


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, source: IndexSource) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(StorageUnavailable):
        replace(source, data_dir=blocked).current()


def test_no_search_is_dropped_while_the_index_is_swapped(
    source: IndexSource, today: Callable[[], date]
) -> None:
    knowledge = KnowledgeBase(source, today, source.current())
    done = threading.Event()
    failures: list[str] = []
    searched = [0, 0, 0]

    def search(place: int) -> None:
        while not done.is_set() or not searched[place]:
            hits = knowledge.search("我的車被吊走了").hits
            searched[place] += 1
            if not hits or hits[0].id != "tow-1":
                failures.append(str(hits))

    threads = [threading.Thread(target=search, args=(place,)) for place in range(len(searched))]
    for thread in threads:
        thread.start()
    for number in range(5):
        import_one(source.data_dir, f"extra{number}")
        assert knowledge.refresh()
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert min(searched) > 0
    assert knowledge.entry("extra4") is not None
