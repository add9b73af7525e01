"""Why a file is not made, or not handed out."""

from __future__ import annotations

from gateway.errors import Conflict, NotFound, PlatformError


class ExportNotFound(NotFound):
    """There is no such file, it is somebody else's, or it is thrown away: all look the same."""


class TooManyExports(Conflict):
    """Somebody has as many files under way as one person may."""

    code = "too_many_exports"
    zh = "您已有多個檔案正在製作，請等其中一個完成後再試。"
    en = "You have several files under way. Please wait until one of them is done."


class ExportInterrupted(PlatformError):
    """Every process that began the file has died over it."""

    code = "export_interrupted"
    zh = "製作多次中斷，請縮小範圍後再試，或聯絡系統管理員。"
    en = "Making it was cut off several times. Ask for less, or tell your administrator."


class ReportGone(PlatformError):
    """The report is no longer there."""

    code = "report_gone"
    status = 410
    zh = "這份報表已不存在。"
    en = "This report is no longer there."
