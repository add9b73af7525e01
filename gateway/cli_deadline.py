"""`wanshitong deadline …`: due times of a service item, with the working."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.closures import Closure, Part
from gateway.cases.deadline_spec import InvalidSpec, answers
from gateway.cases.deadlines import DueTime, Limit, compute
from gateway.cases.office import Office
from gateway.cases.pauses import Pause
from gateway.cases.rules import Stage
from gateway.cases.working import limit_text, rule_record, working_lines, working_record
from gateway.errors import InvalidInput, PlatformError
from gateway.settings import Settings, get_settings

DISASTER = ("災害停止上班", "disaster closure")


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


class InvalidPause(InvalidInput):
    """A pause that is not two ISO 8601 times in order."""

    code = "invalid_pause"
    zh = "暫停區間格式不正確，請用「開始/結束」，例如 2026-11-23T09:00/2026-11-24T09:00；未結束者不寫結束。"
    en = "That is not a pause: START/END in ISO 8601, in order; leave END out while it still runs."


class InvalidClosure(InvalidInput):
    """A closure that is not a date with an optional half."""

    code = "invalid_closure"
    zh = "停止上班日格式不正確，請用日期，半日請加 :am 或 :pm，例如 2026-07-10:pm。"
    en = "That is not a closure: a date, with :am or :pm for half a day, e.g. 2026-07-10:pm."


@dataclass(frozen=True)
class Question:
    """What is asked: an item received at an instant, under pauses, at an office."""

    item: ServiceItem
    owner: str
    received: datetime
    pauses: tuple[Pause, ...]
    office: Office
    now: datetime

    def answers(self) -> list[tuple[Stage, Limit, DueTime]]:
        """Each clock of the item with its due time."""
        stages = ((Stage.INSPECTION, self.item.inspection), (Stage.COMPLETION, self.item.completion))
        return [
            (stage, limit, compute(limit, self.received, self.office, self.pauses, self.now))
            for stage, limit in stages
            if limit is not None
        ]


@click.group()
def deadline() -> None:
    """Due times and how they come about."""


@deadline.command("compute")
@click.option("--item", "code", help="Code of the service item, e.g. road_pothole.")
@click.option("--received", help="When it was received, ISO 8601; local time without a zone.")
@click.option("--district", help="District in Chinese, e.g. 三民區: decides the owner.")
@click.option("--pause", "pauses", multiple=True, metavar="A/B", help="The clock stood still from A to B.")
@click.option(
    "--closure", "closures", multiple=True, metavar="DATE[:am|pm]", help="Offices closed by a disaster."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option(
    "--spec",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON list of rows to work out instead, one JSON line each.",
)
@click.pass_context
def compute_command(
    ctx: click.Context,
    code: str | None,
    received: str | None,
    district: str | None,
    pauses: tuple[str, ...],
    closures: tuple[str, ...],
    lang: str,
    as_json: bool,
    spec: Path | None,
) -> None:
    """Print the due times of an item received at a given time, and show the working."""
    try:
        if spec is not None:
            sys.exit(_print_spec(spec))
        if code is None or received is None:
            raise click.UsageError("--item and --received are needed, or --spec")
        settings = ctx.find_object(Settings) or get_settings()
        plain = Office.from_text(OfficeCalendar.load(), settings.office_windows, settings.timezone)
        office = plain.with_closures(tuple(read_closure(text) for text in closures))
        catalogue = Catalogue.load()
        item = catalogue.item(code)
        if district is not None and not catalogue.knows_district(district):
            raise UnknownDistrict(district)
        owner = catalogue.owner(item, district)
        stood = tuple(read_pause(text, office) for text in pauses)
        asked = Question(item, owner, read_time(received, office), stood, office, datetime.now(UTC))
        if as_json:
            text = json.dumps(_facts(asked, catalogue), ensure_ascii=False)
        else:
            text = "\n".join(_lines(asked, catalogue, lang))
    except PlatformError as error:
        said = f"{error.en} ({error.detail})" if lang == "en" else f"{error.zh}（{error.detail}）"
        click.echo(said, err=True)
        sys.exit(1)
    click.echo(text)


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


def read_pause(text: str, office: Office) -> Pause:
    """A pause written "A/B"; "A/" still runs. Raises InvalidPause, InvalidTime or DateOutOfCalendar."""
    begins, slash, ends = text.partition("/")
    if not slash:
        raise InvalidPause(text)
    start = read_time(begins, office)
    end = None if ends.strip() in {"", ".."} else read_time(ends, office)
    if end is not None and end < start:
        raise InvalidPause(text)
    return Pause(start, end)


def read_closure(text: str) -> Closure:
    """A closure written "2026-07-10", "2026-07-10:am" or "2026-07-10:pm". Raises InvalidClosure."""
    day, colon, part = text.strip().partition(":")
    try:
        return Closure(date.fromisoformat(day), Part(part if colon else Part.ALL), *DISASTER)
    except ValueError as error:
        raise InvalidClosure(text) from error


def _print_spec(path: Path) -> int:
    """Print one JSON line for each row; 1 where any could not be answered."""
    try:
        spec = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise InvalidSpec(f"{path.name}: {error}") from error
    failed = 0
    for found in answers(spec, OfficeCalendar.load()):
        click.echo(json.dumps(found, ensure_ascii=False))
        failed |= "error" in found
    return failed


def _facts(asked: Question, catalogue: Catalogue) -> dict[str, Any]:
    office = asked.office
    return {
        "item": asked.item.code,
        "item_zh": asked.item.name_zh,
        "item_en": asked.item.name_en,
        "owner": asked.owner,
        "received_at": asked.received.isoformat(),
        "calendar_version": office.calendar.version,
        "catalogue_version": catalogue.version,
        "due": [
            {
                "stage": stage.value,
                "due_at": due.due_at.isoformat(),
                "rule": rule_record(limit),
                "rule_zh": limit_text(limit, "zh"),
                "rule_en": limit_text(limit, "en"),
                "working": working_record(due, asked.received, office),
            }
            for stage, limit, due in asked.answers()
        ],
    }


def _lines(asked: Question, catalogue: Catalogue, lang: str) -> list[str]:
    item, owner = asked.item, catalogue.unit_name(asked.owner, lang)
    local = asked.received.astimezone(asked.office.zone).isoformat(sep=" ")
    version = asked.office.calendar.version
    if lang == "en":
        head = [f"Item: {item.name_en} ({item.code})", f"Owner: {owner}", f"Received: {local}"]
        head.append(f"Calendar: {version}")
    else:
        head = [f"案件項目：{item.name_zh}（{item.code}）", f"承辦單位：{owner}", f"受理時間：{local}"]
        head.append(f"行事曆版本：{version}")
    for stage, limit, due in asked.answers():
        head += working_lines(stage, limit, due, asked.office, lang)
    return head


if __name__ == "__main__":
    deadline()
