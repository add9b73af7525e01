"""The acts on a conversation: one transaction each, committed before anybody is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.agency_events import claim_files
from gateway.cases.attachments.service import AttachmentService, Prepared
from gateway.cases.duplicates import DuplicateService
from gateway.cases.errors import CannotJoin
from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.cases.views import RegisteredCase
from gateway.conversations import case_message
from gateway.conversations.asking import note_asked
from gateway.conversations.context import KEY, Context
from gateway.conversations.exchanges import opened
from gateway.conversations.files import ConversationFiles
from gateway.conversations.incoming import Incoming, as_it_came, said_in
from gateway.conversations.known_cases import reopened
from gateway.conversations.models import Conversation, Message
from gateway.conversations.outcome import DialogueState, Handoff, Outcome
from gateway.conversations.rules import (
    BOT_MAY_SPEAK,
    Kind,
    Leaving,
    Owner,
    Reply,
    more_urgent,
)
from gateway.conversations.tokens import ConversationTokens
from gateway.conversations.transcript import (
    MESSAGE_VIEW,
    MessageView,
    append,
    locked,
    new_epoch,
    note_event,
    pass_to,
    view,
)
from gateway.conversations.turn_order import TurnOrder
from gateway.database import Database
from gateway.database.worker import Worker
from gateway.errors import Conflict, NotFound
from gateway.settings import Settings
from knowledge_base.entries import Language

log = structlog.get_logger()


class ConversationClosed(Conflict):
    """The conversation has ended or expired."""

    code = "conversation_closed"
    zh = "這個對話已經結束，請重新開啟對話。"
    en = "This conversation has ended. Please start a new one."


@dataclass(frozen=True)
class Turn:
    """What a turn needs to know before it starts."""

    conversation_id: str
    message_id: str
    language: Language
    owner: Owner
    state: DialogueState
    sender_id: str
    """Name of the Rasa tracker: the conversation and its epoch."""
    tenure: int = 0
    """How often a person had been in charge when the turn began."""
    context: Context = field(default_factory=Context)
    """What the conversation is about just now."""


@dataclass(frozen=True)
class Accepted:
    """A stored citizen's message, and where its turn stands."""

    message: MessageView
    heard: Incoming
    """The message as it came in first, whatever a repeat may say."""
    created: bool
    replies: list[MessageView]
    turn: Turn | None
    """The turn to run now; None where the message is answered, or waits for a person."""
    waits: bool = False
    """Another process is at work on this conversation, or has died over it: see `next_turn`."""


@dataclass(frozen=True)
class Standing:
    """Where a message stands that waits for its turn."""

    replies: list[MessageView] | None = None
    """What answered it; None while nothing has."""
    begun: tuple[Turn, Incoming] | None = None
    """The turn to run now: its own, or first that of an earlier message whose process is gone."""


class ConversationService:
    """Conversations in the gateway's database, which owns the truth."""

    def __init__(
        self, database: Database, cases: CaseService, settings: Settings, worker: Worker | None = None
    ) -> None:
        """`worker` is this process among those that share the database."""
        self._database = database
        self._order = TurnOrder(worker or Worker(database), settings)
        self._cases = cases
        self._settings = settings
        self._duplicates = DuplicateService(cases.catalogues.current, settings)
        self.files = ConversationFiles(AttachmentService(database, settings))
        self.tokens = ConversationTokens(settings.signing_key())
        self.told_of_line: Callable[[Session, Conversation], Reply | None] = lambda _session, _one: None
        """What somebody who has just joined the queue is told of it."""

    def create(
        self, language: str, channel: str = "web", visitor: str | None = None
    ) -> tuple[str, str, datetime]:
        """Open a conversation: its id, its token, and when both expire. `visitor` is the same for all of
        one citizen's, where the channel can tell.
        """
        now, life = datetime.now(UTC), timedelta(hours=self._settings.conversation_ttl_hours)
        with self._database.write() as session:
            conversation = opened(
                session, channel=channel, language=language, visitor=visitor, now=now, life=life
            )
        token = self.tokens.issue(conversation.id, conversation.expires_at)
        return conversation.id, token, conversation.expires_at

    def accept(self, conversation_id: str, incoming: Incoming, prepared: Prepared | None = None) -> Accepted:
        """Store a citizen's message once and begin its turn; the same `client_id` again finds the first.
        `prepared` is the file that a message of kind `file` brings.

        Raises ConversationClosed, UnknownOption, AttachmentsTooLarge or NotFound; then nothing was stored.
        """
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            earlier = session.scalar(
                select(Message).where(
                    Message.conversation_id == conversation_id, Message.client_id == incoming.client_id
                )
            )
            if earlier is not None:
                replies = _replies(session, earlier.id)
                waits = earlier.answered_at is None and not self._order.is_next(session, earlier)
                turn = None if waits else self._turn(conversation, earlier, again=True)
                return Accepted(view(earlier), as_it_came(earlier), False, replies, turn, waits)
            now = datetime.now(UTC)
            if conversation.owner == Owner.CLOSED or now >= conversation.expires_at:
                raise ConversationClosed(conversation_id)
            if prepared is not None:
                said = self.files.keep(session, conversation_id, prepared)
            else:
                said = said_in(session, conversation_id, incoming, conversation.language)
            message = append(conversation, said, now)
            message.client_id = incoming.client_id
            if conversation.owner == Owner.OPERATOR:
                message.answered_at = now  # a person answers; there is no turn to finish
            session.add(message)
            waits = message.answered_at is None and not self._order.is_next(session, message)
            if waits:
                self._order.claim(message)
            turn = None if waits else self._turn(conversation, message, again=False)
            return Accepted(view(message), as_it_came(message), True, [], turn, waits)

    def resume(self, message_id: str) -> tuple[Turn, Incoming] | None:
        """A turn that was cut off, and the message as it came in; None when it is finished by now, or not
        this process's to finish."""
        begun = self.next_turn(message_id).begun
        return begun if begun is not None and begun[0].message_id == message_id else None

    def next_turn(self, message_id: str, *, fresh: bool = False) -> Standing:
        """Begin the turn that this message waits for, where nobody alive is at work before it.

        Turns of a conversation are run one at a time and in order, whichever processes its messages came to.
        A `fresh` one has never been begun, so that its tracker is clean.
        """
        with self._database.write() as session:
            message = session.get_one(Message, message_id)
            conversation = locked(session, message.conversation_id)
            session.refresh(message)
            if message.answered_at is not None:
                return Standing(_replies(session, message.id))
            foremost = self._order.foremost(session, message)
            again = not fresh or foremost is not message
            turn = None if foremost is None else self._turn(conversation, foremost, again=again)
            return Standing(begun=(turn, as_it_came(foremost)) if foremost and turn else None)

    def let_go(self, message_id: str) -> None:
        """The turn broke in this process: others need not wait for it, and the message may be sent again."""
        with self._database.write() as session:
            self._order.let_go(session, message_id)

    def finish_turn(self, turn: Turn, outcome: Outcome, *, clean_tracker: bool = False) -> list[MessageView]:
        """Carry out and store a turn's outcome in one transaction.

        Ownership is looked at here, under the conversation's lock: once a person is in charge, or has been
        since the turn began, the outcome is dropped (and logged as dropped). A turn that was finished
        before is left alone.
        """
        with self._database.write() as session:
            conversation = locked(session, turn.conversation_id)
            message = session.get_one(Message, turn.message_id)
            if message.answered_at is not None:
                return _replies(session, message.id)
            now = datetime.now(UTC)
            message.answered_at = now
            taken_meanwhile = conversation.tenure != turn.tenure
            if Owner(conversation.owner) not in BOT_MAY_SPEAK or taken_meanwhile:
                note_event(session, conversation, "reply_dropped", "bot", "a person is in charge", {
                    "replies": len(outcome.replies), "message_id": message.id,
                })  # fmt: skip
                new_epoch(conversation)
                return []
            replies = list(outcome.replies)
            note_asked(session, conversation, turn.state, message, outcome, now)
            kept = conversation.state if outcome.state is None else outcome.state.to_dict()
            context = Context.from_dict(conversation.state.get(KEY)).after(
                replies, now, asked=outcome.aspect, district=outcome.district
            )
            conversation.state = {**kept, KEY: context.to_dict()}
            if outcome.register is not None and outcome.register.get("joins"):
                replies.append(self._join(session, conversation, message, outcome.register, now))
            elif outcome.register is not None:
                replies += self._register(session, conversation, message, outcome.register, now)
            waited = conversation.owner == Owner.QUEUE
            self._change_hands(session, conversation, outcome, now)
            if conversation.owner == Owner.QUEUE and not waited:
                session.flush()
                told = self.told_of_line(session, conversation)
                replies += [told] if told else []
            # Rasa hears nothing of a file; a clean tracker takes up the state that came of it.
            unheard = clean_tracker or outcome.outside_loop or message.kind == Kind.FILE
            if unheard or _changes_forms(turn.state, outcome.state):
                new_epoch(conversation)
            stored = []
            for reply in replies:
                stored.append(append(conversation, reply, now))
                stored[-1].reply_to = message.id
            session.add_all(stored)
            return [view(one) for one in stored]

    def since(self, conversation_id: str, after: int) -> tuple[str, list[MessageView]]:
        """Who is in charge, and every message with a number above `after`, in order."""
        owner, _, messages = self.news(conversation_id, after)
        return owner, messages

    def news(self, conversation_id: str, after: int) -> tuple[str, int, list[MessageView]]:
        """As `since`, with the last number that the person in charge has seen; 0 while there is none."""
        with self._database.read() as session:
            found = session.execute(
                select(Conversation.owner, Conversation.operator_seen).where(
                    Conversation.id == conversation_id
                )
            ).first()
            if found is None:
                raise NotFound("no such conversation")
            rows = session.execute(
                select(*MESSAGE_VIEW)
                .where(Message.conversation_id == conversation_id, Message.seq > after)
                .order_by(Message.seq)
            )
            seen = found.operator_seen if found.owner == Owner.OPERATOR else 0
            return found.owner, seen, [MessageView(*row) for row in rows]

    def state(self, conversation_id: str) -> DialogueState:
        """Where the dialogue stands; a conversation nobody knows starts from nothing."""
        with self._database.read() as session:
            conversation = session.get(Conversation, conversation_id)
            return DialogueState.from_dict(conversation.state if conversation else None)

    def unfinished(self) -> list[tuple[str, str]]:
        """Citizens' messages whose turn was never finished: (conversation, message), oldest first.

        Those that another living process is at work on are not among them.
        """
        with self._database.read() as session:
            return self._order.left_over(session)

    def orphaned(self) -> list[tuple[str, str]]:
        """Those of them whose process has died."""
        with self._database.read() as session:
            return self._order.left_over(session, orphaned=True)

    def change_owner(self, conversation_id: str, wanted: Owner, actor: str, reason: str) -> None:
        """Put somebody else in charge. Raises OwnerChangeRefused when the table forbids it."""
        with self._database.write() as session:
            conversation = locked(session, conversation_id)
            pass_to(session, conversation, wanted, actor, reason, datetime.now(UTC))

    def _turn(self, conversation: Conversation, message: Message, *, again: bool) -> Turn | None:
        """What the turn stands on. `again` (a repeated or resumed turn) starts a clean tracker."""
        if message.answered_at is not None:
            return None
        self._order.claim(message)
        if again or conversation.epoch_turns >= self._settings.rasa_epoch_turns:
            new_epoch(conversation)
        conversation.epoch_turns += 1
        return Turn(
            conversation_id=conversation.id,
            message_id=message.id,
            language="en" if conversation.language == "en" else "zh-TW",
            owner=Owner(conversation.owner),
            state=DialogueState.from_dict(conversation.state),
            sender_id=f"{conversation.id}:{conversation.epoch}",
            tenure=conversation.tenure,
            context=Context.from_dict(conversation.state.get(KEY)).at(datetime.now(UTC)),
        )

    def _register(
        self, session: Session, conversation: Conversation, message: Message, draft: dict[str, Any],
        now: datetime,
    ) -> list[Reply]:  # fmt: skip
        new_case = replace(
            case_message.new_case(
                draft,
                conversation.language,
                conversation.channel,
                f"chat:{message.id}",
                now,
                conversation.id,
            ),
            draft_key=self._files_of(session, conversation, draft, public=True),
        )
        registered: RegisteredCase = self._cases.register(session, new_case)
        log.info("case registered", number=registered.number, conversation=conversation.id)
        return case_message.replies(registered, conversation.language)

    def _join(
        self, session: Session, conversation: Conversation, message: Message, draft: dict[str, Any],
        now: datetime,
    ) -> Reply:  # fmt: skip
        """Join the case that was chosen; when that cannot be any more, the form goes on to a new one."""
        language = conversation.language
        who = case_message.reporter(
            draft, language, conversation.channel, f"chat:{message.id}", conversation.id
        )
        try:
            joined = self._duplicates.join(session, draft["joins"], who, now)
        except CannotJoin:
            reply, state = reopened(draft, language, self._cases.catalogue)
            conversation.state = state.to_dict()
            return reply
        log.info("case joined", number=joined.number, conversation=conversation.id)
        # Whoever reported first does not see what others send.
        files = self._files_of(session, conversation, draft, public=False)
        if files is not None:
            case = session.scalars(select(Case).where(Case.number == joined.number)).one()
            claim_files(session, case, self._cases.tools(session), files, now)
        known = self._cases.registered_as(session, joined.number)
        return case_message.joined_reply(known, joined.verification_code, language)

    def _files_of(
        self, session: Session, conversation: Conversation, draft: dict[str, Any], *, public: bool
    ) -> str | None:
        chosen = {public_id for public_id, _ in draft.get("files", ())}
        return self.files.draft_of(session, conversation.id, chosen, public=public) if chosen else None

    def _change_hands(
        self, session: Session, conversation: Conversation, outcome: Outcome, now: datetime
    ) -> None:
        if outcome.handoff is not None and conversation.owner == Owner.BOT:
            _queue(session, conversation, outcome.handoff, now)
        elif outcome.handoff is not None and more_urgent(outcome.handoff.priority, conversation.priority):
            conversation.priority = outcome.handoff.priority
        elif outcome.back_to_bot and conversation.owner == Owner.QUEUE:
            why = Leaving.GAVE_UP if outcome.register is None else Leaving.MESSAGE
            pass_to(session, conversation, Owner.BOT, "citizen", why, now)


def _replies(session: Session, message_id: str) -> list[MessageView]:
    found = session.scalars(select(Message).where(Message.reply_to == message_id).order_by(Message.seq))
    return [view(message) for message in found]


def _changes_forms(before: DialogueState, after: DialogueState | None) -> bool:
    """Rasa's loop cannot become another one; a fresh tracker begins in the right one."""
    return after is not None and None not in {before.form, after.form} and before.form != after.form


def _queue(session: Session, conversation: Conversation, handoff: Handoff, now: datetime) -> None:
    conversation.priority = handoff.priority
    conversation.queued_at = now
    conversation.queue_reason = handoff.reason[:200]
    pass_to(session, conversation, Owner.QUEUE, "citizen", handoff.reason, now)
