"""The work list of entries that may be out of date, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.answers.checks import assign, still_right
from gateway.answers.errors import CheckRefused, EntryNotFound
from gateway.answers.reading import Card, cards
from gateway.answers.service import AnswerDesk
from gateway.answers.staleness import Reason
from gateway.audit.models import AuditEntry
from knowledge_base.links import mark_links
from tests.answers.conftest import HUA, MEI, NOW, POTS, published

TODAY = NOW.date()


def card(desk: AnswerDesk, entry_id: str, days: int = 0) -> Card:
    with desk.database.read() as session:
        found = cards(session, desk.shelf.base(), TODAY + timedelta(days=days))
    return next(one for one in found if one.id == entry_id)


def test_looked_at_holds_for_a_year(both_desk: AnswerDesk) -> None:
    desk = both_desk
    entry_id = published(desk, replace(POTS, source_date="2011-01-01"))
    assert card(desk, entry_id).reasons == (Reason.OLD,)
    assert assign(desk, [entry_id, entry_id], "hua", MEI) == 1
    assert card(desk, entry_id).assigned_to == "hua"
    still_right(desk, entry_id, TODAY, HUA)
    looked = card(desk, entry_id)
    assert (looked.reasons, looked.assigned_to, looked.looked_on) == ((), "", TODAY)
    assert card(desk, entry_id, 364).reasons == () and card(desk, entry_id, 365).reasons == (Reason.OLD,)
    with desk.database.read() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)).all()
    assert acts[-2:] == ["answers.assign", "answers.still_right"]


def test_a_dead_link_of_any_entry_is_a_reason(desk: AnswerDesk) -> None:
    entry_id = published(desk)
    shipped = next(one for one in desk.shelf.base().values() if one.language == "zh-TW")
    path = desk.data_dir / "links.csv"
    path.write_text(f"{POTS.source_url},404\n{shipped.source_url},gone\n", encoding="utf-8")
    mark_links(path, desk.data_dir)
    assert Reason.LINK in card(desk, entry_id).reasons and Reason.LINK in card(desk, shipped.id).reasons
    published(desk, replace(POTS, source_url="https://city.example/new"), entry_id)
    assert card(desk, entry_id).reasons == ()


def test_what_cannot_be_said(desk: AnswerDesk) -> None:
    entry_id = published(desk, replace(POTS, valid_until="2026-11-01"))
    with pytest.raises(CheckRefused):
        still_right(desk, entry_id, TODAY, MEI)
    for ids in ([], ["nothing"], [entry_id, "nothing"]):
        with pytest.raises(EntryNotFound):
            assign(desk, ids, "mei", MEI)
    with pytest.raises(EntryNotFound):
        still_right(desk, "nothing", TODAY, MEI)
