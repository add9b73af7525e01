"""Earlier contacts of the citizen who is in a conversation, as far as they can be told to be the same.

The same are conversations opened from one browser tab, and those who left the same telephone number with a
case. Nothing of a confidential case is shown, nor the conversation in which one was filed, nor what the
number of its reporter would lead to; what they wrote is masked as on the public pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.cases.masking import masked
from gateway.cases.models import Case
from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import Sender

SHOWN = 8
WORDS_SHOWN = 60
SHORTEST_PHONE = 9
"""Digits of a Taiwanese number with its area code."""


@dataclass(frozen=True)
class EarlierTalk:
    """Another conversation of the citizen: when, and how it began."""

    id: str
    at: datetime
    channel: str
    words: str


def earlier_talks(session: Session, conversation: Conversation) -> list[EarlierTalk]:
    """Other conversations of the same citizen, the latest first."""
    phones = _phones(session, conversation.id)
    same: list[ColumnElement[bool]] = []
    if conversation.visitor is not None:
        same.append(Conversation.visitor == conversation.visitor)
    if phones:
        with_phone = select(Case.conversation_id).where(
            Case.contact_phone.in_(phones), Case.confidential.is_(False)
        )
        same.append(Conversation.id.in_(with_phone))
    if not same:
        return []
    secret = select(Case.id).where(Case.conversation_id == Conversation.id, Case.confidential.is_(True))
    said = aliased(Message)
    first = (
        select(func.min(said.seq))
        .where(said.conversation_id == Conversation.id, said.sender == Sender.CITIZEN)
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Conversation.id, Conversation.created_at, Conversation.channel, Message.text)
        .join(Message, and_(Message.conversation_id == Conversation.id, Message.seq == first))
        .where(or_(*same), Conversation.id != conversation.id, ~secret.exists())
        .order_by(Conversation.created_at.desc())
        .limit(SHOWN)
    )
    return [EarlierTalk(row[0], row[1], row[2], masked(row[3])[:WORDS_SHOWN]) for row in rows]


def earlier_cases(
    session: Session, conversation: Conversation, talks: Sequence[EarlierTalk]
) -> Sequence[Case]:
    """Cases of the same citizen that were not filed in this conversation, the latest first."""
    same = [Case.conversation_id.in_([one.id for one in talks])]
    if phones := _phones(session, conversation.id):
        same.append(Case.contact_phone.in_(phones))
    elsewhere = or_(Case.conversation_id.is_(None), Case.conversation_id != conversation.id)
    return session.scalars(
        select(Case)
        .where(or_(*same), elsewhere, Case.confidential.is_(False))
        .order_by(Case.received_at.desc())
        .limit(SHOWN)
    ).all()


def _phones(session: Session, conversation_id: str) -> list[str]:
    found = select(Case.contact_phone).where(
        Case.conversation_id == conversation_id,
        Case.contact_phone.is_not(None),
        Case.confidential.is_(False),
    )
    return sorted({form for phone in session.scalars(found.distinct()) for form in written(phone or "")})


def written(phone: str) -> set[str]:
    """The ways in which the same telephone number is commonly written, this one among them."""
    digits = re.sub(r"\D", "", phone)
    if len(digits) < SHORTEST_PHONE:
        return {phone} - {""}
    if digits.startswith("09"):
        parted = {f"{digits[:4]}-{digits[4:]}", f"{digits[:4]}-{digits[4:7]}-{digits[7:]}"}
    else:
        rest = digits[2:]
        parted = {
            f"{digits[:2]}-{rest}", f"({digits[:2]}){rest}", f"{digits[:2]}-{rest[:3]}-{rest[3:]}",
            f"({digits[:2]}) {rest}",
        }  # fmt: skip
    return {phone, digits, *parted}
