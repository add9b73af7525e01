"""How each kind of message of a conversation looks in LINE. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from linebot.v3.messaging import Message, Sender

from gateway.channels.line.rendering import buttons, cards
from gateway.channels.line.rendering.dates import date_words, instant_words
from gateway.channels.line.rendering.plain import as_much_as_fits, bubbles, text
from gateway.channels.line.rendering.rules import (
    FIELD_MAX,
    LABEL_MAX,
    READING_MAX,
    SENDER_MAX,
    cut,
    parts,
    units,
)
from gateway.channels.line.rendering.within import reachable
from gateway.channels.line.texts import known, line_text
from gateway.conversations.people import ASK_CALL_BACK
from gateway.conversations.rules import Kind
from gateway.conversations.rules import Sender as WrittenBy
from gateway.conversations.transcript import MessageView

_FIELDS_MAX = 8
_BUTTONS_MAX = 8
_NUMBERS_MAX = 6
_CALL_BACK_FORM = "call_back_form"
_SERVICE_ENDED = "operator_closed"
_SCORES = (5, 4, 3, 2, 1)


def spoken(one: MessageView, language: str) -> list[Message]:
    """Plain words, in as many bubbles as they need."""
    words = one.text
    if one.payload.get("notice") == _CALL_BACK_FORM:
        words = line_text("call_back_elsewhere", language)
    told = bubbles(words)
    if one.sender == WrittenBy.OPERATOR:
        for message in told:
            message.sender = Sender(name=cut(line_text("staff_name", language), SENDER_MAX))
    return with_quick(told, one, language)


def with_quick(told: list[Message], one: MessageView, language: str) -> list[Message]:
    """The same messages; the last with what the citizen may press instead of typing."""
    row = buttons.quick(buttons.asked_for(one.payload, language))
    if told and row is not None:
        told[-1].quick_reply = row
    return told


def notice(one: MessageView, language: str) -> list[Message]:
    """A notice; with emergency numbers, a card with buttons that dial them."""
    numbers = [number for number in one.payload.get("numbers") or () if str(number).strip()][:_NUMBERS_MAX]
    if not numbers:
        told = spoken(one, language)
        if told and one.payload.get("notice") == _SERVICE_ENDED:
            told[-1].quick_reply = buttons.quick(buttons.score(points, language) for points in _SCORES)
        return told
    dialled = [
        part
        for number in numbers
        for part in (
            cards.button(buttons.call(number, language), "primary"),
            cards.words(_purpose(number, language), cards.GREY, "xs"),
        )
    ]
    first, *rest = parts(one.text) or [line_text("call", language, number=numbers[0])]
    return [cards.card(first, [cards.words(first, cards.RED, "md")], dialled), *map(text, rest)]


def answer(one: MessageView, language: str) -> list[Message]:
    """An entry of the FAQ: question, words, office and date, a warning when old, source and thumbs."""
    payload = one.payload
    source = buttons.link(line_text("source", language), payload.get("source_url"))
    shown, rest = as_much_as_fits(one.text, language, "rest_at_source" if source else None)
    question = str(payload.get("question") or "")
    dated = date_words(payload.get("source_date"), language)
    body = [
        cards.heading(question),
        cards.words(shown),
        cards.line(),
        cards.words(cut(str(payload.get("agency") or ""), FIELD_MAX), cards.GREY, "xs"),
        cards.words(line_text("source_date", language, date=dated) if dated else "", cards.GREY, "xs"),
        cards.words(_warning(payload, language), cards.RED, "xs"),
    ]
    thumbs = [cards.button(buttons.vote(one.seq, thumb, language)) for thumb in ("up", "down")]
    votes = cards.beside([part for part in thumbs if part]) if payload.get("faq_id") else None
    alternative = f"{question} {shown}" if question else shown or line_text("source", language)
    named = [
        cards.button(act, "link") for act in reachable(shown, language, besides=payload.get("source_url"))
    ]
    return [cards.card(alternative, body, [*named, cards.button(source, "link"), votes]), *map(text, rest)]


def options(one: MessageView, language: str) -> list[Message]:
    """A question; what may be pressed as quick replies, and as a list where a label would be cut."""
    offered = [(title, place, payload) for title, place, payload in _offered(one) if title]
    cut_off = any(units(title) > LABEL_MAX for title, _, _ in offered)
    numbered = [
        line_text("choices", language, number=n, title=title) for n, (title, _, _) in enumerate(offered, 1)
    ]
    words = "\n".join([one.text, *(numbered if cut_off else [])])
    actions = [
        buttons.option(title, payload, one.seq, place, numbered[n] if cut_off else title)
        for n, (title, place, payload) in enumerate(offered)
    ]
    told = bubbles(words) or bubbles("\n".join(title for title, _, _ in offered))
    row = buttons.quick([*buttons.asked_for(one.payload, language), *actions])
    if told and row is not None:
        told[-1].quick_reply = row
    return told


def summary(one: MessageView, language: str) -> list[Message]:
    """A report read back: its fields, and what confirms or changes it."""
    fields = [field for field in one.payload.get("fields") or () if str(field.get("value") or "").strip()]
    if not fields:
        return options(one, language)
    rows = [cards.row(field.get("label"), field["value"]) for field in fields[:_FIELDS_MAX]]
    pressed = [
        cards.button(buttons.option(title, payload, one.seq, place), "secondary" if place else "primary")
        for title, place, payload in _offered(one)[:_BUTTONS_MAX]
        if title
    ]
    hint = cards.words(line_text("summary_hint", language) if pressed else "", cards.GREY, "xs")
    between, after = ("; ", ": ") if language == "en" else ("；", "：")
    told = between.join(f"{field.get('label')}{after}{field['value']}" for field in fields)
    title = line_text("summary_title", language)
    return [cards.card(f"{title}{after}{told}", [cards.heading(title), *rows, cards.line(), hint], pressed)]


def case(one: MessageView, language: str, base_url: str | None) -> list[Message]:
    """A filed case: number, code, due times; its page and its status are a press away."""
    payload = one.payload
    number, code = str(payload.get("number") or ""), str(payload.get("verification_code") or "")
    if not number or not code:
        return spoken(one, language)
    rows = [
        cards.row(line_text("case_number", language), number, copied=True),
        cards.row(line_text("case_code", language), code, copied=True),
        *(
            cards.row(line_text(f"case_{name}", language), payload.get(name))
            for name in ("item", "district", "owner")
        ),
        *(_due(due, language) for due in payload.get("due") or ()),
    ]
    page = f"{base_url.rstrip('/')}/case?number={quote(number)}" if base_url else None
    first = one.text.partition("\n")[0].strip()
    return [
        cards.card(
            line_text("case_alt", language, number=number, code=code),
            [cards.heading(line_text("case_title", language)), cards.words(cut(first, READING_MAX)), *rows,
             cards.words(line_text("case_keep", language), cards.GREY, "xs")],
            [cards.button(buttons.link(line_text("case_page", language), page), "primary"),
             cards.button(buttons.status(number, language)),
                cards.button(buttons.copying(line_text("case_copy", language), f"{number} {code}"), "link")],
        )
    ]  # fmt: skip


def _warning(payload: dict[str, Any], language: str) -> str:
    """What the words of an expired entry say already is not said again."""
    if payload.get("expired") or not (payload.get("warning") or payload.get("older_than_3_years")):
        return ""
    return cut(str(payload.get("warning") or line_text("old_source", language)), FIELD_MAX)


def _offered(one: MessageView) -> list[tuple[str, int, str]]:
    """Title, place and payload of each option. What needs a form of the web page is not offered here."""
    return [
        (" ".join(str(option.get("title") or "").split()), place, str(option.get("payload") or ""))
        for place, option in enumerate(one.payload.get("options") or ())
        if option.get("payload") != ASK_CALL_BACK
    ]


def _purpose(number: object, language: str) -> str:
    return line_text(f"call_{number}", language) if known(f"call_{number}") else ""


def _due(due: dict[str, Any], language: str) -> Any:
    key = f"due_{due.get('stage')}"
    at = instant_words(due.get("due_at"), language)
    return (
        cards.row(line_text(key, language), line_text("due_at", language, at=at))
        if known(key) and at
        else None
    )


BY_KIND: dict[str, Callable[[MessageView, str], list[Message]]] = {
    Kind.TEXT: spoken,
    Kind.NOTICE: notice,
    Kind.ANSWER: answer,
    Kind.OPTIONS: options,
    Kind.SUMMARY: summary,
}
"""The kinds that need nothing but themselves."""
