"""Requests for a later answer, the levels they reach, what was asked and said, every step on record."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.audit.steps import Step
from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_OPEN = text("state IN ('waiting', 'taken', 'asked')")


class AnswerRequest(SQLModel, table=True):
    """A station's wish that a doctor answers a visit by an agreed time; one at a time for each visit."""

    __tablename__ = "answer_request"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'taken', 'asked', 'answered', 'withdrawn')", name="state"),
        CheckConstraint("urgency IN ('urgent', 'soon', 'routine')", name="urgency"),
        CheckConstraint("(state IN ('taken', 'asked', 'answered')) = (owner_id IS NOT NULL)", name="owner"),
        CheckConstraint("(state = 'asked') = (asked_at IS NOT NULL)", name="asked"),
        CheckConstraint("(state IN ('answered', 'withdrawn')) = (closed_at IS NOT NULL)", name="closed"),
        Index("uq_answer_request_visit", "visit_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_answer_request_due", "due_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_answer_request_station", "station_facility_id", "state"),
        Index("ix_answer_request_owner", "owner_id", "state"),
        Index("ix_answer_request_state", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    state: str
    version: int = 1
    urgency: str
    within: str = Field(description="The term that was chosen")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    requested_by: UUID = Field(foreign_key="membership.id")
    age_band: str = Field(description="All a doctor learns of the age before taking it")
    specialty_code: str | None = Field(default=None, foreign_key="specialty.code")
    sent_at: datetime = Field(sa_type=UtcDateTime, description="Place in the queue; never changes")
    answer_by: datetime = Field(sa_type=UtcDateTime, description="Later by as long as the station was asked")
    remind_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="None: it has gone off")
    overdue_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="None: it has gone off"
    )
    due_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the next of its clocks goes off"
    )
    owner_id: UUID | None = Field(default=None, foreign_key="membership.id", index=True)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Since when the station is to say something"
    )
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_reason: str | None = None
    steps: int = Field(default=0, description="Rows of its history")


class AnswerLevel(SQLModel, table=True):
    """One step of the ladder: a pool, or the one doctor who knows the case; and when its turn comes."""

    __tablename__ = "answer_level"
    __table_args__ = (CheckConstraint("(pool_id IS NULL) <> (membership_id IS NULL)", name="whom"),)

    request_id: UUID = Field(foreign_key="answer_request.id", primary_key=True)
    level: int = Field(primary_key=True)
    pool_id: UUID | None = Field(default=None, foreign_key="pool.id", index=True)
    membership_id: UUID | None = Field(default=None, foreign_key="membership.id", index=True)
    turn_at: datetime = Field(sa_type=UtcDateTime)
    reached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AnswerNote(SQLModel, table=True):
    """What doctor and station asked and said; part of the visit, never altered."""

    __tablename__ = "answer_note"
    __table_args__ = (
        CheckConstraint("kind IN ('wish', 'question', 'reply')", name="kind"),
        UniqueConstraint("request_id", "seq"),
        Index("ix_answer_note_visit", "visit_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    request_id: UUID = Field(foreign_key="answer_request.id")
    visit_id: UUID = Field(foreign_key="visit.id")
    seq: int
    kind: str
    text: str = Field(sa_type=Text)
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)


class AnswerStep(Step, table=True):
    """One step of a request; appended, never altered. It holds no words about a patient."""

    __tablename__ = "answer_step"
    __table_args__ = (UniqueConstraint("request_id", "seq"),)

    request_id: UUID = Field(foreign_key="answer_request.id")
    membership_id: UUID | None = Field(default=None, description="Whose it was or became")
    pool_id: UUID | None = None
