"""Files made beside the requests: whose they are, how far they are, and what becomes of them."""

from __future__ import annotations

import asyncio
import csv
import io
import threading

import pytest
from sqlalchemy import update

from gateway.database import Database
from gateway.identity.models import Account
from gateway.identity.rules import StaffRole
from gateway.reports.exports import making
from gateway.reports.exports.errors import ExportNotFound, TooManyExports
from gateway.reports.exports.rules import AT_ONCE_OF_ONE, MOST_ATTEMPTS, State, asked_of, share
from gateway.reports.files.formats import Format
from tests.reports.conftest import Office
from tests.reports.samples import NOW


def test_a_file_is_made_for_its_owner_and_written_down(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    number = office.ask("mei", rows="1200", **{"from": "2026-11-01", "to": "2026-11-25"})
    assert office.export(number).state == State.QUEUED
    assert office.make_due() == 1
    export = office.export(number)
    assert (export.state, export.rows_done, export.rows_total) == (State.DONE, 1_200, 1_200)
    path = office.fetch(number, "mei")
    data = path.read_bytes()
    assert export.bytes == len(data)
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 7 + 1_200 + 2
    assert ["期間", "2026-11-01 – 2026-11-25"] in rows
    assert ["製表人", "mei (mei)"] in rows
    (made,), (fetched,) = office.entries("report.export"), office.entries("report.download")
    for entry in (made, fetched):
        assert (entry.actor, entry.subject, entry.detail["rows"]) == ("mei", "report:sample", 1_200)
        assert entry.detail["asked"]["from"] == "2026-11-01"


def test_nobody_else_gets_it_nor_who_has_lost_the_right(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei", StaffRole.SUPERVISOR, units=("養工處", "水利局"))
    office.hire("boss")
    number = office.ask("mei")
    office.make_due()
    office.fetch(number, "mei")
    for other in (number + 1, number):
        with pytest.raises(ExportNotFound):
            office.fetch(other, "boss")
    office.become("mei", StaffRole.SUPERVISOR, units=("養工處",))
    with pytest.raises(ExportNotFound):  # it tells of another unit's cases
        office.fetch(number, "mei")
    office.become("mei", StaffRole.SUPERVISOR, units=("水利局", "養工處", "環保局"))
    office.fetch(number, "mei")
    office.become("mei", StaffRole.ADMINISTRATOR)
    with pytest.raises(ExportNotFound):  # reads figures, but takes no cases out
        office.fetch(number, "mei")
    office.become("mei", StaffRole.OPERATOR)
    with pytest.raises(ExportNotFound):
        office.fetch(number, "mei")


def test_who_reads_figures_alone_gets_figures_alone(office: Office) -> None:
    office.hire("admin", StaffRole.ADMINISTRATOR)
    figures, cases = office.ask("admin", "figures"), office.ask("admin", "sample")
    office.make_due()
    assert office.fetch(figures, "admin").exists()
    export = office.export(cases)
    assert export.state == State.FAILED
    assert export.problem is not None
    assert export.problem["code"] == "not_permitted"


def test_what_cannot_be_asked_says_why(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei", **{"from": "2026-12-01", "to": "2026-11-01"})
    gone = office.ask("mei", "no-more")
    office.make_due()
    for export_id, code in ((number, "invalid_input"), (gone, "report_gone")):
        export = office.export(export_id)
        assert export.state == State.FAILED
        assert export.problem is not None
        assert export.problem["code"] == code
    assert office.files() == []


def test_a_disabled_account_gets_nothing_made(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei")
    with office.database.write() as session:
        session.execute(update(Account).values(disabled_at=NOW))
    office.make_due()
    assert office.export(number).state == State.FAILED
    assert office.sample.heard == []


def test_the_same_is_not_asked_for_twice_and_nobody_fills_the_queue(office: Office) -> None:
    office.hire("mei")
    office.hire("boss")
    first = office.ask("mei", rows="1")
    assert office.ask("mei", rows="1") == first
    assert office.ask("boss", rows="1") != first
    for rows in range(2, AT_ONCE_OF_ONE + 1):
        office.ask("mei", rows=str(rows))
    with pytest.raises(TooManyExports):
        office.ask("mei", rows="99")
    office.make_due()
    office.ask("mei", rows="99")


def test_two_at_once_do_not_disturb_one_another(both_offices: Office) -> None:
    """Both are in the middle at the same time, in two processes' workers, and each has its own rows."""
    office = both_offices
    office.hire("mei")
    office.hire("boss")
    together = threading.Barrier(2, timeout=60)
    office.sample.pause = lambda row: together.wait() if row == 600 else None  # type: ignore[assignment]
    numbers = [office.ask("mei", rows="900"), office.ask("boss", rows="1100", file_format=Format.ODS)]

    async def both_workers() -> None:
        await asyncio.gather(office.worker().make_due(), office.worker().make_due())

    asyncio.run(both_workers())
    assert [office.export(one).state for one in numbers] == [State.DONE, State.DONE]
    assert [office.export(one).rows_done for one in numbers] == [900, 1_100]
    assert len(office.fetch(numbers[0], "mei").read_text(encoding="utf-8-sig").splitlines()) == 7 + 900 + 2


def test_how_far_it_is_can_be_seen_while_it_is_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_TELL_SECONDS", 0)
    office.hire("mei")
    number = office.ask("mei", rows="2000")
    seen: list[tuple[str, int, int]] = []

    def look(row: int) -> None:
        if row in {1, 1_001}:
            export = office.export(number)
            seen.append((export.state, export.rows_done, export.rows_total))

    office.sample.pause = look
    office.make_due()
    assert seen == [(State.RUNNING, 0, 2_000), (State.RUNNING, 1_000, 2_000)]
    assert [share(0, 0), share(1, 3), share(3, 3)] == [0, 33, 99]


def test_thrown_away_in_the_middle_it_leaves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_TELL_SECONDS", 0)
    office.hire("mei")
    number = office.ask("mei", rows="2000")

    def drop(row: int) -> None:
        if row == 600:
            with office.database.write() as session:
                office.exports.drop(session, number, "mei")

    office.sample.pause = drop
    office.make_due()
    assert office.files() == []
    assert office.entries("report.export") == []
    with pytest.raises(ExportNotFound):
        office.fetch(number, "mei")


def test_nobody_throws_anothers_file_away(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei")
    with pytest.raises(ExportNotFound), office.database.write() as session:
        office.exports.drop(session, number, "boss")
    assert office.export(number).state == State.QUEUED


def test_it_expires_and_is_thrown_away(both_offices: Office) -> None:
    office = both_offices
    office.hire("mei")
    number = office.ask("mei")
    office.make_due()
    office.later(hours=office.settings.report_files_hours - 1)
    office.exports.sweep(office.now())
    assert office.fetch(number, "mei").exists()
    office.later(hours=1)
    with pytest.raises(ExportNotFound):  # over, though nobody has swept yet
        office.fetch(number, "mei")
    office.exports.sweep(office.now())
    assert (office.export(number).state, office.files()) == (State.EXPIRED, [])
    office.later(days=30)
    office.exports.sweep(office.now())
    with office.database.read() as session:
        assert office.exports.of(session, "mei") == []


def test_the_sweep_takes_what_belongs_to_nothing(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei")
    office.make_due()
    for stray in ("77-1.ods", f"{number}-9.csv.part"):
        (office.exports.folder / stray).write_bytes(b"left behind")
    running = office.ask("mei", rows="9")
    with office.database.write() as session:
        assert making.take(session, office.now(), office.lease) is not None
    (office.exports.folder / f"{running}-1.csv.part").write_bytes(b"being made")
    office.exports.sweep(office.now())
    assert office.files() == [f"{number}-1.csv", f"{running}-1.csv.part"]


def test_a_process_that_was_only_slow_spoils_nothing(both_offices: Office) -> None:
    """Its lease is over, another one makes the file; what it still writes is its own and goes away."""
    office = both_offices
    office.hire("mei")
    number = office.ask("mei", rows="700")
    slow = office.worker()

    def stall(row: int) -> None:
        if row == 1:
            office.sample.pause = lambda _: None
            office.later(seconds=31)
            assert asyncio.run(office.worker().make_due()) == 1

    office.sample.pause = stall
    asyncio.run(slow.make_due())
    export = office.export(number)
    assert (export.state, export.attempts, export.path) == (State.DONE, 2, f"{number}-2.csv")
    assert office.files() == [f"{number}-2.csv"]
    assert len(office.entries("report.export")) == 1


def test_what_every_process_dies_over_fails_at_last(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei")
    for _ in range(MOST_ATTEMPTS):
        with office.database.write() as session:
            assert making.take(session, office.now(), office.lease) is not None
            assert making.take(session, office.now(), office.lease) is None, "it is being made"
        office.later(seconds=31)
    assert office.make_due() == 0
    export = office.export(number)
    assert export.state == State.FAILED
    assert export.problem is not None
    assert export.problem["code"] == "export_interrupted"


def test_a_stop_gives_back_what_is_not_done(office: Office) -> None:
    office.hire("mei")
    number = office.ask("mei", rows="2000")
    worker = office.worker()
    office.sample.pause = lambda row: worker.stop() if row == 100 else None
    asyncio.run(worker.make_due())
    assert (office.export(number).state, office.export(number).attempts) == (State.QUEUED, 0)
    assert office.files() == []
    office.sample.pause = lambda _: None
    office.make_due()
    assert office.export(number).state == State.DONE


def test_a_running_worker_is_woken(office: Office) -> None:
    office.hire("mei")

    async def scene() -> None:
        worker = office.worker(look_seconds=3600)
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
        number = await asyncio.to_thread(office.ask, "mei")
        async with asyncio.timeout(60):
            while office.export(number).state != State.DONE:
                worker.wake()
                await asyncio.sleep(0.02)
            worker.stop()
            await running

    asyncio.run(scene())


def test_what_an_address_asks_is_kept_within_bounds() -> None:
    query = {"from": "2026-01-01\r\n", "x" * 50: "1", "empty": "", "long": "路" * 999, "half": "a\ud800b"}
    assert asked_of(query) == {"from": "2026-01-01", "long": "路" * 200, "half": "ab"}
    assert len(asked_of({str(n): "1" for n in range(99)})) == 40


def test_the_database_is_not_held_while_a_file_is_made(database: Database, office: Office) -> None:
    office.hire("mei")
    office.ask("mei", rows="3")

    def write(_row: int) -> None:
        with database.write() as session:
            session.execute(update(Account).values(last_login_at=office.now()))

    office.sample.pause = write
    assert office.make_due() == 1
