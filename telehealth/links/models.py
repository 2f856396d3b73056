"""Patient links, their tokens (hashes only), the phones that opened them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class PatientLink(SQLModel, table=True):
    """One purpose, one patient, one subject, one end."""

    __tablename__ = "patient_link"
    __table_args__ = (Index("ix_patient_link_subject", "subject_id", "purpose"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    purpose: str
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    subject_id: UUID = Field(description="The appointment or plan it leads to")
    state: str
    wrong_years: int = 0
    expires_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class PatientLinkHistory(SQLModel, table=True):
    """One change of a link's state."""

    __tablename__ = "patient_link_history"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id", index=True)
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class LinkToken(SQLModel, table=True):
    """The token of one sending of a link: derived when sent, kept as its hash."""

    __tablename__ = "link_token"
    __table_args__ = (UniqueConstraint("link_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id")
    number: int
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LinkDevice(SQLModel, table=True):
    """A phone that has opened a link. It may hold links of several people: phones are shared."""

    __tablename__ = "link_device"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LinkOpening(SQLModel, table=True):
    """A link as opened on one phone; its id stands in the address instead of the token."""

    __tablename__ = "link_opening"
    __table_args__ = (UniqueConstraint("link_id", "device_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID = Field(foreign_key="patient_link.id")
    device_id: UUID = Field(foreign_key="link_device.id", index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    last_opened_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
