"""The catalogue as the services of GeoReport v2: what there is, what each asks, where it is found."""

from __future__ import annotations

from typing import Any

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import LISTS, Attribute, Datatype, ServiceItem
from gateway.cases.deadlines import LimitUnit
from gateway.open311.errors import ServiceNotFound
from gateway.open311.rules import is_public

SPECIFICATION = "https://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-25T00:00:00+08:00"
"""When the interface itself last changed; not its services."""
CONTACT = ("請撥 1999，或洽本平台管理單位。", "Call 1999, or ask those who run this platform.")
KEY_SERVICE = (
    "api_key 由本平台管理員核發（範圍 cases.file）。",
    "The platform's administrator issues api_keys (scope cases.file).",
)
_DATATYPES: dict[Datatype, tuple[str, str]] = {
    "string": ("一行文字", "One line of text"),
    "number": ("數字", "A number"),
    "datetime": ("日期與時間（ISO 8601）", "Date and time (ISO 8601)"),
    "text": ("文字", "Text"),
    "singlevaluelist": ("請選一項", "Choose one"),
    "multivaluelist": ("可選多項", "Choose any number"),
}
_UNITS: dict[LimitUnit, tuple[str, str]] = {
    LimitUnit.HOURS: ("小時", "hours"),
    LimitUnit.OFFICE_MINUTES: ("分鐘辦公時間", "minutes of office time"),
    LimitUnit.WORKING_DAYS: ("個工作日", "working days"),
    LimitUnit.CALENDAR_DAYS: ("日", "days"),
}


def discovery(base: str, english: bool) -> dict[str, Any]:
    """Where the interface is; `base` is the platform's address without a slash at its end."""
    return {
        "changeset": CHANGED,
        "contact": CONTACT[english],
        "key_service": KEY_SERVICE[english],
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base}/open311/v2",
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def services(catalogue: Catalogue, english: bool) -> list[dict[str, Any]]:
    """Everything that can be reported by the standard."""
    return [_service(item, english) for item in catalogue.items.values() if is_public(item)]


def public_item(catalogue: Catalogue, code: str) -> ServiceItem:
    """The item of a service. Raises ServiceNotFound, also for an item that is no service."""
    item = catalogue.items.get(code)
    if item is None or not is_public(item):
        raise ServiceNotFound
    return item


def definition(item: ServiceItem, english: bool) -> dict[str, Any]:
    """What a service asks beyond the place."""
    return {
        "service_code": item.code,
        "attributes": [_asked(n, attribute, english) for n, attribute in enumerate(item.attributes, 1)],
    }


def _service(item: ServiceItem, english: bool) -> dict[str, Any]:
    main = item.main_en if english else item.main_zh
    return {
        "service_code": item.code,
        "service_name": item.name_en if english else item.name_zh,
        "description": _described(item, english),
        "metadata": bool(item.attributes),
        "type": "realtime",
        "keywords": ",".join(item.keywords),
        "group": main,
    }


def _described(item: ServiceItem, english: bool) -> str:
    """How long it takes, in words; an example value is called one."""
    limit = item.completion
    zh, en = _UNITS[limit.unit]
    if english:
        return f"Done within {limit.amount} {en}" + (" (example value)." if limit.example else ".")
    return f"{limit.amount} {zh}內完成" + ("（示範值）。" if limit.example else "。")


def _asked(order: int, attribute: Attribute, english: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "variable": True,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": _DATATYPES[attribute.datatype][english],
        "order": order,
        "description": attribute.en if english else attribute.zh,
    }
    if attribute.datatype in LISTS:
        asked["values"] = [
            {"key": value.key, "name": value.en if english else value.zh} for value in attribute.values
        ]
    return asked
