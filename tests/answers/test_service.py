"""Written, reviewed, published, withdrawn; every act in the trail; the file for the search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from gateway.answers import models
from gateway.answers.content import Content
from gateway.answers.errors import (
    EntryActRefused,
    EntryNotFound,
    NoteMissing,
    NothingChanged,
    OwnDraft,
    StaleEntry,
)
from gateway.answers.reading import cards, entry_view, fits
from gateway.answers.service import AnswerDesk
from gateway.audit.models import AuditEntry
from gateway.database import Base, Database
from gateway.database.migrate import downgrade, upgrade
from gateway.errors import Conflict
from gateway.identity.errors import NotPermitted
from gateway.identity.views import Actor
from knowledge_base.corpus import load_corpus
from knowledge_base.overlay import OverlayDamaged, overlay_path, read_overlay
from tests.answers.conftest import BOSS, HUA, MEI, NOW, POTS, desk_on, published, revision_of

TABLES = {name for name in Base.metadata.tables if name.startswith(("answer_", "asked_"))} - {
    "answer_feedback"
}


def acts(database: Database) -> list[tuple[str, str, str]]:
    """What the trail tells of the desk."""
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(row.act, row.actor, row.subject) for row in rows if row.act.startswith("answers.")]


def test_from_the_draft_to_the_search(both_desk: AnswerDesk, tmp_path: Path) -> None:
    desk = both_desk
    entry_id = desk.create(POTS, MEI)
    assert read_overlay(tmp_path).entries == ()
    desk.submit(entry_id, 1, MEI)
    with pytest.raises(OwnDraft):
        desk.publish(entry_id, 2, MEI)
    desk.send_back(entry_id, 2, "請補資料日期", HUA)
    desk.save(entry_id, replace(POTS, source_date="2026-11-01"), 3, HUA)
    desk.submit(entry_id, 4, MEI)
    for author in (MEI, HUA):
        with pytest.raises(OwnDraft):
            desk.publish(entry_id, 5, author)
    desk.publish(entry_id, 5, BOSS)
    overlay = read_overlay(tmp_path)
    assert [(one.id, one.version, one.origin) for one in overlay.entries] == [(entry_id, "v1", "desk")]
    found = next(topic for topic in load_corpus(tmp_path) if topic.id == entry_id)
    assert found.shown.answer == POTS.answer and "我想學捏陶" in found.titles
    assert [act for act, _, _ in acts(desk.database)] == [
        "answers.save", "answers.submit", "answers.return", "answers.save", "answers.submit",
        "answers.publish",
    ]  # fmt: skip
    assert {subject for _, _, subject in acts(desk.database)} == {f"answer:{entry_id}"}


def test_a_second_version_replaces_the_first_and_withdrawing_hides(desk: AnswerDesk, tmp_path: Path) -> None:
    entry_id = published(desk)
    published(desk, replace(POTS, answer="改為每月五日。"), entry_id)
    overlay = read_overlay(tmp_path)
    assert [(one.version, one.answer) for one in overlay.entries] == [("v2", "改為每月五日。")]
    with pytest.raises(NoteMissing):
        desk.withdraw(entry_id, 6, " ", BOSS)
    desk.withdraw(entry_id, 6, "活動停辦", BOSS)
    assert read_overlay(tmp_path).withdrawn == {entry_id}
    assert entry_id not in {topic.id for topic in load_corpus(tmp_path)}
    desk.restore(entry_id, 7, BOSS)
    assert read_overlay(tmp_path).entries[0].answer == "改為每月五日。"
    with desk.database.read() as session:
        view = entry_view(session, desk.shelf.base(), entry_id, NOW.date())
    assert [(one.number, one.state) for one in view.versions] == [(2, "published"), (1, "replaced")]
    assert view.events[0].act == "restore" and view.events[1].note == "活動停辦"


def test_a_shipped_entry_is_written_over_and_withdrawn(desk: AnswerDesk, tmp_path: Path) -> None:
    entry_id, below = next(
        (key, one) for key, one in desk.shelf.base().items() if one.language == "zh-TW" and one.phrasings
    )
    published(desk, replace(Content.of(below), answer="新的說明。"), entry_id)
    topic = next(topic for topic in load_corpus(tmp_path) if topic.id == entry_id)
    assert topic.shown.answer == "新的說明。" and topic.shown.origin == below.origin
    other = next(key for key in desk.shelf.base() if key not in topic.members)
    desk.withdraw(other, 0, "不再適用", BOSS)
    assert all(other not in topic.members for topic in load_corpus(tmp_path))
    with desk.database.read() as session:
        found = {card.id: card for card in cards(session, desk.shelf.base(), NOW.date())}
    assert (found[other].live, found[entry_id].live) == ("withdrawn", "published")
    assert fits(found[entry_id], {"q": "新的 說明", "origin": "shipped", "state": "published"})
    assert not fits(found[entry_id], {"q": "沒有這個詞"})


def test_what_was_seen_must_still_be_so(desk: AnswerDesk) -> None:
    entry_id = desk.create(POTS, MEI)
    with pytest.raises(NothingChanged):
        desk.save(entry_id, POTS, 1, MEI)
    desk.save(entry_id, replace(POTS, answer="二"), 1, MEI)
    with pytest.raises(StaleEntry):
        desk.save(entry_id, replace(POTS, answer="三"), 1, HUA)
    with pytest.raises(EntryActRefused):
        desk.publish(entry_id, 2, BOSS)
    with pytest.raises(EntryNotFound):
        desk.withdraw("desk-nothing", 0, "沒有", BOSS)
    with pytest.raises(NotPermitted):
        desk.submit(entry_id, 2, Actor("op", "operator"))
    desk.discard(entry_id, 2, MEI)
    with desk.database.read() as session:
        assert entry_id not in {card.id for card in cards(session, desk.shelf.base(), NOW.date())}
    assert acts(desk.database)[-1][0] == "answers.discard"


def test_of_two_at_once_one_is_told(both_desk: AnswerDesk) -> None:
    entry_id = next(iter(both_desk.shelf.base()))

    def write(number: int) -> str:
        try:
            both_desk.save(entry_id, replace(POTS, answer=f"第 {number} 個答案"), 0, MEI)
            return "kept"
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(write, range(4)))
    assert results == ["kept", "stale_entry", "stale_entry", "stale_entry"]


def test_the_database_makes_the_file_again(desk: AnswerDesk, tmp_path: Path) -> None:
    entry_id = published(desk)
    path = overlay_path(tmp_path)
    kept = path.read_bytes()
    assert not desk.keep_file() and not desk.mind_file()
    path.unlink()
    assert desk.mind_file() and path.read_bytes() == kept
    path.write_text("half a li", encoding="utf-8")
    with pytest.raises(OverlayDamaged):
        load_corpus(tmp_path)
    assert desk.mind_file() and path.read_bytes() == kept
    path.write_text(kept.decode().replace('"stamp": 1', '"stamp": 0'), encoding="utf-8")
    assert desk.mind_file() and path.read_bytes() == kept
    assert read_overlay(tmp_path).entries[0].id == entry_id


def test_one_editor_alone_may_publish_where_the_settings_say_so(database: Database, tmp_path: Path) -> None:
    desk = desk_on(database, tmp_path, own_review=True)
    entry_id = desk.create(POTS, MEI)
    desk.submit(entry_id, 1, MEI)
    desk.publish(entry_id, 2, MEI)
    assert read_overlay(tmp_path).entries[0].id == entry_id
    assert revision_of(desk, entry_id) == 3


def test_the_schema_is_the_models_and_goes_back(both: Database) -> None:
    assert models.AnswerEntry.__tablename__ in TABLES
    with both.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, Base.metadata)
    names = (*sorted(TABLES), "answer_feedback")
    assert not [one for one in found if any(name in repr(one) for name in names)]
    downgrade(both, "0010")
    tables = inspect(both.engine).get_table_names()
    assert not TABLES & set(tables)
    columns = {one["name"] for one in inspect(both.engine).get_columns("answer_feedback")}
    assert not {"reason", "comment", "version"} & columns
    upgrade(both)
    assert set(inspect(both.engine).get_table_names()) >= TABLES
