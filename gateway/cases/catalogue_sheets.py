"""A catalogue as sheets of rows, one cell one fact. Pure.

Every sheet has a row of headings (「代碼 code」: the last word counts). Lists of words are rows of their own,
so that nobody has to mind separators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.cases.catalogue_schema import AREAS, Content, ServiceItem
from gateway.cases.deadlines import Limit

Cell = str | float | bool | None
LIMITS = ("inspection", "completion")
LIMIT_PARTS = ("amount", "unit", "due_time", "source", "example")
WORD_LISTS = ("keywords", "examples", "city_names", "required_fields")
ROUTING = "routing"


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, and its columns with what a person calls them."""

    name: str
    columns: Mapping[str, str]

    @property
    def headings(self) -> list[str]:
        """The first row."""
        return [f"{label} {column}" for column, label in self.columns.items()]


_LIMIT_LABELS = ("數量", "單位", "期限時刻", "依據", "示範值")
_LIMIT_COLUMNS = {
    f"{stage}_{part}": f"{label}{part_label}"
    for stage, label in zip(LIMITS, ("會勘", "完成"), strict=True)
    for part, part_label in zip(LIMIT_PARTS, _LIMIT_LABELS, strict=True)
}
ITEMS = Sheet(
    "items",
    {
        "code": "代碼",
        "kind": "案件類型",
        "name_zh": "名稱",
        "name_en": "英文名稱",
        "main_zh": "主項目",
        "main_en": "主項目英文",
        "works_class": "督工類別",
        "owner_default": "權責單位",
        "owner_old_city": "原高雄市單位",
        "owner_former_county": "原高雄縣單位",
        **_LIMIT_COLUMNS,
        "confidentiality": "保密等級",
        "pauses_when_awaiting": "補件停止計時",
        "night_reminders": "夜間提醒",
        "photo_required": "結案須照片",
        "reply_zh": "回覆範本",
        "reply_en": "英文回覆範本",
    },
)
WORDS = Sheet("words", {"item": "項目", "list": "類別", "text": "文字"})
QUESTIONS = Sheet(
    "attributes",
    {"item": "項目", "code": "代碼", "zh": "問題", "en": "英文問題", "datatype": "型別", "required": "必填"},
)
ANSWERS = Sheet(
    "values", {"item": "項目", "attribute": "問題", "key": "代碼", "zh": "選項", "en": "英文選項"}
)
ROUTES = Sheet(
    "routing",
    {
        "item": "項目",
        "district": "行政區",
        "attribute": "問題",
        "below": "小於",
        "among": "選項之一",
        "unit": "單位",
    },
)
UNITS = Sheet("units", {"name": "單位", "en": "英文名稱", "external": "外部單位"})
DISTRICTS = Sheet("areas", {"district": "行政區", "area": "區域"})
CHANNELS = Sheet(
    "channels",
    {"channel": "管道", **dict(zip(LIMIT_PARTS, _LIMIT_LABELS, strict=True))},
)
SHEETS = (ITEMS, WORDS, QUESTIONS, ANSWERS, ROUTES, UNITS, DISTRICTS, CHANNELS)

Row = Mapping[str, Cell]


def rows_of(content: Content) -> dict[str, list[Row]]:
    """The rows of every sheet, by its name."""
    filled: Mapping[str, Iterable[Row]] = {
        ITEMS.name: map(_item_row, content.items),
        WORDS.name: _each(content, _word_rows),
        QUESTIONS.name: _each(content, _question_rows),
        ANSWERS.name: _each(content, _answer_rows),
        ROUTES.name: _each(content, _route_rows),
        UNITS.name: (unit.model_dump() for unit in content.units),
        DISTRICTS.name: (
            {"district": district, "area": area}
            for area in AREAS
            for district in getattr(content.areas, area)
        ),
        CHANNELS.name: _channel_rows(content),
    }
    return {name: list(rows) for name, rows in filled.items()}


def _each(content: Content, rows: Callable[[ServiceItem], Iterator[Row]]) -> Iterator[Row]:
    for item in content.items:
        for row in rows(item):
            yield {"item": item.code, **row}


def _item_row(item: ServiceItem) -> Row:
    row: dict[str, Cell] = {
        name: getattr(item, name) for name in ITEMS.columns if name in ServiceItem.model_fields
    }
    row["kind"] = item.kind.value
    for place in ("default", *AREAS):
        row[f"owner_{place}"] = getattr(item.owner, place)
    for stage in LIMITS:
        limit = getattr(item, stage)
        row |= {f"{stage}_{part}": cell for part, cell in _limit_cells(limit).items()} if limit else {}
    if item.reply_template is not None:
        row["reply_zh"], row["reply_en"] = item.reply_template.zh, item.reply_template.en
    return row


def _limit_cells(limit: Limit) -> dict[str, Cell]:
    return {part: getattr(limit, part) for part in LIMIT_PARTS} | {"unit": limit.unit.value}


def _word_rows(item: ServiceItem) -> Iterator[Row]:
    for words in WORD_LISTS:
        for text in getattr(item, words):
            yield {"list": words, "text": text}


def _question_rows(item: ServiceItem) -> Iterator[Row]:
    for attribute in item.attributes:
        yield attribute.model_dump(exclude={"values"})


def _answer_rows(item: ServiceItem) -> Iterator[Row]:
    for attribute in item.attributes:
        for value in attribute.values:
            yield {"attribute": attribute.code, **value.model_dump()}


def _route_rows(item: ServiceItem) -> Iterator[Row]:
    for district, unit in item.owner.districts.items():
        yield {"district": district, "unit": unit}
    for code, rules in item.owner.by_attribute.items():
        for rule in rules:
            among = " ".join(rule.among) or None
            yield {"attribute": code, "below": rule.below, "among": among, "unit": rule.unit}


def _channel_rows(content: Content) -> Iterator[Row]:
    yield {"channel": ROUTING, **_limit_cells(content.channels.routing)}
    for code, rule in content.channels.channels.items():
        yield {"channel": code, **_limit_cells(rule.completion)}
