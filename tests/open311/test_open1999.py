"""Open1999: the city's own records come back as the city wrote them; our own cases in its shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cases.history.reading import FORMATS, JSON_FIELDS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.masking import masked, masked_place
from gateway.places.service import Places
from tests.console.filing import file_case, finish
from tests.in_process import Gateway

QUERY = "/open1999/ServiceRequestsQuery"
NAMES = JSON_FIELDS


def asked(gateway: Gateway, **given: str) -> list[dict[str, str]]:
    answer = gateway.client.get(QUERY, params=given)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()
    return found


def test_our_case_in_seventeen_fields(gateway: Gateway) -> None:
    number = file_case(gateway.app, lat=22.6466, lng=120.3253, description="王大明先生0912345678說路面破洞")
    [one] = asked(gateway)
    assert list(one) == list(NAMES.values())
    assert len(one) == 17
    assert one["FileNo_"] == number
    assert (one["Status_"], one["StatusName_"]) == ("2", "待確認")
    assert (one["zipcode_"], one["ZipName_"]) == ("807", "三民區")
    assert (one["Lat_"], one["Lng_"]) == ("22.6466", "120.3253")
    assert "大明" not in one["BeforeDesc_"]
    assert "0912345678" not in one["BeforeDesc_"]
    assert one["Close_Date_"] == ""
    finish(gateway.app, number)
    [one] = asked(gateway)
    assert (one["Status_"], one["StatusName_"]) == ("5", "解除管制")
    assert "刨除破損路面" in one["AfterDesc_"]
    assert "午 " in one["Close_Date_"]


def test_only_public_dispatch_cases(gateway: Gateway) -> None:
    file_case(gateway.app, kind="petition", item_code="petition_roads")
    items = gateway.app.state.catalogues.current().items.values()
    works = next(item for item in items if item.kind.value == "public_works_report")
    file_case(gateway.app, kind=works.kind.value, item_code=works.code)
    assert asked(gateway) == []


def test_days_are_both_included_in_the_citys_time(gateway: Gateway) -> None:
    number = file_case(gateway.app)
    day = asked(gateway)[0]["Cre_Date_"].split()[0]
    year, month, date = (int(part) for part in day.split("/"))
    for written in (day, f"{year}-{month:02d}-{date:02d}", f"{year}{month:02d}{date:02d}"):
        assert [one["FileNo_"] for one in asked(gateway, startdate=written, enddate=written)] == [number]
    assert asked(gateway, startdate="2016-01-01", enddate="2016-01-31") == []


@pytest.mark.parametrize(
    "given",
    [
        {"startdate": "yesterday"},
        {"startdate": "2016-01-01", "enddate": "2016-12-31"},
        {"startdate": "2016-02-01", "enddate": "2016-01-01"},
    ],
)
def test_days_that_cannot_be(gateway: Gateway, given: dict[str, str]) -> None:
    assert gateway.client.get(QUERY, params=given).status_code == 422


def imported(gateway: Gateway, city_data: Path) -> list[dict[str, Any]]:
    """The hundred records of the city's API, taken in as history."""
    file = city_data / "cases" / "open1999_api_sample.json"
    cases = gateway.app.state.cases
    report = HistoryImport(cases, Places.load()).take(read(file, FORMATS["open1999-json"]), file.name)
    assert (report.added, report.refused) == (100, [])
    records: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return records


def number_or_none(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.city_data
def test_the_citys_hundred_records_come_back_with_the_same_facts(gateway: Gateway, city_data: Path) -> None:
    records = imported(gateway, city_data)
    days = sorted({record["Cre_Date_"].split()[0] for record in records})
    back = {
        one["FileNo_"]: one for day in days for one in asked(gateway, startdate=day, enddate=day)
    }  # fmt: skip
    assert len(back) == 100
    for record in records:
        one = back[record["FileNo_"]]
        for name in ("BeforeDesc_", "AfterDesc_"):
            assert one.pop(name) == masked(record[name].strip())
        assert one.pop("address_") == masked_place(record["address_"].strip())
        for name in ("Lat_", "Lng_"):
            assert number_or_none(one.pop(name)) == number_or_none(record[name])
        assert one == {name: record[name] for name in one}


@pytest.mark.city_data
def test_open311_tells_the_same_of_them(gateway: Gateway, city_data: Path) -> None:
    records = imported(gateway, city_data)
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        answer = gateway.client.get(f"/open311/v2/requests/{record['FileNo_']}.json")
        assert answer.status_code == 200, answer.text
        found[record["FileNo_"]] = answer.json()[0]
    for record in records:
        one = found[record["FileNo_"]]
        assert one["status"] == ("closed" if record["StatusName_"] == "解除管制" else "open")
        assert one["description"] == masked(record["BeforeDesc_"].strip())
        assert one["agency_responsible"] == record["UnitName_"]
        assert one["address"].endswith(masked_place(record["address_"].strip()))
        assert one["zipcode"] == record["zipcode_"]
        assert (one["lat"], one["long"]) == (number_or_none(record["Lat_"]), number_or_none(record["Lng_"]))
        assert one["requested_datetime"].startswith("2017-08-")
        if record["AfterDesc_"].strip() and one["status"] == "closed":
            assert one["status_notes"] == masked(record["AfterDesc_"].strip())
