"""Lists that page, sort and filter on the server and keep their whole state in the URL. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

PAGE_SIZES: Final = (25, 50, 100)
PAGE_MAX: Final = 100_000
_FILTER_MAX_CHARS: Final = 200
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    key: str
    """The name by which the list is sorted, in the URL."""
    label: str
    """Key of its heading in the message catalogue."""
    sortable: bool = False
    numeric: bool = False
    extra: bool = False
    """Left out on narrow screens; its cells need the class `extra` too."""


@dataclass(frozen=True)
class ListState:
    """What part of a list is looked at."""

    path: str
    filters: Mapping[str, str]
    """Those that are set."""
    sort: str
    descending: bool
    page: int
    """From 1."""
    size: int = PAGE_SIZES[1]
    default_sort: str = field(default="", repr=False)
    """As in the URL, with `-` for descending."""

    @classmethod
    def read(
        cls,
        path: str,
        query: Mapping[str, str],
        *,
        filters: Collection[str],
        sorts: Collection[str],
        default_sort: str,
    ) -> ListState:
        """The state that a query string asks for. What it may not ask for becomes the default:
        an old bookmark still opens."""
        wanted = query.get("sort", default_sort)
        if wanted.removeprefix("-") not in sorts:
            wanted = default_sort
        chosen = {name: query[name].strip()[:_FILTER_MAX_CHARS] for name in filters if name in query}
        size = _whole(query.get("size"), PAGE_SIZES[1])
        return cls(
            path,
            {name: value for name, value in chosen.items() if value},
            wanted.removeprefix("-"),
            wanted.startswith("-"),
            min(max(_whole(query.get("page"), 1), 1), PAGE_MAX),
            size if size in PAGE_SIZES else PAGE_SIZES[1],
            default_sort,
        )

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.size

    @property
    def order(self) -> str:
        """The sort as in the URL."""
        return f"-{self.sort}" if self.descending else self.sort

    def url(self, *, page: int | None = None, order: str | None = None, size: int | None = None) -> str:
        """The address of the same list looked at otherwise. Another order or size begins at page 1."""
        order, size = order or self.order, size or self.size
        page = page if page is not None else (self.page if (order, size) == (self.order, self.size) else 1)
        query = {**self.filters}
        if order != self.default_sort:
            query["sort"] = order
        if size != PAGE_SIZES[1]:
            query["size"] = str(size)
        if page > 1:
            query["page"] = str(page)
        return f"{self.path}?{urlencode(query)}" if query else self.path

    def sorted_by(self, key: str) -> str:
        """The address of the list sorted by this column; the other way round when it is already."""
        return self.url(order=f"-{key}" if self.order == key else key)


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """One page of a list, ready for the table component."""

    state: ListState
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.state.size))

    @property
    def first(self) -> int:
        """Number of the first row shown, 0 when there is none."""
        return self.state.offset + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return self.state.offset + len(self.rows)

    def near(self, width: int = 2) -> list[int | None]:
        """Page numbers for a pager: the ends, those around this page, None for a gap."""
        here, pages = self.state.page, self.pages
        kept = sorted({1, pages, *range(max(1, here - width), min(pages, here + width) + 1)})
        shown: list[int | None] = []
        for before, number in zip([0, *kept], kept, strict=False):
            if number > before + 1:
                shown.append(None)
            shown.append(number)
        return shown


def _whole(text: str | None, otherwise: int) -> int:
    # isdecimal alone lets through digits that int() takes and numbers too long to be meant
    return int(text) if text and text.isdecimal() and len(text) <= len(str(PAGE_MAX)) else otherwise
