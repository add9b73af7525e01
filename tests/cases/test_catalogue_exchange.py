"""A catalogue out to a file and back: nothing is lost, and mistakes are told by where they stand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf import teletype
from odf.opendocument import load
from odf.table import Table, TableCell, TableRow
from odf.text import P

from gateway.cases.catalogue import SHIPPED, Catalogue, InvalidCatalogue
from gateway.cases.catalogue_difference import difference, edited
from gateway.cases.catalogue_exchange import Format, as_file, format_of, from_file, read_content
from gateway.cases.catalogue_schema import Content

FORMATS: list[Format] = ["yaml", "ods"]
CONTROLS = [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\ufffe", "\uffff"]
SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS)
TEXT = st.text(SIGNS, min_size=1, max_size=12).map(str.strip).filter(bool)
KEYS = st.from_regex(r"[a-z0-9][a-z0-9_]{0,9}", fullmatch=True)
CODES = st.from_regex(r"[a-z][a-z0-9_]{2,9}", fullmatch=True)
LIMITS = st.fixed_dictionaries(
    {
        "amount": st.integers(1, 99),
        "unit": st.sampled_from(["hours", "office_minutes", "working_days", "calendar_days"]),
        "source": TEXT,
        "example": st.booleans(),
        "due_time": st.sampled_from([None, "09:05", "24:00"]),
    }
)
VALUES = st.lists(st.tuples(KEYS, TEXT, TEXT), min_size=1, max_size=3, unique_by=lambda row: row[0])


@st.composite
def routings(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The attributes of an item, and a routing by them."""
    attributes: list[dict[str, Any]] = []
    by_attribute: dict[str, Any] = {}
    for code in draw(st.lists(CODES, max_size=3, unique=True)):
        datatype = draw(st.sampled_from(["string", "number", "singlevaluelist"]))
        row = {
            "code": code,
            "zh": draw(TEXT),
            "en": draw(TEXT),
            "datatype": datatype,
            "required": draw(st.booleans()),
        }
        rules: list[dict[str, Any]] = []
        if datatype == "singlevaluelist":
            row["values"] = [{"key": key, "zh": zh, "en": en} for key, zh, en in draw(VALUES)]
            rules = [{"among": [value["key"] for value in row["values"]], "unit": "{district}公所"}]
        elif datatype == "number":
            width = draw(st.floats(0, 1000, allow_subnormal=False))
            rules = [{"below": float(f"{width:.6g}"), "unit": "{district}公所"}]
        attributes.append(row)
        if draw(st.booleans()):
            by_attribute[code] = [*rules, {"unit": "水利局"}]
    return attributes, by_attribute


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """What may be changed of one item, of every field something."""
    attributes, by_attribute = draw(routings())
    template = st.fixed_dictionaries(
        {"zh": st.just("{found}\n").map(lambda t: t + "好"), "en": st.just("{done} {found}")}
    )
    words = st.lists(TEXT, max_size=4)
    owner = {
        "default": "養工處",
        "old_city": draw(st.sampled_from([None, "水利局", "{district}公所"])),
        "districts": draw(st.dictionaries(st.sampled_from(["三民區", "岡山區"]), st.just("工務局"))),
        "by_attribute": by_attribute,
    }
    return {
        "name_zh": draw(TEXT),
        "main_en": draw(st.just("") | TEXT),
        "works_class": draw(st.sampled_from([None, "水利"])),
        "owner": owner,
        "inspection": draw(st.none() | LIMITS),
        "completion": draw(LIMITS),
        "confidentiality": draw(st.sampled_from(["normal", "confidential"])),
        "required_fields": draw(st.lists(st.sampled_from(["location", "contact"]), unique=True)),
        "attributes": attributes,
        "reply_template": draw(st.none() | template),
        "pauses_when_awaiting": draw(st.booleans()),
        "night_reminders": draw(st.booleans()),
        "photo_required": draw(st.booleans()),
        "keywords": draw(words),
        "examples": [draw(TEXT), *draw(words)],
    }


@pytest.fixture(scope="module")
def small(catalogue: Catalogue) -> Catalogue:
    """Two items with all units: quick to write and read."""
    items = tuple(catalogue.item(code) for code in ("road_pothole", "petition_building"))
    return Catalogue(catalogue.content.model_copy(update={"items": items}))


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_shipped_catalogue_comes_back_whole(catalogue: Catalogue, file_format: Format) -> None:
    back = from_file(as_file(catalogue.content, file_format), file_format)
    assert back == catalogue.content
    assert Catalogue(back).version == catalogue.version


@pytest.mark.parametrize("file_format", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=changes())
def test_any_item_comes_back_whole(small: Catalogue, file_format: Format, changed: dict[str, Any]) -> None:
    content = edited(small, "road_pothole", changed)
    assert from_file(as_file(content, file_format), file_format) == content


def test_a_folder_or_a_file_by_its_suffix(catalogue: Catalogue, tmp_path: Path) -> None:
    assert read_content(SHIPPED) == catalogue.content
    file = tmp_path / "catalogue.YAML"
    file.write_bytes(b"\xef\xbb\xbf" + as_file(catalogue.content, format_of(file)))
    assert read_content(file) == catalogue.content
    for name in ("catalogue.ods", "catalogue.txt"):
        with pytest.raises(InvalidCatalogue, match=name):
            read_content(tmp_path / name)


def sheet_file(content: Content, edit: Callable[[Any], None]) -> bytes:
    """An ODS file after somebody edited it."""
    book = load(io.BytesIO(as_file(content, "ods")))
    edit(book)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def table(book: Any, name: str) -> Any:
    return next(t for t in book.spreadsheet.getElementsByType(Table) if t.getAttribute("name") == name)


def set_cell(name: str, row: int, column: str, text: str | None) -> Callable[[Any], None]:
    """Put another text into a cell, as a person would find it: row 1 holds the headings."""

    def edit(book: Any) -> None:
        rows = table(book, name).getElementsByType(TableRow)
        headings = [teletype.extractText(cell).split()[-1] for cell in rows[0].getElementsByType(TableCell)]
        old = rows[row - 1].getElementsByType(TableCell)[headings.index(column)]
        new = TableCell() if text is None else TableCell(valuetype="string")
        if text is not None:
            new.addElement(P(text=text))
        rows[row - 1].insertBefore(new, old)
        rows[row - 1].removeChild(old)

    return edit


@pytest.mark.parametrize(
    ("sheet", "row", "column", "text"),
    [
        ("items", 2, "code", "Bad Code"),
        ("items", 3, "kind", "wish"),
        ("items", 2, "name_zh", None),
        ("items", 2, "owner_default", None),
        ("items", 2, "inspection_amount", "soon"),
        ("items", 2, "inspection_amount", None),
        ("items", 2, "completion_unit", "fortnights"),
        ("items", 2, "reply_en", None),
        ("items", 2, "photo_required", "perhaps"),
        ("words", 2, "list", "rumours"),
        ("words", 2, "item", "nothing"),
        ("words", 2, "text", None),
        ("attributes", 2, "datatype", "guess"),
        ("values", 2, "attribute", "colour"),
        ("values", 3, "key", None),
        ("units", 4, "external", "perhaps"),
        ("areas", 2, "area", "elsewhere"),
        ("areas", 2, "district", None),
        ("channels", 3, "amount", "some"),
    ],
)
def test_a_wrong_cell_is_told_by_sheet_row_and_column(
    small: Catalogue, sheet: str, row: int, column: str, text: str | None
) -> None:
    data = sheet_file(small.content, set_cell(sheet, row, column, text))
    with pytest.raises(InvalidCatalogue) as refused:
        from_file(data, "ods")
    assert f"sheet {sheet}, row {row}, column {column}" in refused.value.detail


@pytest.mark.parametrize(
    ("row", "column", "text", "told"),
    [
        (2, "below", "wide", "column below"),
        (2, "district", "三民區", "column district"),
        (2, "attribute", None, "column district"),
        (2, "unit", None, "column unit"),
        (4, "among", "clearing", "column among"),
        (4, "unit", "沒有這個單位", "沒有這個單位"),
    ],
)
def test_a_wrong_route_is_told(
    catalogue: Catalogue, row: int, column: str, text: str | None, told: str
) -> None:
    owner = {
        "default": "水利局",
        "districts": {"三民區": "工務局"},
        "by_attribute": {"road_width": [{"below": 6, "unit": "工務局"}, {"unit": "水利局"}]},
    }
    base = Catalogue(catalogue.content.model_copy(update={"items": (catalogue.item("gutter_cover_damage"),)}))
    content = edited(base, "gutter_cover_damage", {"owner": owner})
    rows = {2: 3, 4: 2}
    data = sheet_file(content, set_cell("routing", rows[row], column, text))
    with pytest.raises(InvalidCatalogue) as refused:
        from_file(data, "ods")
    assert told in refused.value.detail


def test_many_mistakes_are_told_up_to_twenty(catalogue: Catalogue) -> None:
    def edit(book: Any) -> None:
        for row in range(2, 27):
            set_cell("items", row, "kind", "wish")(book)

    with pytest.raises(InvalidCatalogue) as refused:
        from_file(sheet_file(catalogue.content, edit), "ods")
    assert refused.value.detail.count("column kind") == 20
    assert refused.value.detail.endswith("; and 5 more")


def test_a_spreadsheet_as_an_office_program_leaves_it(small: Catalogue) -> None:
    """Typed numbers, repeated empty cells and rows, a gap between rows, columns in another order."""

    def edit(book: Any) -> None:
        units = table(book, "units")
        rows = units.getElementsByType(TableRow)
        for cell in rows[0].getElementsByType(TableCell)[:1]:
            rows[0].removeChild(cell)
            rows[0].addElement(cell)
        for row in rows[1:]:
            first = row.getElementsByType(TableCell)[0]
            row.removeChild(first)
            row.addElement(first)
            row.addElement(TableCell(numbercolumnsrepeated=1000))
        gap = TableRow(numberrowsrepeated=3)
        gap.addElement(TableCell(numbercolumnsrepeated=1000))
        units.insertBefore(gap, rows[4])
        endless = TableRow(numberrowsrepeated=1_048_000)
        endless.addElement(TableCell(numbercolumnsrepeated=16_384))
        units.addElement(endless)
        items = table(book, "items").getElementsByType(TableRow)
        headings = [teletype.extractText(c).split()[-1] for c in items[0].getElementsByType(TableCell)]
        amount = items[1].getElementsByType(TableCell)[headings.index("completion_amount")]
        amount.setAttribute("value", "12")
        set_cell("items", 2, "photo_required", "TRUE")(book)

    back = from_file(sheet_file(small.content, edit), "ods")
    said = [change.text("en") for change in difference(small.content, back)]
    assert len(said) == 2
    assert "3 working days" in said[0]
    assert "→ 12 working days" in said[0]
    assert said[1].endswith("photo needed to close: no → yes")


def test_the_row_of_a_mistake_is_counted_over_gaps(small: Catalogue) -> None:
    def edit(book: Any) -> None:
        set_cell("units", 3, "external", "perhaps")(book)
        units = table(book, "units")
        units.insertBefore(TableRow(numberrowsrepeated=3), units.getElementsByType(TableRow)[1])

    with pytest.raises(InvalidCatalogue, match="sheet units, row 6, column external"):
        from_file(sheet_file(small.content, edit), "ods")


def drop_sheet(book: Any) -> None:
    book.spreadsheet.removeChild(table(book, "words"))


def rename_sheet(book: Any) -> None:
    table(book, "words").setAttribute("name", "notes")


def empty_sheet(book: Any) -> None:
    words = table(book, "words")
    for row in list(words.getElementsByType(TableRow)):
        words.removeChild(row)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (drop_sheet, "no sheet named words"),
        (rename_sheet, "unknown sheet notes"),
        (empty_sheet, "sheet words: no row of headings"),
        (
            set_cell("words", 1, "text", "文字 content"),
            r"unknown headings \['content'\], missing headings \['text'\]",
        ),
    ],
)
def test_sheets_and_headings_must_be_there(small: Catalogue, edit: Callable[[Any], None], told: str) -> None:
    with pytest.raises(InvalidCatalogue, match=told):
        from_file(sheet_file(small.content, edit), "ods")


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b" " * (65 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 no", b"items: []", bomb()], ids=["empty", "zip", "text", "bomb"]
)
def test_what_is_no_spreadsheet_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidCatalogue):
        from_file(data, "ods")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: dispatch", "kind: wish", r"items\[1\] \(road_pothole\)\.kind"),
        ("  example: false", "  example: maybe", r"channels\.channels\.mayor_mailbox\.completion\.example"),
        ("units:\n", "units: [\n", "not valid YAML"),
        ("areas:", "regions:", "areas: Field required"),
        ("name: 工務局\n", "name: 工務署\n", "unknown unit"),
    ],
)
def test_a_wrong_entry_of_a_yaml_file_is_told(small: Catalogue, old: str, new: str, told: str) -> None:
    text = as_file(small.content, "yaml").decode()
    assert old in text
    with pytest.raises(InvalidCatalogue, match=told):
        from_file(text.replace(old, new).encode(), "yaml")


@pytest.mark.parametrize(
    "data", [b"", b"- 1", b"\xff\xfe", b"[" * 10_000, yaml.safe_dump({"items": 3}).encode()]
)
def test_what_is_no_catalogue_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidCatalogue):
        from_file(data, "yaml")


@pytest.mark.parametrize("text", ["a\x00b", "\x85", "\ufffe", " \n "])
def test_signs_that_no_file_can_hold_are_refused(small: Catalogue, text: str) -> None:
    limit = {"amount": 1, "unit": "hours", "source": text, "example": True}
    for changed in ({"name_zh": text}, {"keywords": [text]}, {"completion": limit}):
        with pytest.raises(InvalidCatalogue):
            edited(small, "road_pothole", changed)


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(InvalidCatalogue, match="16 MB"):
        from_file(b" " * (16 * 1024 * 1024 + 1), "yaml")
