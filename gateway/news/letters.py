"""The words of letters. A letter of news lies in the outbox without them; they are filled in as it leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from gateway.database import Database
from gateway.news.links import Links
from gateway.news.models import NewsCampaign
from gateway.news.rules import TOPIC_NAMES, Topic
from gateway.outbox.queue import Letter
from gateway.outbox.rules import DeliveryFailed, Transport, Undeliverable
from gateway.outbox.transports import Carrier

LETTERS_FILE: Final = Path(__file__).with_name("letters.yml")
TOPIC_PREFIX: Final = "news."
_ROC_OFFSET: Final = 1911
_TAIPEI: Final = ZoneInfo("Asia/Taipei")


@dataclass(frozen=True)
class News:
    """A piece of news as its letters need it; once it is approved it never changes."""

    id: int
    topic: str
    urgent: bool
    title_zh: str
    text_zh: str
    title_en: str
    text_en: str
    link: str
    valid_until: datetime | None

    @classmethod
    def of(cls, campaign: NewsCampaign) -> News:
        """From its row."""
        return cls(
            campaign.id, campaign.topic, campaign.urgent, campaign.title_zh, campaign.text_zh,
            campaign.title_en, campaign.text_en, campaign.link, campaign.valid_until,
        )  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(LETTERS_FILE.read_text(encoding="utf-8"))
    return words


def confirmation(language: str, link: str, until: datetime) -> dict[str, Any]:
    """The letter that asks somebody to confirm a subscription."""
    words = _words()["confirm"][language]
    text = words["text"].format(link=link, until=_shown(until, language))
    return {"title": words["title"], "text": text, "language": language}


def payload_of(news: News, transport: str, language: str, manage: str, unsubscribe: str) -> dict[str, Any]:
    """A letter of news as its carrier takes it; in Chinese where there is no English text."""
    words, english = _words(), language == "en" and news.title_en
    topic = TOPIC_NAMES[Topic(news.topic)][language == "en"]
    kind = "urgent" if news.urgent else "title"
    title = words[kind][language].format(topic=topic, title=news.title_en if english else news.title_zh)
    parts = [news.text_en if english else news.text_zh]
    if language == "en" and not english:
        parts.insert(0, words["only_chinese"])
    if news.valid_until is not None:
        parts.append(words["valid_until"][language].format(until=_shown(news.valid_until, language)))
    if news.link and transport == Transport.EMAIL:
        parts.append(words["more"][language].format(link=news.link))
    footer = words["footer"][transport][language]
    parts.append(footer.format(topic=topic, manage=manage, unsubscribe=unsubscribe))
    payload = {"title": title, "text": "\n\n".join(parts), "language": language, "unsubscribe": unsubscribe}
    return {**payload, "link": news.link} if news.link else payload


class Letters:
    """Fills letters with the words of their news."""

    def __init__(self, database: Database, links: Links, public_url: str | None) -> None:
        self._database = database
        self._links = links
        self._public_url = public_url
        self._known: dict[int, News] = {}

    def filled(self, letter: Letter) -> Letter:
        """The letter with its words. Raises Undeliverable where its news is gone, DeliveryFailed."""
        if self._public_url is None:
            raise DeliveryFailed("WST_PUBLIC_URL is not set: the letter could not tell how to unsubscribe")
        news = self._news(int(letter.payload["news"]))
        transport = letter.transport
        manage = self._links.manage(self._public_url, transport, letter.recipient)
        unsubscribe = self._links.unsubscribe(self._public_url, transport, letter.recipient, news.id)
        payload = payload_of(news, transport, str(letter.payload["language"]), manage, unsubscribe)
        return replace(letter, payload=payload)

    def _news(self, campaign_id: int) -> News:
        known = self._known.get(campaign_id)
        if known is not None:
            return known
        with self._database.read() as session:
            campaign = session.get(NewsCampaign, campaign_id)
        if campaign is None:
            raise Undeliverable("its news is gone")
        self._known = {campaign_id: News.of(campaign)}  # one is under way at a time, as a rule
        return self._known[campaign_id]


class NewsCarrier:
    """A carrier that fills letters of news before another one delivers them."""

    def __init__(self, carrier: Carrier, letters: Letters) -> None:
        self._carrier = carrier
        self._letters = letters

    async def deliver(self, letter: Letter) -> None:
        """Deliver a letter; every other kind as it is."""
        if letter.topic.startswith(TOPIC_PREFIX) and "news" in letter.payload:
            letter = await asyncio.to_thread(self._letters.filled, letter)
        await self._carrier.deliver(letter)


def _shown(at: datetime, language: str) -> str:
    here = at.astimezone(_TAIPEI)
    if language == "en":
        return f"{here:%Y-%m-%d %H:%M}"
    return f"{here.year - _ROC_OFFSET}/{here:%m/%d %H:%M}"
