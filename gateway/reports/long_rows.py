"""Rows that are too many to be held: read as they are gone through, their number known before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, overload

from gateway.reports.tables import Row

AT_A_TIME: Final = 1_000
"""Rows that are held while a file is written."""


def in_pieces(most: int | None) -> dict[str, int]:
    """How a query is executed: of all rows some at a time (`most` None), few at once. PostgreSQL expects that
    who reads in pieces ends early, and chooses another way, which is slow for whoever reads to the end."""
    return {} if most is not None else {"yield_per": AT_A_TIME}


class LongRows(Sequence[Row]):
    """So many rows; each time they are gone through they are read anew, while the session is open."""

    def __init__(self, count: int, read: Callable[[], Iterator[Row]]) -> None:
        self._count = count
        self._read = read

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return self._read()

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        """One row, or some in their order, by reading up to them."""
        if isinstance(index, slice):
            return list(islice(self._read(), *index.indices(self._count)))
        place = index + self._count if index < 0 else index
        for row in islice(self._read(), place, place + 1):
            return row
        raise IndexError(index)
