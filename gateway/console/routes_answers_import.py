"""A file of entries: what it would change is seen first, then it is taken in. And the way back: export."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Path, Request, UploadFile
from starlette.responses import Response

from gateway.answers import batches
from gateway.answers.difference import differences
from gateway.answers.effect import share
from gateway.answers.errors import NothingChanged, RegressionStops, TrialMissing
from gateway.answers.exchange import SUFFIXES, Format, as_file
from gateway.answers.reading import cards, fits
from gateway.answers.rules import NOTE_MAX
from gateway.console.answer_desk import BASE, EDITOR, Editor, Note, acting, desk_of, today_of, trials_of
from gateway.console.answer_words import AnswerWords
from gateway.console.guards import CHECKED
from gateway.console.listing import Listing, ListState
from gateway.console.routes_answers import FILTERS
from gateway.console.routes_catalogue_edit import sentence
from gateway.console.routes_session import frame_of
from gateway.errors import PlatformError, TooLarge
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from knowledge_base.readers import FaqFileUnusable

IMPORT: Final = f"{BASE}/import"
EXPORT: Final = f"{BASE}/export"
FILE_MAX_BYTES: Final = 16 * 1024 * 1024
SHOWS: Final = ("changes", "rejected", "warnings")
Number = Annotated[int, Path(ge=1, le=2**53)]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


@router.get(IMPORT)
def import_form(request: Request) -> Response:
    """The form for a file."""
    return frame_of(request).render(request, "answers/import.html", problem="")


@router.post(IMPORT, dependencies=[CHECKED])
def read_file(request: Request, staff: Editor, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Read a file; what it would change is shown next."""
    try:
        data = file.file.read(FILE_MAX_BYTES + 1) if file else b""
        if len(data) > FILE_MAX_BYTES:
            raise TooLarge(f"{FILE_MAX_BYTES // 1024 // 1024} MB")
        name = (file.filename if file else None) or "faq"
        number = batches.read(desk_of(request), name, data, acting(staff))
    except (FaqFileUnusable, TooLarge) as refused:
        told = sentence(request, refused)
        return frame_of(request).render(request, "answers/import.html", refused.status, problem=told)
    return frame_of(request).redirect(request, f"{IMPORT}/{number}")


@router.get(IMPORT + "/{batch}")
def show_batch(request: Request, staff: Editor, batch: Number) -> Response:
    """What a file adds and changes, what is left out and why, what is odd; page by page."""
    return _page(request, staff, batch)


@router.post(IMPORT + "/{batch}/trial", dependencies=[CHECKED])
def try_batch(request: Request, staff: Editor, batch: Number) -> Response:
    """Let it be reckoned what taking the file in would do."""
    desk = desk_of(request)
    with request.app.state.database.read() as session:
        found = batches.view(session, batch)
        proposal = batches.proposal(desk, session, found, desk.stamp(session))
    trials_of(request).begin(proposal, acting(staff))
    return frame_of(request).redirect(request, f"{IMPORT}/{batch}#trial")


@router.post(IMPORT + "/{batch}/take", dependencies=[CHECKED])
def take_batch(
    request: Request, staff: Editor, batch: Number, digest: Annotated[str, Form(max_length=64)] = "",
    note: Note = "",
) -> Response:  # fmt: skip
    """Publish what was shown."""
    by = acting(staff, Permission.FAQ_RELEASE)
    try:
        count = batches.take(desk_of(request), batch, digest, by, note)
    except (TrialMissing, RegressionStops, NothingChanged) as refused:
        return _page(request, staff, batch, refused)
    return frame_of(request).redirect(request, f"{IMPORT}/{batch}", "answers.import.taken", count=count)


@router.post(IMPORT + "/{batch}/drop", dependencies=[CHECKED])
def drop_batch(request: Request, staff: Editor, batch: Number) -> Response:
    """Throw away what was read."""
    batches.drop(desk_of(request), batch, acting(staff))
    return frame_of(request).redirect(request, BASE, "answers.import.dropped")


@router.get(EXPORT + "/{file_format}")
def export(request: Request, file_format: Format) -> Response:
    """What counts now, as far as it fits the filters of the list; read back it changes nothing."""
    state = ListState.read(
        BASE, request.query_params, filters=FILTERS, sorts=("question",), default_sort="question"
    )
    desk = desk_of(request)
    with request.app.state.database.read() as session:
        known = batches.effective(desk, session)
        listed = cards(session, desk.shelf.base(), today_of(request))
    found = [card.id for card in listed if fits(card, state.filters)]
    suffix, media_type = SUFFIXES[file_format]
    disposition = f'attachment; filename="faq-{today_of(request):%Y%m%d}.{suffix}"'
    return Response(
        as_file([(one, known[one]) for one in found if one in known], file_format), media_type=media_type,
        headers={"content-disposition": disposition, "cache-control": "no-store"},
    )  # fmt: skip


def _page(request: Request, staff: Staff, batch: int, refused: PlatformError | None = None) -> Response:
    url = f"{IMPORT}/{batch}"
    state = ListState.read(url, request.query_params, filters=("show",), sorts=("row",), default_sort="row")
    show = state.filters.get("show", "changes")
    show = show if show in SHOWS else "changes"
    desk = desk_of(request)
    with request.app.state.database.read() as session:
        found = batches.view(session, batch)
        present = batches.effective(desk, session)
        trial = trials_of(request).latest(session, batches.tried(found, desk.stamp(session)))
        words = AnswerWords.of(request, session)
    everything = {"changes": found.rows, "rejected": found.rejected, "warnings": found.warnings}
    page = everything[show][state.offset : state.offset + state.size]
    changed = found.rows[state.offset : state.offset + state.size] if show == "changes" else ()
    told = {one.id: differences(present.get(one.id), one.content) for one in changed}
    added = sum(one.id not in present for one in found.rows)
    return frame_of(request).render(
        request, "answers/batch.html", refused.status if refused else 200, batch=found, show=show, url=url,
        listing=Listing(state, (), page, len(everything[show])), told=told, present=present, added=added,
        trial=trial, share=share, refused=refused, words=words, note_max=NOTE_MAX,
        own=found.read_by == staff.username and not desk.own_review,
        may_take=staff.may(Permission.FAQ_RELEASE) and found.state == batches.SHOWN and bool(found.rows),
    )  # fmt: skip
