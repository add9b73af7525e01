"""Files of a month: made once, kept on the disk, and made again only when what they hold has changed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.history.reading import JSON_FIELDS
from gateway.cases.models import Case
from gateway.cases.service import CaseService
from gateway.errors import NotFound
from gateway.open311.open1999 import Open1999
from gateway.opendata.published import FIELDS, PublishedCases, published, received_in
from gateway.opendata.rules import FORMS, Dataset, FileForm, Month, cell, months_from, rounded
from gateway.opendata.statistics import FIELDS as STATISTICS_FIELDS
from gateway.opendata.statistics import Statistics
from gateway.places.service import Places
from gateway.reports.moment import one_moment

SILENT: Final = tuple(JSON_FIELDS[name] for name in ("address", "before", "after", "memo"))
"""Fields of Open1999 in which somebody wrote something."""
_OLD: Final = timedelta(hours=1)
_AT_LEAST_DAILY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Built:
    """A file as it is; `complete` when its month is over. `key` changes when the cases do."""

    path: Path
    etag: str
    modified: datetime
    complete: bool
    key: tuple[Any, ...]
    made_at: datetime
    looked_at: datetime


class MonthlyFiles:
    """Makes and keeps them. Kept at `app.state.monthly_files`; several threads and processes may use it."""

    def __init__(
        self, cases: CaseService, places: Places, zone: ZoneInfo, folder: Path, fresh: timedelta
    ) -> None:
        self._cases, self._places, self._zone = cases, places, zone
        self._folder, self._fresh = folder, fresh
        self._kept: dict[tuple[Dataset, Month, FileForm], Built] = {}
        self._locks: dict[tuple[Dataset, Month, FileForm], threading.Lock] = {}
        self._lock = threading.Lock()

    def months(self) -> list[Month]:
        """Every month there are files of, the running one last."""
        with self._cases.database.read() as session:
            # Not the minimum: that would look at every case.
            oldest = select(Case.received_at).where(*published()).order_by(Case.received_at).limit(1)
            first = session.scalar(oldest)
        running = self._running()
        return list(months_from(min(Month.of(first, self._zone), running), running)) if first else [running]

    def file(self, dataset: Dataset, month: Month, form: FileForm) -> Built:
        """The file as it is now. Raises NotFound for a month or form that there is not."""
        months = self.months()
        if form not in FORMS[dataset] or not months[0] <= month <= months[-1]:
            raise NotFound(f"{dataset}/{month}.{form}")
        name = (dataset, month, form)
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            return self._file(name)

    def _file(self, name: tuple[Dataset, Month, FileForm]) -> Built:
        kept, now = self._kept.get(name), self._cases.clock()
        if kept is not None and kept.path.exists() and now - kept.looked_at < self._fresh:
            return kept
        with one_moment(self._cases.database) as session:
            key = self._key(session, name, now)
            if (
                kept is not None
                and kept.path.exists()
                and kept.key == key
                and now - kept.made_at < _AT_LEAST_DAILY
            ):
                built = Built(kept.path, kept.etag, kept.modified, kept.complete, key, kept.made_at, now)
            else:
                built = self._made(session, name, key, now)
        self._kept[name] = built
        return built

    def _key(self, session: Session, name: tuple[Dataset, Month, FileForm], now: datetime) -> tuple[Any, ...]:
        dataset, month, _ = name
        if dataset is Dataset.STATISTICS or month == self._running():
            return (now.isoformat(),)
        fits = [*published(), *received_in(month, self._zone)]
        row = session.execute(
            select(func.count(), func.sum(Case.version), func.max(Case.id)).where(*fits)
        ).one()
        return tuple(row)

    def _made(
        self, session: Session, name: tuple[Dataset, Month, FileForm], key: tuple[Any, ...], now: datetime
    ) -> Built:
        dataset, month, form = name
        self._folder.mkdir(parents=True, exist_ok=True)
        complete = month < self._running()
        draft, total = (
            self._folder / f"{dataset}-{month}.{os.getpid()}.{threading.get_ident()}",
            hashlib.sha256(),
        )
        with draft.open("wb") as file:
            for piece in self._pieces(session, name, None if complete else now):
                file.write(piece)
                total.update(piece)
        digest = total.hexdigest()[:32]
        path = self._folder / f"{dataset}-{month}.{digest}.{form}"
        if path.exists():
            draft.unlink()
        else:
            draft.replace(path)
        self._tidy(f"{dataset}-{month}.*.{form}", path)
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        return Built(path, f'"{digest}"', modified, complete, key, now, now)

    def _tidy(self, pattern: str, but: Path) -> None:
        """Take away what nobody reads any more; another process may still be sending a younger one."""
        for path in self._folder.glob(pattern):
            age = datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if path != but and age > _OLD:
                path.unlink(missing_ok=True)

    def _pieces(
        self, session: Session, name: tuple[Dataset, Month, FileForm], as_of: datetime | None
    ) -> Iterator[bytes]:
        dataset, month, form = name
        fields = {Dataset.CASES: FIELDS, Dataset.STATISTICS: STATISTICS_FIELDS}.get(dataset, ())
        records = self._records(session, dataset, month)
        if form is FileForm.CSV:
            return _csv(fields, records)
        if dataset is Dataset.OPEN1999:
            return _json_list("[", records, "]")
        head: dict[str, Any] = {"month": str(month), "complete": as_of is None}
        if as_of is not None:
            head["as_of"] = as_of.astimezone(self._zone).isoformat(timespec="seconds")
        return _json_list(f'{json.dumps(head)[:-1]}, "{dataset}": [', records, "]}")

    def _records(self, session: Session, dataset: Dataset, month: Month) -> Iterator[dict[str, Any]]:
        if dataset is Dataset.CASES:
            return PublishedCases(self._cases, self._zone).of_month(session, month)
        if dataset is Dataset.STATISTICS:
            districts = [district.zh for district in self._places.districts]
            items = self._cases.catalogues.every_item()
            found = Statistics(items, districts, self._zone).of_month(session, month)
            return (line.record() for line in found)
        return self._open1999(session, month)

    def _open1999(self, session: Session, month: Month) -> Iterator[dict[str, Any]]:
        """Day by day, so that a month is never held at once; without anybody's words, places rounded."""
        reader, day = Open1999(self._cases, self._places), month.begins(self._zone)
        while day < month.next.begins(self._zone):
            for record in reader.records(session, day, day + timedelta(days=1), *published()):
                places = {JSON_FIELDS[name]: record[JSON_FIELDS[name]] for name in ("lat", "lng")}
                yield {
                    **record, **dict.fromkeys(SILENT, ""),
                    **{name: repr(rounded(float(text))) if text else "" for name, text in places.items()},
                }  # fmt: skip
            day += timedelta(days=1)

    def _running(self) -> Month:
        return Month.of(self._cases.clock(), self._zone)


def _csv(fields: tuple[str, ...], records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield "\ufeff".encode()
    yield _line(fields)
    for record in records:
        yield _line([cell(record[name]) for name in fields])


def _line(cells: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _json_list(head: str, records: Iterator[dict[str, Any]], tail: str) -> Iterator[bytes]:
    yield head.encode()
    for n, record in enumerate(records):
        yield f"{',' if n else ''}\n{json.dumps(record, ensure_ascii=False)}".encode()
    yield f"\n{tail}\n".encode()
