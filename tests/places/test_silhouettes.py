"""The small drawing of the city: every district is on it, and its old city is within it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import shapely

from gateway.places.service import Places
from gateway.places.silhouettes import WIDTH, city_drawing


def outline(path: str) -> shapely.Geometry:
    """A path as a shape."""
    rings = [
        [tuple(map(int, point.split())) for point in ring.split("L")]
        for ring in re.findall(r"M([^Z]+)Z", path)
    ]
    return shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])


def test_every_district_is_drawn_within_the_drawing() -> None:
    city = city_drawing()
    assert {one.district.code for one in city.silhouettes} == {one.code for one in Places.load().districts}
    for one in city.silhouettes:
        assert re.fullmatch(r"(M\d+ \d+(L\d+ \d+)+Z)+", one.path), one.district.zh
        left, top, right, bottom = outline(one.path).bounds
        assert 0 <= left < right <= WIDTH and 0 <= top < bottom <= city.height


def test_neighbours_touch_and_do_not_lie_upon_one_another() -> None:
    shapes = [outline(one.path) for one in city_drawing().silhouettes]
    whole = shapely.union_all(shapes)
    assert sum(one.area for one in shapes) - whole.area < whole.area / 500
    holes = [shapely.Polygon(ring).area for one in shapely.get_parts(whole) for ring in one.interiors]
    assert sum(holes) < whole.area / 500


def test_the_old_city_lies_in_the_inset() -> None:
    city = city_drawing()
    left, top, width, height = city.core
    frame = shapely.box(left - 1, top - 1, left + width + 1, top + height + 1)
    old = [one for one in city.silhouettes if one.district.old_city]
    assert len(old) == 11 and all(frame.contains(outline(one.path)) for one in old)


def test_it_is_made_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        drawings = list(threads.map(lambda _: city_drawing(), range(16)))
    assert len({id(one) for one in drawings}) == 1
