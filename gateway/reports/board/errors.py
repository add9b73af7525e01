"""What the board refuses."""

from __future__ import annotations

from gateway.errors import InvalidInput, Unauthorized


class BoardLinkEnded(Unauthorized):
    """The link of a screen is unknown, over, or its maker may not show the board any more."""

    code = "board_link_ended"
    zh = "這個看板連結已失效，請督導人員重新建立。"
    en = "This display link is no longer valid; a supervisor can make a new one."


class InvalidBoardLink(InvalidInput):
    """A link without a usable name or time."""

    code = "invalid_board_link"
    zh = "請輸入 1–60 字的名稱，期限為 1–400 天。"
    en = "Give the link a name of 1 to 60 characters and 1 to 400 days."
