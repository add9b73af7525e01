"""Call-backs: asked for by citizens instead of waiting, made by operators; one transaction for each act.

What happens is an event of the conversation; its lock is the lock of its call-backs.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.audit.service import AuditTrail
from gateway.cases.filing import tidy
from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Kind, Leaving, Owner, Reply, Sender
from gateway.conversations.service import ConversationClosed
from gateway.conversations.transcript import append, locked, note_event, pass_to
from gateway.database import Database
from gateway.errors import InvalidFields, NotFound
from gateway.handoff.call_back_reading import open_of, told, view
from gateway.handoff.call_back_rules import (
    ACTS,
    AGAIN_AFTER,
    ATTEMPTS,
    CallAct,
    CallState,
    Window,
    masked,
    telephone,
    windows,
)
from gateway.handoff.errors import CallBackActRefused, CallBackOpen, PersonInCharge
from gateway.handoff.hands import write_note
from gateway.handoff.models import CallBack
from gateway.handoff.service import Handoffs
from gateway.handoff.views import CallBackView, CallWish, Person
from gateway.settings import Settings

log = structlog.get_logger()
EVENT = "call_back"
ABOUT_MAX = 500
CITIZEN = "citizen"


class CallBacks:
    """Asking for calls, making them, and forgetting the numbers afterwards."""

    def __init__(self, handoffs: Handoffs, trail: AuditTrail, settings: Settings) -> None:
        self.database: Database = handoffs.database
        self._handoffs = handoffs
        self._trail = trail
        self._keep = timedelta(days=settings.call_back_keep_days)
        self._zone = ZoneInfo(settings.timezone)

    def offered(self) -> list[Window]:
        """The times that can be chosen now."""
        return windows(self._handoffs.clock(), self._handoffs.hours, self._zone)

    def ask(self, conversation_id: str, wish: CallWish) -> tuple[CallBackView, bool]:
        """Keep a wish and take the citizen out of the queue; whether it is new. The same `client_id` again
        is the same wish. Raises InvalidFields, CallBackOpen, PersonInCharge, ConversationClosed, NotFound.
        """
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            known = session.scalar(
                select(CallBack).where(
                    CallBack.conversation_id == conversation_id, CallBack.client_id == wish.client_id
                )
            )
            if known is not None:
                return view(known), False
            phone, window, about = self._checked(wish)
            self._may_ask(session, conversation)
            now = self._handoffs.clock()
            row = CallBack(
                conversation_id=conversation_id, client_id=wish.client_id, language=conversation.language,
                phone=phone, about=about or None, call_from=window.start, due_at=window.end,
                state=CallState.WAITING.value, attempts=0, taken_by=None, asked_at=now, finished_at=None,
            )  # fmt: skip
            session.add(row)
            session.flush()
            if conversation.owner == Owner.QUEUE:
                pass_to(session, conversation, Owner.BOT, CITIZEN, Leaving.CALL_BACK, now)
            _note(session, conversation, row, CITIZEN, "asked")
            when = told(window.start, window.end, self._zone, conversation.language)
            self._tell(session, conversation, "call_back_asked", row, when=when)
            log.info("call-back asked", conversation=conversation_id)
            return view(row), True

    def withdraw(self, conversation_id: str) -> CallBackView:
        """The citizen needs no call any more. Raises NotFound where none is open."""
        with self.database.write() as session:
            conversation = locked(session, conversation_id)
            row = open_of(session, conversation_id)
            if row is None:
                raise NotFound("no open call-back")
            self._finish(row, CallState.CANCELLED)
            _note(session, conversation, row, CITIZEN, "cancelled")
            self._tell(session, conversation, "call_back_cancelled", row)
            return view(row)

    def act(self, call_back_id: int, act: CallAct, who: Person, role: str, note: str = "") -> CallBackView:
        """What staff do with one; who oversees may also act on what a colleague has taken. Taking shows the
        number and is audited. Raises CallBackActRefused and NotFound.
        """
        with self.database.write() as session:
            conversation = locked(session, _conversation_of(session, call_back_id))
            row = session.get_one(CallBack, call_back_id)
            if act not in ACTS[CallState(row.state)]:
                raise CallBackActRefused(row.state)
            if row.taken_by not in {None, who.username} and not who.oversees:
                raise CallBackActRefused(row.taken_by or "")
            self._carry_out(session, conversation, row, act, who)
            _note(session, conversation, row, who.username, _TOLD[act])
            if note.strip():
                write_note(session, conversation.id, who.username, EVENT, note, self._handoffs.clock())
            self._trail.append(
                session, act=f"call_back.{act}", actor=who.username, role=role,
                subject=f"conversation:{conversation.id}", detail={"call_back": row.id},
                at=self._handoffs.clock(),
            )  # fmt: skip
            return view(row, who.username)

    def purge(self) -> int:
        """Forget number and matter of what is over for as long as they are kept; how many there were."""
        over = self._handoffs.clock() - self._keep
        with self.database.write() as session:
            gone = session.scalars(
                update(CallBack)
                .where(CallBack.finished_at < over, CallBack.phone.is_not(None))
                .values(phone=None, about=None)
                .returning(CallBack.id)
            ).all()
        return len(gone)

    def _checked(self, wish: CallWish) -> tuple[str, Window, str]:
        phone, about = telephone(wish.phone), tidy(wish.about)
        window = next((one for one in self.offered() if one.key == wish.window), None)
        wrong = {"phone": phone is None, "window": window is None, "about": len(about) > ABOUT_MAX}
        if phone is None or window is None or any(wrong.values()):
            raise InvalidFields({name: _PROBLEMS[name] for name, found in wrong.items() if found})
        return phone, window, about

    def _may_ask(self, session: Session, conversation: Conversation) -> None:
        if conversation.owner == Owner.CLOSED or self._handoffs.clock() >= conversation.expires_at:
            raise ConversationClosed(conversation.id)
        if conversation.owner == Owner.OPERATOR:
            raise PersonInCharge(conversation.id)
        if open_of(session, conversation.id) is not None:
            raise CallBackOpen(conversation.id)

    def _carry_out(
        self, session: Session, conversation: Conversation, row: CallBack, act: CallAct, who: Person
    ) -> None:
        if act is CallAct.TAKE:
            row.state, row.taken_by = CallState.TAKEN.value, who.username
        elif act is CallAct.PUT_BACK:
            row.state, row.taken_by = CallState.WAITING.value, None
        elif act is CallAct.REACHED:
            row.attempts += 1
            self._finish(row, CallState.REACHED)
        elif act is CallAct.CANCEL:
            self._finish(row, CallState.CANCELLED)
            self._tell(session, conversation, "call_back_cancelled", row)
        else:
            self._missed(session, conversation, row)

    def _missed(self, session: Session, conversation: Conversation, row: CallBack) -> None:
        row.attempts += 1
        if row.attempts >= ATTEMPTS:
            self._finish(row, CallState.NOT_REACHED)
            self._tell(session, conversation, "call_back_not_reached", row)
            return
        row.state, row.taken_by = CallState.WAITING.value, None
        again = self._handoffs.clock() + AGAIN_AFTER
        window = next((one for one in self.offered() if one.end >= again), None)
        row.call_from = max(again, window.start) if window else again
        row.due_at = window.end if window else again

    def _finish(self, row: CallBack, state: CallState) -> None:
        row.state, row.finished_at = state.value, self._handoffs.clock()

    def _tell(
        self, session: Session, conversation: Conversation, key: str, row: CallBack, **more: object
    ) -> None:
        """A notice for the citizen, where the conversation can still be read."""
        now = self._handoffs.clock()
        if conversation.owner == Owner.CLOSED or now >= conversation.expires_at:
            return
        text = say(key, conversation.language, phone=masked(row.phone), **more)
        payload = {"notice": key, "call_back": row.id}
        session.add(append(conversation, Reply(text, Kind.NOTICE, payload, Sender.SYSTEM), now))


def _conversation_of(session: Session, call_back_id: int) -> str:
    found = session.scalar(select(CallBack.conversation_id).where(CallBack.id == call_back_id))
    if found is None:
        raise NotFound("no such call-back")
    return found


def _note(session: Session, conversation: Conversation, row: CallBack, actor: str, what: str) -> None:
    note_event(session, conversation, EVENT, actor, f"call-back {what}", {"call_back": row.id})


_TOLD = {
    CallAct.TAKE: "taken", CallAct.PUT_BACK: "put back", CallAct.REACHED: "reached",
    CallAct.NOT_REACHED: "not reached", CallAct.CANCEL: "cancelled",
}  # fmt: skip
_PROBLEMS = {
    name: (say(key, "zh-TW"), say(key, "en"))
    for name, key in (
        ("phone", "call_phone_wrong"), ("window", "call_window_wrong"), ("about", "call_about_long"),
    )
}  # fmt: skip
