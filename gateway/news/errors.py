"""What is refused where city news is written, sent and subscribed to, and why."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Conflict, InvalidInput, NotFound, PlatformError
from gateway.identity.errors import NotPermitted


class NewsNotFound(NotFound):
    """There is no such news."""

    code = "news_not_found"
    zh = "查無這則消息。"
    en = "No such news."


class StaleNews(Conflict):
    """Somebody has changed the news since it was opened."""

    code = "stale_news"
    zh = "其他同仁剛更新過這則消息，請重新整理後再試。"
    en = "A colleague has just changed this news. Please refresh and try again."


class NewsActRefused(Conflict):
    """The state of the news does not allow the act."""

    code = "news_act_refused"
    zh = "這則消息目前的狀態不能這樣做，請重新整理後再試。"
    en = "The state of this news does not allow that. Please refresh."


class OwnNews(NotPermitted):
    """Nobody lets go out what they have written."""

    code = "own_news"
    zh = "自己撰寫的消息須由其他同仁核准。"
    en = "What you have written is approved by a colleague."


class NobodySubscribed(Conflict):
    """The segment is empty."""

    code = "news_without_recipients"
    zh = "目前沒有符合條件的訂閱者，請調整主題、行政區、管道或語言。"
    en = "Nobody subscribes to this. Please choose another topic, district, channel or language."


class NewsExpired(Conflict):
    """What the news says is valid no longer."""

    code = "news_expired"
    zh = "這則消息已過有效期限，不會再寄送。"
    en = "This news is past its validity and is not sent any more."


class AddressMissing(Conflict):
    """Letters could not say how to unsubscribe."""

    code = "news_address_missing"
    zh = "系統尚未設定對外網址（WST_PUBLIC_URL），信中無法附上取消訂閱連結，請洽系統管理員。"
    en = "The public address (WST_PUBLIC_URL) is not set, so no letter could tell how to unsubscribe."


class NewsReasonMissing(InvalidInput):
    """The act needs a reason that is kept."""

    code = "news_reason_missing"
    zh = "請說明理由（300 字內）。"
    en = "Please give the reason (to 300 characters)."


class InvalidNews(InvalidInput):
    """Fields that cannot be: `problems` by field, keys of the message catalogue."""

    code = "invalid_news"
    zh = "有幾個欄位需要修正，請看欄位旁的說明。"
    en = "Some fields need to be corrected; see the notes beside them."

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(problems)))
        self.problems = dict(problems)


class SubscriptionNotFound(NotFound):
    """The link opens no subscription."""

    code = "subscription_not_found"
    zh = "找不到這筆訂閱，連結可能不完整，或您已取消訂閱。"
    en = "No such subscription. The link may be incomplete, or you have unsubscribed."


class ConfirmationOver(PlatformError):
    """The link of a confirmation is too old, or something has been decided since."""

    code = "subscription_confirmation_over"
    status = 410
    zh = "確認連結已超過 7 天，或您之後已變更訂閱。請重新訂閱一次。"
    en = "The link is older than 7 days, or you have changed your subscription since. Please subscribe again."
