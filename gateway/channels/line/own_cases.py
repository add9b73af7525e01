"""A citizen's cases, shown to the LINE account that reported them: LINE vouches for who asks."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseReporter
from gateway.channels.line.accounts import Standing
from gateway.channels.line.queue import Taken
from gateway.channels.line.room import Room
from gateway.channels.line.rules import message_key
from gateway.channels.line.texts import line_text
from gateway.conversations import case_message, speech
from gateway.conversations.catalogue import say
from gateway.conversations.models import Conversation
from gateway.conversations.rules import Kind, Reply, Sender

SHOWN: Final = 10


class OwnCases:
    """The list, and one case of it."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def show_all(self, event: Taken, standing: Standing, _found: re.Match[str]) -> None:
        """The newest cases as buttons; how to look others up, where there are none."""
        language = standing.language
        with self._room.database.read() as session:
            rows = [self._button(session, number, language) for number in _numbers(session, standing)]
        if rows:
            answer = speech.options(line_text("my_cases", language), rows)
        else:
            start = speech.START["case_lookup"]
            offered = [(say(start[0], language), start[1])]
            answer = speech.options(line_text("no_cases", language), offered)
        self._tell(event, standing, line_text("said_my_cases", language), answer)

    def show_one(self, event: Taken, standing: Standing, found: re.Match[str]) -> None:
        """The status of one of them; another's number opens nothing."""
        with self._room.database.read() as session:
            if found[1] not in _numbers(session, standing, every=True):
                self._tell(event, standing, found[1], Reply(line_text("no_such_case", standing.language)))
                return
            code = self._room.cases.verification_code(found[1])
            case = self._room.cases.public_view(session, found[1], code)
        self._tell(
            event, standing, found[1], Reply(case_message.status_text(case, standing.language))
        )  # fmt: skip

    def _button(self, session: Session, number: str, language: str) -> speech.Option:
        case = self._room.cases.public_view(session, number, self._room.cases.verification_code(number))
        item, status = (
            (case.item_name_en, case.status_en) if language == "en" else (case.item_name_zh, case.status_zh)
        )
        return f"{number} {item} · {status}", f"line:case:{number}"

    def _tell(self, event: Taken, standing: Standing, said: str, answer: Reply) -> None:
        citizen = Reply(said, Kind.TEXT, {}, Sender.CITIZEN)
        self._room.exchange(standing, message_key(event.event_id), citizen, [answer])


def _numbers(session: Session, standing: Standing, *, every: bool = False) -> list[str]:
    talks = select(Conversation.id).where(Conversation.delivered_to == standing.user_id)
    joined = select(CaseReporter.case_id).where(CaseReporter.conversation_id.in_(talks))
    query = (
        select(Case.number)
        .where(or_(Case.conversation_id.in_(talks), Case.id.in_(joined)))
        .order_by(Case.id.desc())
    )
    return list(session.scalars(query if every else query.limit(SHOWN)))
