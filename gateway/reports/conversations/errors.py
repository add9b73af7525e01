"""What a report on conversations cannot be asked."""

from __future__ import annotations

from gateway.errors import InvalidInput


class PeriodReversed(InvalidInput):
    """The last day lies before the first."""

    code = "report_period_reversed"
    zh = "迄日早於起日，請確認查詢期間。"
    en = "The last day lies before the first. Please check the period."


class PeriodTooLong(InvalidInput):
    """More days than one question may cover."""

    code = "report_period_too_long"
    zh = "查詢期間最長 366 日，請分段查詢。"
    en = "A period may have 366 days at most. Please ask for parts of it."


class NoSuchDay(InvalidInput):
    """What was given is no day that can be counted."""

    code = "report_no_such_day"
    zh = "日期請填西元年月日，例如 2026-11-23。"
    en = "Give days as 2026-11-23."


class CannotGroup(InvalidInput):
    """The report has no rows of this sort."""

    code = "report_cannot_group"
    zh = "這份報表不能這樣分列，請從清單選擇。"
    en = "This report has no such rows. Please choose from the list."


class UnknownChannel(InvalidInput):
    """Citizens do not write by this way."""

    code = "report_unknown_channel"
    zh = "沒有這個對話管道，請從清單選擇。"
    en = "There is no such channel. Please choose from the list."
