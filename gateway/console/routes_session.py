"""Signing in and out, passwords, the second factor, language and look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from gateway.channels.address import client_address
from gateway.console.frame import LOGIN, LOGOUT, Frame, local_path
from gateway.console.guards import CHECKED, Settled, SignedIn
from gateway.console.i18n import Language, language_of
from gateway.console.navigation import MY_ACCOUNT, first_page
from gateway.console.visitor import LANGUAGE_COOKIE, LOOK_COOKIE, Look, remember, visitor_of
from gateway.identity.errors import LoginRefused, LoginThrottled, NotSignedIn, WeakPassword, WrongCode
from gateway.identity.rules import ROLE_NAMES, StaffRole
from gateway.identity.service import COOKIE, IdentityService
from gateway.identity.views import Actor, LoginResult, Needs, TotpEnrolment
from gateway.identity.web import caller, clear_session_cookie, current_staff, set_session_cookie, signed_in

router = APIRouter(include_in_schema=False)
HOME = "/console/"
CODE = "/console/login/code"
_SETTLING = {Needs.TOTP: CODE, Needs.CHANGE_PASSWORD: "/console/password", Needs.ENROL_TOTP: "/console/totp"}

Text = Annotated[str, Form(max_length=300)]
Next = Annotated[str, Query(max_length=500)]


def frame_of(request: Request) -> Frame:
    """The frame of this application."""
    frame: Frame = request.app.state.frame
    return frame


def identity_of(request: Request) -> IdentityService:
    """The identity room of this application."""
    identity: IdentityService = request.app.state.identity
    return identity


def address_of(request: Request) -> str:
    """Where the person sits, as far as proxies can be believed."""
    return client_address(request, request.app.state.settings)


@router.get("/console")
@router.get(HOME)
def home(request: Request, staff: Settled) -> Response:
    """On to the first page of one's own navigation."""
    return frame_of(request).redirect(request, first_page(staff))


@router.get(LOGIN)
def login_page(request: Request, next: Next = "") -> Response:
    """The form to sign in; who is signed in goes on at once."""
    if caller(request) is not None:
        return frame_of(request).redirect(request, local_path(next, HOME))
    return _login_form(request, next)


@router.post(LOGIN, dependencies=[CHECKED])
def login(request: Request, username: Text = "", password: Text = "", next: Text = "") -> Response:
    """Sign in with name and password."""
    try:
        result = identity_of(request).login(username, password, None, address_of(request))
    except (LoginRefused, LoginThrottled) as refused:
        return _login_form(request, next, username, refused)
    return _welcome(request, result, next)


@router.get(CODE)
def code_page(request: Request, next: Next = "") -> Response:
    """The form for the second factor."""
    return frame_of(request).render(request, "session/code.html", next=local_path(next, ""), problem="")


@router.post(CODE, dependencies=[CHECKED])
def code(request: Request, otp: Text = "", next: Text = "") -> Response:
    """Sign in with the second factor."""
    frame = frame_of(request)
    try:
        result = identity_of(request).second_step(request.cookies.get(COOKIE, ""), otp, address_of(request))
    except NotSignedIn:
        return frame.redirect(request, LOGIN, "code.over")
    except (LoginRefused, LoginThrottled) as refused:
        told = {"next": local_path(next, ""), "problem": _problem(request, refused)}
        return frame.render(request, "session/code.html", refused.status, **told)
    return _welcome(request, result, next)


@router.post(LOGOUT, dependencies=[CHECKED])
def logout(request: Request) -> Response:
    """End the session."""
    identity_of(request).logout(request.cookies.get(COOKIE, ""))
    response = frame_of(request).redirect(request, LOGIN, "login.logged_out")
    clear_session_cookie(response, request)
    return response


@router.post("/console/preferences", dependencies=[CHECKED])
def preferences(request: Request, language: Text = "", look: Text = "", back: Text = "") -> Response:
    """Remember language (with the account, if there is one) and look; back to the page one was on."""
    response = frame_of(request).redirect(request, local_path(back, HOME, but=()))
    wanted, staff = language_of(language), caller(request)
    if wanted is not None:
        remember(request, response, LANGUAGE_COOKIE, wanted)
        if staff is not None and wanted != staff.language:
            with request.app.state.database.write() as session:
                identity_of(request).describe(
                    session, staff.id, display_name=staff.display_name, language=wanted,
                    by=Actor(staff.username, "staff"),
                )  # fmt: skip
    if look in set(Look):
        remember(request, response, LOOK_COOKIE, look)
    return response


@router.get(MY_ACCOUNT, dependencies=[Depends(current_staff)])
def my_account(request: Request) -> Response:
    """Who one is here."""
    return _my_account(request)


@router.get("/console/password", dependencies=[Depends(signed_in)])
def password_page(request: Request, next: Next = "") -> Response:
    """The form to change one's own password."""
    return _password_form(request, next)


@router.post("/console/password", dependencies=[CHECKED])
def password(
    request: Request, staff: SignedIn, old: Text = "", new: Text = "", again: Text = "", next: Text = ""
) -> Response:
    """Change one's own password; every other session ends and this one goes on anew."""
    words, language = frame_of(request).words, visitor_of(request).language
    if new != again:
        return _password_form(request, next, 422, again=words.text("password.differ", language))
    try:
        result = identity_of(request).change_password(staff, old, new, address_of(request))
    except WeakPassword as weak:
        return _password_form(request, next, weak.status, new=_told(request, weak))
    except LoginRefused as refused:
        return _password_form(request, next, refused.status, old=words.text("password.wrong", language))
    except LoginThrottled as throttled:
        return _password_form(request, next, throttled.status, old=_problem(request, throttled))
    return _welcome(request, result, next, "password.changed")


@router.get("/console/totp", dependencies=[Depends(signed_in)])
def totp_page(request: Request) -> Response:
    """What a second factor is, and the button to begin."""
    return _totp_form(request)


@router.post("/console/totp/begin", dependencies=[CHECKED])
def begin_totp(request: Request, staff: SignedIn) -> Response:
    """Show a new secret, which is in force once it is confirmed."""
    with request.app.state.database.write() as session:
        enrolment = identity_of(request).begin_totp(session, staff.id)
    return _totp_form(request, enrolment=enrolment)


@router.post("/console/totp/confirm", dependencies=[CHECKED])
def confirm_totp(request: Request, staff: SignedIn, otp: Text = "") -> Response:
    """Put the second factor in force; the recovery codes are shown this once."""
    try:
        with request.app.state.database.write() as session:
            codes = identity_of(request).confirm_totp(session, staff.id, otp)
    except WrongCode as wrong:
        return _totp_form(request, wrong.status, problem=_told(request, wrong), again=True)
    return frame_of(request).render(request, "session/recovery_codes.html", codes=codes)


@router.post("/console/totp/off", dependencies=[CHECKED])
def totp_off(request: Request, staff: Settled, password: Text = "", otp: Text = "") -> Response:
    """Take one's own second factor away; proved as at a sign-in, with a code, and every session ends."""
    identity = identity_of(request)
    try:
        # Without a code a sign-in only asks for one.
        if identity.login(staff.username, password, otp, address_of(request)).staff is None:
            raise LoginRefused
    except (LoginRefused, LoginThrottled) as refused:
        return _my_account(request, refused.status, _problem(request, refused))
    with request.app.state.database.write() as session:
        identity.reset_totp(session, staff.id, by=Actor(staff.username, "staff"))
    response = frame_of(request).redirect(request, LOGIN, "totp.off_done")
    clear_session_cookie(response, request)
    return response


def _welcome(request: Request, result: LoginResult, next: str, flash: str = "") -> Response:
    back = local_path(next, "")
    url = _SETTLING[result.needs] if result.needs else back or HOME
    if result.needs and back:
        url += f"?next={back}"
    response = frame_of(request).redirect(request, url, flash)
    set_session_cookie(response, request, result.token)
    return response


def _told(request: Request, error: WeakPassword | WrongCode | LoginRefused | LoginThrottled) -> str:
    return error.en if visitor_of(request).language == "en" else error.zh


def _problem(request: Request, refused: LoginRefused | LoginThrottled) -> str:
    if isinstance(refused, LoginThrottled):
        words, language = frame_of(request).words, visitor_of(request).language
        return words.text("login.wait", language, seconds=refused.retry_after)
    return _told(request, refused)


def _login_form(
    request: Request, next: str, username: str = "", refused: LoginRefused | LoginThrottled | None = None
) -> Response:
    return frame_of(request).render(
        request, "session/login.html", refused.status if refused else 200,
        next=local_path(next, ""), username=username, problem=_problem(request, refused) if refused else "",
        sso=request.app.state.settings.oidc_issuer is not None,
    )  # fmt: skip


def _password_form(request: Request, next: str, status: int = 200, **errors: str) -> Response:
    forced = signed_in(request).needs is Needs.CHANGE_PASSWORD
    told = {"next": local_path(next, ""), "errors": errors, "forced": forced}
    return frame_of(request).render(request, "session/password.html", status, **told)


def _totp_form(
    request: Request, status: int = 200, *, enrolment: TotpEnrolment | None = None, problem: str = "",
    again: bool = False,
) -> Response:  # fmt: skip
    forced = signed_in(request).needs is Needs.ENROL_TOTP
    told = {"enrolment": enrolment, "problem": problem, "again": again, "forced": forced}
    return frame_of(request).render(request, "session/totp.html", status, **told)


def _my_account(request: Request, status: int = 200, problem: str = "") -> Response:
    staff, visitor = signed_in(request), visitor_of(request)
    english = visitor.language is Language.ENGLISH
    with request.app.state.database.read() as session:
        account = identity_of(request).account(session, staff.username)
    catalogue = request.app.state.cases.catalogue
    return frame_of(request).render(
        request, "session/account.html", status,
        roles=[ROLE_NAMES[role][english] for role in StaffRole if role in staff.roles],
        units=[catalogue.unit_name(unit, visitor.language) for unit in sorted(staff.units)],
        totp=account.totp, problem=problem,
    )  # fmt: skip
