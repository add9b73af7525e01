"""The shipped catalogue beside what the city did: every category, every unit, every main item."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.rules import Kind

GROUPS = {
    "道路不平", "路燈故障", "公園、人行道維護", "交通違規、路霸、妨害安寧", "風景區維護",
    "噪音、污染", "積水、污水管線", "環境髒亂", "自來水、電力、瓦斯", "交通號誌故障",
}  # fmt: skip
UTILITIES = {"台電公司", "自來水公司", "中華電信公司", "欣高瓦斯"}
TO_110 = {"illegal_parking", "road_obstruction", "disturbance"}
UNCATEGORISED = "dispatch_other"


def of_kind(catalogue: Catalogue, kind: Kind) -> list[ServiceItem]:
    return [item for item in catalogue.items.values() if item.kind is kind]


def test_the_ten_groups_of_immediate_service_are_there(catalogue: Catalogue) -> None:
    assert {item.main_zh for item in of_kind(catalogue, Kind.DISPATCH)} >= GROUPS


def test_fifteen_items_of_public_works_in_four_classes(catalogue: Catalogue) -> None:
    items = of_kind(catalogue, Kind.PUBLIC_WORKS_REPORT)
    assert len(items) == 15
    assert Counter(item.works_class for item in items) == {"工務": 5, "水利": 4, "觀光": 3, "一般": 3}
    assert all(item.inspection and item.photo_required for item in items)


def test_utilities_are_outside_and_disturbance_goes_to_the_police(catalogue: Catalogue) -> None:
    assert {name for name, unit in catalogue.units.items() if unit.external} == UTILITIES
    for code in TO_110:
        item = catalogue.item(code)
        assert {catalogue.owner(item, place) for place in (None, "三民區", "岡山區")} == {"警察局"}


@pytest.mark.parametrize(
    ("district", "attributes", "owner"),
    [
        ("三民區", {}, "水利局防洪維護科"),
        ("岡山區", {}, "岡山區公所"),
        ("岡山區", {"road_width": 6}, "水利局防洪維護科"),
        ("岡山區", {"road_width": 5.99}, "岡山區公所"),
        ("三民區", {"road_width": 3.5}, "三民區公所"),
        ("三民區", {"road_width": None}, "水利局防洪維護科"),
        ("三民區", {"road_width": "narrow"}, "水利局防洪維護科"),
        (None, {"road_width": 3.5}, "水利局防洪維護科"),
        ("台南", {"road_width": 3.5}, "水利局防洪維護科"),
    ],
)
def test_gutters_by_the_width_of_the_road(
    catalogue: Catalogue, district: str | None, attributes: dict[str, object], owner: str
) -> None:
    assert catalogue.owner(catalogue.item("gutter_cover_damage"), district, attributes) == owner


def test_a_petition_goes_where_its_sub_item_belongs(catalogue: Catalogue) -> None:
    item = catalogue.item("petition_business_tourism")
    owners = [catalogue.owner(item, None, {"matter": matter}) for matter in ("strays", "scenic", "other")]
    assert owners == ["動物保護處", "觀光局", "經濟發展局"]


def test_the_mayors_mailbox_has_its_own_limit_and_finding_the_unit_too(catalogue: Catalogue) -> None:
    mailbox = catalogue.channel_limit("mayor_mailbox")
    assert mailbox is not None
    assert (mailbox.amount, mailbox.unit, mailbox.example) == (5, "working_days", False)
    assert catalogue.channel_limit("web_chat") is None
    assert (catalogue.routing_limit.amount, catalogue.routing_limit.example) == (1, True)


def test_what_the_kinds_ask_for(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        on_site = item.kind in {Kind.DISPATCH, Kind.PUBLIC_WORKS_REPORT}
        assert ("location" in item.required_fields) == on_site, item.code
        assert item.pauses_when_awaiting != on_site, item.code
        assert len(item.reply_templates) == 2, item.code
    assert catalogue.item("traffic_signal_fault").night_reminders
    assert not catalogue.item("sidewalk_damage").night_reminders


@pytest.mark.city_data
def test_all_the_real_categories_reach_an_item(catalogue: Catalogue, city_data: Path) -> None:
    path = city_data / "cases" / "kcg_open1999_category_stats_2016-2017.csv"
    with path.open(encoding="utf-8-sig") as file:
        names = {row["inform_desc"] for row in csv.DictReader(file)} - {""}
    assert len(names) == 76
    assert {name for name in names if catalogue.by_city_name(name) is None} == set()


@pytest.mark.city_data
def test_every_real_case_would_go_where_the_city_sent_it(catalogue: Catalogue, city_data: Path) -> None:
    path = city_data / "cases" / "kcg_open1999_cases_structured_2016-2017.csv"
    right = total = 0
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            item = catalogue.by_city_name(row["inform_desc"]) or catalogue.item(UNCATEGORISED)
            right += catalogue.owner(item, row["district"]) == row["unit_name"]
            total += 1
    assert total == 36_592
    assert right / total >= 0.998


@pytest.mark.city_data
def test_every_main_item_of_the_mailbox_has_its_petition_with_all_sub_items(
    catalogue: Catalogue, city_data: Path
) -> None:
    path = city_data / "cases" / "kcg_mayor_mailbox_items_2016.json"
    mains = json.loads(path.read_text(encoding="utf-8"))["items"]
    petitions = of_kind(catalogue, Kind.PETITION)
    assert len(mains) == len(petitions) == 21
    for main, item in zip(mains, petitions, strict=True):
        matter = item.attribute("matter")
        assert len(matter.values if matter else ()) == len(set(main["subitems"])), item.code


@pytest.mark.city_data
def test_units_are_the_citys_own(catalogue: Catalogue, city_data: Path) -> None:
    data = json.loads((city_data / "agencies.json").read_text(encoding="utf-8"))
    known = {agency["short"] for agency in data["agencies"]}
    known |= {unit["unit"] for agency in data["agencies"] for unit in agency["dispatch_reply_units"]}
    known |= {unit["unit"] for unit in data["external_and_district_offices"]}
    # Offices of districts without a case of their own in the sample do not appear there.
    assert {unit for unit in catalogue.units if not unit.endswith("區公所")} <= known
    assert {unit for unit in known if unit.endswith("區公所")} <= set(catalogue.units)
