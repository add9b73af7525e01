"""Rich menus of the fake LINE: menus, their pictures, names that stand for them, and who sees which."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, field
from typing import Any

from linebot.v3.messaging import (
    CreateRichMenuAliasRequest,
    RichMenuRequest,
    UpdateRichMenuAliasRequest,
)
from PIL import Image

from tests.channels.line.serving import Answer, Call, Refusal, error

IMAGE_BYTES = 1_000_000
AREAS = 20
ALIASES = 1000
_NOT_FOUND = "richmenu not found"
_NO_ALIAS = "richmenu alias not found"
DEFAULT = "all"


@dataclass
class Menus:
    """What stands at LINE. Public for tests: by id, by alias, and by user (`all` is everybody)."""

    menus: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    seen_by: dict[str, str] = field(default_factory=dict)

    def create(self, call: Call) -> Answer:
        """POST /v2/bot/richmenu."""
        body = self._checked(call)
        menu_id = f"richmenu-{secrets.token_hex(16)}"
        self.menus[menu_id] = body
        return Answer(200, {"richMenuId": menu_id})

    def validate(self, call: Call) -> Answer:
        """POST /v2/bot/richmenu/validate."""
        self._checked(call)
        return Answer(200, {})

    def listed(self, _call: Call) -> Answer:
        """GET /v2/bot/richmenu/list."""
        return Answer(200, {"richmenus": [{"richMenuId": key, **menu} for key, menu in self.menus.items()]})

    def one(self, _call: Call, menu_id: str) -> Answer:
        """GET /v2/bot/richmenu/{richMenuId}."""
        return Answer(200, {"richMenuId": menu_id, **self._menu(menu_id)})

    def delete(self, _call: Call, menu_id: str) -> Answer:
        """DELETE /v2/bot/richmenu/{richMenuId}; who saw it sees none."""
        self._menu(menu_id)
        del self.menus[menu_id]
        self.images.pop(menu_id, None)
        self.seen_by = {user: seen for user, seen in self.seen_by.items() if seen != menu_id}
        return Answer(200, {})

    def set_image(self, call: Call, menu_id: str) -> Answer:
        """POST …/content: PNG or JPEG of the menu's own size, up to 1 MB, once."""
        menu = self._menu(menu_id)
        media_type = call.headers.get("content-type", "")
        if menu_id in self.images:
            raise Refusal(400, error("An image has already been uploaded to the richmenu"))
        if media_type not in {"image/png", "image/jpeg"}:
            raise Refusal(415, error("Unsupported media type"))
        if len(call.raw) > IMAGE_BYTES:
            raise Refusal(413, error("Request entity too large"))
        with Image.open(io.BytesIO(call.raw)) as picture:
            size = {"width": picture.width, "height": picture.height}
        if size != menu["size"]:
            raise Refusal(400, error("The image size does not match the size of the richmenu"))
        self.images[menu_id] = (media_type, call.raw)
        return Answer(200, {})

    def image(self, _call: Call, menu_id: str) -> Answer:
        """GET …/content."""
        self._menu(menu_id)
        if menu_id not in self.images:
            raise Refusal(404, error("image not found"))
        media_type, content = self.images[menu_id]
        return Answer(200, content=content, media_type=media_type)

    def alias_list(self, _call: Call) -> Answer:
        """GET /v2/bot/richmenu/alias/list."""
        listed = [{"richMenuAliasId": name, "richMenuId": menu} for name, menu in self.aliases.items()]
        return Answer(200, {"aliases": listed})

    def alias(self, _call: Call, name: str) -> Answer:
        """GET /v2/bot/richmenu/alias/{richMenuAliasId}."""
        if name not in self.aliases:
            raise Refusal(404, error(_NO_ALIAS))
        return Answer(200, {"richMenuAliasId": name, "richMenuId": self.aliases[name]})

    def create_alias(self, call: Call) -> Answer:
        """POST /v2/bot/richmenu/alias; a name only once, and only for a menu with its picture."""
        body = call.body_as(CreateRichMenuAliasRequest)
        if body["richMenuAliasId"] in self.aliases:
            raise Refusal(400, error("conflict richmenu alias id"))
        self._pictured(body["richMenuId"])
        self.aliases[body["richMenuAliasId"]] = body["richMenuId"]
        return Answer(200, {})

    def change_alias(self, call: Call, name: str) -> Answer:
        """POST /v2/bot/richmenu/alias/{richMenuAliasId}."""
        body = call.body_as(UpdateRichMenuAliasRequest)
        if name not in self.aliases:
            raise Refusal(404, error(_NO_ALIAS))
        self._pictured(body["richMenuId"])
        self.aliases[name] = body["richMenuId"]
        return Answer(200, {})

    def delete_alias(self, _call: Call, name: str) -> Answer:
        """DELETE /v2/bot/richmenu/alias/{richMenuAliasId}."""
        if self.aliases.pop(name, None) is None:
            raise Refusal(404, error(_NO_ALIAS))
        return Answer(200, {})

    def default(self, call: Call) -> Answer:
        """GET /v2/bot/user/all/richmenu."""
        return self.of_user(call, DEFAULT)

    def set_default(self, call: Call, menu_id: str) -> Answer:
        """POST /v2/bot/user/all/richmenu/{richMenuId}."""
        return self.link(call, DEFAULT, menu_id)

    def cancel_default(self, call: Call) -> Answer:
        """DELETE /v2/bot/user/all/richmenu."""
        return self.unlink(call, DEFAULT)

    def of_user(self, _call: Call, user: str) -> Answer:
        """GET /v2/bot/user/{userId}/richmenu."""
        if user not in self.seen_by:
            raise Refusal(
                404, error("no default richmenu" if user == DEFAULT else "the user has no richmenu")
            )
        return Answer(200, {"richMenuId": self.seen_by[user]})

    def link(self, _call: Call, user: str, menu_id: str) -> Answer:
        """POST /v2/bot/user/{userId}/richmenu/{richMenuId}."""
        self._pictured(menu_id)
        self.seen_by[user] = menu_id
        return Answer(200, {})

    def unlink(self, _call: Call, user: str) -> Answer:
        """DELETE /v2/bot/user/{userId}/richmenu."""
        self.seen_by.pop(user, None)
        return Answer(200, {})

    def _menu(self, menu_id: str) -> dict[str, Any]:
        if menu_id not in self.menus:
            raise Refusal(404, error(_NOT_FOUND))
        return self.menus[menu_id]

    def _pictured(self, menu_id: str) -> None:
        self._menu(menu_id)
        if menu_id not in self.images:
            raise Refusal(400, error("must upload richmenu image before applying it to user"))

    def _checked(self, call: Call) -> dict[str, Any]:
        body = call.body_as(RichMenuRequest)
        size, areas = body["size"], body["areas"]
        wrong = [
            f"areas[{n}].bounds"
            for n, area in enumerate(areas)
            if area["bounds"]["x"] + area["bounds"]["width"] > size["width"]
            or area["bounds"]["y"] + area["bounds"]["height"] > size["height"]
        ]
        fits = (
            800 <= size["width"] <= 2500 and size["height"] >= 250 and size["width"] / size["height"] >= 1.45
        )
        if wrong or not fits or len(areas) > AREAS:
            told = [{"message": "invalid", "property": name} for name in wrong or ["size"]]
            raise Refusal(400, error(f"The request body has {len(told)} error(s)", told))
        return body
