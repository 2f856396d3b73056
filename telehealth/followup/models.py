"""Plans for the next visit, patients' replies, and what staff have to see to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Plan(SQLModel, table=True):
    """When and where a patient is to come back."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("until_minute > from_minute", name="ends_later"),
        CheckConstraint("due_from <= due_on AND due_on <= due_to", name="window"),
        Index("ix_plan_station_due", "station_facility_id", "due_on"),
        Index("ix_plan_state_due", "state", "due_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(unique=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id", description="Who follows it up")
    facility_id: UUID = Field(foreign_key="facility.id", description="Where to come")
    due_on: date = Field(description="What the patient is told")
    due_from: date = Field(description="First day that would do")
    due_to: date = Field(description="Last day that would do")
    doctor_membership_id: UUID | None = Field(
        default=None, foreign_key="membership.id", description="Whom the patient should see again"
    )
    next_visit_id: UUID | None = Field(
        default=None, foreign_key="visit.id", index=True, description="The visit booked for it"
    )
    from_minute: int = Field(description="Of the local day")
    until_minute: int
    bring: list[str] = Field(default_factory=list, sa_type=JSON, description="Codes of what to bring")
    state: str
    version: int = Field(default=1, description="Grows when day, time or place change")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Reply(SQLModel, table=True):
    """What a patient answered through a link; the latest counts."""

    __tablename__ = "reply"
    __table_args__ = (Index("ix_reply_subject", "subject_id", "recorded_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject_kind: str = Field(description="appointment, plan")
    subject_id: UUID
    subject_version: int
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    link_id: UUID = Field(foreign_key="patient_link.id")
    kind: str
    wish: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Task(SQLModel, table=True):
    """Something a station has to see to about a patient."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name="outcome"),
        Index("ix_task_facility", "facility_id", "state", "due_at"),
        Index("ix_task_subject", "subject_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    kind: str
    subject_kind: str
    subject_id: UUID
    detail: str = Field(default="", description="Code: why a text failed, which time is wished, how soon")
    message_ids: list[str] = Field(
        default_factory=list, sa_type=JSON, description="Of a call: the newest texts that did not arrive"
    )
    state: str
    due_at: datetime = Field(sa_type=UtcDateTime, description="After this it is too late")
    call_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="From when to try again; none: not tried yet"
    )
    tries: int = Field(default=0, description="How often in vain")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: UUID | None = None
    outcome: str | None = None
    version: int = 1


class FollowupHistory(SQLModel, table=True):
    """One change of the state of a plan or a task."""

    __tablename__ = "followup_history"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject_kind: str = Field(description="plan, task")
    subject_id: UUID = Field(index=True)
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)
