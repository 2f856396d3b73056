"""Shapes of the JSON API of later answers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from telehealth.answers.rules import TEXT_LIMIT, NoteKind, StepKind, Urgency, Within
from telehealth.answers.states import AnswerState
from telehealth.kit.schemas import Input, Output
from telehealth.urgent.rules import AgeBand

Ref = Annotated[UUID, Field(strict=False)]
Words = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class AnswerIn(Input):
    """A visit to be answered later: by when, by whom, what the station wants to know."""

    visit_id: Ref
    within: Annotated[Within, Field(strict=False)] = Within.HALF_DAY
    pool_id: Ref | None = Field(default=None, description="Null: the nearest fitting pool")
    wish: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""


class TurnIn(Input):
    """A live visit that goes on in writing."""

    visit_id: Ref
    within: Annotated[Within, Field(strict=False)] = Within.HALF_DAY


class WordsIn(Input):
    """What is asked or said."""

    text: Words


class WithdrawIn(Input):
    """Why no answer is wanted any more."""

    reason: Literal["live_instead", "referred", "better", "by_mistake"]


class AnswerOut(Output):
    """A request for a later answer. Who the patient is, is shown to who may see their data only."""

    id: UUID
    state: AnswerState
    version: int
    urgency: Urgency
    within: Within
    age_band: AgeBand
    specialty_code: str | None
    station_facility_id: UUID
    visit_id: UUID | None
    patient_id: UUID | None
    owner_membership_id: UUID | None
    sent_at: datetime
    answer_by: datetime
    taken_at: datetime | None
    asked_at: datetime | None = Field(description="Since when the station is to reply")
    closed_at: datetime | None
    close_reason: str | None


class NoteOut(Output):
    """Words of the thread."""

    seq: int
    kind: NoteKind
    text: str
    written_by: UUID
    written_at: datetime


class AnswerLevelOut(Output):
    """A step of the ladder: a pool, or one doctor; `reached_at` is null while its turn lies ahead."""

    level: int
    pool_id: UUID | None
    membership_id: UUID | None
    turn_at: datetime
    reached_at: datetime | None


class AnswerStepOut(Output):
    """A line of the record."""

    seq: int
    kind: StepKind
    from_state: AnswerState | None
    to_state: AnswerState
    membership_id: UUID | None
    pool_id: UUID | None
    reason: str | None
    at: datetime


class AnswerDetail(AnswerOut):
    """A request with its ladder, its steps, and the thread for who may see the patient's data."""

    levels: list[AnswerLevelOut]
    steps: list[AnswerStepOut]
    thread: list[NoteOut]
