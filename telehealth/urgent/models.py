"""Urgent requests, the levels they go through, who was rung, and every step on record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.audit.steps import Step
from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_WAITING = text("state = 'waiting'")
_CLAIMED = text("state = 'claimed'")
_LIVE = text("state IN ('waiting', 'claimed', 'in_call')")


class UrgentRequest(SQLModel, table=True):
    """A station's call for a doctor now; leased to the first who accepts, escalated until one does."""

    __tablename__ = "urgent_request"
    __table_args__ = (
        CheckConstraint("priority IN ('urgent', 'emergency')", name="priority"),
        CheckConstraint(
            "state IN ('waiting', 'claimed', 'in_call', 'done', 'cancelled', 'expired')", name="state"
        ),
        CheckConstraint("(state NOT IN ('claimed', 'in_call')) = (owner_id IS NULL)", name="owner"),
        CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("(state = 'waiting') = (escalate_at IS NOT NULL)", name="escalates"),
        CheckConstraint("state <> 'cancelled' OR closed_at IS NOT NULL", name="closed"),
        Index(
            "ix_urgent_request_queue",
            "pool_id",
            "priority",
            "enqueued_at",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index(
            "uq_urgent_request_patient", "patient_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE
        ),
        Index("ix_urgent_request_due", "escalate_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_urgent_request_lease", "lease_until", postgresql_where=_CLAIMED, sqlite_where=_CLAIMED),
        Index("ix_urgent_request_station", "station_facility_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    state: str
    version: int = 1
    priority: str
    pool_id: UUID = Field(foreign_key="pool.id", description="The pool asked first")
    patient_id: UUID = Field(foreign_key="patient.id")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    requested_by: UUID = Field(foreign_key="membership.id")
    danger_signs: list[str] = Field(default_factory=list, sa_type=JSON, description="Codes ticked")
    age_band: str = Field(description="All a doctor learns of the age before accepting")
    specialty_code: str | None = Field(default=None, foreign_key="specialty.code")
    enqueued_at: datetime = Field(sa_type=UtcDateTime, description="Place in the queue; never changes")
    escalate_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalations: int = Field(default=0, description="How often a further level was rung")
    owner_id: UUID | None = Field(default=None, foreign_key="membership.id", index=True)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_token: int = Field(default=0, description="Grows with each claim; a stale one writes nothing")
    appointment_id: UUID | None = Field(default=None, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = None
    close_reason: str | None = None
    steps: int = Field(default=0, description="Rows of its history")


class UrgentLevel(SQLModel, table=True):
    """One step of the ladder, laid down at the press: which pool, and since when it rings."""

    __tablename__ = "urgent_level"

    request_id: UUID = Field(foreign_key="urgent_request.id", primary_key=True)
    level: int = Field(primary_key=True)
    pool_id: UUID = Field(foreign_key="pool.id", index=True)
    rung_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    was_empty: bool = Field(default=False, description="Nobody was on duty when its turn came")


class UrgentRing(SQLModel, table=True):
    """A doctor who is being rung, once for each request, whatever pools they are in."""

    __tablename__ = "urgent_ring"
    __table_args__ = (CheckConstraint("(declined_at IS NULL) = (reason IS NULL)", name="declined"),)

    request_id: UUID = Field(foreign_key="urgent_request.id", primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True, index=True)
    level: int
    pool_id: UUID = Field(foreign_key="pool.id")
    rung_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    declined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None


class UrgentEvent(Step, table=True):
    """One step of a request; appended, never altered."""

    __tablename__ = "urgent_event"
    __table_args__ = (UniqueConstraint("request_id", "seq"),)

    request_id: UUID = Field(foreign_key="urgent_request.id")
    membership_id: UUID | None = Field(default=None, description="Whom it is about: rung, accepted …")
    pool_id: UUID | None = None
    lease_token: int | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
