"""What goes over the wire to and from the widget: a contract with other programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.conversations.incoming import Incoming
from gateway.conversations.rules import clean_text
from gateway.conversations.transcript import MessageView

Language = Literal["zh-TW", "en"]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewConversation(Strict):
    """The wish for a conversation."""

    language: Language = "zh-TW"
    visitor: Annotated[UUID, Field(strict=False)] | None = None
    """What an earlier conversation of the same citizen was given, if there was one."""


class OpenedConversation(BaseModel):
    """A conversation and the token that opens it."""

    id: str
    token: str
    expires_at: datetime
    visitor: UUID
    """To be given when the same citizen opens another; it opens nothing."""


class SharedLocation(Strict):
    """A place on the map, in WGS 84 degrees."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    label: Annotated[str, Field(max_length=200)] | None = None


class NewMessage(Strict):
    """Words, a pressed button, or a place: exactly one of them."""

    client_id: Annotated[UUID, Field(strict=False)]
    text: str | None = None
    option: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    location: SharedLocation | None = None

    @model_validator(mode="after")
    def _one_of(self) -> NewMessage:
        given = [self.text is not None, self.option is not None, self.location is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of text, option, location")
        return self

    def incoming(self, max_chars: int) -> Incoming:
        """As the conversation takes it. Raises MessageTooLong or UnreadableText."""
        client_id = str(self.client_id)
        if self.text is not None:
            return Incoming(client_id, clean_text(self.text, max_chars))
        if self.option is not None:
            return Incoming(client_id, "", option=self.option)
        assert self.location is not None  # noqa: S101 - the validator has seen to it
        place = self.location.model_dump(exclude_none=True)
        if self.location.label:
            place["label"] = clean_text(self.location.label, max_chars)
        shown = place.get("label") or f"{self.location.lat:.5f}, {self.location.lng:.5f}"
        return Incoming(client_id, f"📍 {shown}", location=place)


class MessageOut(BaseModel):
    """One message."""

    seq: int
    id: str
    sender: Literal["citizen", "bot", "operator", "system"]
    kind: Literal["text", "answer", "options", "summary", "case", "notice", "file"]
    text: str
    payload: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, view: MessageView) -> MessageOut:
        """From the conversation room."""
        return cls.model_validate(view, from_attributes=True)


class SentMessage(BaseModel):
    """The citizen's message and what was answered."""

    message: MessageOut
    replies: list[MessageOut]


class Transcript(BaseModel):
    """Who is in charge, and the messages asked for."""

    owner: Literal["bot", "queue", "operator", "closed"]
    messages: list[MessageOut]
