"""Who reads a report in the console, and what they may see of it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from gateway.console.visitor import visitor_of
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.reports.readers import reader_of_staff
from gateway.reports.tables import Reader

READS_REPORTS: Final = Depends(require(Permission.REPORTS_READ))
ReportStaff = Annotated[Staff, READS_REPORTS]


def reader_of(request: Request, staff: Staff) -> Reader:
    """Whoever asks, as reports know them."""
    return reader_of_staff(staff, str(visitor_of(request).language))
