"""Counting cases slowly and obviously, from their tables: what every report must come to.

Nothing of the ledger is used here. One loop over one case at a time, no sums kept, no SQL that adds up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent, CaseExtension, CaseRating
from gateway.cases.office import Office

TAIPEI = ZoneInfo("Asia/Taipei")
CLOSED = {"released", "not_processed", "withdrawn", "merged", "converted"}
ENDED_OTHERWISE = {"withdrawn": "withdrawn", "merged": "merged", "converted": "converted"}


def day_in_taipei(at: datetime) -> date:
    return at.astimezone(TAIPEI).date()


def working_days(start: datetime, end: datetime, office: Office) -> float:
    """Half a day on the same day; else every half in which the offices work, of the days after."""
    first, last = day_in_taipei(start), day_in_taipei(end)
    halves, day = 0, first + timedelta(days=1)
    while day <= last:
        halves += len(office.calendar.nature(day).open_halves)
        day += timedelta(days=1)
    return max(halves, 1) / 2


class Recount:
    """What happened, as one flat list of (what, when, unit, item, district, channel, extra)."""

    def __init__(self, session: Session, office: Office) -> None:
        self.session, self.office = session, office
        self.happened: list[dict[str, Any]] = []
        for case in session.scalars(select(Case).order_by(Case.id)):
            self._tell(case)

    def _note(self, case: Case, what: str, at: datetime, unit: str, **more: Any) -> None:
        self.happened.append(
            {
                "what": what, "day": day_in_taipei(at), "unit": unit, "item": case.item_code,
                "district": case.district or "", "channel": case.channel, "case": case.number, **more,
            }
        )  # fmt: skip

    def _all(self, model: Any, case: Case) -> list[Any]:
        query = select(model).where(model.case_id == case.id).order_by(model.id)
        return list(self.session.scalars(query))

    def _tell(self, case: Case) -> None:
        events = self._all(CaseEvent, case)
        parts = {part.id: part for part in self._all(CaseAssignment, case)}
        dues = self._all(CaseDue, case)
        owners = [event.after.get("owner_unit") for event in events if event.after.get("owner_unit")]
        owner = owners[0] if owners else case.owner_unit
        self._note(case, "received", case.received_at, owner)
        status, began, handled, owner_since = (
            "registered",
            case.received_at,
            None,
            [(case.received_at, owner)],
        )
        for event in events:
            before, status = status, event.after.get("status", status)
            now_owner = event.after.get("owner_unit") or owner
            if now_owner != owner:
                self._note(case, "moved_out", event.at, owner)
                self._note(case, "moved_in", event.at, now_owner)
                owner = now_owner
                owner_since.append((event.at, owner))
            if event.act == "handle":
                handled = event.at
            self._tell_corrections(case, event)
            if status in CLOSED and before not in CLOSED:
                if status in ENDED_OTHERWISE:
                    self._note(case, ENDED_OTHERWISE[status], event.at, owner)
                else:
                    self._finish(case, event, status, owner, began, handled, dues)
            if before in CLOSED and status not in CLOSED:
                what = "reopened" if event.act == "reopen" else "unmerged"
                self._note(case, what, event.at, owner)
                if what == "reopened":
                    began, handled = event.at, None
        self._tell_duties(case, events, parts, dues)
        for rating in self._all(CaseRating, case):
            unit = [unit for since, unit in owner_since if since <= rating.at][-1]
            self._note(case, "rated", rating.at, unit, score=rating.score)

    def _tell_corrections(self, case: Case, event: CaseEvent) -> None:
        if event.act == "reassign":
            self._note(case, "reassigned", event.at, event.before["unit"])
        if event.act == "return":
            self._note(case, "returned", event.at, event.after["returned_by"])

    def _tell_duties(
        self, case: Case, events: list[CaseEvent], parts: dict[int, CaseAssignment], dues: list[CaseDue]
    ) -> None:
        stops = [event.at for event in events if event.act in {"merge", "convert", "withdraw"}]
        for due in dues:
            self._tell_clock(case, due, parts, stops)
        for wish in self._all(CaseExtension, case):
            if wish.state in {"approved", "refused"}:
                what = "extended" if wish.state == "approved" else "extension_refused"
                self._note(case, what, wish.decided_at, parts[wish.assignment_id].unit)

    def _finish(
        self, case: Case, event: CaseEvent, status: str, owner: str, began: datetime,
        handled: datetime | None, dues: list[CaseDue],
    ) -> None:  # fmt: skip
        done = handled if status == "released" and handled is not None else event.at
        clocks = [due for due in dues if due.stage == "completion" and due.start_at == began]
        verdict = "untimed"
        if clocks and clocks[0].met_at is not None:
            verdict = "on_time" if clocks[0].met_at <= clocks[0].due_at else "late"
        days = working_days(began, done, self.office)
        self._note(case, "finished", event.at, owner, days=days, verdict=verdict, status=status)

    def _tell_clock(
        self, case: Case, due: CaseDue, parts: dict[int, CaseAssignment], stops: list[datetime]
    ) -> None:
        if due.stage not in {"inspection", "completion"}:
            return
        if due.met_at is None:
            if not due.current:
                return
            how = "open"
        elif due.met_at in stops:
            return
        else:
            how = "on_time" if due.met_at <= due.due_at else "late"
        unit = parts[due.assignment_id].unit if due.assignment_id else case.owner_unit
        self._note(case, f"{due.stage}_{how}", due.due_at, unit)

    def of(self, first: date, last: date, **only: str) -> list[dict[str, Any]]:
        """What happened on these days, with these values."""
        return [
            one for one in self.happened
            if first <= one["day"] <= last and all(one[name] == value for name, value in only.items())
        ]  # fmt: skip

    def rows(self, by: str, first: date, last: date, **only: str) -> dict[str, dict[str, Any]]:
        """Every figure of every row, by the value of `by`."""
        keys = {one[by] for one in self.of(date.min, last, **only)} | {
            one[by] for one in self.of(date.min, date.max, **only)
        }
        return {key: self.figures(first, last, **{**only, by: key}) for key in sorted(keys)}

    def figures(self, first: date, last: date, **only: str) -> dict[str, Any]:
        """Every figure of one row."""
        within = self.of(first, last, **only)
        before = self.of(date.min, first - timedelta(days=1), **only)
        count = Counter(one["what"] for one in within)
        finished = [one for one in within if one["what"] == "finished"]
        verdicts = Counter(one["verdict"] for one in finished)
        days = sorted(one["days"] for one in finished)
        scores = [one["score"] for one in within if one["what"] == "rated"]
        judged = verdicts["on_time"] + verdicts["late"]
        found: dict[str, Any] = defaultdict(int)
        found.update({name: count[name] for name in count})
        found |= {
            "opening": _stock(before),
            "closing": _stock(before) + _stock(within),
            "resumed": count["reopened"] + count["unmerged"],
            "not_processed": sum(one["status"] == "not_processed" for one in finished),
            "on_time": verdicts["on_time"],
            "late": verdicts["late"],
            "late_rate": verdicts["late"] / judged if judged else None,
            "on_time_rate": verdicts["on_time"] / judged if judged else None,
            "mean_days": sum(days) / len(days) if days else None,
            "p50_days": nearest_rank(days, 50),
            "p90_days": nearest_rank(days, 90),
            "p95_days": nearest_rank(days, 95),
            "satisfaction": sum(scores) / len(scores) if scores else None,
            "ratings": len(scores),
        }
        for stage in ("inspection", "completion"):
            due = sum(count[f"{stage}_{how}"] for how in ("open", "on_time", "late"))
            found[f"{stage}_due"] = due
            found[f"{stage}_rate"] = count[f"{stage}_on_time"] / due if due else None
        return found


def _stock(happened: list[dict[str, Any]]) -> int:
    came = sum(one["what"] in {"received", "moved_in", "reopened", "unmerged"} for one in happened)
    went = sum(
        one["what"] in {"finished", "withdrawn", "merged", "converted", "moved_out"} for one in happened
    )
    return came - went


def nearest_rank(values: list[float], per_cent: int) -> float | None:
    if not values:
        return None
    place = -(-len(values) * per_cent // 100)
    return values[place - 1]
