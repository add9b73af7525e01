"""The mayor's mailbox: a letter becomes a case when its sender has confirmed the e-mail address.

Source of the 7 days and the 5 working days: soweb.kcg.gov.tw, 市長信箱 (2016).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.errors import CaseNotFound
from gateway.cases.filing import SHORT_MAX, WORDS, Filled, checked, one_line, tidy
from gateway.cases.models import Case, MailboxDraft
from gateway.cases.notices import notice_text
from gateway.cases.rules import Kind
from gateway.cases.service import CaseService
from gateway.cases.views import RegisteredCase
from gateway.errors import InvalidFields, NotFound, PlatformError, TooManyRequests
from gateway.outbox.models import OutboxMessage
from gateway.outbox.preferences import revive
from gateway.outbox.rules import Transport, short_hash
from gateway.places.service import Places

log = structlog.get_logger()
CHANNEL = "mayor_mailbox"
TOPIC = "mailbox.confirm"
VALID = timedelta(days=7)
KEPT_AFTER = timedelta(days=1)
"""For so long after its time somebody is still told that the letter has expired."""
LETTERS_A_DAY = 5
"""Confirmations one address is sent in a day: nobody's postbox is filled in another's name."""
_DAY = timedelta(days=1)


class ConfirmationNotFound(NotFound):
    """No letter waits for this confirmation."""

    code = "confirmation_not_found"
    zh = "查無這封信件，請確認連結是否完整；超過期限的信件已刪除，請重新寄送。"
    en = "No such letter was found. Please check the link; letters past their time are deleted."


class ConfirmationExpired(PlatformError):
    """The seven days are over."""

    code = "confirmation_expired"
    status = 410
    zh = "確認連結已超過 7 天，信件沒有受理。請重新填寫一次。"
    en = "The link is older than 7 days and the letter was not accepted. Please write it again."


@dataclass(frozen=True)
class Letter:
    """A letter as it was filled in. `client_id` makes a repeated sending one letter."""

    client_id: str
    filled: Filled
    sender_address: str | None


class Mailbox:
    """Takes letters in, and makes a case of a confirmed one. Commits nothing."""

    def __init__(self, cases: CaseService, places: Places, key: bytes) -> None:
        self._cases = cases
        self._places = places
        self._key = key

    def receive(self, session: Session, letter: Letter, page: str) -> datetime:
        """Keep a letter and send its confirmation; until when it can be confirmed.

        `page` is the address of the page with the button. Raises InvalidFields, TooManyRequests.
        """
        now = self._cases.clock()
        filled = self._complete(session, letter)
        token = self._token(letter.client_id)
        known = session.scalar(select(MailboxDraft).where(MailboxDraft.token_hash == _hash(token)))
        if known is not None:
            return known.expires_at
        email = filled.email or ""
        self._spare(session, email, now)
        draft = MailboxDraft(
            token_hash=_hash(token),
            content={**asdict(filled), "sender_address": one_line(letter.sender_address)},
            created_at=now,
            expires_at=now + VALID,
        )
        session.add(draft)
        facts = {"expires_at": draft.expires_at, "link": f"{page}#{token}"}
        title, text = notice_text("mailbox_confirm", filled.language, facts)
        revive(session, Transport.EMAIL, email)  # who writes from it says that it is good
        self._cases.outbox.put(
            session, key=f"{TOPIC}:{short_hash(token)}", topic=TOPIC, transport=Transport.EMAIL,
            recipient=email, payload={"title": title, "text": text, "language": filled.language}, now=now,
        )  # fmt: skip
        return draft.expires_at

    def confirm(self, session: Session, token: str) -> RegisteredCase:
        """The case of a confirmed letter, received with the confirmation; a second time the same case.

        Raises ConfirmationNotFound, ConfirmationExpired.
        """
        now = self._cases.clock()
        query = select(MailboxDraft).where(MailboxDraft.token_hash == _hash(token)).with_for_update()
        draft = session.scalar(query)
        if draft is None:
            raise ConfirmationNotFound
        if draft.confirmed_at is not None:
            case = session.scalar(select(Case).where(Case.number == draft.case_number))
            if case is None:
                raise CaseNotFound
            return self._cases.registered(session, case, created=False)
        if now > draft.expires_at:
            raise ConfirmationExpired
        content = dict(draft.content)
        sender_address = content.pop("sender_address")
        catalogue = self._cases.tools(session).catalogue
        form = checked(_still_known(Filled(**content), catalogue), catalogue, self._places)
        registered = self._cases.register(
            session,
            form.new_case(
                origin_key=f"mailbox:{draft.token_hash}", channel=CHANNEL, received_at=now, review=True
            ),
        )
        draft.confirmed_at, draft.case_number = now, registered.number
        draft.content = {"sender_address": sender_address}
        log.info("letter confirmed", number=registered.number)
        return registered

    def sender_address(self, session: Session, number: str) -> str | None:
        """Where the sender of the letter behind a case lives; whoever reads it audits the reading."""
        content: dict[str, Any] | None = session.scalar(
            select(MailboxDraft.content).where(MailboxDraft.case_number == number)
        )
        return None if content is None else content["sender_address"]

    def purge(self, session: Session) -> int:
        """Delete letters that nobody confirmed, a day after their time; how many there were."""
        over = self._cases.clock() - KEPT_AFTER
        gone = delete(MailboxDraft).where(MailboxDraft.confirmed_at.is_(None), MailboxDraft.expires_at < over)
        return len(session.scalars(gone.returning(MailboxDraft.id)).all())

    def _complete(self, session: Session, letter: Letter) -> Filled:
        """The letter without mistakes: name, telephone, e-mail and address must all be there."""
        problems: dict[str, tuple[str, str]] = {}
        catalogue = self._cases.tools(session).catalogue
        item = catalogue.items.get(letter.filled.item_code)
        if item is None or item.kind is not Kind.PETITION:
            problems["item_code"] = WORDS["item"]
        address = tidy(letter.sender_address or "")
        if not address or len(address) > SHORT_MAX:
            problems["sender_address"] = WORDS["long" if address else "sender_address"]
        given = letter.filled
        missing = {"name": given.name, "phone": given.phone, "email": given.email}
        problems |= {name: WORDS[name] for name, value in missing.items() if not one_line(value)}
        try:
            form = checked(given, catalogue, self._places)
        except InvalidFields as error:
            raise InvalidFields({**error.fields, **problems}) from None
        if problems:
            raise InvalidFields(problems)
        return form.filled

    def _spare(self, session: Session, email: str, now: datetime) -> None:
        sent = session.scalar(
            select(func.count())
            .select_from(OutboxMessage)
            .where(
                OutboxMessage.topic == TOPIC,
                func.lower(OutboxMessage.recipient) == email.lower(),
                OutboxMessage.created_at > now - _DAY,
            )
        )
        if (sent or 0) >= LETTERS_A_DAY:
            raise TooManyRequests("letters to one address")

    def _token(self, client_id: str) -> str:
        """Nobody can know it but who reads the e-mail; the same letter sent again has the same one."""
        digest = hmac.new(self._key, f"mailbox-confirmation:{client_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _still_known(filled: Filled, catalogue: Catalogue) -> Filled:
    """The letter under the catalogue in force: an item that has gone since becomes the general one."""
    if filled.item_code in catalogue.items:
        return filled
    return replace(filled, item_code="petition_general", attributes={})
