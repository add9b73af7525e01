"""The form of one service item: what it shows, and what was changed in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gateway.cases.catalogue_schema import AttributeRule, Routing, ServiceItem
from gateway.cases.catalogue_sheets import LIMIT_PARTS
from gateway.cases.deadlines import Limit
from gateway.errors import InvalidInput

YES: Final = "yes"
FLAGS: Final = ("pauses_when_awaiting", "night_reminders", "photo_required")
LISTS: Final = ("keywords", "examples")
TEXTS: Final = ("name_zh", "name_en", "confidentiality")
STAGES: Final = ("inspection", "completion")
_ARROW: Final = re.compile(r"\s*(?:→|->|=>)\s*")
_CONDITION: Final = re.compile(r"(?P<code>[a-z][a-z0-9_]*)(?:\s*<\s*(?P<below>\S+)|\s*=\s*(?P<among>\S+))?")

Texts = Mapping[str, str]


class WrongItemForm(InvalidInput):
    """Something in the form cannot be read; `detail` says what."""

    code = "invalid_item_form"
    zh = "有欄位無法辨識，請修正後再試。"
    en = "A field cannot be read. Please correct it and try again."


def shown(item: ServiceItem) -> dict[str, str]:
    """Every field of the form with what the item says."""
    texts = {name: str(getattr(item, name)) for name in TEXTS}
    texts |= {name: YES if getattr(item, name) else "" for name in FLAGS}
    texts |= {name: "\n".join(getattr(item, name)) for name in LISTS}
    for stage in STAGES:
        texts |= {f"{stage}_{part}": text for part, text in _limit_texts(getattr(item, stage)).items()}
    texts |= {
        "owner_default": item.owner.default,
        "owner_old_city": item.owner.old_city or "",
        "owner_former_county": item.owner.former_county or "",
        "owner_rules": "\n".join(_rule_lines(item.owner)),
    }
    template = item.reply_template
    return texts | {"reply_zh": template.zh if template else "", "reply_en": template.en if template else ""}


def changes_of(item: ServiceItem, given: Texts) -> dict[str, Any]:
    """The fields of the item that were changed, as in a catalogue file. Raises WrongItemForm."""
    before = shown(item)
    now = {name: _clean(given.get(name, "")) for name in before}
    changed = {name for name in before if now[name] != _clean(before[name])}
    return {field: read(now) for field, (names, read) in _FIELDS.items() if changed & set(names)}


def _clean(text: str) -> str:
    return "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n")).strip()


def _limit_texts(limit: Limit | None) -> dict[str, str]:
    if limit is None:
        return dict.fromkeys(LIMIT_PARTS, "")
    return {
        "amount": str(limit.amount),
        "unit": limit.unit.value,
        "due_time": limit.due_time or "",
        "source": limit.source,
        "example": YES if limit.example else "",
    }


def _limit(stage: str) -> Callable[[Texts], dict[str, Any] | None]:
    def read(texts: Texts) -> dict[str, Any] | None:
        part = {name: texts[f"{stage}_{name}"] for name in LIMIT_PARTS}
        if not part["amount"]:
            return None
        if not (part["amount"].isascii() and part["amount"].isdecimal()):
            raise WrongItemForm(part["amount"])
        example = part["example"] == YES
        return {
            **part,
            "amount": int(part["amount"]),
            "example": example,
            "due_time": part["due_time"] or None,
        }

    return read


def _rule_lines(owner: Routing) -> list[str]:
    lines = [f"{district} → {unit}" for district, unit in owner.districts.items()]
    return lines + [
        f"{code}{_condition(rule)} → {rule.unit}"
        for code, rules in owner.by_attribute.items()
        for rule in rules
    ]


def _condition(rule: AttributeRule) -> str:
    if rule.below is not None:
        return f" < {str(rule.below).removesuffix('.0')}"
    return f" = {'/'.join(rule.among)}" if rule.among else ""


def _owner(texts: Texts) -> dict[str, Any]:
    districts: dict[str, str] = {}
    by_attribute: dict[str, list[dict[str, Any]]] = {}
    for line in _lines(texts["owner_rules"]):
        what, *units = _ARROW.split(line)
        if len(units) != 1 or not what or not units[0]:
            raise WrongItemForm(line)
        condition = _CONDITION.fullmatch(what)
        if condition is None:
            districts[what] = units[0]
        else:
            by_attribute.setdefault(condition["code"], []).append(_rule(line, condition, units[0]))
    areas = {area: texts[f"owner_{area}"] or None for area in ("old_city", "former_county")}
    return {"default": texts["owner_default"], **areas, "districts": districts, "by_attribute": by_attribute}


def _rule(line: str, condition: re.Match[str], unit: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"unit": unit}
    if condition["below"] is not None:
        try:
            rule["below"] = float(condition["below"])
        except ValueError:
            raise WrongItemForm(line) from None
    if condition["among"] is not None:
        rule["among"] = condition["among"].split("/")
    return rule


def _reply(texts: Texts) -> dict[str, str] | None:
    reply = {"zh": texts["reply_zh"], "en": texts["reply_en"]}
    return reply if any(reply.values()) else None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _text(name: str) -> Callable[[Texts], Any]:
    return lambda texts: texts[name]


def _flag(name: str) -> Callable[[Texts], Any]:
    return lambda texts: texts[name] == YES


def _list(name: str) -> Callable[[Texts], Any]:
    return lambda texts: _lines(texts[name])


_FIELDS: Final[Mapping[str, tuple[Sequence[str], Callable[[Texts], Any]]]] = {
    **{name: ((name,), _text(name)) for name in TEXTS},
    **{stage: ([f"{stage}_{part}" for part in LIMIT_PARTS], _limit(stage)) for stage in STAGES},
    "owner": (("owner_default", "owner_old_city", "owner_former_county", "owner_rules"), _owner),
    "reply_template": (("reply_zh", "reply_en"), _reply),
    **{name: ((name,), _list(name)) for name in LISTS},
    **{name: ((name,), _flag(name)) for name in FLAGS},
}
"""Each field of an item: the fields of the form it is made of, and how it is read from them."""
