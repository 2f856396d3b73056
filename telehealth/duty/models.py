"""Pools of doctors who answer for one another, and when each of them is on duty."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Pool(SQLModel, table=True):
    """Doctors of a facility whom stations ask as one, by specialty.

    Its level is that of its facility; who is asked next when nobody answers is named, never guessed.
    """

    __tablename__ = "pool"
    __table_args__ = (
        UniqueConstraint("facility_id", "name"),
        CheckConstraint("policy IN ('least_loaded', 'priority', 'continuity_first')", name="policy"),
        CheckConstraint("window_days BETWEEN 1 AND 366", name="window"),
        CheckConstraint("respond_minutes > 0", name="respond"),
        CheckConstraint("escalate_seconds > 0", name="escalate"),
        CheckConstraint("lease_seconds > 0", name="lease"),
        CheckConstraint("escalates_to <> id", name="escalates_elsewhere"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    name: str
    specialty_code: str | None = Field(default=None, foreign_key="specialty.code", description="None: any")
    policy: str = "continuity_first"
    window_days: int = Field(default=30, description="How far back assigned minutes count")
    respond_minutes: int = Field(default=120, description="Within which a request is to be accepted")
    escalates_to: UUID | None = Field(default=None, foreign_key="pool.id", description="Asked next, one up")
    escalate_seconds: int = Field(default=90, description="Ringing without an answer before that")
    lease_seconds: int = Field(
        default=60, description="How long an accepted urgent request is kept unattended"
    )
    is_active: bool = True
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)


class PoolMember(SQLModel, table=True):
    """A doctor's part in a pool during some days."""

    __tablename__ = "pool_member"
    __table_args__ = (
        CheckConstraint("weight BETWEEN 1 AND 10", name="weight"),
        CheckConstraint("credit_minutes >= 0", name="credit"),
    )

    pool_id: UUID = Field(foreign_key="pool.id", primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True, index=True)
    weight: int = Field(default=1, description="Twice the weight, twice the share")
    priority: int = Field(default=0, description="Lower is asked first where the policy says so")
    credit_minutes: int = Field(
        default=0, description="Counted as assigned, so that a new doctor is not flooded"
    )
    joined_on: date
    left_on: date | None = Field(default=None, description="First day no longer in it")


class Shift(SQLModel, table=True):
    """A doctor's duty in a pool, planned as a draft and binding once published."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state"),
        Index("ix_shift_pool", "pool_id", "ends_at"),
        Index("ix_shift_member", "membership_id", "ends_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    pool_id: UUID = Field(foreign_key="pool.id")
    membership_id: UUID = Field(foreign_key="membership.id")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    state: str = "draft"
    version: int = 1
    created_by: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)


class DutySwitch(SQLModel, table=True):
    """What a doctor last said by the switch: rung for in every pool of theirs, or in none, until then.

    Until it runs out it beats the roster, either way.
    """

    __tablename__ = "duty_switch"

    membership_id: UUID = Field(foreign_key="membership.id", primary_key=True)
    is_on: bool
    changed_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime)
