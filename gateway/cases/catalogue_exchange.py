"""A catalogue as one file that a person can edit: YAML or an OpenDocument spreadsheet. Nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError

from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_ods import sheets_of, spreadsheet
from gateway.cases.catalogue_rows import content_of
from gateway.cases.catalogue_schema import Content
from gateway.cases.catalogue_sheets import rows_of

Format = Literal["yaml", "ods"]
SUFFIXES: dict[str, Format] = {".yml": "yaml", ".yaml": "yaml", ".ods": "ods"}
MAX_BYTES = 16 * 1024 * 1024
MAX_TOLD = 20


def as_file(content: Content, file_format: Format) -> bytes:
    """The content as the bytes of a file."""
    if file_format == "ods":
        return spreadsheet(rows_of(content))
    facts = content.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=110).encode()


def from_file(data: bytes, file_format: Format) -> Content:
    """The content that a file says, whole and checked.

    Raises InvalidCatalogue, which names the sheet, row and column, or the entry and field.
    """
    if len(data) > MAX_BYTES:
        raise InvalidCatalogue(f"larger than {MAX_BYTES // 1024 // 1024} MB")
    content = content_of(sheets_of(data)) if file_format == "ods" else _from_yaml(data)
    return Catalogue(content).content


def format_of(path: Path) -> Format:
    """The format that the name of a file stands for. Raises InvalidCatalogue."""
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise InvalidCatalogue(f"{path.name}: expected a name that ends in {', '.join(SUFFIXES)}") from None


def read_content(path: Path) -> Content:
    """The content of a file, or of a folder like the shipped one. Raises InvalidCatalogue."""
    if path.is_dir():
        return Catalogue.load(path).content
    file_format = format_of(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidCatalogue(f"{path.name}: {error.strerror or error}") from error
    return from_file(data, file_format)


def _from_yaml(data: bytes) -> Content:
    try:
        facts = yaml.safe_load(data.decode("utf-8-sig"))
        return Content.model_validate(facts)
    except ValidationError as error:
        told = [f"{_entry(facts, problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        more = f"; and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
        raise InvalidCatalogue("; ".join(told[:MAX_TOLD]) + more) from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidCatalogue(f"not valid YAML: {' '.join(str(error).split())[:300]}") from error


def _entry(facts: object, loc: tuple[int | str, ...]) -> str:
    """Where in the file: `items[3] (road_pothole).completion.amount`."""
    path, here = "", facts
    for step in loc:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            name = (here.get("code") or here.get("name")) if isinstance(here, dict) else None
            path += f"[{step + 1}]" + (f" ({name})" if name else "")
        else:
            here = here.get(step) if isinstance(here, dict) else None
            path += f".{step}" if path else step
    return path or "the file"
