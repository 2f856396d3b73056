"""Shapes of what a patient carries, in the API."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from telehealth.background.models import Pregnancy
from telehealth.background.rules import FACT_LIMIT, FACTS_AT_MOST, DatedBy, FactKind, FactStatus, gestation
from telehealth.kit.schemas import Input, Output

Ref = Annotated[UUID, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]
Refs = Annotated[list[Ref], Field(max_length=FACTS_AT_MOST)]


class FactIn(Input):
    """Something the patient carries from now on; the same words again confirm the first."""

    kind: Annotated[FactKind, Field(strict=False)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=FACT_LIMIT)]


class FactChangeIn(Input):
    """What becomes of a fact: ended, a mistake, or active after all."""

    status: Annotated[FactStatus, Field(strict=False)]


class ConfirmationIn(Input):
    """A kind that was asked about and is unchanged; where nothing of it is carried: there is none."""

    kind: Annotated[FactKind, Field(strict=False)]
    shown: Refs = Field(description="The ids of the active facts of this kind as they were read")


class HeardIn(Input):
    """What was heard again of all that was shown: what is over, and whether the rest still holds."""

    shown: Refs = Field(description="The ids of all active facts as they were read")
    over: Refs = Field(default=[], description="Those that no longer hold")
    is_true: bool = Field(default=True, description="The others still hold")


class PregnancyIn(Input):
    """A pregnancy by the first day of the last period or by the due date."""

    dated_by: Annotated[DatedBy, Field(strict=False)]
    dated_on: Day
    gravida: int | None = Field(default=None, ge=1, le=25, description="This one counts")
    para: int | None = Field(default=None, ge=0, le=25)


class PregnancyEndIn(Input):
    """Since when it is over."""

    ended_on: Day


class FactOut(Output):
    """A fact, from the visit it was noted at until the one that ended it; `version` is its If-Match."""

    id: UUID
    kind: FactKind
    text: str
    status: FactStatus
    source_visit_id: UUID
    noted_by: UUID
    noted_at: datetime
    ended_visit_id: UUID | None
    ended_by: UUID | None
    ended_at: datetime | None
    version: int


class ConfirmationOut(Output):
    """That this visit asked about a kind, and what stood there."""

    kind: FactKind
    facts: list[UUID]
    confirmed_by: UUID
    confirmed_at: datetime


class PregnancyOut(Output):
    """The pregnancy that is known; `version` is the If-Match of the next change."""

    dated_by: DatedBy
    dated_on: date
    due_on: date
    weeks: int = Field(description="Completed weeks today")
    gravida: int | None
    para: int | None
    ended_on: date | None
    source_visit_id: UUID
    noted_by: UUID
    noted_at: datetime
    version: int

    @classmethod
    def of(cls, row: Pregnancy, *, today: date) -> Self:
        """Return a stored pregnancy as it stands today, or on the day it ended."""
        found = gestation(DatedBy(row.dated_by), row.dated_on, row.ended_on or today)
        return cls.model_validate({**row.model_dump(), "due_on": found.due_on, "weeks": found.weeks})


class BackgroundOut(Output):
    """What a patient carries, and what this visit confirmed of it."""

    version: int = Field(description="Grows with every change and confirmation")
    facts: list[FactOut]
    past: list[FactOut] = Field(description="Ended, or noted by mistake")
    confirmed: list[ConfirmationOut]
    pregnancy: PregnancyOut | None
