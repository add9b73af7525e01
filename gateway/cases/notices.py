"""What citizens are told about their cases: texts by act and language, written to the outbox."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy.orm import Session

from gateway.outbox.preferences import Way, withheld_of
from gateway.outbox.rules import Transport, address_hash
from gateway.outbox.service import Outbox
from gateway.outbox.sms.rules import mobile_number

NOTICES_FILE = Path(__file__).with_name("notices.yml")
ROC_OFFSET = 1911
LIVE_CHAT = "line"
"""The channel whose chats reach people wherever they are; a chat on the web is left and forgotten."""
_NAME = re.compile(r"\{(\w+)\}")
_TAIPEI = ZoneInfo("Asia/Taipei")


@dataclass(frozen=True)
class Addressee:
    """Where somebody who reported a matter can be told, and in which language (`zh-TW` or `en`)."""

    email: str | None
    conversation_id: str | None
    language: str
    channel: str | None = None
    """By which they reported it: who did at LINE is told there, and by no text message."""
    phone: str | None = None
    """Where a text message reaches them, if nothing else does."""


class Wording(BaseModel):
    """One notice in one language. A line of `where_known` stands only when all it names is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    lines: tuple[str, ...]
    where_known: tuple[str, ...] = ()
    last: str = ""
    short: str = ""
    """The text message, one line without the link; empty where the act is told by none."""


class Notice(BaseModel):
    """One notice in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Wording
    en: Wording


@lru_cache(maxsize=1)
def notices() -> dict[str, Notice]:
    """Every notice by its act."""
    raw = yaml.safe_load(NOTICES_FILE.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Notice]).validate_python(raw)


def notice_text(act: str, language: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Title and text of the notice of `act`.

    A fact `item` may come as `item_zh` and `item_en`; instants are shown on the city's clock. Raises
    KeyError when there is no notice of this act, or a fact is missing that the text must name.
    """
    english = language == "en"
    wording = _wording(act, english)
    lines = [_filled(line, facts, english) for line in wording.lines]
    lines += [
        _filled(line, facts, english)
        for line in wording.where_known
        if all(_fact(name, facts, english) for name in _NAME.findall(line))
    ]
    if wording.last:
        lines.append(_filled(wording.last, facts, english))
    return _filled(wording.title, facts, english), "\n".join(lines)


def names_in(act: str) -> tuple[str, ...]:
    """The facts that the notice of `act` names, in the order of its text."""
    said = notices()[act].zh
    text = "\n".join((said.title, *said.lines, *said.where_known, said.last))
    return tuple(dict.fromkeys(_NAME.findall(text)))


def short_text(act: str, language: str, facts: Mapping[str, object]) -> str | None:
    """The text message of the notice of `act`: one line, then the link if there is one; None where there is
    no such message. Raises KeyError like `notice_text`."""
    english = language == "en"
    wording = _wording(act, english)
    if not wording.short:
        return None
    line, link = _filled(wording.short, facts, english), facts.get("link")
    return f"{line} {link}" if link else line


def _wording(act: str, english: bool) -> Wording:
    notice = notices()[act]
    return notice.en if english else notice.zh


def write_notices(
    session: Session,
    outbox: Outbox,
    *,
    event_key: str,
    act: str,
    addressees: Sequence[Addressee],
    facts: Mapping[str, object],
    now: datetime,
    not_before: datetime | None = None,
    texts: bool = False,
) -> list[str]:
    """Write the notice of one event to everybody who can be told, each once by each way.

    By a way that they do not want, or that is dead, it is written as withheld. `texts` says whether there are
    text messages: they go to who gave a mobile number and nothing else that reaches them. Gives back the
    transports used; [] when nobody can be told. Raises KeyError like `notice_text`.
    """
    used: dict[str, None] = {}
    topic = f"notice.{act}"
    for addressee in addressees:
        title, text = notice_text(act, addressee.language, facts)
        language = "en" if addressee.language == "en" else "zh-TW"
        payload = {"title": title, "text": text, "language": language, "case": facts.get("number")}
        ways = _ways(addressee)
        number = _only_number(addressee) if texts else None
        short = short_text(act, addressee.language, facts) if number else None
        if number and short:
            ways.append((Transport.SMS.value, number))
        withheld = withheld_of(session, topic, ways)
        for transport, recipient in ways:
            known = address_hash(transport, recipient)
            content = {**payload, "text": short} if transport == Transport.SMS else payload
            outbox.put(
                session,
                key=f"notice:{event_key}:{transport}:{known}",
                topic=topic,
                transport=transport,
                recipient=recipient,
                payload=content,
                subject=str(facts["number"]) if facts.get("number") else None,
                ordering=f"{transport}:{known}",
                not_before=not_before,
                withheld=withheld.get((transport, recipient)),
                now=now,
            )
            if (transport, recipient) not in withheld:
                used[transport] = None
    return list(used)


def _ways(addressee: Addressee) -> list[Way]:
    email = (addressee.email or "").strip()
    ways = [(Transport.CONVERSATION.value, addressee.conversation_id or ""), (Transport.EMAIL.value, email)]
    return [(transport, recipient) for transport, recipient in ways if recipient]


def _only_number(addressee: Addressee) -> str | None:
    """The mobile number of somebody whom neither e-mail nor a chat that stays theirs reaches."""
    live = addressee.channel == LIVE_CHAT and addressee.conversation_id
    return None if live or (addressee.email or "").strip() else mobile_number(addressee.phone)


def _filled(line: str, facts: Mapping[str, object], english: bool) -> str:
    def shown(found: re.Match[str]) -> str:
        value = _fact(found[1], facts, english)
        if value is None:
            raise KeyError(found[1])
        return _shown(value, english)

    return _NAME.sub(shown, line)


def _fact(name: str, facts: Mapping[str, object], english: bool) -> object:
    own = facts.get(f"{name}_en" if english else f"{name}_zh")
    return facts.get(name) if own is None else own


def _shown(value: object, english: bool) -> str:
    if not isinstance(value, datetime):
        return str(value)
    at = value.astimezone(_TAIPEI)
    return f"{at:%Y-%m-%d %H:%M}" if english else f"{at.year - ROC_OFFSET}/{at:%m/%d %H:%M}"
