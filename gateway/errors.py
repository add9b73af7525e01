"""One hierarchy of errors: a stable code, a sentence for the person, a status for HTTP."""

from __future__ import annotations

from collections.abc import Mapping


class PlatformError(Exception):
    """Root of every error the platform raises on purpose.

    `code` never changes once published; `zh` and `en` are what the person reads; `context` goes to
    the log and must hold no personal data.
    """

    code = "internal_error"
    status = 500
    zh = "系統暫時無法處理，請稍後再試。"
    en = "The system cannot handle this right now. Please try again later."

    def __init__(self, detail: str = "", **context: object) -> None:
        super().__init__(detail or self.en)
        self.detail = detail
        self.context = context


class InvalidInput(PlatformError):
    """What was sent cannot be used; nothing was changed."""

    code = "invalid_input"
    status = 422
    zh = "送出的內容格式不正確，請確認後再試。"
    en = "What was sent is not valid. Please check it and try again."


class InvalidFields(InvalidInput):
    """A form with mistakes: what is wrong with each field, as (zh-TW, en)."""

    code = "invalid_fields"
    zh = "有幾個欄位需要修正，請看欄位旁的說明。"
    en = "Some fields need to be corrected; see the notes beside them."

    def __init__(self, fields: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(", ".join(sorted(fields)))
        self.fields = dict(fields)


class NotFound(PlatformError):
    """There is no such thing, or it is not yours: both look the same."""

    code = "not_found"
    status = 404
    zh = "查無資料，請確認後再試。"
    en = "Nothing was found. Please check and try again."


class Unauthorized(PlatformError):
    """The token is missing, forged or expired."""

    code = "unauthorized"
    status = 401
    zh = "連線憑證無效或已過期，請重新開啟對話。"
    en = "Your session is not valid or has expired. Please start a new conversation."


class TooLarge(PlatformError):
    """More was sent than one message may hold."""

    code = "too_large"
    status = 413
    zh = "訊息太長了，請精簡後分次傳送。"
    en = "The message is too long. Please shorten it or send it in parts."


class TooManyRequests(PlatformError):
    """A rate limit was reached."""

    code = "too_many_requests"
    status = 429
    zh = "傳送次數過於頻繁，請稍候再試。"
    en = "Too many requests. Please wait a moment and try again."


class Conflict(PlatformError):
    """The state has changed since it was read."""

    code = "conflict"
    status = 409
    zh = "資料已被更新，請重新整理後再試。"
    en = "The state has changed. Please refresh and try again."


class Unavailable(PlatformError):
    """Something the platform depends on is not there."""

    code = "unavailable"
    status = 503
    zh = "服務暫時無法使用，請稍後再試。"
    en = "The service is not available right now. Please try again later."
