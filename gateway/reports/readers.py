"""Who may see what of the figures, in a page as in a file that is made hours later."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from gateway.identity import accounts
from gateway.identity.rules import Permission
from gateway.identity.sessions import staff_view
from gateway.identity.views import Staff
from gateway.reports.tables import Form, Reader, Table


def reader_of_staff(staff: Staff, language: str) -> Reader:
    """A supervisor who belongs to units sees those; research and evaluation, auditors and supervisors of the
    whole line see all."""
    everything = staff.may(Permission.REPORTS_READ_ALL_UNITS) or not staff.units
    return Reader(
        staff.username,
        staff.display_name,
        None if everything else staff.units,
        staff.may(Permission.CONFIDENTIAL_READ),
        language,
        staff.may(Permission.CHAT_OVERSEE),
    )


def staff_named(session: Session, username: str) -> Staff | None:
    """Somebody as their account says now, for what is done in their name; None once it is disabled."""
    account = accounts.for_login(session, username)
    return None if account is None or account.disabled_at is not None else staff_view(account)


def needed_for(table: Table) -> Permission:
    """What one must hold to have this table as a file: where it names cases, taking cases out."""
    names_cases = any(column.form is Form.CASE for column in table.columns)
    return Permission.CASES_EXPORT if names_cases else Permission.REPORTS_READ


def covers(reader: Reader, units: Collection[str] | None, sealed: bool) -> bool:
    """Whether the reader may see all that was written for somebody of these units (None: of all)."""
    enough = reader.units is None or (units is not None and reader.units.issuperset(units))
    return enough and (reader.sealed or not sealed)
