"""`wanshitong deadline …`: due times of a service item, with the working."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.deadlines import Office, compute
from gateway.cases.registration import limits_of
from gateway.cases.working import limit_text, rule_record, working_lines, working_record
from gateway.errors import InvalidInput, PlatformError
from gateway.settings import Settings, get_settings


class InvalidTime(InvalidInput):
    """A time that is not ISO 8601."""

    code = "invalid_time"
    zh = "時間格式不正確，請用 ISO 8601，例如 2026-11-22T09:30:00+08:00。"
    en = "That is not an ISO 8601 time, e.g. 2026-11-22T09:30:00+08:00."


class UnknownDistrict(InvalidInput):
    """A district that is not one of the city's 38."""

    code = "unknown_district"
    zh = "沒有這個行政區，請用全名，例如 三民區。"
    en = "There is no such district; give its full Chinese name, e.g. 三民區."


@click.group()
def deadline() -> None:
    """Due times and how they come about."""


@deadline.command("compute")
@click.option("--item", "code", required=True, help="Code of the service item, e.g. road_pothole.")
@click.option("--received", required=True, help="When it was received, ISO 8601; local time without a zone.")
@click.option("--district", help="District in Chinese, e.g. 三民區: decides the owner.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.pass_context
def compute_command(
    ctx: click.Context, code: str, received: str, district: str | None, lang: str, as_json: bool
) -> None:
    """Print the due times of an item received at a given time, and show the working."""
    try:
        settings = ctx.find_object(Settings) or get_settings()
        office = Office.from_text(OfficeCalendar.load(), settings.office_windows, settings.timezone)
        catalogue = Catalogue.load()
        item = catalogue.item(code)
        if district is not None and not catalogue.knows_district(district):
            raise UnknownDistrict(district)
        moment = read_time(received, office)
        owner = catalogue.owner(item, district)
        facts = _facts(item, owner, catalogue, moment, office)
        text = "\n".join(_lines(item, catalogue.unit_name(owner, lang), moment, office, lang))
    except PlatformError as error:
        said = f"{error.en} ({error.detail})" if lang == "en" else f"{error.zh}（{error.detail}）"
        click.echo(said, err=True)
        sys.exit(1)
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)


def read_time(text: str, office: Office) -> datetime:
    """An ISO 8601 time; one without a zone is meant in the office's own.

    Raises InvalidTime, or DateOutOfCalendar where the office calendar does not reach.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidTime(text) from error
    office.calendar.nature(moment.date())
    return moment if moment.tzinfo else moment.replace(tzinfo=office.zone)


def _facts(
    item: ServiceItem, owner: str, catalogue: Catalogue, received: datetime, office: Office
) -> dict[str, Any]:
    due = []
    for stage, limit in limits_of(item):
        result = compute(limit, received, office)
        due.append(
            {
                "stage": stage.value,
                "due_at": result.due_at.isoformat(),
                "rule": rule_record(limit),
                "rule_zh": limit_text(limit, "zh"),
                "rule_en": limit_text(limit, "en"),
                "working": working_record(result, received, office),
            }
        )
    return {
        "item": item.code,
        "item_zh": item.name_zh,
        "item_en": item.name_en,
        "owner": owner,
        "received_at": received.isoformat(),
        "calendar_version": office.calendar.version,
        "catalogue_version": catalogue.version,
        "due": due,
    }


def _lines(item: ServiceItem, owner: str, received: datetime, office: Office, lang: str) -> list[str]:
    local = received.astimezone(office.zone).isoformat(sep=" ")
    version = office.calendar.version
    if lang == "en":
        head = [f"Item: {item.name_en} ({item.code})", f"Owner: {owner}", f"Received: {local}"]
        head.append(f"Calendar: {version}")
    else:
        head = [f"案件項目：{item.name_zh}（{item.code}）", f"承辦單位：{owner}", f"受理時間：{local}"]
        head.append(f"行事曆版本：{version}")
    for stage, limit in limits_of(item):
        head += working_lines(stage, limit, compute(limit, received, office), office, lang)
    return head


if __name__ == "__main__":
    deadline()
