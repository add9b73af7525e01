"""`wanshitong cases import`: what it prints, and what it says where there is no schema yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli_audit import audit
from gateway.cli_cases import cases
from gateway.database import Database
from gateway.errors import Unavailable
from gateway.settings import Settings

FORM = ("--format", "open1999-json")


def records(folder: Path, **changes: str) -> str:
    """A file of the city's with one record; keyword arguments change its fields."""
    file = folder / "records.json"
    record = {
        "FileNo_": "INS170821157", "Status_": "2", "StatusName_": "待確認", "InformDesc_": "縣、鄉道破損",
        "Cre_Date_": "2017/8/21 下午 05:11:07", "Save_Date_": "2017/8/21 下午 05:13:11", "Close_Date_": "",
        "ReplyUnit_": "B01000", "UnitName_": "養工處", "zipcode_": "832", "ZipName_": "林園區",
        "address_": "林園北路", "BeforeDesc_": "路面有坑洞。", "AfterDesc_": "", "Memo_": "",
        "Lat_": "22.509", "Lng_": "120.395",
    }  # fmt: skip
    file.write_text(json.dumps([{**record, **changes}]), encoding="utf-8")
    return str(file)


def run(tmp_path: Path, url: str, *words: str) -> Result:
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests", database_url=url)
    return CliRunner().invoke(cases, ("import", *words), obj=settings)


def test_twice_is_once_and_the_report_says_so(database: Database, tmp_path: Path) -> None:
    file, report = records(tmp_path), tmp_path / "report.json"
    first = run(tmp_path, database.url, file, *FORM)
    assert "1 added, 0 updated, 0 unchanged, 0 refused" in first.stdout
    again = run(tmp_path, database.url, file, *FORM, "--report", str(report))
    assert "0 added, 0 updated, 1 unchanged, 0 refused" in again.stdout
    assert json.loads(report.read_text(encoding="utf-8"))["unchanged"] == 1


@pytest.mark.parametrize("command", ["import", "verify"])
def test_without_a_schema_one_is_told_what_to_do(command: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if command == "import":
        told = run(tmp_path, url, records(tmp_path), *FORM)
    else:
        settings = Settings(data_dir=tmp_path, secret_key="a key for the tests", database_url=url)
        told = CliRunner().invoke(audit, ("verify",), obj=settings)
    assert isinstance(told.exception, Unavailable)
    assert "wanshitong db upgrade" in told.exception.detail
