"""Where one can go in the console, by what one may do. The table is the law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.identity.rules import Permission
from gateway.identity.views import Staff

MY_ACCOUNT: Final = "/console/account"
MY_QUALITY: Final = "/console/quality/mine"


@dataclass(frozen=True)
class Place:
    """One page in the navigation."""

    label: str
    """Key of its name in the message catalogue."""
    url: str
    permission: Permission | None
    """None: all of the staff may."""
    count_url: str = ""
    """Where it is told how many there wait for the person; empty where nothing is counted."""

    def holds(self, path: str) -> bool:
        """Whether the page at `path` lies here, and not in a place of its own further inside."""
        inner = (place for group in GROUPS for place in group.places if _within(place.url, self.url))
        return _within(path, self.url) and not any(
            place.url != self.url and _within(path, place.url) for place in inner
        )


@dataclass(frozen=True)
class Group:
    """Pages that belong together, under one heading."""

    label: str
    places: Sequence[Place]


GROUPS: Final[Sequence[Group]] = (
    Group(
        "nav.conversations",
        (
            Place("nav.live", "/console/live", Permission.CHAT_TAKE),
            Place("nav.call_backs", "/console/call-backs", Permission.CHAT_TAKE),
            Place("nav.counts", "/console/live/counts", Permission.CHAT_OVERSEE),
            Place("nav.replies", "/console/replies", Permission.FAQ_EDIT),
            Place("nav.quality", "/console/quality", Permission.QUALITY_ASSESS),
            Place("nav.quality_mine", MY_QUALITY, Permission.CHAT_TAKE),
        ),
    ),
    Group(
        "nav.cases",
        (
            Place("nav.case_list", "/console/cases", Permission.CASES_READ),
            Place("nav.inbox", "/console/inbox", Permission.CASES_READ, "/console/inbox/count"),
            Place("nav.lag_answers", "/console/behind", Permission.CASES_ACT),
        ),
    ),
    Group(
        "nav.reports_group",
        (
            Place("nav.board", "/console/board", Permission.REPORTS_READ),
            Place("nav.reports", "/console/reports", Permission.REPORTS_READ),
            Place("nav.deadlines", "/console/reports/deadlines", Permission.REPORTS_READ),
            Place("nav.overdue", "/console/reports/overdue", Permission.REPORTS_READ),
            Place("nav.behind", "/console/reports/behind", Permission.REPORTS_READ),
            Place("nav.half_year", "/console/reports/half-year", Permission.REPORTS_READ),
            Place("nav.figures", "/console/reports/figures", Permission.FIGURES_ENTER),
            Place("nav.saved_reports", "/console/reports/saved", Permission.REPORTS_READ),
            Place("nav.exports", "/console/exports", Permission.REPORTS_READ),
            Place("nav.report_map", "/console/reports/map", Permission.REPORTS_READ),
            Place("nav.learning", "/console/reports/emerging", Permission.REPORTS_READ),
        ),
    ),
    Group(
        "nav.answers",
        (
            Place("nav.answer_list", "/console/answers", Permission.FAQ_EDIT),
            Place("nav.unanswered", "/console/answers/unanswered", Permission.FAQ_EDIT),
            Place("nav.stale", "/console/answers/stale", Permission.FAQ_EDIT),
            Place("nav.answer_votes", "/console/answers/votes", Permission.FAQ_EDIT),
        ),
    ),
    Group("nav.telling", (Place("nav.news", "/console/news", Permission.NEWS_EDIT),)),
    Group(
        "nav.rules",
        (
            Place("nav.catalogue", "/console/catalogue", None),
            Place("nav.closures", "/console/closures", Permission.CALENDAR_CLOSE),
        ),
    ),
    Group(
        "nav.administration",
        (
            Place("nav.outbox", "/console/outbox", Permission.OUTBOX_MANAGE),
            Place("nav.notices", "/console/notices", Permission.OUTBOX_MANAGE),
            Place("nav.webhooks", "/console/webhooks", Permission.OUTBOX_MANAGE),
            Place("nav.accounts", "/console/accounts", Permission.USERS_MANAGE),
            Place("nav.audit", "/console/audit", Permission.AUDIT_READ),
        ),
    ),
)


def _within(path: str, url: str) -> bool:
    return path == url or path.startswith(f"{url}/")


def groups_for(staff: Staff, groups: Sequence[Group] = GROUPS) -> list[Group]:
    """The groups with the pages that this person may open; none that would be empty."""
    open_to = (Group(group.label, [p for p in group.places if _opens(p, staff)]) for group in groups)
    return [group for group in open_to if group.places]


def first_page(staff: Staff, groups: Sequence[Group] = GROUPS) -> str:
    """Where this person begins: the first page of their navigation, else their own account."""
    mine = groups_for(staff, groups)
    return mine[0].places[0].url if mine else MY_ACCOUNT


def _opens(place: Place, staff: Staff) -> bool:
    return staff.needs is None if place.permission is None else staff.may(place.permission)
