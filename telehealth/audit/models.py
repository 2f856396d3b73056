"""The audit trail: one row per act, written in the transaction of the act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class AuditEntry(SQLModel, table=True):
    """One act on a patient's data, or on who may see it. Holds ids and codes, no clinical text."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_patient_at", "patient_id", "recorded_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    actor_kind: str
    actor_ref: UUID = Field(index=True)
    facility_id: UUID | None = None
    action: str
    subject_kind: str
    subject_id: UUID | None = None
    patient_id: UUID | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
