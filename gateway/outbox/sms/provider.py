"""Which carrier takes text messages: none, the recorder, or the city's own."""

from __future__ import annotations

from importlib import import_module
from inspect import iscoroutinefunction

from gateway.errors import Unavailable
from gateway.outbox.sms.recorder import Recorder
from gateway.outbox.transports import Carrier
from gateway.settings import Settings


class SmsCarrierUnusable(Unavailable):
    """What WST_SMS_CARRIER names is no carrier of text messages; `detail` says why."""

    code = "sms_carrier_unusable"
    zh = "WST_SMS_CARRIER 指定的簡訊介接程式無法使用。"
    en = "What WST_SMS_CARRIER names cannot be used."


def open_sms_carrier(settings: Settings) -> Carrier | None:
    """The carrier of the settings; None where there are no text messages.

    A city's own is a class that takes the settings and has `async def deliver(letter)`, like every Carrier.
    Raises SmsCarrierUnusable.
    """
    if settings.sms_carrier is not None:
        return _own(settings.sms_carrier, settings)
    return Recorder(settings) if settings.sms == "record" else None


def _own(named: str, settings: Settings) -> Carrier:
    module, _, name = named.partition(":")
    try:
        carrier: Carrier = getattr(import_module(module), name)(settings)
    except Exception as error:  # whatever a stranger's class raises, the start is refused in one line
        raise SmsCarrierUnusable(f"WST_SMS_CARRIER={named}: {type(error).__name__}: {error}") from error
    if not iscoroutinefunction(getattr(carrier, "deliver", None)):
        raise SmsCarrierUnusable(f"WST_SMS_CARRIER={named}: it has no `async def deliver(self, letter)`")
    return carrier
