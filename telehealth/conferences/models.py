"""Minutes of a conference: texts, people, signatures, what happened to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Minutes(SQLModel, table=True):
    """The minutes of one visit; `frame_version` counts changes of place, time and people."""

    __tablename__ = "minutes"
    __table_args__ = (CheckConstraint("state IN ('draft', 'signing', 'complete')", name="state"),)

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    state: str = "draft"
    round: int = Field(default=1, description="Grows when signed minutes are opened again")
    held_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    place: str = ""
    frame_version: int = 1
    begun_by: UUID = Field(foreign_key="membership.id")
    written_by: UUID = Field(foreign_key="membership.id", description="Who changed the frame last")
    written_at: datetime = Field(sa_type=UtcDateTime)


class MinutesText(SQLModel, table=True):
    """One written part of the minutes, versioned by itself, so that two can write."""

    __tablename__ = "minutes_text"

    visit_id: UUID = Field(primary_key=True, foreign_key="minutes.visit_id")
    name: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class MinutesPerson(SQLModel, table=True):
    """Who took part, by name, title and facility as they were when they were written down."""

    __tablename__ = "minutes_person"
    __table_args__ = (
        UniqueConstraint("visit_id", "rank"),
        CheckConstraint("role IN ('chair', 'secretary', 'member')", name="role"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="minutes.visit_id")
    rank: int
    role: str
    membership_id: UUID | None = Field(default=None, foreign_key="membership.id")
    name: str
    title: str = ""
    facility: str = ""


class MinutesSignature(SQLModel, table=True):
    """One signature with all that was signed, word for word; append-only in the database itself."""

    __tablename__ = "minutes_signature"
    __table_args__ = (UniqueConstraint("visit_id", "round", "membership_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="minutes.visit_id")
    round: int
    membership_id: UUID = Field(foreign_key="membership.id", index=True)
    role: str
    canonical: str = Field(sa_type=Text)
    sha256: str
    signed_at: datetime = Field(sa_type=UtcDateTime)


class MinutesEvent(SQLModel, table=True):
    """What happened to the minutes as a whole, in order."""

    __tablename__ = "minutes_event"
    __table_args__ = (UniqueConstraint("visit_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="minutes.visit_id")
    seq: int
    from_state: str
    to_state: str
    command: str
    actor_ref: UUID
    reason: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
