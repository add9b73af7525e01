"""Every text that leaves the house by itself, filled with an example: in both languages, by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

import gateway.cases
from gateway.cases.digest import Digest, Section, digest_payload
from gateway.cases.notices import names_in, notice_text, notices, short_text
from gateway.cases.office import Office
from gateway.cases.reminders import TITLES, Planned, To, reminder_payload
from gateway.cases.rules import Stage
from gateway.outbox.choices import ChoiceLinks
from gateway.outbox.email import compose
from gateway.outbox.lengths import SmsLength, sms_length
from gateway.outbox.queue import Letter
from gateway.outbox.rules import REQUIRED, Transport, rule_of

EXAMPLES: Final = Path(gateway.cases.__file__).with_name("notice_examples.yml")
LANGUAGES: Final = ("zh-TW", "en")
NOT_OF_A_CASE: Final = {"mailbox_confirm": "mailbox.confirm"}
"""Notices whose topic is not made of the act."""
_AT: Final = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
_ADDRESS: Final = "citizen@example.org"


@dataclass(frozen=True)
class InLanguage:
    """A text in one language as people get it."""

    language: str
    subject: str
    body: str
    text_message: str | None = None
    """None for what is told by none."""

    @property
    def sms(self) -> SmsLength | None:
        """How long the text message is."""
        return sms_length(self.text_message) if self.text_message else None


@dataclass(frozen=True)
class Preview:
    """One text with its treatment."""

    name: str
    topic: str
    group: str | None
    required: bool
    waits: bool
    """Whether it waits for the morning."""
    variables: tuple[str, ...]
    texts: tuple[InLanguage, ...]


def citizens_previews(sender: str, links: ChoiceLinks) -> list[Preview]:
    """Every notice to citizens; the e-mail is composed as it would be sent."""
    return [_notice(act, sender, links) for act in notices()]


def desk_previews(office: Office) -> list[Preview]:
    """What units read in their inbox: reminders of a due time, and the daily digest."""
    return [*_reminders(office), _digest(office)]


@lru_cache(maxsize=64)
def example_facts(act: str = "") -> dict[str, Any]:
    """What the preview of an act, or of anything, is filled with."""
    facts: dict[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    of_acts = facts.pop("by_act")
    return {**facts, **of_acts.get(act, {})}


def _notice(act: str, sender: str, links: ChoiceLinks) -> Preview:
    topic = NOT_OF_A_CASE.get(act, f"notice.{act}")
    rule = rule_of(topic)
    return Preview(
        act, topic, rule.group, rule.group in REQUIRED, rule.waits, names_in(act),
        tuple(_in(language, act, topic, sender, links) for language in LANGUAGES),
    )  # fmt: skip


def _in(language: str, act: str, topic: str, sender: str, links: ChoiceLinks) -> InLanguage:
    facts = example_facts(act)
    title, text = notice_text(act, language, facts)
    payload = {"title": title, "text": text, "language": language}
    letter = Letter(0, f"preview:{act}", topic, _ADDRESS, payload, 1, _AT, Transport.EMAIL)
    message = compose(letter, sender, _AT, links)
    return InLanguage(
        language,
        str(message["Subject"]),
        str(message.get_content()).rstrip(),
        short_text(act, language, facts),
    )


def _reminders(office: Office) -> Iterator[Preview]:
    facts = example_facts()
    names = (facts["item_zh"], facts["item_en"])
    for kind in TITLES:
        planned = Planned(kind, _AT, To.UNIT)
        due = facts["due_at"].astimezone(office.zone)
        payload = reminder_payload(planned, facts["number"], facts["owner_zh"], Stage.COMPLETION, due, names)
        yield _of_desk(f"reminder.{kind}", payload, ("number", "unit", "stage", "item", "due"))


def _digest(office: Office) -> Preview:
    facts = example_facts()
    digest = Digest()
    digest.add(Section.OVERDUE, facts["number"])
    digest.add(Section.NEW, facts["new_number"])
    day = _AT.astimezone(office.zone).date()
    payload = digest_payload(digest, (facts["owner_zh"], facts["owner_en"]), day, _AT, _AT, office)
    return _of_desk("digest", payload, ("unit", "day", "since", "at", "section", "count", "numbers"))


def _of_desk(topic: str, payload: dict[str, str], variables: tuple[str, ...]) -> Preview:
    texts = tuple(
        InLanguage(language, payload[f"title{suffix}"], payload[f"text{suffix}"])
        for language, suffix in zip(LANGUAGES, ("", "_en"), strict=True)
    )
    return Preview(topic, topic, None, False, False, variables, texts)
