"""What is wrong with what somebody wants to keep, or to be sent."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput, NotFound


class SavedReportNotFound(NotFound):
    """There is no such saved report, or it is not shared with whoever asks: both look the same."""


class InvalidSavedName(InvalidInput):
    """The name is empty, too long, or not on one line."""

    code = "invalid_saved_name"
    zh = "請填寫名稱，最多 60 個字。"
    en = "Give it a name of at most 60 characters."


class InvalidSchedule(InvalidInput):
    """The rhythm of a schedule cannot be."""

    code = "invalid_schedule"
    zh = "請選擇寄送的週期、日期與時間。"
    en = "Choose how often, on which day and at what hour it is sent."


class InvalidRecipients(InvalidInput):
    """No address, too many, or one that is none. `detail` names it."""

    code = "invalid_recipients"
    zh = "請填寫 1 至 20 個正確的電子郵件地址，以逗號或換行分隔。"
    en = "Enter 1 to 20 valid e-mail addresses, with commas or line breaks between them."


class TooManySaved(Conflict):
    """Somebody keeps as many reports as one person may."""

    code = "too_many_saved_reports"
    zh = "您已儲存 100 份報表，請先刪除不再使用的。"
    en = "You have saved 100 reports. Delete some that you no longer use first."
