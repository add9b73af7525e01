"""What somebody at the desk of conversations is refused, and why."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput


class AlreadyTaken(Conflict):
    """A colleague has the conversation; `detail` names whom."""

    code = "conversation_taken"
    zh = "這個對話已由其他同仁接手。"
    en = "A colleague has taken this conversation."


class NotInCharge(Conflict):
    """Only whoever has the conversation may do this."""

    code = "not_in_charge"
    zh = "您目前沒有接手這個對話。"
    en = "You are not in charge of this conversation."


class AtCapacity(Conflict):
    """Somebody has as many conversations as they can lead at once."""

    code = "at_capacity"
    zh = "已達同時服務的上限，請先結束或轉出其他對話。"
    en = "As many conversations as can be led at once. Please end or transfer one first."


class NobodyWaits(Conflict):
    """There is nothing in the queue that this person could take."""

    code = "nobody_waits"
    zh = "目前沒有等候中的對話。"
    en = "Nobody is waiting at present."


class NotOffered(Conflict):
    """The conversation is not, or no more, offered to this person."""

    code = "not_offered"
    zh = "這個對話目前沒有請您接聽。"
    en = "You are not being asked to take this conversation."


class UnknownTarget(InvalidInput):
    """The conversation cannot be handed to them: unknown, away, or without a free place."""

    code = "unknown_target"
    zh = "無法轉給這個對象：對方不在線上、已滿或不存在。"
    en = "It cannot be transferred there: not present, at capacity, or unknown."


class CannotRateService(Conflict):
    """Not ended by a person, or rated before."""

    code = "cannot_rate_service"
    zh = "服務結束後才能評分，且只能評一次。"
    en = "A service can be rated once, after it has ended."


class CallBackOpen(Conflict):
    """One call-back of a conversation at a time."""

    code = "call_back_open"
    zh = "您已登記回電；要更改請先取消。"
    en = "A call-back is registered already. Please cancel it first to change it."


class PersonInCharge(Conflict):
    """A person answers right now: what else is needed can be said to them."""

    code = "person_in_charge"
    zh = "客服人員正在為您服務，請直接在對話中說明。"
    en = "A member of staff is serving you. Please tell them in the chat."


class CallBackActRefused(Conflict):
    """Not in this state, or a colleague has taken it; `detail` names whom or what."""

    code = "call_back_act_refused"
    zh = "這筆回電的狀態已變更，或由其他同仁承接。"
    en = "This call-back has changed meanwhile, or a colleague has taken it."
