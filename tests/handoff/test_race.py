"""The promise of this room: after a person has taken over, no bot message; nothing lost, nothing doubled."""

from __future__ import annotations

import pytest

from gateway.conversations.service import ConversationService
from gateway.database import Database
from gateway.handoff.offers import Offers
from gateway.handoff.service import Handoffs
from tests.handoff.conftest import HUA, MEI
from tests.handoff.race import Race

ORDERS = 150
AT_ONCE = 40


def race(database: Database, conversations: ConversationService, handoffs: Handoffs, seed: int) -> Race:
    offers = Offers(handoffs, handoffs._settings)
    return Race(database, conversations, handoffs, (MEI, HUA), seed, minding=(offers.mind, handoffs.sweep))


@pytest.fixture(autouse=True)
def room_enough(handoffs: Handoffs) -> None:
    """Conversations that operators stay in do not stop the next race."""
    handoffs._settings = handoffs._settings.model_copy(update={"operator_capacity": 20})


def test_any_order_of_transactions(
    database: Database, conversations: ConversationService, handoffs: Handoffs
) -> None:
    for seed in range(ORDERS):
        one = race(database, conversations, handoffs, seed)
        one.interleaved()
        assert one.faults() == [], seed
        one.clear()


def test_all_at_once(database: Database, conversations: ConversationService, handoffs: Handoffs) -> None:
    for seed in range(AT_ONCE):
        one = race(database, conversations, handoffs, 10_000 + seed)
        one.at_once()
        assert one.faults() == [], seed
        one.clear()
