"""What the case room refuses, and how it says so."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput, NotFound, PlatformError, Unavailable


class CaseNotFound(NotFound):
    """No such case, or the code does not open it: nobody can tell which."""

    code = "case_not_found"
    zh = "查無此案件，請確認案件編號與查詢碼。"
    en = "No case was found. Please check the case number and the verification code."


class InvalidCaseNumber(InvalidInput):
    """The text is not a case number: wrong form, impossible date or wrong check digit."""

    code = "invalid_case_number"
    zh = "案件編號格式不正確，請確認後再輸入一次。"
    en = "That is not a valid case number. Please check it and try again."


class UnknownServiceItem(InvalidInput):
    """The catalogue has no such service item."""

    code = "unknown_service_item"
    zh = "沒有這個案件項目。"
    en = "There is no such service item."


class InvalidCase(InvalidInput):
    """A case that cannot be registered: a required part is missing or of the wrong form."""

    code = "invalid_case"
    zh = "案件內容不完整或格式不正確，請確認後再送出。"
    en = "The case is incomplete or not valid. Please check it and send it again."


class ActNotAllowed(Conflict):
    """The table of the lifecycle does not allow this act in this state by this role."""

    code = "act_not_allowed"
    zh = "案件目前的狀態不能執行這個動作。"
    en = "The case does not allow this act in its present state."


class StaleCase(Conflict):
    """Somebody else changed the case since it was read; `context` holds what it is now."""

    code = "stale_case"
    zh = "案件已被他人更新，請重新整理後再試。"
    en = "Somebody else has changed the case. Please refresh and try again."


class NoteRequired(InvalidInput):
    """The act needs words: a result, a reason."""

    code = "note_required"
    zh = "請填寫處理結果或理由。"
    en = "Please give the result or the reason."


class NotYourUnit(PlatformError):
    """The case is with another unit than the handler's."""

    code = "not_your_unit"
    status = 403
    zh = "這件案件不屬於您的單位，無法執行這個動作。"
    en = "The case is not with your unit."


class UnknownUnit(InvalidInput):
    """No unit of this name can be given cases, or not this sort of unit."""

    code = "unknown_unit"
    zh = "沒有這個單位，或不能將案件交給這類單位。"
    en = "There is no such unit, or it cannot be given this case."


class EmptyClosing(InvalidInput):
    """The closing text says nothing about this case; `detail` says what is wrong with it."""

    code = "empty_closing"
    zh = "結案說明太簡略或只有制式文字，請寫明到場時間、處理方式與結果。"
    en = "The closing text is empty or only a template. Say when you arrived, what was done and the result."


class PartMissing(InvalidInput):
    """Something that the act needs did not come with it; `detail` names it."""

    code = "part_missing"
    zh = "還缺少必要的資料，請補齊後再送出。"
    en = "Something that is needed is missing. Please add it and send it again."


class NewDueTooEarly(InvalidInput):
    """An extension that does not extend: the new due time is not after the old one and after now."""

    code = "new_due_too_early"
    zh = "展延後的期限必須晚於目前期限與現在時間。"
    en = "The new due time must lie after the present one and in the future."


class NoPendingExtension(Conflict):
    """There is no wish for more time to decide on, or there is one already."""

    code = "no_pending_extension"
    zh = "目前沒有待審核的展延申請，或已有申請正在審核。"
    en = "There is no extension to decide on, or one is waiting already."


class CannotMerge(Conflict):
    """The other case cannot take this one in; `detail` says why."""

    code = "cannot_merge"
    zh = "無法併入這件案件：須為尚未結案、未被併案的其他案件。"
    en = "It cannot be merged into that case: it must be another open case that is not merged itself."


class CannotJoin(Conflict):
    """The offer to join is too old or not ours, or the case has been closed since; `detail` says which."""

    code = "cannot_join"
    zh = "這件案件已結案或選項已逾時，無法加入；請重新查詢，或另外提出新案件。"
    en = "That case is closed by now, or the offer has expired. Please look again, or file a new case."


class CannotReopen(Conflict):
    """The time for it is over, or it was reopened before."""

    code = "cannot_reopen"
    zh = "已超過可申請重啟的期限，或先前已重啟過一次。如仍有問題，請另外提出新案件。"
    en = (
        "The time to reopen is over, or it was reopened before. If the problem stays, please file a new case."
    )


class CannotRate(Conflict):
    """Only a closed case can be rated, once for each closing."""

    code = "cannot_rate"
    zh = "案件結案後才能評分，且每次結案只能評一次。"
    en = "A case can be rated once, after it has been closed."


class ClosureNotFound(NotFound):
    """There is no such closure in force."""

    code = "closure_not_found"
    zh = "查無這筆停止上班紀錄。"
    en = "There is no such closure."


class DateOutOfCalendar(InvalidInput):
    """The office calendar does not reach that far."""

    code = "date_out_of_calendar"
    zh = "日期超出辦公日曆的範圍。"
    en = "The date lies outside the office calendar."


class InvalidOfficeHours(InvalidInput, ValueError):
    """Office hours in a setting or a limit that cannot be read."""

    code = "invalid_office_hours"
    zh = "辦公時間的設定格式不正確。"
    en = "The office hours are not valid."


class SequenceExhausted(Unavailable):
    """One kind has used every number of one day."""

    code = "sequence_exhausted"
