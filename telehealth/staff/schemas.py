"""Shapes of staff in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from telehealth.kit.schemas import Input, Output
from telehealth.staff.rules import Qualification, Role

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Ref = Annotated[UUID, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]
Languages = list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]]


class SpecialtyOut(Output):
    """A medical specialty."""

    code: str
    name: str


class MemberOut(Output):
    """A person in one role at one facility."""

    membership_id: UUID
    staff_id: UUID
    full_name: str
    username: str
    title: str
    role: Role
    qualification: Qualification
    licence_number: str | None
    specialty_codes: list[str]
    language_codes: list[str] = Field(description="Spoken beside Vietnamese, by ISO 639 code")
    facility_id: UUID
    valid_from: date
    valid_to: date | None
    is_disabled: bool
    is_activated: bool = Field(description="Whether a password has been set")
    version: int


class MeOut(Output):
    """Who the bearer of the token is."""

    membership_id: UUID
    staff_id: UUID
    full_name: str
    title: str
    role: Role
    facility_id: UUID
    facility_name: str
    actions: list[str] = Field(description="What the bearer may do; which patients is another matter")


class PostIn(Input):
    """What somebody is to do where."""

    facility_id: Ref
    role: Annotated[Role, Field(strict=False)]
    qualification: Annotated[Qualification, Field(strict=False)]
    title: Annotated[str, StringConstraints(max_length=40)] = ""
    licence_number: Annotated[str, StringConstraints(max_length=40)] | None = None
    specialty_codes: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        default_factory=list, max_length=20
    )
    language_codes: Languages = Field(default_factory=list, max_length=20)


class LanguagesIn(Input):
    """The languages a colleague speaks beside Vietnamese."""

    language_codes: Languages = Field(max_length=20)
    version: int = Field(ge=1, description="Of the membership, as it was read")


class InviteIn(PostIn):
    """A colleague to invite."""

    full_name: Name
    username: Name = Field(description="A phone number, or a word of lower-case letters and digits")


class MoveIn(PostIn):
    """A move: the old membership ends on the day the new one begins."""

    on: Day
    version: int = Field(ge=1, description="Of the membership, as it was read")


class ActivationOut(Output):
    """A code to set a password with, shown once. Hand it over in person."""

    membership_id: UUID
    code: str
    url: str
    expires_at: datetime
