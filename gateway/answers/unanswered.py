"""What people asked in vain: gathered by meaning, personal data hidden, and marked when it is dealt with."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from gateway.audit.rules import digest
from gateway.audit.service import AuditTrail
from gateway.cases.masking import masked
from gateway.conversations.asking import DECLINED
from gateway.conversations.models import AnswerFeedback, AskedQuestion, Message
from gateway.errors import InvalidInput
from gateway.identity.views import Actor
from knowledge_base.encoder import Encoder, Vectors
from knowledge_base.service import Hit, KnowledgeBase
from knowledge_base.text import normalise

MOST_QUESTIONS: Final = 2_000
"""The newest so many are gathered; a desk that has dealt with them sees the older ones."""
NEAR: Final = 0.38
"""Distance (1 - cosine), on average, up to which sentences are taken to ask the same."""
EXAMPLES: Final = 5
NEAREST: Final = 3
_MOST_VECTORS: Final = 5_000


class Why(StrEnum):
    """Why a question counts as unanswered."""

    NONE = "none"
    DECLINED = "declined"
    """Asked back, and it was none of what was offered."""
    DOWN = "down"
    """Answered, with a thumb down."""


class Handled(StrEnum):
    """What the desk has done about a question."""

    OPEN = "open"
    DEALT = "dealt"
    NOT_OURS = "not_ours"


class NothingMarked(InvalidInput):
    """No question was named that could be marked."""

    code = "nothing_marked"
    zh = "沒有可以標示的提問，請重新整理後再試。"
    en = "There is no such question to mark. Please refresh."


@dataclass(frozen=True)
class Question:
    """One question as it was asked; `text` without personal data."""

    id: int
    text: str
    at: datetime
    why: Why


@dataclass(frozen=True)
class Cluster:
    """Questions that mean the same."""

    questions: Sequence[Question]
    """The newest first."""
    text: str
    """The one in their middle."""

    @property
    def ids(self) -> str:
        """Numbers of its questions, for a form."""
        return ",".join(str(one.id) for one in self.questions)

    @property
    def examples(self) -> list[tuple[str, int]]:
        """Different sentences and how often each was asked, the commonest first."""
        return Counter(one.text for one in self.questions).most_common(EXAMPLES)

    @property
    def whys(self) -> list[tuple[Why, int]]:
        """How many of each kind."""
        counts = Counter(one.why for one in self.questions)
        return [(why, counts[why]) for why in Why if counts[why]]


def questions(
    session: Session, first: datetime, after: datetime, handled: Handled = Handled.OPEN, why: str = ""
) -> list[Question]:
    """Unanswered questions of a period, the newest first, at most MOST_QUESTIONS.

    Those whose message is gone are gone too.
    """
    answer = (
        select(AnswerFeedback.seq)
        .join(
            Message,
            and_(
                Message.conversation_id == AnswerFeedback.conversation_id, Message.seq == AnswerFeedback.seq
            ),
        )
        .where(AnswerFeedback.vote == "down", Message.reply_to == AskedQuestion.answered_by)
    )
    down = exists(answer)
    kinds = {
        Why.NONE: AskedQuestion.decision == "none", Why.DECLINED: AskedQuestion.ended == DECLINED,
        Why.DOWN: down,
    }  # fmt: skip
    wanted = [kinds[Why(why)]] if why in set(Why) else list(kinds.values())
    marked = AskedQuestion.handled.is_(None) if handled is Handled.OPEN else AskedQuestion.handled == handled
    rows = session.execute(
        select(AskedQuestion.id, Message.text, AskedQuestion.at, AskedQuestion.decision, AskedQuestion.ended)
        .join(Message, Message.id == AskedQuestion.message_id)
        .where(AskedQuestion.at >= first, AskedQuestion.at < after, marked, or_(*wanted))
        .order_by(AskedQuestion.id.desc())
        .limit(MOST_QUESTIONS)
    )
    return [
        Question(number, masked(" ".join(text.split())), at, _why(decision, ended))
        for number, text, at, decision, ended in rows
    ]


class Gathering:
    """Gathers questions by meaning; remembers vectors and the last result. Safe for several threads."""

    def __init__(self, search: KnowledgeBase) -> None:
        self._search = search
        self._lock = threading.Lock()
        self._vectors: dict[str, Vectors] = {}
        self._last: tuple[object, list[Cluster]] | None = None

    def clusters(self, found: Sequence[Question]) -> list[Cluster]:
        """The questions gathered, the most asked first. Takes seconds for thousands of new sentences."""
        key = tuple(found)
        with self._lock:
            if self._last is None or self._last[0] != key:
                self._last = key, self._gather(found)
            return self._last[1]

    def nearest(self, cluster: Cluster) -> list[Hit]:
        """The entries that come nearest to what a group asks."""
        return self._search.search(cluster.text, k=NEAREST).hits

    def _gather(self, found: Sequence[Question]) -> list[Cluster]:
        texts = list(dict.fromkeys(normalise(one.text) for one in found))
        vectors = self._encoded(texts)
        label_of = dict(zip(texts, gathered(vectors), strict=True))
        groups: dict[int, list[Question]] = {}
        for one in found:
            groups.setdefault(label_of[normalise(one.text)], []).append(one)
        row_of = {text: row for row, text in enumerate(texts)}
        made = []
        for group in groups.values():
            rows = [row_of[normalise(one.text)] for one in group]
            middle = vectors[rows].sum(axis=0)
            made.append(Cluster(tuple(group), group[int(np.argmax(vectors[rows] @ middle))].text))
        return sorted(made, key=lambda one: (-len(one.questions), -one.questions[0].id))

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        encoder: Encoder = self._search.source.encoder
        new = [text for text in texts if text not in self._vectors]
        if len(self._vectors) + len(new) > _MOST_VECTORS:
            self._vectors, new = {}, list(texts)
        self._vectors.update(zip(new, encoder.encode(new), strict=True))
        if not texts:
            return np.zeros((0, encoder.dimension), dtype=np.float32)
        return np.stack([self._vectors[text] for text in texts])


def gathered(vectors: Vectors) -> list[int]:
    """A label for each vector: those with the same one are near each other on average."""
    fewest = 2
    if len(vectors) < fewest:
        return [0] * len(vectors)
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415  (a second to import)

    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=NEAR
    )
    labels: list[int] = clustering.fit_predict(vectors).tolist()
    return labels


def mark(
    session: Session, trail: AuditTrail, ids: Sequence[int], handled: Handled, by: Actor,
    clock: Callable[[], datetime],
) -> int:  # fmt: skip
    """Say what was done about these questions, in the caller's transaction; how many there are.

    Raises NothingMarked.
    """
    now, fresh = clock(), handled is Handled.OPEN
    changed = session.execute(
        update(AskedQuestion)
        .where(AskedQuestion.id.in_(ids))
        .values(
            handled=None if fresh else handled.value, handled_by=None if fresh else by.name,
            handled_at=None if fresh else now,
        )
        .returning(AskedQuestion.id)
    ).all()  # fmt: skip
    if not changed:
        raise NothingMarked
    told = {"questions": len(changed), "handled": handled.value, "ids": digest(sorted(ids))}
    trail.append(
        session, act="answers.mark", actor=by.name, role=by.role, subject="answers", detail=told, at=now
    )
    return len(changed)


def _why(decision: str, ended: str | None) -> Why:
    if decision == "none":
        return Why.NONE
    return Why.DECLINED if ended == DECLINED else Why.DOWN
