"""What a channel does with a conversation beside turns: opening it, answering at once, hiding, hearing of
what did not arrive. One transaction each, or inside the caller's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation, Message
from gateway.conversations.rules import BOT_MAY_SPEAK, Kind, Owner, Reply, Sender
from gateway.conversations.transcript import append, locked
from gateway.database import Database


def opened(
    session: Session, *, channel: str, language: str, visitor: str | None, now: datetime, life: timedelta,
    delivered_to: str | None = None,
) -> Conversation:  # fmt: skip
    """A new conversation, in the caller's transaction; `delivered_to` is where its messages are read if that
    is not one of our own pages."""
    conversation = Conversation(
        id=str(uuid.uuid4()), channel=channel, language=language, owner=Owner.BOT, last_seq=0, epoch=0,
        epoch_turns=0, state={}, created_at=now, updated_at=now, expires_at=now + life, visitor=visitor,
        delivered_to=delivered_to,
    )  # fmt: skip
    session.add(conversation)
    return conversation


def exchange(
    database: Database, conversation_id: str, client_id: str, said: Reply | None, replies: Sequence[Reply],
    now: datetime,
) -> bool:  # fmt: skip
    """Store what a citizen did, and what is said to it, where nobody has to think about it; once for each
    `client_id`. Whether it was new.

    A person in charge sees it and answers; then the bot says nothing.
    """
    with database.write() as session:
        conversation = locked(session, conversation_id)
        if _known(session, conversation_id, client_id) is not None:
            return False
        first = said if said is not None else (replies[0] if replies else None)
        silent = Owner(conversation.owner) not in BOT_MAY_SPEAK
        if first is None or (said is None and silent):
            return False
        rest = replies if said is not None else replies[1:]
        message = append(conversation, first, now)
        message.client_id = client_id
        message.answered_at = now if said is not None else None
        session.add(message)
        for reply in () if silent else rest:
            answer = append(conversation, reply, now)
            answer.reply_to = message.id if said is not None else None
            session.add(answer)
        return True


def hide(session: Session, conversation_id: str, client_id: str, now: datetime) -> Message | None:
    """Take the content out of a message that its citizen has taken back, and tell the staff which it was.

    The message as it was, or None where there is none or it is hidden already. Its file is the caller's.
    """
    conversation = locked(session, conversation_id)
    message = _known(session, conversation_id, client_id)
    if message is None or message.payload.get("unsent"):
        return None
    before = Message(kind=message.kind, payload=message.payload)
    message.text, message.payload = say("unsent", conversation.language), {"unsent": True}
    message.kind = Kind.TEXT
    note = Reply(
        say("unsent_told", conversation.language), Kind.NOTICE, {"notice": "unsent", "seq": message.seq},
        Sender.SYSTEM,
    )  # fmt: skip
    session.add(append(conversation, note, now))
    return before


def did_not_arrive(
    database: Database, conversation_id: str, message_ids: Sequence[str], why: str, now: datetime
) -> None:
    """Tell the staff that messages did not reach the citizen, once."""
    with database.write() as session:
        conversation = locked(session, conversation_id)
        client_id = str(uuid.uuid5(uuid.UUID(conversation_id), f"undelivered:{message_ids[0]}"))
        if _known(session, conversation_id, client_id) is not None:
            return
        seqs = session.scalars(select(Message.seq).where(Message.id.in_(message_ids)).order_by(Message.seq))
        payload = {"notice": "undelivered", "seqs": list(seqs), "why": why}
        text = say("undelivered", conversation.language, why=why)
        note = append(conversation, Reply(text, Kind.NOTICE, payload, Sender.SYSTEM), now)
        note.client_id = client_id
        session.add(note)


def _known(session: Session, conversation_id: str, client_id: str) -> Message | None:
    return session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    )
