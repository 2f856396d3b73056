"""Visits: sections, observations, conditions, signed records."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import Milli, UtcDateTime
from telehealth.kit.ids import new_id


class Visit(SQLModel, table=True):
    """One clinical encounter, with or without a live call."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'signed', 'withdrawn')", name="state"),
        CheckConstraint("consult_kind IN ('remote_exam', 'facility_support')", name="consult_kind"),
        Index("ix_visit_patient", "patient_id", "occurred_at"),
        Index("ix_visit_station", "station_facility_id", "occurred_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    consult_kind: str
    state: str = "open"
    station_facility_id: UUID = Field(foreign_key="facility.id")
    opened_by: UUID = Field(foreign_key="membership.id")
    doctor_membership_id: UUID | None = Field(default=None, foreign_key="membership.id", index=True)
    appointment_id: UUID | None = Field(default=None, index=True)
    specialty_code: str | None = Field(default=None, foreign_key="specialty.code")
    diagnoses_version: int = 0
    follow_up_version: int = 0
    follow_up_on: date | None = None
    follow_up_slack_days: int = Field(default=0, description="Days before or after that would do as well")
    follow_up_facility_id: UUID | None = Field(default=None, foreign_key="facility.id")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class VisitSection(SQLModel, table=True):
    """One part of the record that somebody writes; versioned by itself, so that two can write."""

    __tablename__ = "visit_section"

    visit_id: UUID = Field(foreign_key="visit.id", primary_key=True)
    name: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Observation(SQLModel, table=True):
    """A vital sign or measurement, in its own unit; never overwritten, a new one is added."""

    __tablename__ = "observation"
    __table_args__ = (Index("ix_observation_visit", "visit_id", "code"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    code: str = Field(description="Our name of the measurement; LOINC and UCUM are in rules.VITALS")
    value: Decimal = Field(sa_type=Milli)
    measured_by: UUID = Field(foreign_key="membership.id")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Condition(SQLModel, table=True):
    """A diagnosis of the visit: an ICD-10 code with its words, or words alone."""

    __tablename__ = "condition"
    __table_args__ = (UniqueConstraint("visit_id", "rank"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    rank: int = Field(description="0 is the main diagnosis")
    code: str | None = None
    code_list: str | None = Field(default=None, description="Version label of the list the code is from")
    text: str
    certainty: str = Field(description="provisional, confirmed")
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)


class DiagnosisCode(SQLModel, table=True):
    """A row of an ICD-10 list; lists are re-issued, so each carries its version label."""

    __tablename__ = "diagnosis_code"

    code_list: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    folded: str = Field(index=True, description="Code and name as they are searched")
    source: str
    is_reviewed: bool = False


class VisitEvent(SQLModel, table=True):
    """What happened to a visit as a whole, in order."""

    __tablename__ = "visit_event"
    __table_args__ = (UniqueConstraint("visit_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    seq: int
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class SignedRecord(SQLModel, table=True):
    """What was signed, word for word, as canonical JSON; append-only in the database itself.

    Number 1 is the record, later numbers are amendments; each names the hash before it.
    """

    __tablename__ = "signed_record"
    __table_args__ = (UniqueConstraint("visit_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    number: int
    schema_version: int
    canonical: str = Field(sa_type=Text)
    sha256: str
    previous_sha256: str | None = None
    signed_by: UUID = Field(foreign_key="membership.id", index=True)
    signed_at: datetime = Field(sa_type=UtcDateTime)
