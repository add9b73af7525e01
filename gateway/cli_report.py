"""`wanshitong report …`: reports at a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.errors import InvalidInput
from gateway.settings import Settings


@click.group()
def report() -> None:
    """Reports: the city's half-year report."""


@report.command("halfyear")
@click.option("--from", "begins", required=True, help="First day or month, e.g. 2018-07-01 or 107-07.")
@click.option("--to", "ends", required=True, help="Last day or month, e.g. 2018-12-31 or 107-12.")
@click.option(
    "--format", "kind", type=click.Choice(["text", "json", "ods", "odt"]), default="text", show_default=True
)
@click.option(
    "--figure", "codes", multiple=True, help="Only this figure, by code or name; JSON; may be repeated."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.pass_obj
def halfyear(
    settings: Settings, begins: str, ends: str, kind: str, codes: tuple[str, ...], output: Path | None
) -> None:  # fmt: skip
    """The report to the city council over whole months, with the period before and every month."""
    from gateway.database import Database, migrate
    from gateway.reports.figures.catalogue import figures
    from gateway.reports.figures.months import Period
    from gateway.reports.half_year.data import only
    from gateway.reports.half_year.service import FileKind, HalfYear, written

    file_kind = FileKind(kind)
    period = Period.read(begins, ends)
    wanted = [figures().named(code).code for code in codes]
    if wanted and file_kind is not FileKind.JSON:
        raise InvalidInput("--figure needs --format json")
    if output is None and file_kind in {FileKind.ODS, FileKind.ODT}:
        raise click.UsageError(f"--format {kind} needs --output FILE")
    database = Database(settings.database)
    try:
        migrate.require_current(database)
        with database.snapshot() as session:
            document = HalfYear.of(settings).draw_up(session, period, datetime.now(UTC))
    finally:
        database.close()
    if wanted:
        made = (json.dumps(only(document, wanted), ensure_ascii=False, indent=1) + "\n").encode()
    else:
        made = written(document, file_kind)
    if output is None:
        click.echo(made.decode(), nl=False)
    else:
        output.write_bytes(made)
        click.echo(f"{output}: {document.title[0]}", err=True)
