"""`wanshitong cases …`: cases that come from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gateway.settings import Settings


@click.group()
def cases() -> None:
    """Cases that come from elsewhere."""


@cases.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "form", required=True, type=click.Choice(["open1999-csv", "open1999-json"]),
    help="The city's structured CSV, or JSON as its Open1999 API answers.",
)  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path), help="Write what was done and odd as JSON.")
@click.pass_obj
def import_(settings: Settings, file: Path, form: str, report: Path | None) -> None:
    """Take in FILE. Doing it again changes nothing; a record that has moved on is brought up to date."""
    from gateway.cases.calendar import OfficeCalendar
    from gateway.cases.catalogue import Catalogue
    from gateway.cases.history.reading import FORMATS, read
    from gateway.cases.history.service import HistoryImport
    from gateway.cases.service import CaseService
    from gateway.database import Database, migrate
    from gateway.places.service import Places

    database = Database(settings.database)
    try:
        migrate.require_current(database)
        service = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
        done = HistoryImport(service, Places.load()).take(read(file, FORMATS[form]), file.name)
    finally:
        database.close()
    for line in done.lines():
        click.echo(line)
    if report is not None:
        text = json.dumps(done.as_json(), ensure_ascii=False, indent=1)
        report.write_text(f"{text}\n", encoding="utf-8")
