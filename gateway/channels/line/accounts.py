"""Who talks to us on LINE, and where: an account's conversation, its language, its tokens to reply with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.channels.line.models import LineAccount, LineReplyToken
from gateway.conversations.exchanges import opened
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.database import Database
from gateway.database.engine import Base
from gateway.database.inserting import insert_into
from gateway.outbox.preferences import Preferences
from gateway.outbox.rules import Group, Transport, address_hash
from knowledge_base.entries import Language

CHANNEL = "line"


@dataclass(frozen=True)
class Standing:
    """An account as an event finds it."""

    user_id: str
    conversation_id: str
    language: Language
    owner: Owner


class LineAccounts:
    """Accounts in the database. `life` is how long a conversation goes on after its last word."""

    def __init__(self, database: Database, life: timedelta) -> None:
        self._database = database
        self._life = life

    def known(self, user_id: str) -> bool:
        """Whether the account has ever talked to us or followed us."""
        with self._database.read() as session:
            return session.get(LineAccount, user_id) is not None

    def enter(
        self, user_id: str, language: Language | None, token: str | None, received_at: datetime, now: datetime
    ) -> Standing:
        """Where the account's event belongs: its conversation, or a new one where the last is over.

        `language` is for an account that is new. The event's reply token is kept with it.
        """
        with self._database.write() as session:
            account = _account(session, user_id, language or "zh-TW", now)
            conversation = self._conversation(session, account, now)
            if token:
                chance = {"token": token, "user_id": user_id, "received_at": received_at}
                _insert_once(session, LineReplyToken, chance)
            return Standing(
                user_id, conversation.id, _language(account.language), Owner(conversation.owner)
            )  # fmt: skip

    def follow(self, user_id: str, following: bool, now: datetime) -> None:
        """The account follows us, or has blocked us. An account nobody knows is noted all the same."""
        with self._database.write() as session:
            account = _account(session, user_id, "zh-TW", now)
            account.following, account.changed_at = following, now

    def want(self, user_id: str, notices: bool, now: datetime) -> None:
        """Notices are wanted from now on, or not: of all the account's conversations, past and to come.

        What the law has the city tell goes on where there is no other way to tell it.
        """
        with self._database.write() as session:
            account = _account(session, user_id, "zh-TW", now)
            account.notices, account.changed_at = notices, now
            talks = session.scalars(select(Conversation.id).where(Conversation.delivered_to == user_id))
            _choose(session, talks, account, now)
            news = address_hash(Transport.LINE, user_id)
            Preferences.choose(session, Transport.LINE, news, {Group.NEWS: notices}, now)

    def speak(self, user_id: str, language: Language, now: datetime) -> None:
        """From now on in this language."""
        with self._database.write() as session:
            account = _account(session, user_id, language, now)
            account.language, account.changed_at = language, now
            if account.conversation_id is not None:
                talk = update(Conversation).where(Conversation.id == account.conversation_id)
                session.execute(talk.values(language=language))

    def _conversation(self, session: Session, account: LineAccount, now: datetime) -> Conversation:
        current = (
            session.get(Conversation, account.conversation_id, with_for_update=True)
            if account.conversation_id is not None
            else None
        )
        waits = current is not None and current.owner in {Owner.QUEUE, Owner.OPERATOR}
        if current is not None and current.owner != Owner.CLOSED and (waits or now < current.expires_at):
            current.expires_at = now + self._life
            return current
        fresh = opened(
            session, channel=CHANNEL, language=account.language, visitor=account.visitor, now=now,
            life=self._life, delivered_to=account.user_id,
        )  # fmt: skip
        account.conversation_id, account.changed_at = fresh.id, now
        if not account.notices:
            _choose(session, [fresh.id], account, now)
        return fresh


def may_push(session: Session, user_id: str) -> bool:
    """Whether anything may be sent to this account that is no reply."""
    following = session.scalar(select(LineAccount.following).where(LineAccount.user_id == user_id))
    return following is not False


def _account(session: Session, user_id: str, language: Language, now: datetime) -> LineAccount:
    row = {
        "user_id": user_id, "language": language, "following": True, "notices": True,
        "visitor": str(uuid.uuid4()), "created_at": now, "changed_at": now,
    }  # fmt: skip
    _insert_once(session, LineAccount, row)
    return session.get_one(LineAccount, user_id, with_for_update=True)


def _choose(session: Session, talks: Iterable[str], account: LineAccount, now: datetime) -> None:
    groups: dict[str, bool] = dict.fromkeys((Group.ANSWERS, Group.PROGRESS, Group.RATING), account.notices)
    for conversation_id in talks:
        known = address_hash(Transport.CONVERSATION, conversation_id)
        Preferences.choose(session, Transport.CONVERSATION, known, groups, now)


def _insert_once(session: Session, model: type[Base], row: dict[str, object]) -> None:
    session.execute(insert_into(session, model).values(row).on_conflict_do_nothing())


def _language(stored: str) -> Language:
    return "en" if stored == "en" else "zh-TW"
