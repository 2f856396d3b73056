"""Patients, their contacts and guardians. Numbers, phones and addresses are sealed field by field."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_BY_BYTES = String().with_variant(String(collation="C"), "postgresql")
"""Compared byte by byte on both databases: a range of it is a prefix, and an index can serve that."""


class Patient(SQLModel, table=True):
    """A person cared for. Sealed columns are opened only where a person reads them."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("registered_facility_id", "mrn"),
        CheckConstraint("birth_precision IN ('day', 'month', 'year')", name="birth_precision"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    mrn: str = Field(index=True, description="The registering facility's own number")
    full_name: str
    folded_name: str = Field(index=True)
    sort_key: str
    birth_date: date = Field(index=True, description="First day of the month or year where no more is known")
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
    died_noted_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Since when it is on record that the patient died"
    )
    registration_index: str = Field(description="Blind index of the registration as it was sent")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class NameWord(SQLModel, table=True):
    """One word of a patient's folded name, kept sorted: what a search by beginnings of words walks along.

    The whole name and the birth year stand beside it: both are compared without a look at the patient.
    """

    __tablename__ = "name_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word: str = Field(primary_key=True, sa_type=_BY_BYTES)
    folded_name: str = Field(primary_key=True, sa_type=_BY_BYTES)
    birth_year: int = Field(primary_key=True)
    patient_id: UUID = Field(primary_key=True, foreign_key="patient.id", index=True)


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
    until_on: date | None = Field(default=None, description="Last day its holder acts for the patient")
    agreed_on: date | None = Field(
        default=None, description="When the patient agreed to be reached by a health worker or neighbour"
    )
    wrong_since_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Since when it is somebody else's, until corrected"
    )
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


class NotSame(SQLModel, table=True):
    """Somebody looked at two records that resemble one another and said: two people."""

    __tablename__ = "not_same"
    __table_args__ = (CheckConstraint("patient_id < other_id", name="ordered"),)

    patient_id: UUID = Field(foreign_key="patient.id", primary_key=True)
    other_id: UUID = Field(foreign_key="patient.id", primary_key=True, index=True)
    noted_by: UUID
    noted_at: datetime = Field(sa_type=UtcDateTime)


class Merge(SQLModel, table=True):
    """Two records were found to be of one person. Nothing moves: both ids stay, and it can be undone."""

    __tablename__ = "patient_merge"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
        Index(
            "uq_patient_merge_live",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
            sqlite_where=text("undone_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kept_id: UUID = Field(foreign_key="patient.id", index=True, description="The record that is current")
    merged_id: UUID = Field(foreign_key="patient.id", index=True)
    reason: str
    facility_id: UUID = Field(foreign_key="facility.id")
    merged_by: UUID
    merged_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: UUID | None = None
    undone_reason: str | None = None


class BrokenGlass(SQLModel, table=True):
    """A record out of scope was opened in an emergency: by whom, why, and what a coordinator says of it."""

    __tablename__ = "broken_glass"
    __table_args__ = (
        CheckConstraint("verdict IN ('justified', 'not_justified')", name="verdict"),
        CheckConstraint(
            "(verdict IS NULL) = (reviewed_at IS NULL) AND (verdict IS NULL) = (reviewed_by IS NULL)",
            name="reviewed",
        ),
        Index("ix_broken_glass_by", "facility_id", "opened_at"),
        Index("ix_broken_glass_of", "station_facility_id", "opened_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    membership_id: UUID = Field(foreign_key="membership.id", description="Who opened it")
    facility_id: UUID = Field(foreign_key="facility.id", description="Where they work")
    station_facility_id: UUID = Field(foreign_key="facility.id", description="Whose patient it is")
    reason_code: str
    reason: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime)
    verdict: str | None = None
    note: str = ""
    reviewed_by: UUID | None = Field(default=None, foreign_key="membership.id")
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
