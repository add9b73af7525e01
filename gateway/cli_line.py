"""`wanshitong line …`: the rich menu, and whether the channel is set up."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.errors import InvalidInput, Unavailable
from gateway.settings import Settings

if TYPE_CHECKING:
    from linebot.v3.messaging import AsyncMessagingApi, AsyncMessagingApiBlob

_SHORT = {"zh": "zh-TW", "zh-TW": "zh-TW", "en": "en"}
_MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_UNAUTHORIZED = 401
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


class LineRefused(Unavailable):
    """LINE cannot be reached, or does not do what is asked of it."""

    code = "line_refused"
    zh = "目前無法連線到 LINE，或 LINE 沒有接受要求。"
    en = "LINE cannot be reached, or did not accept what was asked."


class NoPicture(InvalidInput):
    """There is no picture that LINE would take."""

    code = "no_picture"
    zh = "沒有 LINE 可用的選單圖片。"
    en = "There is no picture for the menu that LINE would take."


@click.group()
def line() -> None:
    """The LINE channel."""


@line.command("setup-menu")
@click.option("--dry-run", is_flag=True, help="Draw and check everything, but change nothing at LINE.")
@click.option(
    "--image", "images", multiple=True, metavar="zh=FILE", help="A ready picture: zh=FILE, en=FILE."
)
@click.option(
    "--font", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Draw with this font."
)
@click.option(
    "--save", type=click.Path(path_type=Path, file_okay=False), help="Keep the pictures in this folder."
)
@click.pass_obj
def setup_menu(
    settings: Settings, dry_run: bool, images: tuple[str, ...], font: Path | None, save: Path | None
) -> None:
    """Put up the menu under the chat, in Chinese and English; what stood there of ours is taken down."""
    from gateway.channels.line.menu import menu_file, request
    from gateway.channels.line.menu_setup import marked, put_up

    pictures = _pictures(images, font)
    for language, (media_type, image) in pictures.items():
        menu = request(language, marked(language, image))
        size = f"{menu.size.width}×{menu.size.height}, {len(image) / 1000:.0f} kB {media_type}"
        click.echo(f"{menu_file().menus[language].alias}: «{menu.name}», {len(menu.areas)} areas, {size}")
        if save is not None:
            save.mkdir(parents=True, exist_ok=True)
            suffix = next(end for end, kind in _MEDIA_TYPES.items() if kind == media_type)
            (save / f"menu-{language}{suffix}").write_bytes(image)
    if dry_run:
        click.echo("Nothing was changed at LINE.")
        return

    async def put(api: AsyncMessagingApi, blob: AsyncMessagingApiBlob) -> None:
        await put_up(api, blob, pictures, click.echo)

    _at_line(settings, put)


@line.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Ask LINE what is set up, and tell what is missing; status 1 if anything is."""
    from gateway.channels.line.checking import Found, looked_at

    found: list[Found] = []
    if settings.line_channel_secret is None:
        found.append(Found(False, "WST_LINE_CHANNEL_SECRET is not set: the webhook answers 404"))
    if not (settings.public_url or "").startswith("https://"):
        found.append(Found(False, "WST_PUBLIC_URL is not https: messages carry no links to our pages"))

    async def look(api: AsyncMessagingApi, _blob: AsyncMessagingApiBlob) -> None:
        found.extend(await looked_at(api, settings.public_url))

    _at_line(settings, look)
    for one in found:
        click.echo(f"{'ok ' if one.good else '!! '} {one.told}")
    sys.exit(0 if all(one.good for one in found) else 1)


def _at_line(
    settings: Settings, act: Callable[[AsyncMessagingApi, AsyncMessagingApiBlob], Awaitable[None]]
) -> None:
    """Do something at LINE; what it refuses is told in a sentence."""
    from aiohttp import ClientError
    from linebot.v3.messaging import ApiException

    if settings.line_channel_access_token is None:
        raise LineRefused("WST_LINE_CHANNEL_ACCESS_TOKEN is not set; see docs/line.md")
    try:
        asyncio.run(_with_clients(settings, act))
    except ApiException as error:
        raise LineRefused(_in_words(error)) from error
    except (ClientError, TimeoutError) as error:
        raise LineRefused(f"LINE cannot be reached: {type(error).__name__} {error}".strip()) from error


async def _with_clients(
    settings: Settings, act: Callable[[AsyncMessagingApi, AsyncMessagingApiBlob], Awaitable[None]]
) -> None:
    from gateway.channels.line.client import line_api, line_blob_api

    api, blob = line_api(settings), line_blob_api(settings)
    try:
        await act(api, blob)
    finally:
        await api.api_client.close()
        await blob.api_client.close()


def _in_words(error: Any) -> str:
    from gateway.channels.line.client import why

    if error.status == _UNAUTHORIZED:
        return "LINE does not know the access token; issue a new one in the LINE Developers Console"
    return f"LINE refuses: {why(error)}"


def _pictures(given: tuple[str, ...], font: Path | None) -> dict[str, tuple[str, bytes]]:
    """Media type and bytes of each language's picture: a ready one, else drawn here."""
    from gateway.channels.line.menu import LANGUAGES
    from gateway.channels.line.menu_picture import NoChineseFont, chinese_font, picture

    found = dict(map(_ready, given))
    drawn = [language for language in LANGUAGES if language not in found]
    if drawn:
        try:
            chosen = chinese_font(font)
        except NoChineseFont as error:
            missing = " ".join(f"--image {language.partition('-')[0]}=FILE" for language in drawn)
            raise NoPicture(
                f"{error}. Install one (Debian: fonts-noto-cjk), name one with --font FILE, "
                f"or give ready pictures: {missing}"
            ) from error
        found |= {language: ("image/png", picture(language, chosen)) for language in drawn}
    return {language: found[language] for language in LANGUAGES}


def _ready(named: str) -> tuple[str, tuple[str, bytes]]:
    from PIL import Image, UnidentifiedImageError

    from gateway.channels.line.menu import menu_file
    from gateway.channels.line.menu_picture import IMAGE_BYTES_MAX

    short, _, path = named.partition("=")
    if short not in _SHORT or not path:
        raise NoPicture(f"not LANG=FILE with zh or en: {named}")
    try:
        content = Path(path).read_bytes()
        with Image.open(path) as opened:
            size, kind = opened.size, opened.get_format_mimetype()
    except (OSError, UnidentifiedImageError) as error:
        raise NoPicture(f"{path} cannot be read as a picture") from error
    wanted = (menu_file().size.width, menu_file().size.height)
    if kind not in _MEDIA_TYPES.values() or size != wanted or len(content) > IMAGE_BYTES_MAX:
        told = f"{size[0]}×{size[1]}, {len(content) / 1000:.0f} kB, {kind}"
        raise NoPicture(f"{path} is {told}; LINE wants PNG or JPEG of {wanted[0]}×{wanted[1]}, up to 1000 kB")
    return _SHORT[short], (str(kind), content)
