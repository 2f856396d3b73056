"""What can be booked, whatever can be busy, and when it is open: service types, resources, hours."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
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
    reminder_minutes: list[int] | None = Field(
        default=None,
        sa_type=JSON(none_as_null=True),
        description="How long before it reminders go; none of its own: as the deployment has it",
    )
    reminders_since: dict[str, int] = Field(
        default_factory=dict,
        sa_type=JSON,
        description="Minutes of a lead -> the second since which there is one; others always were",
    )
    version: int = Field(default=1, description="Grows when its reminders change")


class Resource(SQLModel, table=True):
    """Anything that can be busy: a doctor, a station's seats, a patient. Lanes are its capacity."""

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("kind", "owner_id"),
        CheckConstraint("kind IN ('doctor', 'seat', 'patient')", name="kind"),
        CheckConstraint("lanes BETWEEN 1 AND 50", name="lanes"),
        CheckConstraint("daily_max > 0", name="daily_max"),
        CheckConstraint("weekly_max > 0", name="weekly_max"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    owner_id: UUID = Field(index=True, description="Membership, facility or patient")
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id", index=True)
    lanes: int = 1
    zone: str = Field(default="Asia/Ho_Chi_Minh", description="The wall clock its days and slots follow")
    is_active: bool = True
    works_holidays: bool = Field(default=False, description="Duty that runs over holidays and make-up days")
    daily_max: int | None = Field(default=None, description="Appointments on one of its local days")
    weekly_max: int | None = Field(default=None, description="Appointments in one ISO week")
    version: int = 1


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
    version: int = 1


class OpeningHours(SQLModel, table=True):
    """When a facility is open; on days on which none is in force it bounds nobody."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("start_minute >= 0 AND start_minute < 1440 AND start_minute % 5 = 0", name="start"),
        CheckConstraint(
            "start_minute < end_minute AND end_minute <= 2880 AND end_minute % 5 = 0", name="end"
        ),
        Index("ix_opening_hours_facility", "facility_id", "weekday"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    weekday: int = Field(description="0 is Monday")
    start_minute: int
    end_minute: int
    valid_from: date
    valid_to: date | None = Field(default=None, description="First day it no longer holds")
    zone: str
    version: int = 1


class NationalDay(SQLModel, table=True):
    """A day of the national calendar: a holiday, or a day worked as if it were another weekday."""

    __tablename__ = "national_day"
    __table_args__ = (
        CheckConstraint("kind IN ('closed', 'works_as')", name="kind"),
        CheckConstraint("(kind = 'works_as') = (weekday IS NOT NULL)", name="works_as"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    day: date = Field(primary_key=True)
    kind: str
    weekday: int | None = Field(default=None, description="Whose weekly hours hold; 0 is Monday")
    name: str
    source: str
    is_provisional: bool = Field(default=False, description="To be checked against the yearly notice")


class AvailabilityException(SQLModel, table=True):
    """A dated change of the hours of one resource, one facility or the whole country."""

    __tablename__ = "availability_exception"
    __table_args__ = (
        CheckConstraint("scope IN ('national', 'facility', 'resource')", name="scope"),
        CheckConstraint("(scope = 'national') = (scope_id IS NULL)", name="scope_id"),
        CheckConstraint("kind IN ('closed', 'extra', 'service_only')", name="kind"),
        CheckConstraint("(kind = 'service_only') = (service_type_id IS NOT NULL)", name="service"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index("ix_availability_exception_scope", "scope", "scope_id", "ends_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    scope: str
    scope_id: UUID | None = Field(default=None, description="Resource or facility")
    kind: str
    service_type_id: UUID | None = Field(
        default=None, foreign_key="service_type.id", description="The service the hours are kept for"
    )
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(default="", description="A code, see rules.Reason; no free text about anybody")
    created_by: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1
