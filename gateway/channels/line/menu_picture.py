"""The picture of the rich menu, drawn from its data with a font of this machine."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gateway.channels.line.menu import menu_file
from gateway.errors import InvalidInput

IMAGE_BYTES_MAX = 1_000_000
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_FONTS = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJK-VF.otf.ttc", "NotoSansTC-Bold.otf",
    "NotoSansTC-VF.ttf", "NotoSansTC[wght].ttf", "SourceHanSansTC-Bold.otf", "SourceHanSans.ttc",
    "wqy-zenhei.ttc", "wqy-microhei.ttc", "DroidSansFallback.ttf", "DroidSansFallbackFull.ttf", "uming.ttc",
    "PingFang.ttc", "msjhbd.ttc", "msjh.ttc",
)  # fmt: skip
"""Fonts with Chinese characters, the best first."""
_TAIWANESE = "TC"
_SAMPLE = "案"
_NO_CHARACTER = "\U000effff"
_COLOURS = 64
_GAP = 14


class NoChineseFont(InvalidInput):
    """There is no font on this machine with Chinese characters."""

    code = "no_chinese_font"
    zh = "這台主機沒有中文字型。"
    en = "There is no font with Chinese characters on this machine."


def chinese_font(given: Path | None = None) -> Path:
    """A font with Chinese characters: the one given, else what this machine has. Raises NoChineseFont."""
    if given is not None:
        if not _has_chinese(given):
            raise NoChineseFont(f"{given} has no Chinese characters")
        return given
    lying = {path.name: path for folder in _FOLDERS for path in sorted(Path(folder).rglob("*.[to]t[fc]"))}
    for name in _FONTS:
        if name in lying and _has_chinese(lying[name]):
            return lying[name]
    raise NoChineseFont("no font with Chinese characters was found")


def picture(language: str, font: Path) -> bytes:
    """The menu of one language as PNG, in the size of the menu."""
    whole = menu_file()
    colours = whole.colours
    image = Image.new("RGB", (whole.size.width, whole.size.height), colours["ground"])
    draw = ImageDraw.Draw(image)
    for place, area in enumerate(whole.areas):
        left, top, width, height = whole.tile(place)
        words = area.words(language)
        draw.rounded_rectangle(
            (left + 14, top + 14, left + width - 14, top + height - 14), 40, colours["tile"]
        )
        middle = left + width / 2
        colour = colours["warm" if area.name == "report" else "accent"]
        _ICONS[area.name](draw, middle, top + height * 0.36, height * 0.17, colour)
        for line, at, largest, ink in (
            (words.title, 0.67, 112, colours["ink"]),
            (words.hint, 0.83, 60, colours["quiet"]),
        ):
            fitting = _fitting(draw, line, font, largest, width * 0.86)
            draw.text((middle, top + height * at), line, fill=ink, font=fitting, anchor="mm")
    written = io.BytesIO()
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


def _fitting(
    draw: ImageDraw.ImageDraw, line: str, font: Path, largest: int, width: float
) -> ImageFont.FreeTypeFont:
    chosen = _face(font, largest)
    for size in range(largest, 24, -4):
        chosen = _face(font, size)
        if draw.textlength(line, font=chosen) <= width:
            break
    return chosen


def _face(font: Path, size: int) -> ImageFont.FreeTypeFont:
    """The Taiwanese face of a collection, where it has one."""
    first = ImageFont.truetype(font, size)
    if font.suffix.lower() != ".ttc":
        return first
    for index in range(1, 40):
        try:
            face = ImageFont.truetype(font, size, index=index)
        except OSError:
            break
        family = (face.getname()[0] or "").split()
        if family[-1:] and family[-1] == _TAIWANESE and "Mono" not in family:
            return face
    return first


def _has_chinese(font: Path) -> bool:
    try:
        face = ImageFont.truetype(font, 32)
    except OSError:
        return False
    drawn, missing = (bytes(face.getmask(char)) for char in (_SAMPLE, _NO_CHARACTER))
    return bool(drawn) and drawn != missing


def _report(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    draw.polygon([(x, y - r), (x + r * 1.12, y + r * 0.9), (x - r * 1.12, y + r * 0.9)], fill=colour)
    draw.rounded_rectangle((x - r * 0.1, y - r * 0.35, x + r * 0.1, y + r * 0.3), r * 0.08, "#FFFFFF")
    draw.ellipse((x - r * 0.12, y + r * 0.45, x + r * 0.12, y + r * 0.69), "#FFFFFF")


def _cases(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    draw.rounded_rectangle((x - r * 0.8, y - r, x + r * 0.8, y + r), r * 0.16, colour)
    for n, long in enumerate((0.5, 0.5, 0.15)):
        at = y - r * 0.5 + n * r * 0.48
        draw.rounded_rectangle((x - r * 0.5, at, x + r * long, at + r * 0.15), r * 0.07, "#FFFFFF")


def _ask(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    draw.rounded_rectangle((x - r * 1.2, y - r, x + r * 1.2, y + r * 0.6), r * 0.4, colour)
    draw.polygon(
        [(x - r * 0.6, y + r * 0.5), (x + r * 0.1, y + r * 0.5), (x - r * 0.75, y + r * 1.1)], colour
    )
    for n in (-1, 0, 1):
        at = x + n * r * 0.55
        draw.ellipse((at - r * 0.14, y - r * 0.34, at + r * 0.14, y - r * 0.06), "#FFFFFF")


def _person(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    draw.ellipse((x - r * 0.45, y - r, x + r * 0.45, y - r * 0.1), colour)
    draw.pieslice((x - r, y + r * 0.05, x + r, y + r * 2.05), 180, 360, colour)
    draw.arc((x - r * 0.68, y - r * 1.2, x + r * 0.68, y + r * 0.15), 180, 360, colour, int(r * 0.13))
    for side in (-1, 1):
        at = x + side * r * 0.62
        draw.rounded_rectangle((at - r * 0.12, y - r * 0.62, at + r * 0.12, y - r * 0.2), r * 0.1, colour)


def _news(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    draw.pieslice((x - r * 0.75, y - r, x + r * 0.75, y + r * 0.5), 180, 360, colour)
    draw.rectangle((x - r * 0.75, y - r * 0.26, x + r * 0.75, y + r * 0.5), colour)
    draw.rounded_rectangle((x - r * 1.05, y + r * 0.4, x + r * 1.05, y + r * 0.62), r * 0.1, colour)
    draw.pieslice((x - r * 0.3, y + r * 0.45, x + r * 0.3, y + r * 1.05), 0, 180, colour)


def _language(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: str) -> None:
    wide = int(r * 0.12)
    draw.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=wide)
    draw.ellipse((x - r * 0.45, y - r, x + r * 0.45, y + r), outline=colour, width=wide)
    for at in (-0.42, 0.42):
        draw.line((x - r * 0.9, y + r * at, x + r * 0.9, y + r * at), colour, wide)


_ICONS: dict[str, Callable[[ImageDraw.ImageDraw, float, float, float, str], None]] = {
    "report": _report, "cases": _cases, "ask": _ask, "person": _person, "news": _news, "language": _language,
}  # fmt: skip
