"""The figures below which quality must not slip."""

from __future__ import annotations

from pathlib import Path

import yaml


def floors(name: str) -> dict[str, float]:
    """The floors of one set, by the names that reports give their figures."""
    content: dict[str, dict[str, float]] = yaml.safe_load(
        Path(__file__).with_name("floors.yml").read_text(encoding="utf-8")
    )
    return content[name]
