"""One row of somebody's FAQ file made into an entry, or the reason why it cannot be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from knowledge_base.cleaning import plain_text, read_date, repair_addresses
from knowledge_base.entries import Entry, Language, Opens
from knowledge_base.text import normalise, script

_ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "編號", "序號", "no", "faq_id"),
    "question": ("question", "問題", "標題", "題目", "主旨", "問", "q", "title", "subject"),
    "answer": ("answer", "答案", "內容", "回答", "回覆", "答", "a", "content"),
    "agency": (
        "agency", "機關", "機關名稱", "單位", "主管機關", "權責機關", "承辦單位", "局處", "dept",
    ),
    "agency_en": ("agency_en", "機關英文", "英文機關名稱"),
    "category": ("category", "類別", "分類", "類型"),
    "language": ("language", "lang", "語言", "語系"),
    "source_url": ("source_url", "url", "網址", "連結", "來源", "來源網址", "link"),
    "source_date": (
        "source_date", "revise_date", "updated", "更新日期", "修改日期", "異動日期",
        "post_date", "date", "日期", "發布日期", "張貼日期",
    ),
    "phrasings": ("phrasings", "其他問法", "問法", "相似問題"),
    "keywords": ("keywords", "關鍵字", "關鍵詞"),
    "translation_of": ("translation_of", "譯自"),
    "valid_until": ("valid_until", "有效期限", "下架日期"),
    "opens": ("opens", "表單"),
    "link_dead": ("link_dead", "連結失效"),
}  # fmt: skip
_LIST_BREAK = re.compile(r"[\n;；、|]+")
_ID = r"^[A-Za-z0-9][A-Za-z0-9._:\-]{0,79}$"
_DIGEST_CHARS = 12
_YES = frozenset({"true", "1", "yes", "y", "dead", "是", "失效"})
_NO = frozenset({"", "false", "0", "no", "n", "ok", "否", "有效"})
_MAX_QUESTION = 500
_MAX_ANSWER = 20_000


class RowRejected(ValueError):
    """The row cannot become an entry; the message says why, for the person who made the file."""


def _clean(value: object) -> str:
    return "" if value is None else plain_text(str(value))


def _address(value: object) -> str:
    return "" if value is None else repair_addresses(str(value).strip())


def _list(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else _parts(str(value or ""))
    cleaned = (_clean(part) for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part))


def _parts(text: str) -> list[str]:
    """A list in one cell: one a line, or with marks between; as JSON where its own texts hold such marks."""
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return found
    return _LIST_BREAK.split(text)


def _yes(value: object) -> bool:
    said = str(value if value is not None else "").strip().lower()
    if said in _YES | _NO:
        return said in _YES
    raise ValueError("expected yes or no")


def _or_none(value: object) -> object:
    return value or None


_Line = Annotated[str, BeforeValidator(_clean)]
_Day = Annotated[date | None, BeforeValidator(read_date)]


class ImportedRow(BaseModel):
    """The fields of a row, cleaned and checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[_Line, StringConstraints(pattern=_ID)]
    question: Annotated[_Line, StringConstraints(min_length=1, max_length=_MAX_QUESTION)]
    answer: Annotated[_Line, StringConstraints(min_length=1, max_length=_MAX_ANSWER)]
    agency: _Line = ""
    agency_en: _Line = ""
    category: _Line = ""
    language: Language = "zh-TW"
    source_url: Annotated[str, BeforeValidator(_address), StringConstraints(pattern=r"^(https?://\S+)?$")] = (
        ""
    )
    source_date: _Day = None
    phrasings: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
    keywords: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
    translation_of: Annotated[str | None, BeforeValidator(_or_none)] = None
    valid_until: _Day = None
    opens: Annotated[Opens | None, BeforeValidator(_or_none)] = Field(default=None)
    link_dead: Annotated[bool, BeforeValidator(_yes)] = False


_NAMES = {alias: field for field, aliases in _ALIASES.items() for alias in aliases}


def entry_of(record: Mapping[str, Any] | None, source: str) -> Entry:
    """The entry a record describes. Raises RowRejected with the reason."""
    if record is None:
        raise RowRejected("not a record")
    fields = _named(record)
    for needed in ("question", "answer"):
        if not _clean(fields.get(needed)):
            raise RowRejected(f"no {needed}")
    fields["id"] = _clean(fields.get("id")) or _derived_id(fields, source)
    fields.setdefault("language", "en" if script(str(fields["question"])) == "latin" else "zh-TW")
    try:
        row = ImportedRow.model_validate(fields)
    except ValidationError as error:
        raise RowRejected(_reason(error)) from error
    return Entry(**row.model_dump(), origin=source)


def has_known_columns(record: Mapping[str, Any]) -> bool:
    """Whether a question and an answer can be told among the record's columns."""
    return {"question", "answer"} <= {_NAMES.get(normalise(str(name)), "") for name in record}


def _named(record: Mapping[str, Any]) -> dict[str, Any]:
    by_alias = {normalise(str(name)): value for name, value in record.items()}
    found: dict[str, Any] = {}
    for field, aliases in _ALIASES.items():
        value = next((by_alias[a] for a in aliases if by_alias.get(a) not in (None, "")), None)
        if value is not None:
            found[field] = value
    return found


def _derived_id(fields: Mapping[str, Any], source: str) -> str:
    """Stable for the same matter, so that importing again changes the entry instead of doubling it."""
    matter = f"{_address(fields.get('source_url'))}\n{normalise(_clean(fields['question']))}"
    return f"{source}-{hashlib.sha256(matter.encode()).hexdigest()[:_DIGEST_CHARS]}"


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "row"
    return f"{field}: {first['msg']}"
