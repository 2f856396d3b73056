"""Patients, their contacts and guardians. Numbers, phones and addresses are sealed field by field."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Patient(SQLModel, table=True):
    """A person cared for. Sealed columns are opened only where a person reads them."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("registered_facility_id", "mrn"),
        CheckConstraint("birth_precision IN ('day', 'month', 'year')", name="birth_precision"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    mrn: str = Field(description="The registering facility's own number")
    full_name: str
    folded_name: str = Field(index=True)
    sort_key: str
    birth_date: date = Field(description="First day of the month or year where no more is known")
    birth_precision: str
    sex: str
    ethnic_code: str | None = None
    language: str = "vi"
    needs_interpreter: bool = False
    cccd_sealed: bytes | None = None
    cccd_index: str | None = Field(default=None, unique=True)
    bhyt_sealed: bytes | None = None
    bhyt_index: str | None = Field(default=None, unique=True)
    address_sealed: bytes | None = None
    no_id_reason: str | None = Field(default=None, description="Why there is no personal number")
    registered_facility_id: UUID = Field(foreign_key="facility.id", index=True)
    registration_index: str = Field(description="Blind index of the registration as it was sent")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Contact(SQLModel, table=True):
    """A phone and whose it is. Phones are shared in families: what may be said there is part of it."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_patient", "patient_id", "rank"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    rank: int = Field(description="Which to try first")
    phone_sealed: bytes
    phone_index: str = Field(index=True)
    name: str = ""
    relation: str
    may_mention_health: bool = False
    no_sms: bool = False
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Guardian(SQLModel, table=True):
    """Who acts for a patient, on what basis and until when."""

    __tablename__ = "guardian"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    name: str
    relation: str
    basis: str = Field(description="parent, appointed, authorised")
    until_on: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class MrnCounter(SQLModel, table=True):
    """The latest number a facility has given out."""

    __tablename__ = "mrn_counter"

    facility_id: UUID = Field(foreign_key="facility.id", primary_key=True)
    last: int = 0


class ExactMatch(SQLModel, table=True):
    """Why a facility was let in to a patient registered elsewhere: it knew the exact number."""

    __tablename__ = "exact_match"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    actor_ref: UUID
    number_kind: str = Field(description="cccd, bhyt")
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Seen(SQLModel, table=True):
    """Whom a member looked at last: the list a search begins with."""

    __tablename__ = "seen"
    __table_args__ = (Index("ix_seen_latest", "actor_ref", "seen_at"),)

    actor_ref: UUID = Field(primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id", primary_key=True, index=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)
