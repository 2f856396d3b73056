"""Shapes of patients in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from telehealth.kit.schemas import Input, Output
from telehealth.patients.rules import GuardianBasis, NoIdReason, Precision, Relation, Sex

Ref = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=30)]
Short = Annotated[str, StringConstraints(max_length=120)]


class ContactIn(Input):
    """A phone, whose it is, and what may be said there."""

    phone: Number
    relation: Annotated[Relation, Field(strict=False)] = Relation.SELF
    name: Short = ""
    may_mention_health: bool = False
    no_sms: bool = False
    until_on: Day | None = None
    agreed_on: Day | None = None


class GuardianIn(Input):
    """Who acts for the patient."""

    name: Name
    relation: Annotated[Relation, Field(strict=False)]
    basis: Annotated[GuardianBasis, Field(strict=False)] = GuardianBasis.PARENT
    until_on: Day | None = Field(default=None, description="Empty for a parent: until the 16th birthday")


class PatientIn(Input):
    """Who a patient is."""

    full_name: Name
    birth: Annotated[str, Field(max_length=10, description="25/11/1985, 11/1985 or 1985; ISO dates too")]
    sex: Annotated[Sex, Field(strict=False)]
    ethnic_code: str | None = Field(default=None, max_length=2)
    language: str = Field(default="vi", max_length=8, description="ISO 639 code")
    needs_interpreter: bool = False
    cccd: Number | None = Field(default=None, description="Personal number, 12 digits")
    bhyt: Number | None = Field(default=None, description="Health-insurance number: 15, 10 or 12 characters")
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    no_id_reason: Annotated[NoIdReason, Field(strict=False)] | None = None
    contacts: list[ContactIn] = Field(default=[], max_length=5)
    guardian: GuardianIn | None = None


class RegistrationIn(PatientIn):
    """A patient to be registered. The id is minted by the caller: sending it again registers nobody twice."""

    id: Ref = Field(description="A fresh UUIDv7")
    occurred_at: Instant | None = Field(default=None, description="When it was taken down, if offline")
    is_someone_else: bool = Field(default=False, description="Confirms that a probable duplicate is not one")


class SearchIn(Input):
    """What is known of the patient looked for; in the body, so that no address holds a name."""

    text: Annotated[str, StringConstraints(max_length=300)] = Field(
        default="", description="Words of the name, birth date or year, CCCD, BHYT, phone or own number"
    )
    limit: int = Field(default=20, ge=1, le=50)


class CardOut(Output):
    """A patient in a list."""

    id: UUID
    mrn: str
    full_name: str
    sex: Sex
    birth: str
    birth_year: int
    age: str
    address: str
    language: str
    needs_interpreter: bool


class ContactOut(Output):
    """A phone of a patient."""

    id: UUID
    phone: str
    name: str
    relation: Relation
    may_mention_health: bool
    no_sms: bool
    until_on: date | None
    agreed_on: date | None
    wrong_since_at: datetime | None = Field(description="Since when it is somebody else's, until corrected")


class GuardianOut(Output):
    """Who acts for a patient today."""

    name: str
    relation: Relation
    basis: GuardianBasis
    until_on: date | None


class PatientOut(CardOut):
    """A patient's record."""

    birth_date: date
    birth_precision: Precision
    ethnic_code: str | None
    cccd: str | None
    bhyt: str | None
    no_id_reason: NoIdReason | None
    contacts: list[ContactOut]
    guardian: GuardianOut | None
    warnings: list[str] = Field(description="Where the CCCD disagrees with the rest; a hint, never an error")
    died_noted_at: datetime | None = Field(description="Since when it is on record that the patient died")
    merged_into: UUID | None = Field(description="The current record of the same person, if not this one")
    registered_facility_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    version: int
