"""Resources and their hours, appointments, and the claims that keep two of them from overlapping.

Times on the claim path are BIGINT epoch seconds on both databases, so that PostgreSQL can exclude
over `int8range` and SQLite compares the same numbers. The guard against overlaps is in `guard.py`:
any migration that touches `claim` must call it, because rebuilding a table drops its triggers.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_BOOKED = text("status = 'booked'")
_HELD = text("status = 'held'")
_REQUESTED = text("status = 'requested'")
_AGREED_APPOINTMENT = text("status IN ('requested', 'booked', 'checked_in', 'in_progress')")
_UNSUPPORTED = text("support = 'unsupported'")
_LIVE_CLAIM = text("state IN ('held', 'booked')")

IS_LIVE: Final = text("claim.state IN ('held', 'booked')")
IS_HELD: Final = text("appointment.status = 'held'")
"""The conditions of the partial indexes above, word for word: with parameters in their place a database
cannot know that an index answers them, and SQLite reads every claim there is."""


class Appointment(SQLModel, table=True):
    """An agreed time, from the hold on. Every change is a row in `appointment_event`."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("(status = 'held') = (hold_expires_at IS NOT NULL)", name="held_expires"),
        CheckConstraint("(status = 'requested') = (respond_by IS NOT NULL)", name="requested_until"),
        CheckConstraint(
            "(status IN ('cancelled', 'rejected', 'aborted')) = (cancel_reason IS NOT NULL)",
            name="cancel_reason",
        ),
        CheckConstraint("(status = 'no_show') = (no_show_party IS NOT NULL)", name="no_show_party"),
        CheckConstraint("priority IN ('routine', 'urgent', 'emergency')", name="priority"),
        CheckConstraint("patient_place IN ('station', 'home')", name="patient_place"),
        CheckConstraint("support IN ('supported', 'unsupported', 'overridden')", name="support"),
        CheckConstraint("accept_mode IN ('auto', 'doctor', 'coordinator')", name="accept_mode"),
        Index(
            "uq_appointment_form",
            "station_facility_id",
            "form_id",
            unique=True,
            postgresql_where=_HELD,
            sqlite_where=_HELD,
        ),
        Index(
            "uq_appointment_visit",
            "visit_id",
            unique=True,
            postgresql_where=_AGREED_APPOINTMENT,
            sqlite_where=_AGREED_APPOINTMENT,
        ),
        Index("ix_appointment_station", "station_facility_id", "starts_at"),
        Index("ix_appointment_doctor", "doctor_membership_id", "starts_at"),
        Index(
            "ix_appointment_unsupported",
            "starts_at",
            postgresql_where=_UNSUPPORTED,
            sqlite_where=_UNSUPPORTED,
        ),
        Index("ix_appointment_booked", "starts_at", postgresql_where=_BOOKED, sqlite_where=_BOOKED),
        Index("ix_appointment_expiry", "hold_expires_at", postgresql_where=_HELD, sqlite_where=_HELD),
        Index("ix_appointment_answer", "respond_by", postgresql_where=_REQUESTED, sqlite_where=_REQUESTED),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(unique=True, description="What is read out on the phone and printed on the slip")
    status: str
    version: int = 1
    service_type_id: UUID = Field(foreign_key="service_type.id")
    visit_id: UUID = Field(index=True, description="The visit it serves")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    consult_kind: str
    station_facility_id: UUID = Field(foreign_key="facility.id")
    doctor_membership_id: UUID = Field(foreign_key="membership.id")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    hold_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accept_mode: str = Field(default="auto", description="Who accepts it, by the service's terms when held")
    respond_by: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Asked on or given up then"
    )
    pool_id: UUID | None = Field(
        default=None, foreign_key="pool.id", index=True, description="The pool that was asked, if one was"
    )
    replaces_id: UUID | None = Field(
        default=None, foreign_key="appointment.id", unique=True, description="The one that broke off"
    )
    form_id: UUID = Field(description="The form it is held for: one live hold each")
    held_by: UUID = Field(index=True, description="Who holds or held it; for whom waits, the form")
    priority: str = "routine"
    patient_place: str = Field(default="station", description="Where the patient will be")
    support: str = Field(default="supported", description="Whether the hours still hold it: rules.Support")
    cancel_reason: str | None = None
    cancelled_by: UUID | None = None
    no_show_party: str | None = None
    ical_uid: str = Field(unique=True)
    ical_sequence: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)


class Claim(SQLModel, table=True):
    """A stored busy interval of one resource, buffers included. No two live ones overlap in a lane."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("busy_end > busy_start", name="ends_later"),
        CheckConstraint("lane >= 0", name="lane"),
        CheckConstraint("state IN ('held', 'booked', 'released')", name="state"),
        CheckConstraint("(state = 'held') = (held_until IS NOT NULL)", name="held_until"),
        Index(
            "uq_claim_appointment",
            "appointment_id",
            "resource_id",
            unique=True,
            postgresql_where=_LIVE_CLAIM,
            sqlite_where=_LIVE_CLAIM,
        ),
        Index(
            "ix_claim_live",
            "resource_id",
            "busy_start",
            "busy_end",
            "lane",
            postgresql_where=_LIVE_CLAIM,
            sqlite_where=_LIVE_CLAIM,
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointment.id", index=True)
    resource_id: UUID = Field(foreign_key="resource.id")
    lane: int = 0
    busy_start: int = Field(sa_type=BigInteger)
    busy_end: int = Field(sa_type=BigInteger)
    state: str
    held_until: int | None = Field(default=None, sa_type=BigInteger)


class AppointmentEvent(SQLModel, table=True):
    """One change of an appointment; appended, never altered. Replaying them gives the row."""

    __tablename__ = "appointment_event"
    __table_args__ = (UniqueConstraint("appointment_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointment.id")
    seq: int
    from_status: str | None = None
    to_status: str
    command: str
    version: int
    actor_kind: str
    actor_ref: UUID
    reason: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class DiaryMark(SQLModel, table=True):
    """A doctor's diary changed, or who can be asked; written by the database's own triggers (`marks.py`)."""

    __tablename__ = "diary_mark"
    __table_args__ = (CheckConstraint("kind IN ('diary', 'people', 'all')", name="kind"),)

    seq: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite")
    )
    transaction: int = Field(sa_type=BigInteger, index=True)
    kind: str
    resource_id: UUID | None = None


class IdempotencyKey(SQLModel, table=True):
    """The answer once given to a request that books, kept so that a repeat gets the same one."""

    __tablename__ = "idempotency_key"

    principal_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=200)
    route: str
    fingerprint: str
    status_code: int
    body: dict[str, Any] = Field(sa_type=JSON)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
