"""Shapes of plans and tasks in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from telehealth.followup.rules import AT_MOST, Named
from telehealth.followup.states import PlanState, TaskState
from telehealth.kit.schemas import Input, Output
from telehealth.scheduling.rules import PatientPlace

MinuteOfDay = Annotated[int, Field(ge=0, le=24 * 60)]


class TaskOut(Output):
    """Something to see to about a patient."""

    id: UUID
    facility_id: UUID
    patient_id: UUID
    kind: str
    subject_kind: str
    subject_id: UUID
    detail: str
    state: TaskState
    due_at: datetime = Field(description="After this it is too late")
    call_at: datetime | None = Field(description="From when to try again; null: not tried yet")
    tries: int = Field(description="How often in vain")
    opened_at: datetime
    done_at: datetime | None
    done_by: UUID | None
    outcome: str | None
    version: int


class TaskPage(Output):
    """Tasks of a facility, in the order they are to be done."""

    tasks: list[TaskOut]
    next_cursor: str | None = Field(description="For the next page; null on the last")


class TaskDone(Input):
    """What came of a task; who was not reached is tried again."""

    outcome: Named
    version: int = Field(ge=1, description="The version that was read")


class PlanOut(Output):
    """When and where a patient is to come back, and what the patient answered."""

    id: UUID
    visit_id: UUID
    patient_id: UUID
    station_facility_id: UUID
    facility_id: UUID
    due_on: date = Field(description="What the patient is told")
    due_from: date = Field(description="First day that would do")
    due_to: date
    doctor_membership_id: UUID | None = Field(description="Whom the patient should see again")
    next_visit_id: UUID | None = Field(description="The visit booked for it")
    from_minute: int = Field(description="Minute of the local day")
    until_minute: int
    bring: list[str]
    state: PlanState
    reply: str | None = Field(description="The latest answer: confirm, other_time, cannot_come")
    wish: str | None
    version: int


class PlanPage(Output):
    """Next visits by day."""

    plans: list[PlanOut]
    next_cursor: str | None = Field(description="For the next page; null on the last")


class PlanMove(Input):
    """Another day, time or place for a plan."""

    due_on: Annotated[date, Field(strict=False)]
    from_minute: MinuteOfDay
    until_minute: MinuteOfDay
    facility_id: Annotated[UUID, Field(strict=False)] | None = None
    version: int = Field(ge=1, description="The version that was read")


class PlanBooking(Input):
    """The time chosen for a plan, and where the patient will be."""

    doctor_membership_id: Annotated[UUID, Field(strict=False)]
    starts_at: Annotated[AwareDatetime, Field(strict=False)]
    patient_place: Annotated[PatientPlace, Field(strict=False)] = PatientPlace.STATION


class ToRemindIn(Input):
    """Whom to remind: of tomorrow's appointments, and of next visits nobody has booked yet."""

    chosen: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(min_length=1, max_length=AT_MOST)] = (
        Field(description="Ids of appointments and plans")
    )


class RemindedOut(Output):
    """What became of one reminder."""

    id: UUID = Field(description="The appointment or plan")
    subject_kind: str
    outcome: str = Field(description="sent, later (in quiet hours), already, no_phone (a call to make)")


class RemindersOut(Output):
    """What became of each; what was called off or booked meanwhile is left out."""

    reminded: list[RemindedOut]


class LinkSent(Output):
    """A new link is on its way; the message can be followed."""

    link_id: UUID
    message_id: UUID
    message_state: str
