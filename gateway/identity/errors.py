"""What the identity room refuses, and in which words."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput, NotFound, PlatformError, TooManyRequests, Unauthorized


class LoginRefused(Unauthorized):
    """Name, password or code is wrong, or the account is closed: all look the same."""

    code = "login_refused"
    zh = "帳號、密碼或驗證碼不正確。"
    en = "The user name, password or code is not right."


class LoginThrottled(TooManyRequests):
    """Too many failures; `retry_after` says in how many seconds to try again."""

    code = "login_throttled"
    zh = "登入失敗次數過多，請稍候再試。"
    en = "Too many failed sign-ins. Please wait and try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


class NotSignedIn(Unauthorized):
    """There is no session, or it has ended."""

    code = "not_signed_in"
    zh = "您尚未登入，或登入已逾時，請重新登入。"
    en = "You are not signed in, or your session has ended. Please sign in again."


class NotPermitted(PlatformError):
    """The person is known, but none of their roles allows this."""

    code = "not_permitted"
    status = 403
    zh = "您的角色沒有執行這項作業的權限。"
    en = "Your role does not allow this."


class CsrfMismatch(PlatformError):
    """A form came without this session's token: perhaps not from our page."""

    code = "csrf_mismatch"
    status = 403
    zh = "表單已失效，請重新整理頁面後再送出。"
    en = "This form is no longer valid. Please reload the page and send it again."


class MustChangePassword(PlatformError):
    """The password is a one-time one; nothing else is open until it is changed."""

    code = "must_change_password"
    status = 403
    zh = "請先變更密碼，才能繼續使用。"
    en = "Please change your password before going on."


class MustEnrolTotp(PlatformError):
    """A role of this account asks for a second factor that is not set up yet."""

    code = "must_enrol_totp"
    status = 403
    zh = "您的角色須啟用兩步驟驗證，請先完成設定。"
    en = "Your role needs two-step verification. Please set it up before going on."


class WeakPassword(InvalidInput):
    """The new password is too short, too simple, or names its owner."""

    code = "weak_password"
    zh = "新密碼至少 12 個字元、至少 6 種不同字元，且不可包含帳號，也不可與舊密碼相同。"
    en = (
        "A new password needs at least 12 characters, 6 different ones, "
        "must not hold the user name and must differ from the old one."
    )


class InvalidAccount(InvalidInput):
    """A part of the account cannot be used; the detail names it."""

    code = "invalid_account"
    zh = "帳號資料不正確，請確認後再試。"
    en = "The account's data is not valid. Please check it and try again."


class AccountNotFound(NotFound):
    """No account has this name or number."""

    code = "account_not_found"
    zh = "查無此帳號。"
    en = "There is no such account."


class UsernameTaken(Conflict):
    """Another account has this name, capitals or not."""

    code = "username_taken"
    zh = "這個帳號名稱已有人使用。"
    en = "This user name is taken."


class LastAdministrator(Conflict):
    """The act would leave nobody who can manage accounts."""

    code = "last_administrator"
    zh = "系統至少要保留一位啟用中的系統管理員。"
    en = "At least one active administrator must remain."


class TotpAlreadyEnrolled(Conflict):
    """A second factor is set up; an administrator can reset it."""

    code = "totp_already_enrolled"
    zh = "兩步驟驗證已經啟用；如需重設，請洽系統管理員。"
    en = "Two-step verification is already on. Ask an administrator to reset it."


class WrongCode(InvalidInput):
    """The one-time code does not fit, or was used before."""

    code = "wrong_code"
    zh = "驗證碼不正確或已使用過，請輸入驗證器上最新的驗證碼。"
    en = "The code is wrong or was used before. Please enter the newest one from your authenticator."


class TokenNotFound(NotFound):
    """No such API token, or it is revoked already."""

    code = "token_not_found"
    zh = "查無此權杖。"
    en = "There is no such token."


class SsoOff(NotFound):
    """No identity provider is configured."""

    code = "sso_off"
    zh = "本系統未啟用單一登入。"
    en = "Single sign-on is not switched on here."


class SsoRefused(Unauthorized):
    """The identity provider's answer cannot be trusted, or names nobody who has an account here."""

    code = "sso_refused"
    zh = "單一登入未成功，請再試一次，或改用帳號密碼登入。"
    en = "Single sign-on did not succeed. Please try again or sign in with your password."
