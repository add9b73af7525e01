"""What goes over the wire about city news."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.news.models import NewsCampaign
from gateway.news.rules import districts_in
from gateway.news.subscriptions import Standing

Code = Annotated[str, Field(max_length=20)]
Token = Annotated[str, Field(min_length=1, max_length=2000)]
Language = Literal["zh-TW", "en"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WishIn(_Strict):
    """What somebody wants to take. No districts: the whole city."""

    topics: Annotated[list[Code], Field(max_length=10)]
    districts: Annotated[list[Code], Field(max_length=60)] = []
    language: Language = "zh-TW"


class SubscribeIn(WishIn):
    """A subscription that begins when its e-mail address is confirmed."""

    email: Annotated[str, Field(max_length=320)]


class TokenIn(_Strict):
    """The token of a link in a letter."""

    token: Token


class ChangeIn(WishIn):
    """Another choice, by the link of a letter."""

    token: Token


class AskedOut(BaseModel):
    """Until when the confirmation that was sent works: RFC 3339."""

    confirm_until: str


class SubscriptionOut(BaseModel):
    """What is taken now. No districts: the whole city."""

    topics: list[str]
    districts: list[str]
    language: str

    @classmethod
    def of(cls, standing: Standing) -> SubscriptionOut:
        """As the news room tells it."""
        return cls(
            topics=[topic.value for topic in standing.topics],
            districts=list(standing.districts),
            language=standing.language,
        )


class NewsOut(BaseModel):
    """A piece of news that has gone out."""

    id: int
    topic: str
    urgent: bool
    title: str
    text: str
    language: str
    """Of title and text: Chinese where there is no English."""
    districts: list[str]
    """Official codes; none: the whole city."""
    link: str | None
    sent_at: str
    valid_until: str | None

    @classmethod
    def of(cls, news: NewsCampaign, english: bool) -> NewsOut:
        """In one language, where it has it."""
        english = english and bool(news.title_en)
        return cls(
            id=news.id,
            topic=news.topic,
            urgent=news.urgent,
            title=news.title_en if english else news.title_zh,
            text=news.text_en if english else news.text_zh,
            language="en" if english else "zh-TW",
            districts=list(districts_in(news.areas)),
            link=news.link or None,
            sent_at=(news.started_at or news.changed_at).isoformat(),
            valid_until=news.valid_until.isoformat() if news.valid_until else None,
        )
