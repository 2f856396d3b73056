"""Shapes of check questions in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from telehealth.checks.questions import Level
from telehealth.checks.rules import NOTE_LIMIT, ROUNDS_AT_MOST, Outcome, Via
from telehealth.checks.states import RoundState
from telehealth.kit.schemas import Input, Output

Day = Annotated[date, Field(strict=False)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class QuestionnaireOut(Output):
    """The newest version of a questionnaire; only an approved one is asked."""

    code: str
    version: int
    source: str = Field(description="Name, questions and rules, as TOML")
    approved_at: datetime | None
    approved_by: UUID | None


class CheckIn(Input):
    """What is to be asked after a signed visit, and on which days."""

    questionnaire: Code
    days: Annotated[list[Day], Field(min_length=1, max_length=ROUNDS_AT_MOST)]
    via: Annotated[Via, Field(strict=False)] = Via.SMS


class SeriesOut(Output):
    """What is asked after a visit."""

    id: UUID
    visit_id: UUID
    patient_id: UUID
    station_facility_id: UUID
    questionnaire_code: str
    via: Via
    asked_by: UUID
    set_at: datetime
    ends_on: date
    withdrawn_at: datetime | None
    version: int


class RoundOut(Output):
    """One day's questions and how they stand."""

    id: UUID
    series_id: UUID
    patient_id: UUID
    station_facility_id: UUID
    due_on: date
    state: RoundState
    questionnaire_version: int | None
    asked_at: datetime | None
    level: Level | None = Field(description="The worst of all answers; none: not answered")
    answered_at: datetime | None
    call_at: datetime | None = Field(description="From when to phone or go there")
    tries: int
    outcome: Outcome | None
    ended_at: datetime | None
    version: int


class OutcomeIn(Input):
    """What came of a call or a visit; answers by question where they were taken."""

    outcome: Annotated[Outcome, Field(strict=False)]
    note: Annotated[str, Field(max_length=NOTE_LIMIT)] = ""
    given: Annotated[dict[Code, Annotated[str, Field(max_length=NOTE_LIMIT)]], Field(max_length=15)] = Field(
        default_factory=dict
    )
