"""Pools of doctors who answer for one another, and when each of them is on duty."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_ASKED = text("state = 'asked'")


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
        CheckConstraint(
            "covered_from >= 0 AND covered_from < covered_until AND covered_until <= 1440", name="covered"
        ),
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
    covered_from: int = Field(default=0, description="Minute of the day from which somebody is to be on duty")
    covered_until: int = Field(default=1440, description="Minute of the day until which")
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


class Swap(SQLModel, table=True):
    """A doctor's wish that a colleague of the pool takes a shift, perhaps in exchange for another."""

    __tablename__ = "swap"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'accepted', 'declined', 'taken_back', 'lapsed')", name="state"),
        CheckConstraint("from_membership_id <> to_membership_id", name="two_people"),
        CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name="answered"),
        Index("uq_swap_open", "shift_id", unique=True, postgresql_where=_ASKED, sqlite_where=_ASKED),
        Index("ix_swap_to", "to_membership_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    shift_id: UUID = Field(foreign_key="shift.id")
    return_shift_id: UUID | None = Field(
        default=None,
        foreign_key="shift.id",
        index=True,
        description="The colleague's shift taken in exchange",
    )
    from_membership_id: UUID = Field(foreign_key="membership.id", index=True)
    to_membership_id: UUID = Field(foreign_key="membership.id")
    state: str = "asked"
    version: int = 1
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DutyEvent(SQLModel, table=True):
    """One change of a pool, a shift or a swap; appended, never altered."""

    __tablename__ = "duty_event"
    __table_args__ = (
        UniqueConstraint("subject_id", "version"),
        CheckConstraint("subject_kind IN ('pool', 'shift', 'swap')", name="subject_kind"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject_kind: str
    subject_id: UUID
    from_state: str | None = None
    to_state: str
    command: str
    version: int = Field(description="The subject's version after it")
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class DutyNotice(SQLModel, table=True):
    """Something about duties a doctor or a facility is told, until somebody has seen it."""

    __tablename__ = "duty_notice"
    __table_args__ = (Index("ix_duty_notice_recipient", "recipient_id", "seen_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    recipient_id: UUID = Field(description="Membership or facility")
    kind: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="Ids, times and counts")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_by: UUID | None = None
