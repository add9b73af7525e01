"""What is refused about quality sheets, and why."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.errors import NotPermitted


class SheetNotFound(NotFound):
    """No such sheet, or none that this person may see."""

    code = "sheet_not_found"
    zh = "查無此評核表。"
    en = "No such quality sheet."


class OwnSheet(NotPermitted):
    """Nobody assesses their own conversations."""

    code = "own_sheet"
    zh = "不能評核自己的對話。"
    en = "Nobody assesses their own conversations."


class SheetActRefused(Conflict):
    """The sheet's state does not allow the act."""

    code = "sheet_act_refused"
    zh = "這張評核表目前的狀態不能這樣做，請重新整理後再試。"
    en = "The state of this sheet does not allow that. Please refresh."


class StaleSheet(Conflict):
    """Somebody has changed the sheet since it was opened."""

    code = "stale_sheet"
    zh = "其他同仁剛更新過這張評核表，請重新整理後再試。"
    en = "A colleague has just changed this sheet. Please refresh and try again."


class AlreadyReplied(Conflict):
    """A final sheet is answered once."""

    code = "already_replied"
    zh = "您已回覆過這張評核表。"
    en = "You have already replied to this sheet."


class DrawnAtOnce(Conflict):
    """Others were drawing at the same time, again and again."""

    code = "drawn_at_once"
    zh = "其他督導人員正在抽樣，請稍候再試。"
    en = "Others are drawing at this moment. Please try again."


class InvalidPeriod(InvalidInput):
    """Not a period that can be drawn from."""

    code = "invalid_period"
    zh = "請填寫一年以內、不晚於今日的起訖日期。"
    en = "A first and a last day, within a year and not after today."


class InvalidSize(InvalidInput):
    """Not a number of conversations that can be drawn from each."""

    code = "invalid_size"
    zh = "每人抽樣件數須為 1 至 50 的整數。"
    en = "From 1 to 50 conversations of each operator."


class InvalidReply(InvalidInput):
    """An objection without reasons, or too many words."""

    code = "invalid_quality_reply"
    zh = "提出異議時請說明理由（1000 字內）。"
    en = "Please give reasons for an objection (to 1000 characters)."


class ReasonMissing(InvalidInput):
    """A sheet is opened again for a reason that is kept."""

    code = "reason_missing"
    zh = "請說明重新開啟的理由（300 字內）。"
    en = "Please give the reason for opening it again (to 300 characters)."


class InvalidMarks(InvalidInput):
    """Points that cannot be given or are missing: `problems` by criterion, `range`, `missing` or `needed`."""

    code = "invalid_marks"
    zh = "有幾個項目的分數需要修正，請看項目旁的說明。"
    en = "Some points need to be corrected; see the notes beside them."

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(problems)))
        self.problems = dict(problems)
