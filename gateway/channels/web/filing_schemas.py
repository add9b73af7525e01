"""What goes over the wire when a citizen files without the chat."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from gateway.cases.duplicates import Duplicate
from gateway.cases.filing import Filled, district_in
from gateway.cases.views import RegisteredCase
from gateway.places.service import Places

Language = Literal["zh-TW", "en"]
Short = Annotated[str, Field(max_length=400)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
TEXT_MAX = 8000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlaceIn(_Strict):
    """Where it is: a district of the city (none: not sure), an address as written, a point if known."""

    district: Short | None = None
    address: Short | None = None
    lat: Latitude | None = None
    lng: Longitude | None = None


class FormIn(PlaceIn):
    """A report or petition as it was filled in."""

    client_id: UUID
    """Made by the form; the same one again is the same case."""
    item_code: Short
    description: Annotated[str, Field(max_length=TEXT_MAX)]
    name: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    language: Language = "zh-TW"
    attributes: dict[str, Any] = Field(default_factory=dict, max_length=20)
    draft: Annotated[str, Field(max_length=64)] | None = None
    """Under which photos and files were uploaded."""

    def filled(self) -> Filled:
        """The form as the case room takes it."""
        return Filled(
            item_code=self.item_code,
            description=self.description,
            district=self.district or None,
            address=self.address,
            lat=self.lat if self.lng is not None else None,
            lng=self.lng if self.lat is not None else None,
            name=self.name,
            phone=self.phone,
            email=self.email,
            language=self.language,
            attributes=self.attributes,
            draft_key=self.draft or None,
        )


class LetterIn(FormIn):
    """A letter to the mayor's mailbox."""

    sender_address: Short | None = None


class LookIn(PlaceIn):
    """What was reported, and where: to find out whether somebody else has reported it."""

    item_code: Short

    def of_district(self, places: Places) -> str | None:
        """The full Chinese name of the district, told or in the address, as a filed case would have it."""
        named = places.by_name(self.district or "") or district_in(self.address, places)
        return named.zh if named else None


class JoinIn(_Strict):
    """Joining a case that another citizen has filed."""

    client_id: UUID
    token: Annotated[str, Field(max_length=400)]
    name: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    language: Language = "zh-TW"
    note: Annotated[str, Field(max_length=1000)] | None = None


class ConfirmIn(_Strict):
    """The token of a confirmation link."""

    token: Annotated[str, Field(max_length=100)]


class QuestionOut(BaseModel):
    """A question that an item asks beyond the place."""

    code: str
    text: str
    datatype: str
    required: bool
    values: list[dict[str, str]]


class ItemOut(BaseModel):
    """One thing that can be reported."""

    code: str
    kind: str
    main: str
    name: str
    place_required: bool
    contact_required: bool
    questions: list[QuestionOut]


class DueOut(BaseModel):
    """One clock of the new case: RFC 3339 in UTC."""

    stage: str
    due_at: str


class FiledOut(BaseModel):
    """The case, and the code that opens it; shown to who filed it."""

    number: str
    verification_code: str
    kind: str
    item: str
    owner: str
    district: str | None
    due: list[DueOut]

    @classmethod
    def of(cls, case: RegisteredCase, language: str) -> FiledOut:
        """In the words of one language."""
        english = language == "en"
        return cls(
            number=case.number,
            verification_code=case.verification_code,
            kind=case.kind.value,
            item=case.item_name_en if english else case.item_name_zh,
            owner=case.owner_en if english else case.owner,
            district=case.district,
            due=[DueOut(stage=stage.value, due_at=due_at.isoformat()) for stage, due_at in case.due],
        )


class DuplicateOut(BaseModel):
    """A case that may be the same matter, without anything personal."""

    token: str
    item: str
    district: str | None
    place: str | None
    received_on: str
    status: str
    distance_m: int | None
    open: bool

    @classmethod
    def of(cls, found: Duplicate, english: bool) -> DuplicateOut:
        """In the words of one language."""
        return cls(
            token=found.token,
            item=found.item_name_en if english else found.item_name_zh,
            district=found.district,
            place=found.place,
            received_on=found.received_on.isoformat(),
            status=found.status_en if english else found.status_zh,
            distance_m=found.distance_m,
            open=found.open,
        )


class JoinedOut(BaseModel):
    """The case that was joined, and a code that is the joiner's alone."""

    number: str
    verification_code: str


class LetterOut(BaseModel):
    """A letter that waits for its confirmation."""

    confirm_until: str
