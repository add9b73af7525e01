"""The kinds of files a table can become, and the one door to write any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import IO, Final

from gateway.reports.files.csv_file import write_csv
from gateway.reports.files.json_file import write_json
from gateway.reports.files.lines import Making, Told, nobody
from gateway.reports.files.ods_file import write_ods
from gateway.reports.files.xlsx_file import write_xlsx
from gateway.reports.tables import Table


class Format(StrEnum):
    """A kind of file; the value is its ending."""

    ODS = "ods"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


MEDIA: Final[Mapping[Format, str]] = {
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}
_WRITERS: Final[Mapping[Format, Callable[[Table, Making, IO[bytes], Told], None]]] = {
    Format.ODS: write_ods,
    Format.XLSX: write_xlsx,
    Format.CSV: write_csv,
    Format.JSON: write_json,
}


def write_file(
    table: Table, file_format: Format, making: Making, out: IO[bytes], told: Told = nobody
) -> None:
    """Write the table to `out`; `told` hears now and then how many rows are written.

    Rows are gone through once and never kept, so a table may read them as it goes.
    """
    _WRITERS[file_format](table, making, out, told)


def file_name(table: Table, file_format: Format, making: Making) -> str:
    """What the file is called: the report and when it was made."""
    return f"{table.key}-{making.at.astimezone(making.zone):%Y%m%d-%H%M}.{file_format}"
