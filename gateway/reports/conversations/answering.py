"""How answers did, and what citizens asked in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.answers.reading import cards
from gateway.answers.shelf import Base
from gateway.answers.staleness import Reason
from gateway.answers.unanswered import Cluster, Gathering, Why, questions
from gateway.answers.votes import standings
from gateway.reports.conversations.framing import Rules, question
from gateway.reports.conversations.periods import By
from gateway.reports.conversations.rules import share
from gateway.reports.tables import Pair, Reader, Row, Table, Value

QUALITY: Final = ("given", "up", "down", "down_share", "stale")
TOPICS: Final = ("times", "of_none", "of_declined", "of_down", "last_asked")
MOST_TOPICS: Final = 200
STALE: Final[Mapping[Reason, Pair]] = {
    Reason.PAST: ("已過有效期限", "Past its last day"), Reason.ENDING: ("即將到期", "Ending soon"),
    Reason.LINK: ("官方連結失效", "Official link is dead"), Reason.OLD: ("資料逾 3 年", "Older than 3 years"),
}  # fmt: skip


class AnswerQuality:
    """Every entry that was an answer or voted on, the one with the most thumbs down first."""

    name = "answer-quality"
    title: Pair = ("答案品質", "How answers did")
    groups = (By.ENTRY,)
    of_channels = False

    def __init__(self, rules: Rules, base: Callable[[], Base]) -> None:
        self._rules = rules
        self._base = base

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each entry."""
        asked = {**asked, "channel": ""}
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules
        )  # fmt: skip
        english = reader.language == "en"
        found = standings(session, wanted.period.start, wanted.period.end)
        today = now.astimezone(self._rules.zone).date()
        known = {one.id: one for one in cards(session, self._base(), today)}
        rows = []
        for one in sorted(found, key=lambda one: (-one.down, -one.given, one.entry)):
            card = known.get(one.entry)
            why = "、".join(STALE[reason][english] for reason in card.reasons) if card else ""
            name = card.content.question if card else one.entry
            rows.append(Row((name, one.given, one.up, one.down, one.share_down, why)))
        up, down = sum(one.up for one in found), sum(one.down for one in found)
        whole = (sum(one.given for one in found), up, down, share(down, up + down), "")
        return wanted.table(QUALITY, rows, wanted.total(whole))


class Unanswered:
    """Questions that found no answer, gathered by meaning, the most asked first."""

    name = "unanswered"
    title: Pair = ("未能回答的主題", "Topics asked in vain")
    groups = (By.TOPIC,)
    of_channels = False

    def __init__(self, rules: Rules, gathering: Gathering) -> None:
        self._rules = rules
        self._gathering = gathering

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each topic, at most MOST_TOPICS; the total is of all."""
        asked = {**asked, "channel": ""}
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules
        )  # fmt: skip
        found = questions(session, wanted.period.start, wanted.period.end)
        topics = self._gathering.clusters(found)
        rows = [Row((one.text, *_of_topic(one))) for one in topics[:MOST_TOPICS]]
        whole = _of_topic(Cluster(tuple(found), "")) if found else (0, 0, 0, 0, None)
        more = (f"共 {len(topics):,} 個主題，列出前 {MOST_TOPICS} 個。",
                f"{len(topics):,} topics; the first {MOST_TOPICS} are shown.")  # fmt: skip
        notes = [more] if len(topics) > MOST_TOPICS else []
        return wanted.table(TOPICS, rows, wanted.total(whole), notes)


def _of_topic(topic: Cluster) -> tuple[Value, ...]:
    counts = dict(topic.whys)
    return (
        len(topic.questions), *(counts.get(why, 0) for why in (Why.NONE, Why.DECLINED, Why.DOWN)),
        max(one.at for one in topic.questions),
    )  # fmt: skip
