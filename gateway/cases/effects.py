"""What each act does besides leading to another state: a table from act to function."""

from __future__ import annotations

from collections.abc import Callable

from gateway.cases import finishing, linking, routing, timing
from gateway.cases.acting import Acting
from gateway.cases.rules import Act

EFFECTS: dict[Act, Callable[[Acting], None]] = {
    Act.ASSIGN: routing.assign,
    Act.REASSIGN: routing.reassign,
    Act.RETURN: routing.give_back,
    Act.SPLIT: routing.split,
    Act.ACCEPT: routing.accept,
    Act.HAND_EXTERNAL: routing.hand_external,
    Act.TAKE_BACK: routing.take_back,
    Act.REQUEST_INFO: timing.request_info,
    Act.SUPPLY_INFO: timing.resume,
    Act.ASK_EXTENSION: timing.ask_extension,
    Act.EXTEND: timing.extend,
    Act.REFUSE_EXTENSION: timing.refuse_extension,
    Act.RECLASSIFY: linking.reclassify,
    Act.MERGE: linking.merge,
    Act.UNMERGE: linking.unmerge,
    Act.CONVERT: linking.convert,
    Act.INSPECT: finishing.inspect,
    Act.HANDLE: finishing.handle,
    Act.NOT_PROCESS: finishing.not_process,
    Act.WITHDRAW: finishing.withdraw,
    Act.RELEASE: finishing.release,
    Act.REOPEN: finishing.reopen,
    Act.MOVE_DUE: timing.follow_calendar,
}
"""Acts that are not here change nothing but what the lifecycle's own row says."""
