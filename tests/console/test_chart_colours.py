"""The colours of charts and maps: apart for every eye, and to be seen on their ground.

Red-green blindness as in Machado, Oliveira and Fernandes (2009), severity 1.0, on linear light; distances in
OKLab, where 0.02 is about the least that anybody tells apart side by side.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from gateway.console.assets import OWN

EYES = {
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip
_TO_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip
APART, STEPS_APART = 0.12, 0.08
"""Between any two colours of a chart, and between neighbours of the scale of a field or a map."""
SEEN = 3.0
"""The contrast with the ground that WCAG 1.4.11 asks for of what carries meaning."""
LOOKS = ("light", "dark")
GROUND = {"light": "#ffffff", "dark": "#151b20"}


def colours(name: str, look: str) -> list[str]:
    """The colours `--name-…` of the style, as this look has them."""
    style = (OWN / "charts.css").read_text(encoding="utf-8")
    pairs = re.findall(rf"--{name}-\d: light-dark\((#\w{{6}}), (#\w{{6}})\)", style)
    return [pair[LOOKS.index(look)] for pair in pairs]


def light(colour: str) -> np.ndarray:
    """Linear red, green and blue."""
    parts = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def seen_by(eye: str, colour: str) -> np.ndarray:
    """Where the colour lies in OKLab for this eye."""
    return _TO_LAB @ np.cbrt(_TO_CONES @ np.clip(EYES[eye] @ light(colour), 0, 1))


def distance(eye: str, one: str, other: str) -> float:
    """How far apart two colours are for this eye."""
    return float(np.linalg.norm(seen_by(eye, one) - seen_by(eye, other)))


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG."""
    low, high = sorted(float(light(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_knows_what_red_green_blindness_takes_away() -> None:
    assert distance("usual", "#c62828", "#5a7d2a") > 0.2
    assert min(distance(eye, "#c62828", "#5a7d2a") for eye in ("protanopia", "deuteranopia")) < 0.1


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("eye", sorted(EYES))
def test_any_two_series_of_a_chart_are_told_apart(look: str, eye: str) -> None:
    found = colours("chart", look)
    assert len(found) == 6
    near = {pair: round(distance(eye, *pair), 3) for pair in combinations(found, 2)}
    assert {pair: far for pair, far in near.items() if far < APART} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_every_series_is_seen_on_its_ground(look: str) -> None:
    assert min(contrast(one, GROUND[look]) for one in colours("chart", look)) >= SEEN


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("eye", sorted(EYES))
def test_a_scale_goes_one_way_in_steps_that_are_seen(look: str, eye: str) -> None:
    found = colours("depth", look)
    assert len(found) == 5
    assert min(distance(eye, *pair) for pair in pairwise(found)) >= STEPS_APART
    depths = [float(seen_by(eye, one)[0]) for one in found]
    assert depths == sorted(depths, reverse=look == "light")
