"""The catalogue that ships: whole, routed as the city routes, and refused when it contradicts itself."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from gateway.cases.catalogue import SHIPPED, Catalogue, InvalidCatalogue
from gateway.cases.errors import UnknownServiceItem
from gateway.cases.guessing import open_catalogue, plain_words
from gateway.cases.rules import Kind
from gateway.errors import Unavailable
from gateway.settings import Settings


def test_it_holds_every_kind(catalogue: Catalogue) -> None:
    kinds = Counter(item.kind for item in catalogue.items.values())
    assert kinds[Kind.PETITION] == 21
    assert kinds[Kind.PUBLIC_WORKS_REPORT] == 15
    assert kinds[Kind.DISPATCH] >= 50
    assert kinds[Kind.INQUIRY] >= 1


def test_every_item_can_be_said_in_many_ways_and_two_languages(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        assert len(item.examples) >= 6, item.code
        assert any(example.isascii() for example in item.examples), item.code
        assert item.name_en.isascii(), item.code


def test_only_sourced_limits_are_not_examples(catalogue: Catalogue) -> None:
    limits = [
        limit for item in catalogue.items.values() for limit in (item.inspection, item.completion) if limit
    ]
    assert all(
        ("soweb.kcg.gov.tw" in limit.source) != limit.example or "30" in limit.source for limit in limits
    )
    pothole = catalogue.item("road_pothole")
    assert pothole.inspection is not None
    assert not pothole.inspection.example


def test_petitions_need_a_contact_and_the_rest_do_not(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        assert item.contact_required == (item.kind is Kind.PETITION), item.code


def test_unknown_item(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownServiceItem):
        catalogue.item("nothing")


@pytest.mark.city_data
def test_real_texts_find_their_item(ready: Catalogue, city_data: Path) -> None:
    rows = json.loads((city_data / "cases" / "kcg_open1999_text_dev.json").read_text(encoding="utf-8"))
    sample = rows[::4]
    first = among_three = 0
    for row in sample:
        wanted = ready.by_city_name(row["InformDesc_"])
        codes = [guess.code for guess in ready.guess(row["BeforeDesc_"], kind="dispatch")]
        first += wanted is not None and codes[:1] == [wanted.code]
        among_three += wanted is not None and wanted.code in codes
    assert first / len(sample) >= 0.8
    assert among_three / len(sample) >= 0.9


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("巷子口那支電火柱整暗，都沒光", None, "street_light_out"),
        ("馬路坑坑疤疤", "dispatch", "road_pothole"),
        ("the street lamp is dead", "dispatch", "street_light_out"),
        ("老闆欠我兩個月薪水", "petition", "petition_labour"),
        ("新鋪的柏油路才一個月就裂開", "public_works_report", "works_road_quality"),
    ],
)
def test_guesses(ready: Catalogue, text: str, kind: str | None, code: str) -> None:
    guesses = ready.guess(text, kind=kind)
    assert code in [guess.code for guess in guesses]
    assert len(guesses) == 3
    assert [guess.score for guess in guesses] == sorted((guess.score for guess in guesses), reverse=True)
    if kind:
        assert all(ready.item(guess.code).kind == kind for guess in guesses)


def test_nothing_said_nothing_guessed(ready: Catalogue) -> None:
    assert ready.guess("  \n") == []
    assert ready.guess("？！") == []


def test_without_an_index_it_says_so() -> None:
    with pytest.raises(Unavailable):
        Catalogue.load().guess("路燈不亮")


def test_a_kept_index_is_used_again_and_a_damaged_one_is_built_again(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = open_catalogue(settings).guess("路燈不亮")
    (kept,) = (tmp_path / "cases").glob("items-*")
    assert open_catalogue(settings).guess("路燈不亮") == first
    (kept / "vectors.faiss").write_bytes(b"damaged")
    assert open_catalogue(settings).guess("路燈不亮") == first


def test_the_frame_of_a_report_is_not_the_matter() -> None:
    assert plain_words("市民反映該處路燈不亮，建請查修。").split() == ["市民", "該處路燈不亮", "。"]
    assert plain_words("建請查處") == "建請查處"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("owner: {default: 養工處}", "owner: {default: 沒有這個單位}"),
        ("code: road_subsidence", "code: road_pothole"),
        ("unit: hours", "unit: fortnights"),
        ("amount: 4", "amount: 0"),
        ("amount: 4", "amount: 99999999999999999999"),
        ("amount: 3, unit: working_days", "amount: 733, unit: working_days"),
        ("items:", "items: ["),
        ("kind: dispatch", "kind: dispatch\n  surprise: 1"),
        ("  - 路面坑洞(一)", "  - 路面下陷(一)"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(SHIPPED, folder)
    roads = folder / "roads.yml"
    content = roads.read_text(encoding="utf-8")
    assert old in content
    roads.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidCatalogue) as refused:
        Catalogue.load(folder)
    assert refused.value.detail


def test_another_content_is_another_version_and_another_spelling_is_not(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(SHIPPED, folder)
    roads = folder / "roads.yml"
    content = roads.read_text(encoding="utf-8")
    roads.write_text(content + "\n# a remark\n", encoding="utf-8")
    assert Catalogue.load(folder).version == catalogue.version
    roads.write_text(content.replace("amount: 4", "amount: 5", 1), encoding="utf-8")
    assert Catalogue.load(folder).version != catalogue.version


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue with its index."""
    return open_catalogue(Settings(data_dir=tmp_path_factory.mktemp("catalogue")))
