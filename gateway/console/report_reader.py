"""Who reads a report in the console, and what they may see of it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from gateway.console.visitor import visitor_of
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.reports.tables import Reader

READS_REPORTS: Final = Depends(require(Permission.REPORTS_READ))
ReportStaff = Annotated[Staff, READS_REPORTS]


def reader_of(request: Request, staff: Staff) -> Reader:
    """A supervisor who belongs to units sees those; research and evaluation, auditors and supervisors of the
    whole line see all."""
    everything = staff.may(Permission.REPORTS_READ_ALL_UNITS) or not staff.units
    return Reader(
        staff.username,
        staff.display_name,
        None if everything else staff.units,
        staff.may(Permission.CONFIDENTIAL_READ),
        str(visitor_of(request).language),
    )
