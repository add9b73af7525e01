"""Making a version of the catalogue: of one changed item or of a file, seen first, then published."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_difference import UnchangeableField, edited
from gateway.cases.catalogue_exchange import SUFFIXES, as_file, from_file
from gateway.cases.catalogue_schema import Content
from gateway.cases.catalogue_store import NothingChanged
from gateway.console.guards import CHECKED
from gateway.console.i18n import Language
from gateway.console.item_form import WrongItemForm, changes_of, shown
from gateway.console.routes_catalogue import BASE, VERSIONS, item_page, now_of, store_of, told_changes
from gateway.console.routes_session import Text, frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import Conflict, InvalidInput, PlatformError
from gateway.identity.rules import GRANTS, Permission, StaffRole
from gateway.identity.views import Staff
from gateway.identity.web import require

IMPORT: Final = f"{BASE}/import"
FILE_MAX_BYTES: Final = 1_048_576
"""Of a file that comes in, and of the same as YAML; the shipped catalogue has an eighth of it."""
EDITOR: Final = Depends(require(Permission.CATALOGUE_EDIT))
Editor = Annotated[Staff, EDITOR]
Changes = Annotated[str, Form(max_length=60_000)]
Whole = Annotated[str, Form(max_length=FILE_MAX_BYTES)]
Reason = Annotated[str, Form(max_length=500)]

router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


class WrongTime(InvalidInput):
    """The time from which a version shall be in force is none."""

    code = "invalid_time"
    zh = "生效時間的格式不正確。"
    en = "The time from which it takes effect is not a time."


async def typed_form(request: Request) -> dict[str, str]:
    """What was typed into a form whose fields are data."""
    form = await request.form()
    return {name: text for name, text in form.items() if isinstance(text, str)}


@router.post(BASE + "/items/{code}/preview", dependencies=[CHECKED])
def preview_item(
    request: Request, code: str, given: Annotated[dict[str, str], Depends(typed_form)]
) -> Response:
    """What the filled-in form would change; nothing is written."""
    with request.app.state.database.read() as session:
        latest = store_of(request).latest(session)
        item = latest.item(code)
        typed = {name: given.get(name, "") for name in shown(item)}
        try:
            changes = changes_of(item, typed)
            if not changes:
                raise NothingChanged(code)
            content = edited(latest, code, changes)
        except (WrongItemForm, InvalidCatalogue, NothingChanged) as refused:
            told = sentence(request, refused)
            return item_page(request, session, code, typed, told, refused.status)
    hidden = {"changes": json.dumps(changes, ensure_ascii=False), "based_on": given.get("based_on", "")}
    return _preview(request, f"{BASE}/items/{code}/publish", latest, content, hidden)


@router.post(BASE + "/items/{code}/publish", dependencies=[CHECKED])
def publish_item(
    request: Request, staff: Editor, code: str, changes: Changes = "{}", based_on: Text = "",
    effective: Text = "", reason: Reason = "",
) -> Response:  # fmt: skip
    """Make a version with these fields of an item changed."""

    def content_of(latest: Catalogue) -> Content:
        try:
            fields = json.loads(changes)
        except ValueError:
            raise WrongItemForm("changes") from None
        if not isinstance(fields, dict):
            raise WrongItemForm("changes")
        return edited(latest, code, fields)

    hidden = {"changes": changes, "based_on": based_on}
    return _publish(
        request, staff, f"{BASE}/items/{code}/publish", content_of, hidden, effective, reason,
        back=f"{BASE}/items/{code}",
    )  # fmt: skip


@router.get(IMPORT)
def import_form(request: Request) -> Response:
    """The form for a file."""
    return frame_of(request).render(request, "catalogue/import.html", problem="")


@router.post(IMPORT, dependencies=[CHECKED])
def read_import(request: Request, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """What a file would change; nothing is written."""
    try:
        content, text = _of_file(file)
        with request.app.state.database.read() as session:
            latest = store_of(request).latest(session)
            store_of(request).check_kinds(session, content)
        if content == latest.content:
            raise NothingChanged(latest.version)
    except (InvalidCatalogue, NothingChanged, UnchangeableField) as refused:
        told = sentence(request, refused)
        return frame_of(request).render(request, "catalogue/import.html", refused.status, problem=told)
    return _preview(
        request, f"{IMPORT}/publish", latest, content, {"content": text, "based_on": latest.version}
    )


@router.post(f"{IMPORT}/publish", dependencies=[CHECKED])
def publish_import(
    request: Request, staff: Editor, content: Whole = "", based_on: Text = "", effective: Text = "",
    reason: Reason = "",
) -> Response:  # fmt: skip
    """Make a version of the file that was seen."""
    return _publish(
        request, staff, f"{IMPORT}/publish", lambda _: from_file(content.encode(), "yaml"),
        {"content": content, "based_on": based_on}, effective, reason, back=VERSIONS,
    )  # fmt: skip


@router.post(VERSIONS + "/{version}/withdraw", dependencies=[CHECKED])
def withdraw(request: Request, staff: Editor, version: str) -> Response:
    """Take back a version that is not in force yet."""
    with request.app.state.database.write() as session:
        store_of(request).withdraw(session, version, by=staff.username, role=_role(staff), at=now_of(request))
    return frame_of(request).redirect(request, VERSIONS, "catalogue.withdrawn", version=version)


def sentence(request: Request, error: PlatformError) -> str:
    """A refusal in the reader's language, with what it is about."""
    told = error.en if visitor_of(request).language is Language.ENGLISH else error.zh
    detail = "" if error.detail == error.en else error.detail
    return f"{told} {detail}".strip()


def _publish(
    request: Request, staff: Staff, url: str, content_of: Callable[[Catalogue], Content],
    hidden: dict[str, str], effective: str, reason: str, *, back: str,
) -> Response:  # fmt: skip
    """Make the version and go back; what is refused is told on the same page, with what was typed."""
    store, database = store_of(request), request.app.state.database
    with database.read() as session:
        latest = store.latest(session)
        content = content_of(latest)
        store.check_kinds(session, content)
    try:
        begins = _instant(effective, request)
        with database.write() as session:
            version = store.publish(
                session, content, reason=reason, by=staff.username, role=_role(staff), at=now_of(request),
                effective_from=begins, based_on=hidden["based_on"],
            )  # fmt: skip
    except (InvalidInput, Conflict) as refused:
        told = sentence(request, refused)
        return _preview(request, url, latest, content, hidden, (effective, reason), told, refused.status)
    return frame_of(request).redirect(request, back, "catalogue.published", version=version)


def _preview(
    request: Request, url: str, latest: Catalogue, content: Content, hidden: dict[str, str],
    typed: tuple[str, str] = ("", ""), problem: str = "", status: int = 200,
) -> Response:  # fmt: skip
    return frame_of(request).render(
        request, "catalogue/preview.html", status, action=url, hidden=hidden, effective=typed[0],
        reason=typed[1], problem=problem, **told_changes(latest, Catalogue(content)),
    )  # fmt: skip


def _of_file(file: UploadFile | None) -> tuple[Content, str]:
    """What a file says, and the same as YAML. Raises InvalidCatalogue."""
    name = PurePath(file.filename or "") if file else PurePath()
    file_format = SUFFIXES.get(name.suffix.lower())
    if file is None or file_format is None:
        raise InvalidCatalogue(f"expected a file that ends in {', '.join(SUFFIXES)}")
    data = file.file.read(FILE_MAX_BYTES + 1)
    content = from_file(data, file_format) if len(data) <= FILE_MAX_BYTES else None
    text = as_file(content, "yaml").decode() if content else ""
    if content is None or len(text) > FILE_MAX_BYTES:
        raise InvalidCatalogue(f"larger than {FILE_MAX_BYTES // 1024} KB")
    return content, text


def _instant(text: str, request: Request) -> datetime | None:
    """The time that a browser's field says, in the city's zone; None for an empty field. Raises WrongTime."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(
            tzinfo=ZoneInfo(request.app.state.settings.timezone)
        )
    except ValueError:
        raise WrongTime(text[:40]) from None


def _role(staff: Staff) -> StaffRole:
    """By which of their roles somebody makes versions."""
    return next(role for role in StaffRole if role in staff.roles & GRANTS[Permission.CATALOGUE_EDIT])
