"""Shapes of consents in the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from telehealth.consents.rules import GivenBy, How, Purpose
from telehealth.kit.schemas import Input, Output
from telehealth.patients.rules import Relation
from telehealth.patients.schemas import Number, RegistrationIn


class ConsentIn(Input):
    """That somebody agreed."""

    purpose: Annotated[Purpose, Field(strict=False)]
    given_by: Annotated[GivenBy, Field(strict=False)]
    how: Annotated[How, Field(strict=False)]
    guardian_name: Annotated[str, StringConstraints(max_length=120)] = ""
    guardian_relation: Annotated[Relation, Field(strict=False)] | None = None
    is_child_heard: bool = Field(default=False, description="A child from 7 was asked too, and agreed")
    text_id: Annotated[UUID, Field(strict=False)] | None = Field(
        default=None, description="The text that was read out; empty: the newest of the purpose"
    )
    occurred_at: Annotated[AwareDatetime, Field(strict=False)] | None = None


class ConsentsIn(Input):
    """What was agreed to when a patient was taken down; without `data` nobody is registered."""

    purposes: list[Annotated[Purpose, Field(strict=False)]] = Field(min_length=1, max_length=len(Purpose))
    given_by: Annotated[GivenBy, Field(strict=False)]
    how: Annotated[How, Field(strict=False)]
    guardian_name: Annotated[str, StringConstraints(max_length=120)] = ""
    guardian_relation: Annotated[Relation, Field(strict=False)] | None = None
    is_child_heard: bool = Field(default=False, description="A child from 7 was asked too, and agreed")


class ConsentedRegistrationIn(RegistrationIn):
    """A patient to be registered, with the consents given in the same talk."""

    consents: ConsentsIn


class MeetIn(Input):
    """A number held by a patient of another facility, why the station must see the record, and what the
    person agrees to here."""

    cccd: Number | None = None
    bhyt: Number | None = None
    birth: Annotated[str, Field(max_length=10, description="As the person says it: decides who may agree")]
    reason: Annotated[str, StringConstraints(max_length=500)] = Field(description="At least 10 characters")
    consents: ConsentsIn


class ConsentTextOut(Output):
    """What a person is told before agreeing."""

    id: UUID
    purpose: Purpose
    version: int
    title_vi: str
    title_en: str
    body_vi: str
    body_en: str


class ConsentOut(Output):
    """One consent."""

    id: UUID
    patient_id: UUID
    purpose: Purpose
    text_id: UUID
    given_by: GivenBy
    guardian_name: str | None
    guardian_relation: Relation | None
    is_child_heard: bool
    how: How
    recorded_by: UUID
    occurred_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None
    proof_pages: int = Field(description="Pages of signed paper kept as its proof")
