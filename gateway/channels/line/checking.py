"""Whether the LINE channel is set up: what LINE says, told in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from linebot.v3.messaging import ApiException, AsyncMessagingApi

from gateway.channels.line.menu import menu_file
from gateway.channels.line.menu_setup import default_menu

WEBHOOK_PATH = "/channels/line/webhook"
QUOTA_WARNING = 0.8
_NOT_FOUND = 404


@dataclass(frozen=True)
class Found:
    """One thing that was looked at: `good`, and a sentence."""

    good: bool
    told: str


async def looked_at(api: AsyncMessagingApi, public_url: str | None) -> list[Found]:
    """Account, webhook, quota and menus. Raises ApiException when LINE refuses the access token."""
    return [
        await _account(api),
        *await _webhook(api, public_url),
        await _quota(api),
        *await _menus(api),
    ]


async def _account(api: AsyncMessagingApi) -> Found:
    bot = await api.get_bot_info()
    if bot.chat_mode != "bot":
        told = "its response mode is Chat: set it to Bot in the LINE Official Account Manager"
        return Found(False, f"account {bot.display_name} ({bot.basic_id}); {told}")
    return Found(True, f"account {bot.display_name} ({bot.basic_id}), answered by the bot")


async def _webhook(api: AsyncMessagingApi, public_url: str | None) -> list[Found]:
    try:
        hook = await api.get_webhook_endpoint()
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
        return [Found(False, f"no webhook: set it to {_wanted(public_url)} in the LINE Developers Console")]
    found = [Found(True, f"webhook {hook.endpoint}")]
    if urlsplit(hook.endpoint).path.rstrip("/") != WEBHOOK_PATH:
        found = [Found(False, f"webhook {hook.endpoint} does not end in {WEBHOOK_PATH}")]
    elif public_url and hook.endpoint.rstrip("/") != _wanted(public_url):
        found = [Found(False, f"webhook {hook.endpoint} is not {_wanted(public_url)} (WST_PUBLIC_URL)")]
    if not hook.active:
        found.append(Found(False, "the webhook is switched off: turn on «Use webhook» in the console"))
    return found


async def _quota(api: AsyncMessagingApi) -> Found:
    quota = await api.get_message_quota()
    used = (await api.get_message_quota_consumption()).total_usage
    if quota.type == "none" or not quota.value:
        return Found(True, f"pushes this month: {used}, without limit")
    good = used < quota.value * QUOTA_WARNING
    near = "" if good else ", nearly used up" if used < quota.value else ", used up: notices will wait"
    return Found(good, f"pushes this month: {used} of {quota.value}{near}")


async def _menus(api: AsyncMessagingApi) -> list[Found]:
    listed = (await api.get_rich_menu_alias_list()).aliases
    standing = {one.rich_menu_alias_id: one.rich_menu_id for one in listed}
    wanted = [menu.alias for menu in menu_file().menus.values()]
    found = [
        Found(alias in standing, f"menu {alias} {'stands' if alias in standing else 'is missing'}")
        for alias in wanted
    ]
    seen = await default_menu(api)
    if seen is None or seen not in standing.values():
        found.append(Found(False, "no menu of ours is shown to everybody"))
    if not all(one.good for one in found):
        found.append(Found(False, "run: wanshitong line setup-menu"))
    return found


def _wanted(public_url: str | None) -> str:
    return f"{(public_url or 'https://YOUR-ADDRESS').rstrip('/')}{WEBHOOK_PATH}"
