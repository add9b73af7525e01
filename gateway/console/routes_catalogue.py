"""The catalogue of service items, for all of the staff: items, versions, what differs between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_checks import DISTRICT_OFFICE
from gateway.cases.catalogue_difference import HAPPENED_TEXT, THING_TEXT, difference
from gateway.cases.catalogue_exchange import Format, as_file
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.catalogue_shelf import CatalogueShelf
from gateway.cases.catalogue_store import EVER_SINCE, CatalogueStore, VersionNote
from gateway.cases.catalogue_words import FIELD_TEXT, words
from gateway.cases.deadlines import Limit, LimitUnit
from gateway.cases.rules import Kind
from gateway.cases.working import limit_text
from gateway.console.case_words import CaseWords
from gateway.console.i18n import Language
from gateway.console.item_form import STAGES, shown
from gateway.console.listing import Column, Listing, ListState
from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import NotFound
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import current_staff

BASE: Final = "/console/catalogue"
VERSIONS: Final = f"{BASE}/versions"
ITEM_COLUMNS: Final = (
    Column("main", "catalogue.main", sortable=True, extra=True),
    Column("name", "catalogue.item", sortable=True),
    Column("owner", "catalogue.owner", sortable=True),
    Column("inspection", "catalogue.inspection"),
    Column("completion", "catalogue.completion"),
    Column("source", "catalogue.source", extra=True),
    Column("security", "catalogue.security", extra=True),
)
VERSION_COLUMNS: Final = (
    Column("version", "catalogue.version"),
    Column("effective_from", "catalogue.effective_from"),
    Column("state", "catalogue.state"),
    Column("reason", "catalogue.reason"),
    Column("created_by", "catalogue.created_by", extra=True),
    Column("created_at", "catalogue.created_at", extra=True),
    Column("more", "catalogue.more"),
)
MEDIA_TYPES: Final[dict[Format, tuple[str, str]]] = {
    "yaml": ("yml", "application/yaml"),
    "ods": ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
}
Name = Annotated[str, Query(max_length=60)]

router = APIRouter(include_in_schema=False, dependencies=[Depends(current_staff)])


@dataclass(frozen=True)
class Row:
    """One item as the list shows it."""

    code: str
    name: str
    main: str
    owner: str
    """The default one."""
    other_owners: int
    inspection: Limit | None
    completion: Limit
    source: str
    example: bool
    """Whether one of its limits is 示範值."""
    confidential: bool


@dataclass(frozen=True)
class VersionRow:
    """One version as the list shows it; `state` is planned, in_force or former."""

    note: VersionNote
    state: str
    before: str | None
    """The version it followed."""


def store_of(request: Request) -> CatalogueStore:
    """The versions of the catalogue."""
    shelf: CatalogueShelf = request.app.state.catalogues
    return shelf.store


def now_of(request: Request) -> datetime:
    """The time as the case room has it."""
    at: datetime = request.app.state.cases.clock()
    return at


@router.get(BASE)
def items(request: Request) -> Response:
    """The items in force, by main item."""
    store = store_of(request)
    with request.app.state.database.read() as session:
        catalogue, notes = store.current(session, now_of(request)), store.versions(session)
    said = CaseWords.of(request, catalogue)
    state = ListState.read(
        BASE, request.query_params, filters=("q", "group", "kind", "security", "limit"), sorts=_SORTED_BY,
        default_sort="main",
    )  # fmt: skip
    found = [_row(item, said) for item in catalogue.items.values() if _fits(item, state)]
    found.sort(key=_SORTED_BY[state.sort], reverse=state.descending)
    page = found[state.offset : state.offset + state.size]
    kinds = [(kind.value, said.text(f"cases.kinds.{kind}")) for kind in Kind]
    in_force = next(note for note in notes if note.version == catalogue.version)
    return frame_of(request).render(
        request, "catalogue/list.html", listing=Listing(state, ITEM_COLUMNS, page, len(found)),
        mains=said.mains(), kinds=kinds, in_force=in_force, planned=_planned(notes, in_force),
        editor=may_edit(request), since=_since(request),
    )  # fmt: skip


@router.get(BASE + "/items/{code}")
def one_item(request: Request, code: str) -> Response:
    """One item, all of it; with the form to change it for those who may."""
    with request.app.state.database.read() as session:
        return item_page(request, session, code)


@router.get(VERSIONS)
def versions(request: Request) -> Response:
    """Every version, those to come among them."""
    store, state = store_of(request), ListState.read(
        VERSIONS, request.query_params, filters=(), sorts=("effective_from",), default_sort="-effective_from"
    )  # fmt: skip
    with request.app.state.database.read() as session:
        rows = _version_rows(store.versions(session), store.current_version(session, now_of(request)))
    page = rows[state.offset : state.offset + state.size]
    return frame_of(request).render(
        request, "catalogue/versions.html", listing=Listing(state, VERSION_COLUMNS, page, len(rows)),
        choices=[row.note.version for row in rows], editor=may_edit(request), since=_since(request),
    )  # fmt: skip


@router.get(f"{BASE}/difference")
def between(request: Request, old: Name, new: Name) -> Response:
    """What one version says otherwise than another."""
    store = store_of(request)
    with request.app.state.database.read() as session:
        before, after = store.by_version(session, old), store.by_version(session, new)
        notes = store.versions(session)
    return frame_of(request).render(
        request, "catalogue/difference.html", old=old, new=new, choices=[note.version for note in notes],
        **told_changes(before, after),
    )  # fmt: skip


@router.get(BASE + "/export/{file_format}")
def export(request: Request, file_format: Format, version: Name = "") -> Response:
    """A version as a file, that in force unless another is named."""
    store = store_of(request)
    with request.app.state.database.read() as session:
        chosen = store.by_version(session, version or store.current_version(session, now_of(request)))
    suffix, media_type = MEDIA_TYPES[file_format]
    disposition = f'attachment; filename="catalogue-{chosen.version}.{suffix}"'
    return Response(
        as_file(chosen.content, file_format),
        media_type=media_type,
        headers={"content-disposition": disposition, "cache-control": "no-store"},
    )


def item_page(
    request: Request,
    session: Session,
    code: str,
    given: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    """The page of an item; `given` is what was typed into its form. Raises NotFound."""
    store = store_of(request)
    current, latest = store.current(session, now_of(request)), store.latest(session)
    item = current.items.get(code) or latest.items.get(code)
    if item is None:
        raise NotFound(code)
    coming = latest.items.get(code)
    said = CaseWords.of(request, latest)
    return frame_of(request).render(
        request, "catalogue/item.html", status, item=item, main=said.main(item), words=words,
        labels=FIELD_TEXT, kind=said.text(f"cases.kinds.{item.kind}"), based_on=latest.version,
        planned=latest.version != current.version and coming != item, problem=problem, units=said.units(),
        form=(given or shown(coming)) if coming and may_edit(request) else None,
        counted=[(unit.value, said.text(f"catalogue.unit.{unit}")) for unit in LimitUnit],
        offices=[(DISTRICT_OFFICE, said.text("catalogue.district_office"))],
        limits=[(stage, getattr(item, stage)) for stage in STAGES],
        limit_words=lambda limit: limit_words(request, limit),
    )  # fmt: skip


def told_changes(before: Catalogue, after: Catalogue) -> dict[str, Any]:
    """What the template of a difference needs."""
    return {
        "changes": difference(before.content, after.content),
        "happened": HAPPENED_TEXT,
        "things": THING_TEXT,
        "labels": FIELD_TEXT,
    }


def may_edit(request: Request) -> bool:
    """Whether the reader may make versions."""
    staff: Staff = request.state.staff
    return staff.may(Permission.CATALOGUE_EDIT)


def limit_words(request: Request, limit: Limit | None) -> str:
    """A limit in the reader's words, a dash for none."""
    if limit is None:
        return "—"
    english = visitor_of(request).language is Language.ENGLISH
    until = f" {limit.due_time}" if limit.due_time else ""
    return limit_text(limit, "en" if english else "zh") + until


def _since(request: Request) -> Callable[[datetime], str]:
    """From when a version is in force, for the first one in words."""
    frame, language = frame_of(request), visitor_of(request).language

    def since(at: datetime) -> str:
        return frame.words.text("catalogue.since_ever", language) if at == EVER_SINCE else frame.local(at)

    return since


def _row(item: ServiceItem, said: CaseWords) -> Row:
    limits = [limit for limit in (item.inspection, item.completion) if limit]
    return Row(
        code=item.code,
        name=item.name_en if said.english else item.name_zh,
        main=said.main(item),
        owner=said.unit(item.owner.default),
        other_owners=len(item.owner.units()) - 1,
        inspection=item.inspection,
        completion=item.completion,
        source="；".join(dict.fromkeys(limit.source for limit in limits if not limit.example)),
        example=any(limit.example for limit in limits),
        confidential=item.confidentiality == "confidential",
    )


def _fits(item: ServiceItem, state: ListState) -> bool:
    wanted = state.filters
    text = wanted.get("q", "").casefold()
    names = (item.code, item.name_zh, item.name_en, *item.keywords, *item.examples, *item.city_names)
    example = any(limit.example for limit in (item.inspection, item.completion) if limit)
    facts = {
        "group": item.main_zh,
        "kind": item.kind.value,
        "security": item.confidentiality,
        "limit": "example" if example else "sourced",
    }
    searched = (*names, *sorted(item.owner.units()))
    return all(wanted.get(name, fact) == fact for name, fact in facts.items()) and any(
        text in name.casefold() for name in searched
    )


def _planned(notes: Sequence[VersionNote], in_force: VersionNote) -> list[VersionNote]:
    return list(notes[: notes.index(in_force)])


def _version_rows(notes: Sequence[VersionNote], current: str) -> list[VersionRow]:
    here = next(number for number, note in enumerate(notes) if note.version == current)
    states = ["planned"] * here + ["in_force"] + ["former"] * (len(notes) - here - 1)
    before = [*(note.version for note in notes[1:]), None]
    return [VersionRow(*row) for row in zip(notes, states, before, strict=True)]


_SORTED_BY: Final[dict[str, Callable[[Row], Any]]] = {
    "main": lambda row: (row.main, row.name),
    "name": lambda row: row.name,
    "owner": lambda row: (row.owner, row.name),
}
