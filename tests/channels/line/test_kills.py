"""`kill -9` of a real gateway process where LINE may have heard or not: the citizen is told once."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from gateway.channels.line.client import TIMEOUT_SECONDS
from gateway.channels.line.rules import REPLY_TOKEN_LIFE
from gateway.database import Database, migrate
from gateway.outbox.models import OutboxMessage
from gateway.outbox.rules import Transport, lease_of
from tests.channels.line.crowd import Talker, said, scattered, settled, until
from tests.channels.line.fake import FakeLine
from tests.channels.line.faults import slow, swallowed
from tests.channels.line.talking import line_settings
from tests.workers.pair import Maker, Process

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE = 60
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
DICE = random.Random(1999)  # noqa: S311 - no secret


@dataclass
class House:
    """One gateway process, its database, and LINE."""

    process: Process
    database: Database
    fake: FakeLine

    def hears(self, talker: Talker, *words: str) -> None:
        """LINE brings what somebody says, and hears 200."""
        events = [talker.word(one) for one in words]
        assert set(scattered([self.process.url], [events])) == {200}

    def killed_and_begun(self, let_go: threading.Event) -> None:
        """It dies while LINE holds its call; LINE goes on; it is started again."""
        assert self.fake.waits.wait(PATIENCE)
        self.process.kill()
        let_go.set()
        self.begin()

    def begin(self) -> None:
        """Start it again, and be it after the leases of its letters."""
        with self.database.write() as session:
            taken = update(OutboxMessage).where(OutboxMessage.leased_until.is_not(None))
            session.execute(taken.values(leased_until=LONG_AGO))
        self.process.begin()
        self.ready()

    def ready(self) -> None:
        """Wait until it serves."""
        self.process.until(lambda told: told["database"] == "ok")


@pytest.fixture(params=ENGINES)
def house(
    request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path, line_api: FakeLine
) -> Iterator[House]:
    """A gateway on SQLite, and on PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'wanshitong.db'}"
    if request.param == "sqlite":
        shutil.copyfile(empty_database, tmp_path / "wanshitong.db")
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    migrate.upgrade(database)
    with ExitStack() as end:
        end.callback(database.close)
        settings = {f"WST_{name.upper()}": str(value) for name, value in line_settings(line_api).items()}
        maker = Maker(tmp_path, WST_DATABASE_URL=url, WST_SECRET_KEY="only for tests", **settings)
        end.callback(maker.close)
        started = House(Process("a", maker), database, line_api)
        started.ready()
        yield started


def test_a_letter_comes_back_while_its_reply_token_lives() -> None:
    longest_call = timedelta(seconds=TIMEOUT_SECONDS[1])
    assert lease_of(Transport.LINE) + longest_call < REPLY_TOKEN_LIFE


def test_wherever_it_dies_the_citizen_is_told_once(house: House) -> None:
    for dies in (
        _between_storing_and_thinking,
        _while_thinking,
        _between_claiming_a_token_and_sending,
        _between_sending_a_reply_and_marking_it,
        _between_sending_a_push_and_marking_it,
        _between_a_refused_reply_and_a_push,
    ):
        dies(house, Talker(house.fake))


def _between_storing_and_thinking(house: House, talker: Talker) -> None:
    let_go = _hold(house, "chat/loading/start", accepted=True)
    house.hears(talker, "路燈壞了")
    assert talker.told() == []
    house.killed_and_begun(let_go)
    settled(house.database, 1)
    assert talker.repeated() == ["路燈壞了"]


def _while_thinking(house: House, talker: Talker) -> None:
    house.hears(talker, "wait")
    until(lambda: "wait" in said(house.database), "it thinks")
    house.process.kill()
    house.begin()
    httpx.post(f"{house.process.url}/stand-in/go-on", timeout=PATIENCE).raise_for_status()
    settled(house.database, 2)
    assert talker.repeated() == ["wait"]


def _between_claiming_a_token_and_sending(house: House, talker: Talker) -> None:
    let_go = _hold(house, "message/reply", accepted=False)
    house.hears(talker, "申請補助")
    house.killed_and_begun(let_go)
    settled(house.database, 3)
    assert talker.repeated() == ["申請補助"]
    assert _calls(house, talker) == ["reply"]


def _between_sending_a_reply_and_marking_it(house: House, talker: Talker) -> None:
    let_go = _hold(house, "message/reply", accepted=True)
    house.hears(talker, "垃圾車幾點來")
    house.killed_and_begun(let_go)
    settled(house.database, 4)
    assert talker.repeated() == ["垃圾車幾點來"]
    assert _calls(house, talker) == ["reply"]


def _between_sending_a_push_and_marking_it(house: House, talker: Talker) -> None:
    let_go = _hold(house, "message/push", accepted=True)
    late = talker.word("水費怎麼繳")
    house.fake.grow_older(120)  # its reply token is of no use
    assert scattered([house.process.url], [[late]]) == [200]
    assert house.fake.waits.wait(PATIENCE)
    # A fresh token must not tempt anybody: as a reply the same words would come twice.
    house.hears(talker, "還有電費")
    house.killed_and_begun(let_go)
    settled(house.database, 6)
    assert talker.repeated() == ["水費怎麼繳", "還有電費"]
    keys = [call.headers["x-line-retry-key"] for call in house.fake.calls_of("message/push")]
    assert len(keys) == 2 and len(set(keys)) == 1


def _between_a_refused_reply_and_a_push(house: House, talker: Talker) -> None:
    let_go = _hold(house, "message/push", accepted=False)
    late = talker.word("公車不來")
    house.fake.grow_older(120)
    assert scattered([house.process.url], [[late]]) == [200]
    house.killed_and_begun(let_go)
    settled(house.database, 7)
    assert talker.repeated() == ["公車不來"]
    assert _calls(house, talker) == ["push"]


def test_killed_at_any_moment_it_loses_and_doubles_nothing(house: House) -> None:
    talkers = [Talker(house.fake) for _ in range(6)]
    for round_ in range(3):
        for talker in talkers:
            house.hears(talker, *(f"第{round_}輪第{number}句" for number in range(3)))
        dying = threading.Timer(DICE.uniform(0, 0.4), house.process.kill)
        dying.start()
        dying.join()
        house.begin()
    settled(house.database, 54)
    words = [f"第{round_}輪第{number}句" for round_ in range(3) for number in range(3)]
    assert said(house.database) == words * 6
    for talker in talkers:
        assert talker.repeated() == words


def _hold(house: House, path: str, *, accepted: bool) -> threading.Event:
    """The next call of this path gets no answer until the event is set."""
    let_go = threading.Event()
    house.fake.waits.clear()
    house.fake.fail(path, slow(let_go) if accepted else swallowed(let_go))
    return let_go


def _calls(house: House, talker: Talker) -> list[str]:
    return [one.kind for one in house.fake.sent if talker.id in one.to]
