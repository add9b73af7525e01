"""Writing an entry, and what is done with its versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from gateway.answers.content import (
    ANSWER_MAX,
    EMPTY_FORM,
    FIELDS,
    LANGUAGES,
    OPENINGS,
    QUESTION_MAX,
    SHORT_MAX,
    URL_MAX,
    Content,
    as_form,
    content_of,
)
from gateway.answers.errors import (
    EntryActRefused,
    EntryNotFound,
    InvalidContent,
    NothingChanged,
    RegressionStops,
    StaleEntry,
    TrialMissing,
)
from gateway.answers.reading import entry_view
from gateway.answers.rules import Act, State
from gateway.answers.service import AnswerDesk
from gateway.console.answer_desk import (
    BASE,
    EDITOR,
    Editor,
    EntryId,
    Note,
    Revision,
    acting,
    desk_of,
    today_of,
    trials_of,
)
from gateway.console.answer_words import AnswerWords
from gateway.console.guards import CHECKED
from gateway.console.routes_answers import entry_page
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Actor

NEW: Final = f"{BASE}/new"
_RELEASES: Final = frozenset({Act.PUBLISH, Act.WITHDRAW, Act.RESTORE})
Doing = Annotated[str, Form(alias="do", max_length=16)]
Given = Annotated[str, Query(max_length=1000)]
router = APIRouter(include_in_schema=False, dependencies=[EDITOR])


async def typed_content(request: Request) -> dict[str, str]:
    """A dependency: the fields of an entry as they were typed."""
    form = await request.form()
    given = {name: text for name, text in form.items() if isinstance(text, str)}
    return {name: given.get(name, "") for name in FIELDS}


Typed = Annotated[dict[str, str], Depends(typed_content)]


@router.get(NEW)
def new_form(request: Request, question: Given = "") -> Response:
    """The form for a new entry, perhaps begun with what somebody asked."""
    return _form(request, {**EMPTY_FORM, "question": question})


@router.post(NEW, dependencies=[CHECKED])
def create(request: Request, staff: Editor, typed: Typed, doing: Doing = "") -> Response:
    """Keep a new entry as a draft, or show what it would look like."""
    try:
        content = content_of(typed)
        if doing == "preview":
            return _form(request, typed, preview=content)
        entry_id = desk_of(request).create(content, acting(staff))
    except InvalidContent as refused:
        return _form(request, typed, refused=refused)
    return frame_of(request).redirect(request, f"{BASE}/entries/{entry_id}", "answers.done.save")


@router.get(BASE + "/entries/{entry_id}/edit")
def edit_form(request: Request, entry_id: EntryId, phrasing: Given = "") -> Response:
    """The form of an entry, perhaps with one more way to ask for it."""
    with request.app.state.database.read() as session:
        view = entry_view(session, desk_of(request).shelf.base(), entry_id, today_of(request))
    if view.open is not None and view.open.state == State.REVIEW:
        raise EntryActRefused("under review")
    form = as_form(view.latest)
    if phrasing.strip():
        form["phrasings"] = "\n".join(filter(None, (form["phrasings"], " ".join(phrasing.split()))))
    return _form(request, form, entry_id, view.revision)


@router.post(BASE + "/entries/{entry_id}/edit", dependencies=[CHECKED])
def save(
    request: Request, staff: Editor, entry_id: EntryId, typed: Typed, revision: Revision, doing: Doing = ""
) -> Response:
    """Keep the draft, or show what it would look like."""
    try:
        content = content_of(typed)
        if doing == "preview":
            return _form(request, typed, entry_id, revision, preview=content)
        with request.app.state.database.read() as session:
            entry_view(session, desk_of(request).shelf.base(), entry_id, today_of(request))
        desk_of(request).save(entry_id, content, revision, acting(staff))
    except (InvalidContent, StaleEntry, NothingChanged) as refused:
        return _form(request, typed, entry_id, revision, refused=refused)
    return frame_of(request).redirect(request, f"{BASE}/entries/{entry_id}", "answers.done.save")


@router.post(BASE + "/entries/{entry_id}/acts/{act}", dependencies=[CHECKED])
def do(
    request: Request, staff: Editor, entry_id: EntryId, act: Act, revision: Revision, note: Note = ""
) -> Response:
    """What the law allows to be done with an entry's version."""
    if act is Act.SAVE:
        raise EntryActRefused("a draft is saved by its form")
    permission = Permission.FAQ_RELEASE if act in _RELEASES else Permission.FAQ_EDIT
    try:
        _ACTS[act](desk_of(request), entry_id, revision, note, acting(staff, permission))
    except (InvalidInput, TrialMissing, RegressionStops) as refused:
        with request.app.state.database.read() as session:
            return entry_page(request, session, staff, entry_id, refused)
    return frame_of(request).redirect(request, f"{BASE}/entries/{entry_id}", f"answers.done.{act}")


@router.post(BASE + "/entries/{entry_id}/trial", dependencies=[CHECKED])
def try_out(request: Request, staff: Editor, entry_id: EntryId) -> Response:
    """Let it be reckoned, aside, what publishing the draft would do; its page tells when it is done."""
    with request.app.state.database.read() as session:
        proposal = desk_of(request).proposal(session, entry_id)
    if proposal is None:
        raise EntryNotFound(entry_id)
    trials_of(request).begin(proposal, acting(staff))
    return frame_of(request).redirect(request, f"{BASE}/entries/{entry_id}#trial")


_ACTS: Final[Mapping[Act, Callable[[AnswerDesk, str, int, str, Actor], None]]] = {
    Act.SUBMIT: lambda desk, entry_id, revision, _, by: desk.submit(entry_id, revision, by),
    Act.RETURN: lambda desk, entry_id, revision, note, by: desk.send_back(entry_id, revision, note, by),
    Act.DISCARD: lambda desk, entry_id, revision, _, by: desk.discard(entry_id, revision, by),
    Act.PUBLISH: lambda desk, entry_id, revision, note, by: desk.publish(entry_id, revision, by, note),
    Act.WITHDRAW: lambda desk, entry_id, revision, note, by: desk.withdraw(entry_id, revision, note, by),
    Act.RESTORE: lambda desk, entry_id, revision, _, by: desk.restore(entry_id, revision, by),
}


def _form(
    request: Request, form: dict[str, str], entry_id: str = "", revision: int = 0, *,
    preview: Content | None = None, refused: PlatformError | None = None,
) -> Response:  # fmt: skip
    with request.app.state.database.read() as session:
        words = AnswerWords.of(request, session)
    limits = {"question": QUESTION_MAX, "answer": ANSWER_MAX, "short": SHORT_MAX, "url": URL_MAX}
    return frame_of(request).render(
        request, "answers/edit.html", refused.status if refused else 200, form=form, entry_id=entry_id,
        revision=revision, preview=preview, refused=refused, problems=words.problems(refused),
        languages=LANGUAGES, openings=OPENINGS, limits=limits,
    )  # fmt: skip
