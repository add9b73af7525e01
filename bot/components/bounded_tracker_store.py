"""A tracker store in memory that forgets the conversations nobody has used for longest.

Forgetting is safe: the gateway holds the dialogue's state and gives it back at session start.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class BoundedTrackerStore(InMemoryTrackerStore):
    """Keeps at most `max_conversations` trackers."""

    def __init__(
        self,
        domain: Domain,
        event_broker: EventBroker | None = None,
        max_conversations: int = 5000,
        **kwargs: Any,
    ) -> None:
        """Rasa passes the settings of `endpoints.yml`."""
        kwargs.pop("host", None)
        super().__init__(domain, event_broker, **kwargs)
        self.store: OrderedDict[str, str] = OrderedDict()
        self._max_conversations = max_conversations

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker as the most recent one, and drop the oldest beyond the bound."""
        await super().save(tracker)
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > self._max_conversations:
            self.store.popitem(last=False)
