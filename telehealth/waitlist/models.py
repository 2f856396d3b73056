"""Who waits for an earlier time than there is; an offer is an appointment that is held."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_LIVE = text("state IN ('waiting', 'offered')")


class WaitlistEntry(SQLModel, table=True):
    """A visit that waits for a time of a pool or of one doctor; booked later already, or not at all.

    What is booked meanwhile is asked of scheduling, never kept twice.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint("(pool_id IS NULL) <> (doctor_membership_id IS NULL)", name="whom"),
        CheckConstraint("latest_on >= earliest_on", name="window"),
        CheckConstraint("part IN ('morning', 'afternoon')", name="part"),
        CheckConstraint("rank BETWEEN 0 AND 2", name="rank"),
        CheckConstraint(
            "state IN ('waiting', 'offered', 'accepted', 'declined', 'expired', 'cancelled')", name="state"
        ),
        CheckConstraint(
            "(state = 'offered') = (offer_expires_at IS NOT NULL)"
            " AND (state NOT IN ('offered', 'accepted') OR offer_appointment_id IS NOT NULL)",
            name="offer",
        ),
        Index("uq_waitlist_entry_visit", "visit_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_waitlist_entry_asked", "facility_id", "state", "rank", "created_at"),
        Index("ix_waitlist_entry_station", "station_facility_id", "state"),
        Index("ix_waitlist_entry_offer", "offer_appointment_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(description="What station and coordinator call it on the phone")
    service_type_id: UUID = Field(foreign_key="service_type.id")
    pool_id: UUID | None = Field(default=None, foreign_key="pool.id")
    doctor_membership_id: UUID | None = Field(default=None, foreign_key="membership.id")
    facility_id: UUID = Field(foreign_key="facility.id", description="Whose pool or doctor is asked")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    station_facility_id: UUID = Field(foreign_key="facility.id")
    earliest_on: date
    latest_on: date
    weekdays: list[int] = Field(default_factory=list, sa_type=JSON, description="0 is Monday; empty: any")
    part: str | None = Field(default=None, description="None: any time of the day")
    priority: str = "routine"
    rank: int = Field(description="Of the priority, 0 is the most urgent: the order is the database's")
    state: str
    offer_appointment_id: UUID | None = Field(default=None, foreign_key="appointment.id")
    offer_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    offers_made: int = 0
    version: int = 1
    created_by: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)


class WaitlistEvent(SQLModel, table=True):
    """One change of an entry; appended, never altered."""

    __tablename__ = "waitlist_event"
    __table_args__ = (UniqueConstraint("entry_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    entry_id: UUID = Field(foreign_key="waitlist_entry.id")
    seq: int
    from_state: str | None = None
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    appointment_id: UUID | None = None
    at: datetime = Field(sa_type=UtcDateTime)
