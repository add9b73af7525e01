"""What goes over the wire to and from the desk of conversations: a contract with other programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.channels.web.feedback_routes import VoteOut
from gateway.channels.web.schemas import MessageOut
from gateway.handoff.rules import CAPACITY

Name = Annotated[str, Field(min_length=1, max_length=120)]
Note = Annotated[str, Field(max_length=2000)]


class Strict(BaseModel):
    """Nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Strict):
    """Name and password, and the code of the second factor where one is set up."""

    username: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=300)]
    code: Annotated[str, Field(max_length=20)] | None = None


class SignedIn(BaseModel):
    """Who one is. With the cookie every request that changes something needs `csrf` as X-CSRF-Token."""

    username: str
    display_name: str
    csrf: str


class Card(BaseModel):
    """One conversation in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    owner: str
    operator: str | None
    language: str
    channel: str
    priority: str | None
    reason: str | None
    queued_at: datetime | None
    place: int | None
    wanted_operator: str | None
    wanted_unit: str | None
    last_seq: int
    last_text: str
    last_sender: str
    unread: int
    updated_at: datetime
    offered_to: str | None
    offered_at: datetime | None
    unanswered_since: datetime | None
    citizen_received: int
    citizen_seen: int


class Cards(BaseModel):
    """A list of conversations; `total` counts also those that are not listed."""

    conversations: list[Card]
    total: int


class QueueFrame(BaseModel):
    """On the socket: the first of the queue, and how many wait in all."""

    type: Literal["queue"] = "queue"
    total: int
    conversations: list[Card]


class MineFrame(BaseModel):
    """On the socket: one's own conversations."""

    type: Literal["mine"] = "mine"
    conversations: list[Card]


class NoteOut(BaseModel):
    """What staff wrote for one another."""

    model_config = ConfigDict(from_attributes=True)

    author: str
    kind: str
    text: str
    at: datetime


class EventOut(BaseModel):
    """A change of hands, or a reply that was dropped."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    act: str
    actor: str
    reason: str


class CaseLink(BaseModel):
    """A case that was filed in this conversation."""

    number: str
    item: str
    status: str


class EarlierTalk(BaseModel):
    """Another conversation of the same citizen, and how it began, masked."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    channel: str
    words: str


class ConversationOut(BaseModel):
    """One conversation as whoever answers it needs it."""

    card: Card
    messages: list[MessageOut]
    notes: list[NoteOut]
    events: list[EventOut]
    cases: list[CaseLink]
    earlier: list[EarlierTalk]
    """Other conversations of the same citizen, as far as that can be told."""
    earlier_cases: list[CaseLink]
    """Their cases from elsewhere, confidential ones left out."""
    votes: list[VoteOut]


class Target(Strict):
    """To whom: a colleague, a group or agency, or (neither) whoever is next."""

    operator: Name | None = None
    unit: Name | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _at_most_one(self) -> Target:
        if self.operator is not None and self.unit is not None:
            raise ValueError("give operator or unit, not both")
        return self


class Reason(Strict):
    """Why, for colleagues."""

    note: Note = ""


class Said(Strict):
    """Words for the citizen, or an entry of the FAQ: exactly one of them."""

    client_id: UUID
    text: Annotated[str, Field(max_length=20_000)] | None = None
    faq_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Said:
        if (self.text is None) == (self.faq_id is None):
            raise ValueError("give exactly one of text, faq_id")
        return self


class SaidOut(BaseModel):
    """The message as it is kept."""

    message: MessageOut


class NewNote(Strict):
    """Something for colleagues. A whisper is from who oversees to who is in charge."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    kind: Literal["note", "whisper"] = "note"


class Taken(BaseModel):
    """The conversation that was taken."""

    id: str


class Suggestion(BaseModel):
    """An entry of the FAQ that may answer what the citizen wrote last."""

    faq_id: str
    question: str
    answer: str
    agency: str
    source_url: str
    source_date: str | None
    older_than_3_years: bool
    score: float


class Suggestions(BaseModel):
    """The likeliest first."""

    suggestions: list[Suggestion]


class ReadyReply(BaseModel):
    """A sentence that can be sent with one choice."""

    title: str
    zh: str
    en: str


class Replies(BaseModel):
    """All of them, by title."""

    replies: list[ReadyReply]


class PresenceIn(Strict):
    """Whether one is there, for how many conversations and in which languages."""

    state: Literal["available", "paused", "away"]
    reason: Annotated[str, Field(max_length=60)] | None = None
    capacity: Annotated[int, Field(ge=CAPACITY.start, lt=CAPACITY.stop)] | None = None
    languages: Annotated[list[Literal["zh-TW", "en"]], Field(min_length=1, max_length=2)] | None = None


class PersonThere(BaseModel):
    """Somebody at the desk, as the socket tells it: not again with every sign of life."""

    model_config = ConfigDict(from_attributes=True)

    username: str
    state: str
    reason: str | None
    capacity: int
    languages: list[str]
    leads: int


class PresenceOut(PersonThere):
    """Somebody at the desk."""

    seen_at: datetime


class People(BaseModel):
    """Who is there or was lately."""

    people: list[PresenceOut]


class PeopleFrame(BaseModel):
    """On the socket: who is there or was lately."""

    type: Literal["people"] = "people"
    people: list[PersonThere]


class LinesIn(Strict):
    """The telephone lines: how many are busy, of how many."""

    busy: Annotated[int, Field(ge=0, le=100_000)]
    total: Annotated[int, Field(ge=1, le=100_000)]

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> LinesIn:
        if self.busy > self.total:
            raise ValueError("busy: not more than total")
        return self


class LinesOut(BaseModel):
    """The lines as last reported, and whether citizens are told that they are full."""

    model_config = ConfigDict(from_attributes=True)

    busy: int | None
    total: int | None
    at: datetime | None
    full: bool
