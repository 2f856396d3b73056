"""What can be booked, whatever can be busy, and when it is open: service types, resources, hours."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class ServiceType(SQLModel, table=True):
    """What can be booked: how long it takes and under which terms."""

    __tablename__ = "service_type"
    __table_args__ = (
        CheckConstraint("duration_minutes > 0 AND duration_minutes % 5 = 0", name="duration"),
        CheckConstraint("buffer_before_minutes >= 0 AND buffer_before_minutes % 5 = 0", name="before"),
        CheckConstraint("buffer_after_minutes >= 0 AND buffer_after_minutes % 5 = 0", name="after"),
        CheckConstraint("step_minutes > 0 AND step_minutes % 5 = 0", name="step"),
        CheckConstraint("offset_minutes >= 0 AND offset_minutes % 5 = 0", name="offset"),
        CheckConstraint("accept_mode IN ('auto', 'doctor', 'coordinator')", name="accept_mode"),
        CheckConstraint("respond_minutes > 0", name="respond"),
        CheckConstraint("reschedule_max >= 0", name="reschedule_max"),
        CheckConstraint("late_minutes >= 0", name="late"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(unique=True)
    kind: str = Field(default="scheduled", description="scheduled, follow_up")
    duration_minutes: int = 20
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_minutes: int = 20
    offset_minutes: int = Field(default=0, description="Starts are at offset + n steps after midnight")
    min_notice_minutes: int = 15
    horizon_days: int = 31
    hold_seconds: int = 300
    accept_mode: str = Field(
        default="auto", description="auto, doctor, coordinator: who accepts what is asked"
    )
    respond_minutes: int = Field(default=120, description="Within which; a pool's own term comes first")
    reschedule_max: int = Field(default=3, description="How often the time may be changed")
    late_minutes: int = Field(default=0, description="How long before its start the time may last be changed")


class Resource(SQLModel, table=True):
    """Anything that can be busy: a doctor, a station's seats, a patient. Lanes are its capacity."""

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("kind", "owner_id"),
        CheckConstraint("kind IN ('doctor', 'seat', 'patient')", name="kind"),
        CheckConstraint("lanes BETWEEN 1 AND 50", name="lanes"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    owner_id: UUID = Field(description="Membership, facility or patient")
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id", index=True)
    lanes: int = 1
    zone: str = Field(default="Asia/Ho_Chi_Minh", description="The wall clock its days and slots follow")
    is_active: bool = True


class AvailabilityRule(SQLModel, table=True):
    """Weekly hours by the wall clock; superseded by closing `valid_to`, never rewritten."""

    __tablename__ = "availability_rule"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("start_minute >= 0 AND start_minute < 1440 AND start_minute % 5 = 0", name="start"),
        # Beyond 1440 the duty runs into the next day.
        CheckConstraint(
            "start_minute < end_minute AND end_minute <= 2880 AND end_minute % 5 = 0", name="end"
        ),
        Index("ix_availability_rule_resource", "resource_id", "weekday"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resource_id: UUID = Field(foreign_key="resource.id")
    service_type_id: UUID | None = Field(default=None, foreign_key="service_type.id")
    weekday: int = Field(description="0 is Monday")
    start_minute: int
    end_minute: int
    valid_from: date
    valid_to: date | None = Field(default=None, description="First day it no longer holds")
    zone: str


class AvailabilityException(SQLModel, table=True):
    """A dated change of the hours of one resource, one facility or the whole country."""

    __tablename__ = "availability_exception"
    __table_args__ = (
        CheckConstraint("scope IN ('national', 'facility', 'resource')", name="scope"),
        CheckConstraint("(scope = 'national') = (scope_id IS NULL)", name="scope_id"),
        CheckConstraint("kind IN ('closed', 'extra')", name="kind"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index("ix_availability_exception_scope", "scope", "scope_id", "ends_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    scope: str
    scope_id: UUID | None = Field(default=None, description="Resource or facility")
    kind: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""
    created_by: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)
