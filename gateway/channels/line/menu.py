"""The rich menu as data, and as LINE is told of it. Pure, besides reading its file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from linebot.v3.messaging import (
    Action,
    PostbackAction,
    RichMenuArea,
    RichMenuBounds,
    RichMenuRequest,
    RichMenuSize,
    RichMenuSwitchAction,
)
from pydantic import BaseModel, ConfigDict, Field

MENU = Path(__file__).with_name("menu.yml")
NAME_PREFIX = "wanshitong "
"""How the names of our menus begin: only those are ever deleted."""
LANGUAGES = ("zh-TW", "en")
_Line = Annotated[str, Field(min_length=1, max_length=40)]


class Words(BaseModel):
    """What stands in one area."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=20)]
    hint: _Line


class Area(BaseModel):
    """One area: what it sends back, or that it changes to the other menu."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    data: Annotated[str, Field(max_length=300)] = ""
    keyboard: bool = False
    """Whether a press opens the keyboard."""
    switches: bool = False
    zh: Annotated[Words, Field(alias="zh-TW")]
    en: Words

    def words(self, language: str) -> Words:
        """Its words in a language."""
        return self.en if language == "en" else self.zh


class Menu(BaseModel):
    """The menu of one language, under the names it has at LINE."""

    model_config = ConfigDict(extra="forbid")

    alias: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
    other: str
    name: Annotated[str, Field(max_length=200, pattern=f"^{NAME_PREFIX}")]
    bar: Annotated[str, Field(min_length=1, max_length=14)]
    """What stands on the bar that opens it."""
    switched: str
    """Sent back when the other menu is opened from this one."""
    default: bool
    """Whether everybody sees it who has not chosen."""


class Size(BaseModel):
    """Pixels."""

    width: Annotated[int, Field(ge=800, le=2500)]
    height: Annotated[int, Field(ge=250)]


class MenuFile(BaseModel):
    """The whole of `menu.yml`."""

    model_config = ConfigDict(extra="forbid")

    size: Size
    columns: Annotated[int, Field(ge=1, le=4)]
    rows: Annotated[int, Field(ge=1, le=4)]
    colours: dict[str, str]
    menus: dict[str, Menu]
    areas: list[Area]

    def tile(self, place: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of the area at a place, in pixels; together they cover everything."""
        row, column = divmod(place, self.columns)
        left, right = (self.size.width * n // self.columns for n in (column, column + 1))
        top, bottom = (self.size.height * n // self.rows for n in (row, row + 1))
        return left, top, right - left, bottom - top


@lru_cache(maxsize=1)
def menu_file() -> MenuFile:
    """The menu as it ships."""
    return MenuFile.model_validate(yaml.safe_load(MENU.read_text(encoding="utf-8")))


def request(language: str, mark: str) -> RichMenuRequest:
    """What LINE is told of one language's menu. `mark` distinguishes it from an earlier one of its name."""
    whole = menu_file()
    menu = whole.menus[language]
    areas = []
    for place, area in enumerate(whole.areas):
        left, top, width, height = whole.tile(place)
        bounds = RichMenuBounds(x=left, y=top, width=width, height=height)
        areas.append(RichMenuArea(bounds=bounds, action=_action(area, menu, language)))
    return RichMenuRequest(
        size=RichMenuSize(width=whole.size.width, height=whole.size.height), selected=True,
        name=f"{menu.name} {mark}", chatBarText=menu.bar, areas=areas,
    )  # fmt: skip


def _action(area: Area, menu: Menu, language: str) -> Action:
    title = area.words(language).title
    if area.switches:
        return RichMenuSwitchAction(label=title, richMenuAliasId=menu.other, data=menu.switched)
    opened = "openKeyboard" if area.keyboard else None
    return PostbackAction(label=title, data=area.data, displayText=title, inputOption=opened)
