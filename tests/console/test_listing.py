"""The state of a list lives in its URL: what is written is read back, and nothing one types breaks it."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.listing import PAGE_SIZES, Listing, ListState

FILTERS = ("q", "unit")
SORTS = ("due", "number")
DEFAULT = "-due"
texts = st.text("路燈 &=%+#/?-_abc129²٣\n\x00", max_size=30)
queries = st.dictionaries(
    st.sampled_from([*FILTERS, "sort", "page", "size", "other"]),
    texts | st.sampled_from(["due", "-number", "3", "25", "99999999999", "-1", "²", "٣"]),
)


def read(query: dict[str, str]) -> ListState:
    """The state of a query string."""
    return ListState.read("/console/cases", query, filters=FILTERS, sorts=SORTS, default_sort=DEFAULT)


def again(url: str) -> ListState:
    """The state of an address."""
    return read(dict(parse_qsl(urlsplit(url).query)))


@given(queries)
def test_the_address_of_a_list_opens_the_same_list(query: dict[str, str]) -> None:
    state = read(query)
    assert again(state.url()) == state
    assert state.page >= 1
    assert state.offset >= 0
    assert state.size in PAGE_SIZES
    assert state.sort in SORTS


@given(queries, st.integers(1, 500), st.sampled_from(PAGE_SIZES))
def test_another_page_keeps_everything_and_another_size_begins_anew(
    query: dict[str, str], page: int, size: int
) -> None:
    state = read(query)
    turned = again(state.url(page=page))
    assert (turned.page, turned.filters, turned.order) == (page, state.filters, state.order)
    resized = again(state.url(size=size))
    assert (resized.size, resized.page) == (size, state.page if size == state.size else 1)


def test_a_heading_sorts_and_then_turns_round() -> None:
    state = again(read({"q": "路", "page": "3"}).sorted_by("number"))
    assert (state.order, state.page, state.filters) == ("number", 1, {"q": "路"})
    assert again(state.sorted_by("number")).order == "-number"
    assert again(state.sorted_by("due")).order == "due"


@given(st.integers(0, 5000), st.integers(1, 120))
def test_the_pager_shows_the_ends_and_this_page_in_order(total: int, page: int) -> None:
    listing = Listing(read({"page": str(page)}), (), (), total)
    shown = listing.near()
    numbers = [number for number in shown if number is not None]
    assert numbers == sorted(set(numbers))
    assert {1, listing.pages} <= set(numbers)
    assert min(page, listing.pages) in numbers or page > listing.pages
    for before, number in pairwise(shown):
        assert (before is None) != (number is None) or number == (before or 0) + 1


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (20_000, 400)])
def test_every_row_is_on_a_page(total: int, pages: int) -> None:
    assert Listing(read({}), (), (), total).pages == pages
