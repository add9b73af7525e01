"""Versions of the catalogue: stored once, in force from their time on, never rewritten."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_difference import UnchangeableField, edited
from gateway.cases.catalogue_schema import Content
from gateway.cases.catalogue_shelf import AHEAD, CatalogueShelf, SingleCatalogue
from gateway.cases.catalogue_store import (
    CatalogueStore,
    EffectiveTooEarly,
    NothingChanged,
    StaleCatalogue,
    UnknownCatalogueVersion,
    VersionInForce,
)
from gateway.cases.models import CatalogueVersion
from gateway.cases.rules import Kind
from gateway.database import Database
from gateway.errors import InvalidInput, Unavailable

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
TRAIL = AuditTrail(b"a key for the tests")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(database: Database) -> CatalogueStore:
    store = CatalogueStore(TRAIL)
    with database.write() as session:
        store.keep_shipped(session, NOW)
    return store


def longer(catalogue: Catalogue, amount: int) -> Content:
    """The catalogue with another completion limit for potholes."""
    limit = {"amount": amount, "unit": "working_days", "source": "公告", "example": False}
    return edited(catalogue, "road_pothole", {"completion": limit})


def publish(
    database: Database,
    store: CatalogueStore,
    content: Content,
    at: datetime = NOW,
    effective_from: datetime | None = None,
    based_on: str | None = None,
) -> str:
    with database.write() as session:
        return store.publish(
            session,
            content,
            reason="調整",
            by="chen",
            role="editor",
            at=at,
            effective_from=effective_from,
            based_on=based_on,
        )


def completion(catalogue: Catalogue) -> int:
    return catalogue.item("road_pothole").completion.amount


def test_the_shipped_catalogue_is_the_first_version_whatever_the_day(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    with database.read() as session:
        for at in (NOW, datetime(2016, 9, 11, tzinfo=UTC)):
            assert store.current(session, at).content == catalogue.content
        (note,) = store.versions(session)
        assert note.version == catalogue.version
        fresh = CatalogueStore(TRAIL)
        assert fresh.by_version(session, note.version).content == catalogue.content


def test_it_is_stored_once_by_however_many_processes(database: Database) -> None:
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            together.wait()
            with database.write() as session:
                CatalogueStore(TRAIL).keep_shipped(session, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CatalogueVersion)) == 1


def test_without_any_version_it_says_so(database: Database) -> None:
    with database.read() as session, pytest.raises(Unavailable):
        CatalogueStore(TRAIL).current(session, NOW)
    with database.read() as session, pytest.raises(Unavailable):
        CatalogueStore(TRAIL).latest(session)


def test_a_version_is_in_force_from_its_time_on_and_old_ones_stay(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    version = publish(database, store, longer(catalogue, 5), effective_from=NOW + DAY)
    with database.read() as session:
        assert completion(store.current(session, NOW + DAY - timedelta(seconds=1))) == 3
        assert completion(store.current(session, NOW + DAY)) == 5
        assert completion(store.by_version(session, catalogue.version)) == 3
        assert completion(store.latest(session)) == 5
        assert [note.version for note in store.versions(session)] == [version, catalogue.version]
        assert store.versions(session)[0].reason == "調整"
        with pytest.raises(UnknownCatalogueVersion):
            store.by_version(session, "nothing")


def test_an_older_content_that_comes_back_is_a_version_of_its_own(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    publish(database, store, longer(catalogue, 5))
    again = publish(database, store, catalogue.content, at=NOW + HOUR)
    assert again == f"{catalogue.version}-2"
    with database.read() as session:
        assert store.current(session, NOW + HOUR).version == again
        assert store.current(session, NOW + HOUR).content == catalogue.content


def test_what_publish_refuses(database: Database, store: CatalogueStore, catalogue: Catalogue) -> None:
    with pytest.raises(NothingChanged):
        publish(database, store, catalogue.content)
    with pytest.raises(EffectiveTooEarly):
        publish(database, store, longer(catalogue, 5), effective_from=NOW - timedelta(seconds=1))
    planned = publish(database, store, longer(catalogue, 5), effective_from=NOW + DAY)
    with pytest.raises(EffectiveTooEarly):
        publish(database, store, longer(catalogue, 6), effective_from=NOW + HOUR)
    with pytest.raises(StaleCatalogue) as stale:
        publish(database, store, longer(catalogue, 6), effective_from=NOW + DAY, based_on=catalogue.version)
    assert stale.value.detail == planned
    broken = catalogue.content.model_copy(update={"units": catalogue.content.units[1:]})
    with pytest.raises(InvalidCatalogue):
        publish(database, store, broken, effective_from=NOW + DAY)
    with pytest.raises(InvalidInput), database.write() as session:
        store.publish(session, longer(catalogue, 6), reason=" ", by="chen", role="editor", at=NOW + DAY)
    with database.read() as session:
        assert len(store.versions(session)) == 2


def test_a_code_that_went_does_not_come_back_as_another_kind(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    gone = without(catalogue, "idling")
    publish(database, store, gone)
    other = catalogue.item("idling").model_copy(update={"kind": Kind.PUBLIC_WORKS_REPORT})
    with pytest.raises(UnchangeableField):
        publish(database, store, gone.model_copy(update={"items": (*gone.items, other)}))
    publish(database, store, catalogue.content)


def test_of_two_editors_at_once_one_is_told(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def edit(amount: int) -> None:
        together.wait()
        try:
            publish(database, store, longer(catalogue, amount), based_on=catalogue.version)
            outcomes.append("published")
        except StaleCatalogue:
            outcomes.append("stale")

    threads = [threading.Thread(target=edit, args=(amount,)) for amount in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "stale"]


def test_only_what_is_not_in_force_is_withdrawn(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    planned = publish(database, store, longer(catalogue, 5), effective_from=NOW + DAY)
    for version, at, refusal in (
        (planned, NOW + DAY, VersionInForce),
        (catalogue.version, NOW, VersionInForce),
        ("nothing", NOW, UnknownCatalogueVersion),
    ):
        with pytest.raises(refusal), database.write() as session:
            store.withdraw(session, version, by="chen", role="editor", at=at)
    with database.write() as session:
        store.withdraw(session, planned, by="chen", role="editor", at=NOW)
    with database.read() as session:
        assert [note.version for note in store.versions(session)] == [catalogue.version]
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
        acts = [(entry.act, entry.actor, entry.subject) for entry in entries]
        assert acts == [
            ("catalogue.publish", "chen", f"catalogue:{planned}"),
            ("catalogue.withdraw", "chen", f"catalogue:{planned}"),
        ]
        assert entries[0].detail["changes"] == 1


class Letters:
    """Ranks the items of one catalogue by the letters they share with the words."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.version = catalogue.version
        self._names = {code: set(item.name_zh) for code, item in catalogue.items.items()}

    def rank(self, text: str) -> list[tuple[str, float]]:
        scores = {code: float(len(letters & set(text))) for code, letters in self._names.items()}
        return sorted(scores.items(), key=lambda row: -row[1])


@pytest.fixture
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def shelf(database: Database, store: CatalogueStore, now: list[datetime]) -> CatalogueShelf:
    shelf = CatalogueShelf(database, store, Letters, clock=lambda: now[0])
    with pytest.raises(Unavailable):
        shelf.current()
    assert shelf.refresh()
    assert not shelf.refresh()
    return shelf


def without(catalogue: Catalogue, code: str) -> Content:
    items = tuple(item for item in catalogue.content.items if item.code != code)
    return catalogue.content.model_copy(update={"items": items})


def test_the_shelf_follows_the_clock(
    database: Database,
    store: CatalogueStore,
    shelf: CatalogueShelf,
    catalogue: Catalogue,
    now: list[datetime],
) -> None:
    version = publish(database, store, longer(catalogue, 5), effective_from=NOW + AHEAD + HOUR)
    assert not shelf.refresh()
    now[0] = NOW + HOUR
    assert shelf.refresh()
    assert shelf.current().version == catalogue.version
    now[0] = NOW + AHEAD + HOUR
    assert shelf.current().version == version
    assert isinstance(shelf.current().guesser, Letters)
    assert shelf.current().guesser.version == version  # type: ignore[union-attr]
    with database.read() as session:
        assert shelf.in_force(session) is shelf.current()
        assert completion(shelf.by_version(session, catalogue.version)) == 3
        assert shelf.by_version(session, "of an older platform").version == catalogue.version


def test_a_version_in_force_at_once_guesses_with_the_index_there_is(
    database: Database, store: CatalogueStore, shelf: CatalogueShelf, catalogue: Catalogue
) -> None:
    assert shelf.current().guess("路面坑洞")[0].code == "road_pothole"
    version = publish(database, store, without(catalogue, "road_pothole"))
    with database.read() as session:
        fresh = shelf.in_force(session)
    assert fresh.version == version
    assert fresh.guesser is shelf.current().guesser
    assert "road_pothole" not in {guess.code for guess in fresh.guess("路面坑洞", k=99)}
    assert shelf.refresh()
    assert shelf.current().version == version
    assert shelf.current().guesser is not fresh.guesser


def test_items_that_are_gone_are_remembered_as_they_were_last(
    database: Database,
    store: CatalogueStore,
    shelf: CatalogueShelf,
    catalogue: Catalogue,
    now: list[datetime],
) -> None:
    """Reports of past years name them, and know of which kind they were."""
    renamed = tuple(
        item.model_copy(update={"name_zh": "路面破洞"}) if item.code == "road_pothole" else item
        for item in catalogue.content.items
    )
    publish(database, store, catalogue.content.model_copy(update={"items": renamed}))
    publish(database, store, without(catalogue, "road_pothole"), effective_from=NOW + HOUR)
    shelf.refresh()
    assert shelf.every_item() == shelf.current().items
    now[0] = NOW + 2 * HOUR
    assert "road_pothole" not in shelf.current().items
    for _ in range(2):
        assert shelf.every_item()["road_pothole"].name_zh == "路面破洞"
        assert shelf.every_item().keys() == catalogue.items.keys()
        shelf.refresh()


def test_readers_are_not_held_up_while_an_index_is_built(
    database: Database, store: CatalogueStore, catalogue: Catalogue
) -> None:
    building, done = threading.Event(), threading.Event()

    def slowly(of: Catalogue) -> Letters:
        if of.version != catalogue.version:
            building.set()
            assert done.wait(10)
        return Letters(of)

    shelf = CatalogueShelf(database, store, slowly, clock=lambda: NOW)
    shelf.refresh()
    version = publish(database, store, longer(catalogue, 5))
    refreshing = threading.Thread(target=shelf.refresh)
    refreshing.start()
    assert building.wait(10)
    assert shelf.current().version == version
    assert shelf.current().guess("路面坑洞")
    done.set()
    refreshing.join()
    assert shelf.current().guesser.version == version  # type: ignore[union-attr]


def test_a_single_catalogue_is_the_answer_to_everything(database: Database, catalogue: Catalogue) -> None:
    single = SingleCatalogue(catalogue)
    with database.read() as session:
        assert single.current() is single.in_force(session) is single.by_version(session, "x") is catalogue
