"""The parts of a catalogue in words, in two languages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.cases.catalogue_schema import Attribute, AttributeRule, Routing, Template
from gateway.cases.deadlines import Limit
from gateway.cases.working import limit_text

Pair = tuple[str, str]
"""In Chinese and in English."""
_NONE = ("（無）", "(none)")
_YES = {True: ("是", "yes"), False: ("否", "no")}
_SEPARATOR = ("、", ", ")

FIELD_TEXT: Mapping[str, Pair] = {
    "name_zh": ("名稱", "name (Chinese)"),
    "name_en": ("英文名稱", "name (English)"),
    "main_zh": ("主項目", "main item (Chinese)"),
    "main_en": ("主項目英文", "main item (English)"),
    "works_class": ("督工類別", "class of works"),
    "owner": ("權責單位", "owner"),
    "inspection": ("會勘時限", "inspection limit"),
    "completion": ("完成時限", "completion limit"),
    "confidentiality": ("保密等級", "security class"),
    "required_fields": ("必填欄位", "required fields"),
    "attributes": ("附加問題", "questions"),
    "reply_template": ("回覆範本", "reply template"),
    "pauses_when_awaiting": ("補件期間停止計時", "clock stops while the citizen is asked"),
    "night_reminders": ("夜間也提醒", "reminders at night too"),
    "photo_required": ("結案須附照片", "photo needed to close"),
    "keywords": ("關鍵字", "keywords"),
    "examples": ("常見說法", "what citizens say"),
    "city_names": ("市府原分類", "the city's categories"),
    "en": ("英文名稱", "name (English)"),
    "external": ("外部單位", "outside the city government"),
    "districts": ("行政區", "districts"),
    "limit": ("時限", "limit"),
}


AREA_TEXT: Mapping[str, Pair] = {
    "old_city": ("原高雄市", "old city"),
    "former_county": ("原高雄縣", "former county"),
}
ROUTING = "routing"
"""Stands for finding the right unit among the channels."""
CHANNEL_TEXT = {
    ROUTING: ("分案、改分", "finding the unit"),
    "mayor_mailbox": ("市長信箱", "mayor's mailbox"),
}
VALUE_TEXT = {
    "normal": ("一般", "normal"),
    "confidential": ("保密", "confidential"),
    "location": ("地點", "location"),
    "contact": ("聯絡方式", "contact"),
}


def told(old: object, new: object) -> tuple[Pair, Pair]:
    """Both values in words; of two lists only what went and what came, unless only the order changed."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        before, after = [words(entry) for entry in old], [words(entry) for entry in new]
        went = [entry for entry in before if entry not in after]
        came = [entry for entry in after if entry not in before]
        return (_joined(went), _joined(came)) if went or came else (_joined(before), _joined(after))
    return words(old), words(new)


def _joined(entries: Sequence[Pair]) -> Pair:
    if not entries:
        return _NONE
    zh, en = (_SEPARATOR[side].join(entry[side] for entry in entries) for side in (0, 1))
    return zh, en


def words(value: object) -> Pair:
    """A value of a catalogue in words."""
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return _YES[value]
    if isinstance(value, str):
        return VALUE_TEXT.get(value, (value, value))
    if isinstance(value, Template):
        return value.zh, value.en
    if isinstance(value, tuple):
        return _joined([words(entry) for entry in value])
    side_words = next(spoken for kind, spoken in _BY_SIDE.items() if isinstance(value, kind))
    return side_words(value, 0), side_words(value, 1)


def _limit_words(limit: Limit, side: int) -> str:
    text = limit_text(limit, ("zh", "en")[side])
    until = f" {limit.due_time}" if limit.due_time else ""
    return f"{text}{until}〔{limit.source}〕" if side == 0 else f"{text}{until} [{limit.source}]"


def _attribute_words(attribute: Attribute, side: int) -> str:
    values = _SEPARATOR[side].join((value.zh, value.en)[side] for value in attribute.values)
    facts = [attribute.code, attribute.datatype, values, "*" if attribute.required else ""]
    return f"{(attribute.zh, attribute.en)[side]} ({'; '.join(fact for fact in facts if fact)})"


def _routing_words(routing: Routing, side: int) -> str:
    by_area = [(AREA_TEXT[area][side], getattr(routing, area)) for area in AREA_TEXT]
    rows = [(label, unit) for label, unit in by_area if unit is not None]
    rows += list(routing.districts.items())
    for code, rules in routing.by_attribute.items():
        rows += [(f"{code}{_condition(rule)}", rule.unit) for rule in rules]
    return _SEPARATOR[side].join([routing.default, *(f"{label} → {unit}" for label, unit in rows)])


def _condition(rule: AttributeRule) -> str:
    if rule.below is not None:
        return f" < {rule.below:g}"
    return f" = {'/'.join(rule.among)}" if rule.among else ""


_BY_SIDE: Mapping[type, Callable[[Any, int], str]] = {
    Limit: _limit_words,
    Attribute: _attribute_words,
    Routing: _routing_words,
}
