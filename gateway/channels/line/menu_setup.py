"""Putting the rich menus up at LINE, and whether the channel is set up at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientError
from linebot.v3.messaging import (
    ApiException,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    CreateRichMenuAliasRequest,
    UpdateRichMenuAliasRequest,
)

from gateway.channels.line.menu import LANGUAGES, NAME_PREFIX, menu_file, request

_NOT_FOUND = 404
_MARK = 12

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Put:
    """A menu as it stands now. `made`: it was not there before."""

    language: str
    menu_id: str
    made: bool


def marked(language: str, image: bytes) -> str:
    """What distinguishes a menu with this picture from every other of its name."""
    told = json.dumps(request(language, "").to_dict(), sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(told + b"\0" + image).hexdigest()[:_MARK]


async def put_up(
    api: AsyncMessagingApi, blob: AsyncMessagingApiBlob, images: Mapping[str, tuple[str, bytes]], tell: Tell
) -> list[Put]:
    """Put up the menu of each language, then take down what stood there before of ours.

    `images` holds media type and bytes of each language's picture. One that stands already, with the same
    areas and the same picture, is left as it is; done twice, there is one of each. Raises ApiException.
    """
    standing = {menu.rich_menu_id: menu.name for menu in (await api.get_rich_menu_list()).richmenus}
    aliases = {
        one.rich_menu_alias_id: one.rich_menu_id for one in (await api.get_rich_menu_alias_list()).aliases
    }
    put = []
    for language in LANGUAGES:
        menu = menu_file().menus[language]
        media_type, image = images[language]
        wanted = request(language, marked(language, image))
        menu_id = aliases.get(menu.alias)
        made = menu_id is None or standing.get(menu_id) != wanted.name
        if made:
            menu_id = await _made(api, blob, wanted, media_type, image)
            await _named(api, menu.alias, menu_id, known=menu.alias in aliases)
        put.append(Put(language, str(menu_id), made))
        tell(f"{menu.alias}: {'put up' if made else 'stands already'}")
    await _shown(api, put, tell)
    now = {one.menu_id for one in put}
    for menu_id, name in standing.items():
        if name.startswith(NAME_PREFIX) and menu_id not in now:
            await api.delete_rich_menu(menu_id)
            tell(f"taken down: {name}")
    return put


async def default_menu(api: AsyncMessagingApi) -> str | None:
    """The id of the menu that everybody sees who has not chosen; None when there is none."""
    try:
        return str((await api.get_default_rich_menu_id()).rich_menu_id)
    except ApiException as error:
        if error.status == _NOT_FOUND:
            return None
        raise


async def _made(
    api: AsyncMessagingApi, blob: AsyncMessagingApiBlob, wanted: object, media_type: str, image: bytes
) -> str:
    menu_id = str((await api.create_rich_menu(wanted)).rich_menu_id)
    try:
        await blob.set_rich_menu_image(menu_id, image, _headers={"Content-Type": media_type})
    except BaseException:
        # Without its picture nobody can be shown it: nothing half made stays behind.
        with suppress(ApiException, ClientError):
            await api.delete_rich_menu(menu_id)
        raise
    return menu_id


async def _named(api: AsyncMessagingApi, alias: str, menu_id: str, *, known: bool) -> None:
    if known:
        await api.update_rich_menu_alias(alias, UpdateRichMenuAliasRequest(richMenuId=menu_id))
    else:
        named = CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=menu_id)
        await api.create_rich_menu_alias(named)


async def _shown(api: AsyncMessagingApi, put: list[Put], tell: Tell) -> None:
    menus = menu_file().menus
    first = next(one for one in put if menus[one.language].default)
    if await default_menu(api) != first.menu_id:
        await api.set_default_rich_menu(first.menu_id)
        tell(f"{menus[first.language].alias}: everybody sees it who has not chosen")
