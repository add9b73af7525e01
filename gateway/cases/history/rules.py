"""What a record of Open1999 means here: status, part, clocks and events. Pure.

Nothing is made up: a duty that is known to be done, at a time that nobody wrote down, gets a due time
and no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.cases.errors import InvalidCaseNumber
from gateway.cases.numbering import parse_number
from gateway.cases.rules import Act, Parted, Stage, Status

CITY_STATUS: dict[str, Status] = {
    "建立中": Status.REGISTERED,
    "待確認": Status.ASSIGNED,
    "待處理": Status.IN_PROGRESS,
    "處理完成": Status.HANDLED,
    "解除管制": Status.RELEASED,
}
"""The city's names of states; its codes are 1 to 5 in this order, and one record of 2016 has a 9."""
CITY_NAME = {status: name for name, status in CITY_STATUS.items()}
CITY_CODE = {status: str(n) for n, status in enumerate(CITY_STATUS.values(), start=1)}
PROGRESS = list(CITY_STATUS.values())
"""The states in the order in which a case goes through them."""

TIME_UNKNOWN = (
    "由 Open1999 匯入，原系統未記錄進入此狀態的時間：",
    "Taken over from Open1999, time not recorded: ",
)
"""Note of the event that says where an imported case stands: (zh-TW, en)."""

_NUMBER = re.compile(r"[A-Z]{1,5}-?[0-9A-Z][0-9A-Z-]{4,30}")
_TIME = re.compile(
    r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})[ T](?:(上午|下午) ?)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.0+)?"
)
NOON = 12


class Odd(StrEnum):
    """What can be strange about a record that is taken in all the same."""

    NO_CATEGORY = "no_category"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_DISTRICT = "unknown_district"
    UNUSUAL_STATUS = "unusual_status"
    CLOSED_BEFORE_CREATED = "closed_before_created"
    CLOSED_WITHOUT_TIME = "closed_without_time"
    TIME_WITHOUT_CLOSING = "time_without_closing"
    SAVED_BEFORE_CREATED = "saved_before_created"
    NUMBER_OF_ANOTHER_DAY = "number_of_another_day"
    OUTSIDE_CITY = "outside_city"
    OTHER_DISTRICT = "other_district"
    TWICE_IN_FILE = "twice_in_file"
    WENT_BACK = "went_back"
    ACTED_ON_HERE = "acted_on_here"


class Refusal(StrEnum):
    """Why a record is not taken in."""

    NO_NUMBER = "no_number"
    NUMBER_TAKEN = "number_taken"
    NO_TIME = "no_time"
    IN_FUTURE = "in_future"
    UNKNOWN_STATUS = "unknown_status"
    OUT_OF_CALENDAR = "out_of_calendar"


ODD_TEXT: dict[Odd, tuple[str, str]] = {
    Odd.NO_CATEGORY: ("沒有類別，歸入「其他」", "no category, put under «other»"),
    Odd.UNKNOWN_CATEGORY: (
        "類別不在目錄中，歸入「其他」",
        "a category the catalogue has not, put under «other»",
    ),
    Odd.UNKNOWN_UNIT: ("單位不在目錄中，照原文保留", "a unit the catalogue has not, kept as written"),
    Odd.UNKNOWN_DISTRICT: ("行政區不屬本市，不採用", "no district of the city, left out"),
    Odd.UNUSUAL_STATUS: (
        "狀態代碼與名稱不符，以名稱為準",
        "code and name of the status differ, the name counts",
    ),
    Odd.CLOSED_BEFORE_CREATED: (
        "結案早於立案，結案時間不採用",
        "closed before created, time left out",
    ),
    Odd.CLOSED_WITHOUT_TIME: ("已解除管制但無時間，不作逾期判斷", "closed without a time, not judged"),
    Odd.TIME_WITHOUT_CLOSING: ("未結案卻有結案時間，不採用", "a closing time though open, left out"),
    Odd.SAVED_BEFORE_CREATED: ("存檔早於立案，不採用", "saved before created, left out"),
    Odd.NUMBER_OF_ANOTHER_DAY: ("編號日期與立案日不同", "the number is of another day than the creation"),
    Odd.OUTSIDE_CITY: ("座標不在本市，不採用", "coordinates outside the city, left out"),
    Odd.OTHER_DISTRICT: ("座標落在其他行政區，照原文保留", "coordinates in another district, kept"),
    Odd.TWICE_IN_FILE: ("同一檔案中重複", "more than once in the file"),
    Odd.WENT_BACK: ("狀態倒退，不採用", "a status earlier than the known one, not taken"),
    Odd.ACTED_ON_HERE: ("已在本平台處理，不以檔案覆蓋", "acted on here since, the file does not overrule"),
}
REFUSAL_TEXT: dict[Refusal, tuple[str, str]] = {
    Refusal.NO_NUMBER: ("沒有可用的編號", "no usable number"),
    Refusal.NUMBER_TAKEN: ("編號已屬另一案件", "the number belongs to another case"),
    Refusal.NO_TIME: ("沒有可讀的立案時間", "no readable time of creation"),
    Refusal.IN_FUTURE: ("立案時間在未來", "created in the future"),
    Refusal.UNKNOWN_STATUS: ("狀態無法辨識", "a status that is not known"),
    Refusal.OUT_OF_CALENDAR: ("立案時間超出辦公日曆", "outside the office calendar"),
}


@dataclass(frozen=True)
class Raw:
    """A record as its file has it; `row` counts from 1."""

    row: int
    number: str
    status_code: str
    status_name: str
    created: str
    saved: str
    closed: str
    unit_code: str
    unit: str
    zip: str
    district: str
    category: str
    address: str = ""
    before: str = ""
    after: str = ""
    memo: str = ""
    lat: str = ""
    lng: str = ""


@dataclass(frozen=True)
class Record:
    """A record that can be taken in: times with their zone, what is not believed left out."""

    raw: Raw
    status: Status
    created_at: datetime
    saved_at: datetime | None
    closed_at: datetime | None
    point: tuple[float, float] | None
    odd: frozenset[Odd]


@dataclass(frozen=True)
class ClockPlan:
    """How a clock stands: `met_at` None runs on, unless it is not `judged`."""

    stage: Stage
    start_at: datetime
    met_at: datetime | None = None
    judged: bool = True


@dataclass(frozen=True)
class EventPlan:
    """An act of the past; `at` None is the moment of the import."""

    act: Act
    at: datetime | None
    before: str | None
    after: str
    note: str | None = None


def city_time(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as the city writes it (`2017/8/21 下午 05:23:52`) or as ISO without a zone; None: none there."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, half, hour, minute, second = found.groups()
    hours = int(hour)
    if half is not None:
        hours = hours % NOON + (NOON if half == "下午" else 0)
    try:
        return datetime(int(year), int(month), int(day), hours, int(minute), int(second or 0), tzinfo=zone)
    except ValueError:
        return None


def written_time(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the city writes it: no zero before month and day, twelve hours."""
    local = at.astimezone(zone)
    half = "下午" if local.hour >= NOON else "上午"
    clock = f"{(local.hour - 1) % NOON + 1:02d}:{local:%M:%S}"
    return f"{local.year}/{local.month}/{local.day} {half} {clock}"


def understood(raw: Raw, zone: ZoneInfo, now: datetime) -> Record | Refusal:
    """A record with what can be believed of it, or why it cannot be taken."""
    created = city_time(raw.created, zone)
    status = CITY_STATUS.get(raw.status_name)
    if not usable_number(raw.number):
        return Refusal.NO_NUMBER
    if created is None:
        return Refusal.NO_TIME
    if created > now:
        return Refusal.IN_FUTURE
    if status is None:
        return Refusal.UNKNOWN_STATUS
    saved, closed = city_time(raw.saved, zone), city_time(raw.closed, zone)
    odd = set(_oddities(raw, status, created, closed, now))
    if saved is not None and not created <= saved <= now:
        odd.add(Odd.SAVED_BEFORE_CREATED)
        saved = None
    if odd & {Odd.CLOSED_BEFORE_CREATED, Odd.TIME_WITHOUT_CLOSING}:
        closed = None
    return Record(raw, status, created, saved, closed, _point(raw), frozenset(odd))


def with_odd(record: Record, *odd: Odd) -> Record:
    """The record with more that is strange about it."""
    return replace(record, odd=record.odd | set(odd))


def usable_number(number: str) -> bool:
    """Whether a case can keep this number: it has the form of one and cannot be taken for one of ours."""
    if _NUMBER.fullmatch(number) is None:
        return False
    try:
        parse_number(number)
    except InvalidCaseNumber:
        return True
    return False


def clocks(record: Record) -> tuple[ClockPlan, ...]:
    """How the clocks stand. The inspection of a case that is done, and the completion of one whose
    closing time is unknown, are not judged; what is open runs, however late it is."""
    done = record.status in {Status.HANDLED, Status.RELEASED}
    inspection = ClockPlan(Stage.INSPECTION, record.created_at, judged=not done)
    completion = ClockPlan(
        Stage.COMPLETION, record.created_at, record.closed_at, not done or record.closed_at is not None
    )
    if record.status is not Status.ASSIGNED:
        return inspection, completion
    return inspection, completion, ClockPlan(Stage.ROUTING, record.saved_at or record.created_at)


def part_status(record: Record) -> str:
    """The status of the unit's part; one that was not confirmed yet is with nobody."""
    return Parted.RETURNED.value if record.status is Status.REGISTERED else record.status.value


def is_active(record: Record) -> bool:
    """Whether the unit still has the case."""
    return record.status not in {Status.REGISTERED, Status.RELEASED}


def events(record: Record) -> tuple[EventPlan, ...]:
    """The acts since the registration, those with a known time at it; then where the case stands now,
    if nobody wrote down since when."""
    return tuple(_steps(record, Status.REGISTERED))


def steps_since(record: Record, known: Status) -> tuple[EventPlan, ...]:
    """The acts that lead from a state known before to that of the record."""
    return tuple(_steps(record, known))


def _steps(record: Record, known: Status) -> Iterator[EventPlan]:
    stands, passed = known, PROGRESS.index(known)
    if passed < PROGRESS.index(Status.ASSIGNED) <= PROGRESS.index(record.status) and record.saved_at:
        yield EventPlan(Act.ASSIGN, record.saved_at, stands, Status.ASSIGNED)
        stands = Status.ASSIGNED
    if record.closed_at is not None:
        answer = record.raw.after.strip()
        if answer:
            yield EventPlan(Act.HANDLE, record.closed_at, stands, Status.HANDLED, answer)
            stands = Status.HANDLED
        yield EventPlan(Act.RELEASE, record.closed_at, stands, Status.RELEASED)
        stands = Status.RELEASED
    if stands is not record.status:
        note = TIME_UNKNOWN[0] + record.raw.status_name
        yield EventPlan(Act.COMMENT, None, stands, record.status, note)


def _oddities(
    raw: Raw, status: Status, created: datetime, closed: datetime | None, now: datetime
) -> Iterator[Odd]:
    if raw.status_code != CITY_CODE[status]:
        yield Odd.UNUSUAL_STATUS
    if raw.number[3:9].isdigit() and raw.number[3:9] != f"{created:%y%m%d}":
        yield Odd.NUMBER_OF_ANOTHER_DAY
    if status is not Status.RELEASED and closed is not None:
        yield Odd.TIME_WITHOUT_CLOSING
    elif closed is not None and not created <= closed <= now:
        yield Odd.CLOSED_BEFORE_CREATED
    elif status is Status.RELEASED and closed is None:
        yield Odd.CLOSED_WITHOUT_TIME


def _point(raw: Raw) -> tuple[float, float] | None:
    try:
        return float(raw.lat), float(raw.lng)
    except ValueError:
        return None
