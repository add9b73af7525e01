"""Whether the parts of a catalogue fit together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gateway.cases.catalogue_schema import LISTS, PLAIN, AttributeRule, Content, ServiceItem
from gateway.cases.deadlines import Limit, LimitUnit

DISTRICT_OFFICE = "{district}公所"
PLACEHOLDERS = frozenset(
    {"number", "unit", "arrived_at", "found", "done", "result", "reason", "next_step", "called_at"}
)
"""What a closing text may leave to be filled in; a good reply says most of it (DOMAIN, what the city's own
surveys found)."""
LONGEST = {
    LimitUnit.HOURS: 2 * 366 * 24,
    LimitUnit.OFFICE_MINUTES: 2 * 366 * 24 * 60,
    LimitUnit.WORKING_DAYS: 2 * 366,
    LimitUnit.CALENDAR_DAYS: 2 * 366,
}
"""Beyond these a limit is a slip of the pen, and no calendar may reach its due time."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def problems(content: Content) -> Iterator[str]:
    """Everything that is wrong between the parts, in words; nothing when they fit."""
    yield from _twice("item", (item.code for item in content.items))
    yield from _twice("category", (name for item in content.items for name in item.city_names))
    yield from _twice("unit", (unit.name for unit in content.units))
    districts = (*content.areas.old_city, *content.areas.former_county)
    yield from _twice("district", districts)
    units = {unit.name for unit in content.units}
    yield from (f"{name}: {problem}" for name, limit in _limits(content) for problem in _of_limit(limit))
    for item in content.items:
        yield from _of_routing(item, units, set(districts))
        yield from _of_attributes(item)
        for template in item.reply_templates:
            strange = sorted(set(_PLACEHOLDER.findall(template)) - PLACEHOLDERS)
            if strange:
                yield f"{item.code}: unknown placeholder {', '.join(strange)} in its reply template"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{what} {name} is there more than once"
        seen.add(name)


def _limits(content: Content) -> Iterator[tuple[str, Limit]]:
    yield "routing", content.channels.routing
    yield from ((code, rule.completion) for code, rule in content.channels.channels.items())
    for item in content.items:
        yield from ((item.code, limit) for limit in (item.inspection, item.completion) if limit is not None)


def _of_limit(limit: Limit) -> Iterator[str]:
    if limit.source != limit.source.strip() or not re.match(PLAIN, limit.source):
        yield "a limit must say in plain words where it comes from"
    if limit.amount > LONGEST[limit.unit]:
        yield f"a limit of {limit.amount} {limit.unit} is over two years"


def _of_routing(item: ServiceItem, units: set[str], districts: set[str]) -> Iterator[str]:
    strange = item.owner.units() - units - {DISTRICT_OFFICE}
    strange |= set(item.owner.districts) - districts
    if strange:
        yield f"{item.code}: unknown unit or district in its routing: {', '.join(sorted(strange))}"
    if item.owner.default == DISTRICT_OFFICE:
        yield f"{item.code}: the default of its routing must be a unit that needs no district"


def _of_attributes(item: ServiceItem) -> Iterator[str]:
    yield from (
        f"{item.code}: {problem}" for problem in _twice("attribute", (a.code for a in item.attributes))
    )
    for code, rules in item.owner.by_attribute.items():
        attribute = item.attribute(code)
        if attribute is None:
            yield f"{item.code}: its routing asks for {code}, the item does not"
            continue
        keys = {value.key for value in attribute.values}
        for rule in rules:
            if not _speaks_of(rule, attribute.datatype == "number", attribute.datatype in LISTS, keys):
                yield f"{item.code}: a rule of its routing does not fit the attribute {code}"


def _speaks_of(rule: AttributeRule, is_number: bool, is_list: bool, keys: set[str]) -> bool:
    if rule.below is not None:
        return is_number and not rule.among
    return not rule.among or (is_list and set(rule.among) <= keys)
