"""Shapes of a conference's minutes in the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from telehealth.conferences.rules import LINE_LIMIT, MAX_PEOPLE, TEXT_LIMIT, Part, Person, PersonRole
from telehealth.conferences.states import MinutesState
from telehealth.kit.schemas import Input, Output

Ref = Annotated[UUID, Field(strict=False)]
Line = Annotated[str, StringConstraints(max_length=LINE_LIMIT)]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]


class MinutesIn(Input):
    """What new minutes begin with."""

    place: Line = ""
    texts: dict[Annotated[Part, Field(strict=False)], Text] = Field(default={})


class MinutesTextIn(Input):
    """The text of one part."""

    text: Text


class MinutesPersonIn(Input):
    """Somebody who took part: of the staff by membership, or an outside colleague by name."""

    role: Annotated[PersonRole, Field(strict=False)]
    membership_id: Ref | None = None
    name: Line = Field(default="", description="Of an outside colleague; of staff the name of today is taken")
    title: Line = ""
    facility: Line = ""

    def person(self) -> Person:
        """Return them as the rules know them."""
        return Person(self.role, self.name, self.title, self.facility, self.membership_id)


class FrameIn(Input):
    """Time, place and people, as a whole."""

    held_at: Annotated[AwareDatetime, Field(strict=False)] | None
    place: Line
    people: Annotated[list[MinutesPersonIn], Field(max_length=MAX_PEOPLE)]


class MinutesSignatureIn(Input):
    """The signer's own PIN or password, asked once more."""

    secret: Annotated[str, Field(min_length=1, max_length=256)]


class ReopeningIn(Input):
    """Why signed minutes are opened again."""

    reason: Annotated[str, Field(min_length=1, max_length=LINE_LIMIT)]


class MinutesTextOut(Output):
    """A written part; `version` is the If-Match of the next writing."""

    part: Part
    text: str
    written_by: UUID
    written_at: datetime
    version: int


class MinutesPersonOut(Output):
    """Somebody who took part, as they were written down."""

    role: PersonRole
    membership_id: UUID | None
    name: str
    title: str
    facility: str


class FrameOut(Output):
    """Time, place and people; `version` is the If-Match of the next change."""

    held_at: datetime | None
    place: str
    people: list[MinutesPersonOut]
    version: int


class MinutesSignatureOut(Output):
    """A signature that counts, with the hash of what was signed."""

    membership_id: UUID
    role: PersonRole
    sha256: str
    signed_at: datetime


class MinutesOut(Output):
    """The minutes of a visit. Their ETag covers everything: sign with it."""

    state: MinutesState
    round: int
    frame: FrameOut
    texts: list[MinutesTextOut]
    signatures: list[MinutesSignatureOut]
    missing: list[str] = Field(description="What they lack before they are complete")
