"""Versioned consent texts, the consents given to them, apart by purpose, and the papers that prove them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class ConsentText(SQLModel, table=True):
    """What a person is told before agreeing. A version that was used once never changes."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("purpose", "version"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    purpose: str = Field(description="treatment, data, sms, recording")
    version: int
    title_vi: str
    title_en: str
    body_vi: str
    body_en: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """One consent to one text: given by whom, how, recorded by whom; withdrawn, never deleted."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_patient", "patient_id", "purpose"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    purpose: str
    text_id: UUID = Field(foreign_key="consent_text.id")
    given_by: str = Field(description="patient, guardian")
    guardian_name: str | None = None
    guardian_relation: str | None = None
    is_child_heard: bool = Field(default=False, description="A child from 7 was asked too, and agreed")
    how: str = Field(description="spoken, written")
    recorded_by: UUID = Field(description="The membership or integration that recorded it")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: UUID | None = None


class ConsentProof(SQLModel, table=True):
    """One picture of the paper a consent was signed on; one paper may prove several. Never deleted."""

    __tablename__ = "consent_proof"

    consent_id: UUID = Field(foreign_key="consent.id", primary_key=True)
    page: int = Field(primary_key=True)
    size: str = Field(primary_key=True, description="full, view")
    file_id: UUID = Field(foreign_key="stored_file.id", index=True)
    recorded_by: UUID
    recorded_at: datetime = Field(sa_type=UtcDateTime)
