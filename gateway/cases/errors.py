"""What the case room refuses, and how it says so."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput, NotFound, Unavailable


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
