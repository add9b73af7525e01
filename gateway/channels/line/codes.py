"""Codes that carry a conversation or a case from the web to LINE: short, soon over, for one account."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.channels.line.accounts import CHANNEL, Standing
from gateway.channels.line.models import LineAccount, LineLinkCode
from gateway.channels.line.rules import LINK_CODE_LIFE
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Owner
from gateway.conversations.transcript import locked
from gateway.database import Database
from knowledge_base.entries import Language

_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Nothing that is read as something else; 30 ** 8 codes, of which one is right for a quarter of an hour."""
_HALF: Final = 4
_CODE: Final = re.compile(rf"(?:^|[^A-Za-z0-9-])([{_LETTERS}]{{4}}-[{_LETTERS}]{{4}})\s*$", re.IGNORECASE)
_MESSAGE_MAX: Final = 40


@dataclass(frozen=True)
class Issued:
    """A code as it is shown, once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Redeemed:
    """What a code has opened, and where the account talks now."""

    standing: Standing
    case_number: str | None


def code_in(words: str) -> str | None:
    """The code that a short message ends in; None for any other message."""
    found = _CODE.search(words) if len(words) <= _MESSAGE_MAX else None
    return found[1].upper() if found else None


class LinkCodes:
    """Codes in the database, as hashes that only this platform can make."""

    def __init__(self, database: Database, cases: CaseService, key: bytes) -> None:
        self._database = database
        self._cases = cases
        self._key = key

    def issue(
        self, session: Session, now: datetime, *, conversation_id: str | None = None,
        case_number: str | None = None,
    ) -> Issued:  # fmt: skip
        """A new code for a conversation or a case, in the caller's transaction."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
        issued = Issued(f"{letters[:_HALF]}-{letters[_HALF:]}", now + LINK_CODE_LIFE)
        session.add(
            LineLinkCode(
                code_hash=self._hash(issued.code), conversation_id=conversation_id, case_number=case_number,
                created_at=now, expires_at=issued.expires_at,
            )
        )  # fmt: skip
        return issued

    def redeem(self, code: str, standing: Standing, now: datetime) -> Redeemed | None:
        """Use a code for an account, once; the same account may repeat it. None where it opens nothing."""
        with self._database.write() as session:
            row = session.get(LineLinkCode, self._hash(code), with_for_update=True)
            if row is None or now >= row.expires_at or row.used_by not in {None, standing.user_id}:
                return None
            if row.case_number is not None:
                self._cases.follow(session, row.case_number, standing.conversation_id)
                row.used_by = standing.user_id
                return Redeemed(standing, row.case_number)
            moved = self._move(session, row, standing, now)
            row.used_by = None if moved is None else standing.user_id
            return None if moved is None else Redeemed(moved, None)

    @staticmethod
    def _move(session: Session, row: LineLinkCode, standing: Standing, now: datetime) -> Standing | None:
        account = session.get_one(LineAccount, standing.user_id, with_for_update=True)
        conversation: Conversation = locked(session, row.conversation_id or "")
        if conversation.owner == Owner.CLOSED or conversation.delivered_to not in {None, standing.user_id}:
            return None
        conversation.channel, conversation.delivered_to = CHANNEL, standing.user_id
        conversation.visitor = account.visitor
        account.conversation_id, account.changed_at = conversation.id, now
        language: Language = "en" if conversation.language == "en" else "zh-TW"
        return replace(
            standing, conversation_id=conversation.id, language=language, owner=Owner(conversation.owner)
        )

    def _hash(self, code: str) -> str:
        return hmac.digest(self._key, b"line-code:" + code.upper().encode(), hashlib.sha256).hex()
