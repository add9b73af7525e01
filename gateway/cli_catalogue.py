"""`wanshitong catalogue …`: the service items and their versions, in and out as files."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import SQLAlchemyError

from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_difference import Change, difference
from gateway.cases.catalogue_exchange import as_file, format_of, read_content
from gateway.cases.catalogue_store import CatalogueStore, VersionNote
from gateway.cases.catalogue_words import FIELD_TEXT, words
from gateway.database import Database
from gateway.errors import InvalidInput, PlatformError, Unavailable
from gateway.settings import Settings

P = ParamSpec("P")
TERMINAL = "terminal"
"""The role, in the audit trail, of whoever works at a terminal of the machine."""
_lang_option = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
_version_option = click.option("--version", help="A version other than the latest.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class InvalidEffectiveTime(InvalidInput):
    """A time that is not ISO 8601."""

    code = "invalid_time"
    zh = "時間格式不正確，請用 ISO 8601，例如 2027-01-01T00:00。"
    en = "That is not an ISO 8601 time, e.g. 2027-01-01T00:00."


def _plain_errors(act: Callable[P, None]) -> Callable[P, None]:
    """Bad input is one line on stderr and status 1, never a traceback."""

    @wraps(act)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except PlatformError as error:
            detail = f" ({error.detail})" if error.detail else ""
            click.echo(f"wanshitong catalogue: {error.zh} {error.en}{detail}", err=True)
            sys.exit(1)

    return wrapped


@click.group()
def catalogue() -> None:
    """Service items: versions, import and export."""


@catalogue.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_version_option
@click.pass_obj
@_plain_errors
def export_command(settings: Settings, file: Path, version: str | None) -> None:
    """Write the latest version (or another) to FILE, which ends in .yml or .ods."""
    file_format = format_of(file)
    chosen = _chosen(settings, version)
    try:
        file.write_bytes(as_file(chosen.content, file_format))
    except OSError as error:
        raise InvalidInput(f"{file}: {error.strerror or error}") from error
    click.echo(f"{chosen.version}: {len(chosen.items)} items → {file}")


@catalogue.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--effective", help="From when it is in force, ISO 8601 (local without a zone); default: now.")
@click.option("--reason", help="Why; kept with the version. Needed unless --dry-run.")
@click.option("--by", default=None, help="Who; default: the account at this terminal.")
@click.option("--dry-run", is_flag=True, help="Only check, and print the difference.")
@_lang_option
@click.pass_obj
@_plain_errors
def import_command(
    settings: Settings,
    file: Path,
    effective: str | None,
    reason: str | None,
    by: str | None,
    dry_run: bool,
    lang: str,
) -> None:
    """Make a new version of FILE (.yml, .ods, or a folder like the shipped one) and print what it changes."""
    content = read_content(file)
    begins = _instant(effective, settings)
    if not dry_run and not (reason or "").strip():
        raise click.UsageError("--reason is needed, or --dry-run")
    with _opened(settings) as (database, store), database.write() as session:
        latest = store.latest(session)
        store.check_kinds(session, content)
        changes = difference(latest.content, content)
        if not dry_run:
            version = store.publish(
                session,
                content,
                reason=reason or "",
                by=by or getpass.getuser(),
                role=TERMINAL,
                at=datetime.now(UTC),
                effective_from=begins,
                based_on=latest.version,
            )
    _print_changes(changes, lang)
    click.echo(f"not imported (dry run): {len(changes)}" if dry_run else f"{version}: {len(changes)}")


@catalogue.command("versions")
@_json_option
@click.pass_obj
@_plain_errors
def versions_command(settings: Settings, as_json: bool) -> None:
    """List every version, the latest first."""
    with _opened(settings) as (database, store), database.read() as session:
        notes = store.versions(session)
    zone = ZoneInfo(settings.timezone)
    for note in notes:
        click.echo(json.dumps(_facts(note, zone), ensure_ascii=False) if as_json else _line(note, zone))


@catalogue.command("show")
@click.argument("code")
@_version_option
@_lang_option
@_json_option
@click.pass_obj
@_plain_errors
def show_command(settings: Settings, code: str, version: str | None, lang: str, as_json: bool) -> None:
    """Print the service item CODE."""
    chosen = _chosen(settings, version)
    item = chosen.item(code)
    if as_json:
        facts = {"version": chosen.version, **item.model_dump(mode="json")}
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    side = int(lang == "en")
    click.echo(f"{(item.name_zh, item.name_en)[side]} ({item.code}, {item.kind.value}, {chosen.version})")
    for field, label in FIELD_TEXT.items():
        if field in type(item).model_fields:
            click.echo(f"  {label[side]}: {words(getattr(item, field))[side]}")


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, CatalogueStore]]:
    """The database and its versions; the shipped catalogue is stored where there was none."""
    database = Database(settings.database)
    store = CatalogueStore(AuditTrail(settings.signing_key()))
    try:
        with database.write() as session:
            store.keep_shipped(session, datetime.now(UTC))
        yield database, store
    except SQLAlchemyError as error:
        told = " ".join(str(error).split())[:200]
        raise Unavailable(f"is the schema there? (wanshitong db upgrade): {told}") from error
    finally:
        database.close()


def _chosen(settings: Settings, version: str | None) -> Catalogue:
    with _opened(settings) as (database, store), database.read() as session:
        return store.latest(session) if version is None else store.by_version(session, version)


def _instant(text: str | None, settings: Settings) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidEffectiveTime(text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.timezone))


def _print_changes(changes: Sequence[Change], lang: str) -> None:
    for change in changes:
        click.echo(change.text(lang))


def _facts(note: VersionNote, zone: ZoneInfo) -> dict[str, str]:
    return {
        "version": note.version,
        "effective_from": note.effective_from.astimezone(zone).isoformat(),
        "created_at": note.created_at.astimezone(zone).isoformat(),
        "created_by": note.created_by,
        "reason": note.reason,
    }


def _line(note: VersionNote, zone: ZoneInfo) -> str:
    begins = note.effective_from.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return f"{note.version}  {begins}  {note.created_by}  {note.reason}"
