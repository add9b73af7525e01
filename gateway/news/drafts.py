"""What an editor typed, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway.cases.filing import one_line, tidy
from gateway.news.errors import InvalidNews
from gateway.news.models import NewsCampaign
from gateway.news.rules import CARRIED_BY, LANGUAGES, Topic, areas_mask, districts_in

TITLE_MAX: Final = 60
TEXT_MAX: Final = 1000
LINK_MAX: Final = 500
FASTEST: Final = 60_000
SINGLE: Final = (
    "title_zh", "text_zh", "title_en", "text_en", "topic", "link", "urgent", "send_at", "valid_until",
    "per_minute",
)  # fmt: skip
SEVERAL: Final = ("districts", "transports", "languages")
Form = dict[str, Any]
EMPTY: Final[Mapping[str, Any]] = {
    **dict.fromkeys(SINGLE, ""), "topic": Topic.CITY_NEWS.value, "districts": [],
    "transports": list(CARRIED_BY), "languages": list(LANGUAGES),
}  # fmt: skip
"""The form before anything was typed."""
_TIME: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Draft:
    """A piece of news as an editor means it."""

    title_zh: str
    text_zh: str
    title_en: str
    text_en: str
    topic: str
    areas: int
    transports: list[str]
    languages: list[str]
    link: str
    urgent: bool
    per_minute: int | None
    send_at: datetime | None
    valid_until: datetime | None

    def put_into(self, campaign: NewsCampaign) -> None:
        """Make the news say this."""
        for name, value in asdict(self).items():
            setattr(campaign, name, value)


def draft_of(typed: Mapping[str, Any], districts: Collection[str], zone: ZoneInfo, now: datetime) -> Draft:
    """What was typed, as a draft. `districts` are the codes there are. Raises InvalidNews."""
    problems: dict[str, str] = {}
    lines = {name: one_line(typed[name]) or "" for name in ("title_zh", "title_en", "link")}
    texts = {name: tidy(typed[name]) for name in ("text_zh", "text_en")}
    for language in ("zh", "en"):
        _check_words(language, lines[f"title_{language}"], texts[f"text_{language}"], problems)
    if typed["topic"] not in set(Topic):
        problems["topic"] = "topic"
    if not set(typed["districts"]) <= set(districts):
        problems["districts"] = "district"
    chosen = {
        name: _chosen(name, typed[name], known, problems)
        for name, known in (("transports", CARRIED_BY), ("languages", LANGUAGES))
    }
    if lines["link"] and not _is_https(lines["link"]):
        problems["link"] = "link"
    urgent = bool(typed["urgent"])
    if urgent and typed["topic"] != Topic.DISASTER:
        problems["urgent"] = "urgent"
    send_at = _instant("send_at", typed["send_at"], zone, problems)
    valid_until = _instant("valid_until", typed["valid_until"], zone, problems)
    _check_times(send_at, valid_until, now, problems)
    rate = _rate(typed["per_minute"], problems)
    if problems:
        raise InvalidNews(problems)
    return Draft(
        title_zh=lines["title_zh"], text_zh=texts["text_zh"], title_en=lines["title_en"],
        text_en=texts["text_en"], topic=typed["topic"], areas=areas_mask(typed["districts"]),
        transports=chosen["transports"], languages=chosen["languages"], link=lines["link"], urgent=urgent,
        per_minute=rate, send_at=send_at, valid_until=valid_until,
    )  # fmt: skip


def as_form(campaign: NewsCampaign, zone: ZoneInfo) -> Form:
    """The form that would give the news again."""

    def local(at: datetime | None) -> str:
        return at.astimezone(zone).strftime(_TIME) if at else ""

    same = ("title_zh", "text_zh", "title_en", "text_en", "topic", "transports", "languages", "link")
    return {
        **{name: getattr(campaign, name) for name in same},
        "districts": list(districts_in(campaign.areas)),
        "urgent": "yes" if campaign.urgent else "",
        "per_minute": str(campaign.per_minute or ""),
        "send_at": local(campaign.send_at),
        "valid_until": local(campaign.valid_until),
    }


def _check_words(language: str, title: str, text: str, problems: dict[str, str]) -> None:
    needed = language == "zh"
    if len(title) > TITLE_MAX:
        problems[f"title_{language}"] = "title_long"
    elif not title and (needed or text):
        problems[f"title_{language}"] = "title"
    if len(text) > TEXT_MAX:
        problems[f"text_{language}"] = "text_long"
    elif not text and (needed or title):
        problems[f"text_{language}"] = "text"


def _chosen(name: str, given: Collection[str], known: Sequence[str], problems: dict[str, str]) -> list[str]:
    if not given or not set(given) <= set(known):
        problems[name] = "choose"
    return [one for one in known if one in given]


def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return False
    fits = len(link) <= LINK_MAX and link.isascii() and not re.search(r"[\s<>\"'\\]", link)
    return fits and parts.scheme == "https" and bool(host) and "@" not in parts.netloc


def _instant(name: str, text: str, zone: ZoneInfo, problems: dict[str, str]) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        problems[name] = "time"
        return None


def _check_times(
    send_at: datetime | None, valid_until: datetime | None, now: datetime, problems: dict[str, str]
) -> None:
    if send_at is not None and send_at <= now:
        problems["send_at"] = "past"
    if valid_until is not None and valid_until <= max(send_at or now, now):
        problems["valid_until"] = "until"


def _rate(text: str, problems: dict[str, str]) -> int | None:
    text = text.strip()
    if not text:
        return None
    rate = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(FASTEST)) else 0
    if not 1 <= rate <= FASTEST:
        problems["per_minute"] = "rate"
    return rate
