"""`wanshitong figures …`: figures of the city's report that come from outside."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.settings import Settings

TERMINAL = "terminal"
"""The role, in the audit trail, of whoever works at a terminal of the machine."""


@click.group()
def figures() -> None:
    """Figures from outside: what the platform does not see, by month."""


@figures.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_(settings: Settings, file: Path) -> None:
    """Take in FILE, CSV in UTF-8 with the columns month, figure, value, source: all of it or nothing.

    Doing it again changes nothing; another value is a correction, and the earlier one is kept.
    """
    from zoneinfo import ZoneInfo

    from gateway.audit.service import AuditTrail
    from gateway.database import Database, migrate
    from gateway.identity.views import Actor
    from gateway.reports.figures.book import FigureBook, Way
    from gateway.reports.figures.catalogue import figures as shipped
    from gateway.reports.figures.reading import MOST_BYTES, read_csv

    database = Database(settings.database)
    try:
        migrate.require_current(database)
        book = FigureBook(database, AuditTrail(settings.signing_key()), ZoneInfo(settings.timezone))
        with file.open("rb") as opened:
            given = read_csv(opened.read(MOST_BYTES + 1), shipped(), book.this_month())
        done = book.take(given, Actor(_who(), TERMINAL), Way.IMPORT, of=file.name[:120])
    finally:
        database.close()
    click.echo(f"added {done.added}, corrected {done.corrected}, unchanged {done.unchanged}")


@figures.command("list")
def list_() -> None:
    """Every figure: code, name, unit, how months add up, and whether the platform counts it."""
    from gateway.reports.figures.catalogue import figures as shipped

    for one in shipped().all.values():
        click.echo(f"{one.code}\t{one.zh}\t{one.unit[0]}\t{one.over.value}\t{one.counted.value}")


def _who() -> str:
    import getpass
    import os

    try:
        return f"cli:{getpass.getuser()}"[:64]
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"  # an account that the machine has no name for
