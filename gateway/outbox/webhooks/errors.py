"""What can be wrong with a webhook endpoint."""

from __future__ import annotations

from typing import Final

from gateway.errors import Conflict, NotFound


class EndpointNotFound(NotFound):
    """There is no such endpoint."""

    code = "webhook_not_found"
    zh = "找不到這個接收端點。"
    en = "There is no such endpoint."


class EndpointNotActive(Conflict):
    """A test event goes only to an endpoint that is told events."""

    code = "webhook_not_active"
    zh = "這個接收端點目前停用，請先恢復再測試。"
    en = "This endpoint is not active. Resume it first."


class AddressRefused(Exception):
    """An address to which nothing may be sent; `why` as (zh-TW, en)."""

    def __init__(self, why: tuple[str, str]) -> None:
        super().__init__(why[1])
        self.why = why


NOT_A_URL: Final = (
    "請填完整網址，例如 https://cases.example.gov.tw/hook。",
    "not a complete address",
)
NOT_HTTPS: Final = ("網址必須以 https:// 開頭。", "the address must begin with https://")
HAS_EXTRAS: Final = (
    "網址不可包含帳號密碼或 # 之後的內容。",
    "the address must hold neither a password nor a fragment",
)
NOT_ALLOWED: Final = (
    "這個網址指向不允許的網段（WST_WEBHOOK_NETWORKS）。",
    "the address lies in a network that WST_WEBHOOK_NETWORKS does not allow",
)
IS_OURSELVES: Final = (
    "這個網址指向本平台自己的主機。",
    "the address is one of the platform's own machine",
)
