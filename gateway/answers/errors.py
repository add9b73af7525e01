"""What is refused at the answers desk, and why."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.errors import NotPermitted


class EntryNotFound(NotFound):
    """No such entry or version."""

    code = "entry_not_found"
    zh = "查無此問答。"
    en = "No such entry."


class StaleEntry(Conflict):
    """Somebody has changed the entry since it was opened."""

    code = "stale_entry"
    zh = "其他同仁剛更新過這則問答，請重新整理後再試。"
    en = "A colleague has just changed this entry. Please refresh and try again."


class EntryActRefused(Conflict):
    """The version's state does not allow the act."""

    code = "entry_act_refused"
    zh = "這則問答目前的狀態不能這樣做，請重新整理後再試。"
    en = "The state of this entry does not allow that. Please refresh."


class OwnDraft(NotPermitted):
    """Nobody releases what they have written."""

    code = "own_draft"
    zh = "自己撰寫的內容須由其他同仁審核。"
    en = "What you have written is reviewed by a colleague."


class NothingChanged(Conflict):
    """The draft says what is there already."""

    code = "entry_unchanged"
    zh = "內容與目前版本相同，沒有需要儲存的變更。"
    en = "This says what is there already; nothing was saved."


class CheckRefused(Conflict):
    """An entry whose last day is over is not right any more: it is edited or withdrawn."""

    code = "check_refused"
    zh = "這則問答已過有效期限，請編修或下架。"
    en = "The last day of this entry is over. Please edit or withdraw it."


class BatchNotFound(NotFound):
    """No such file was read."""

    code = "batch_not_found"
    zh = "查無此匯入檔案。"
    en = "No such import."


class StaleBatch(Conflict):
    """What was shown is not what would be taken in now."""

    code = "stale_batch"
    zh = "知識庫在檢視期間已有異動，或這個檔案已處理過，請重新讀取檔案。"
    en = "Something has changed since it was shown, or it was dealt with. Please read the file again."


class TrialMissing(Conflict):
    """What publishing would do has not been reckoned, or not for what is there now."""

    code = "trial_missing"
    zh = "請先試算發布的影響；內容或知識庫有異動時需重新試算。"
    en = "First let the effect of publishing be reckoned; again after anything has changed."


class RegressionStops(Conflict):
    """Publishing would make the evaluation set's figures worse."""

    code = "regression_stops"
    zh = "試算結果變差，未發布。確定要發布時請填寫理由。"
    en = "The figures would get worse; nothing was published. To publish all the same, give a reason."


class NoteMissing(InvalidInput):
    """The act needs a reason that is kept."""

    code = "entry_reason_missing"
    zh = "請說明理由（300 字內）。"
    en = "Please give the reason (to 300 characters)."


class InvalidContent(InvalidInput):
    """Fields that cannot be: `problems` by field, keys of the message catalogue."""

    code = "invalid_entry"
    zh = "有幾個欄位需要修正，請看欄位旁的說明。"
    en = "Some fields need to be corrected; see the notes beside them."

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(problems)))
        self.problems = dict(problems)
