"""Referrals, what both sides said, and every step."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.audit.steps import Step
from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_LIVE = text("state <> 'withdrawn'")
_SENT = text("state = 'sent'")


class Referral(SQLModel, table=True):
    """A patient sent on to another facility; a visit has at most one that was not withdrawn."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'sent', 'accepted', 'declined', 'returned', 'closed', 'withdrawn')",
            name="state",
        ),
        CheckConstraint("urgency IN ('emergency', 'urgent', 'routine')", name="urgency"),
        CheckConstraint("from_facility_id <> to_facility_id", name="elsewhere"),
        CheckConstraint("state <> 'sent' OR answer_by IS NOT NULL", name="clock"),
        Index("uq_referral_visit", "visit_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_referral_visit", "visit_id"),
        Index("ix_referral_from", "from_facility_id", "state"),
        Index("ix_referral_to", "to_facility_id", "state"),
        Index("ix_referral_due", "due_at", postgresql_where=_SENT, sqlite_where=_SENT),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    state: str
    version: int = 1
    revision: int = Field(default=1, description="Grows with what is written before it is sent")
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    from_facility_id: UUID = Field(foreign_key="facility.id")
    to_facility_id: UUID = Field(foreign_key="facility.id")
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    urgency: str
    reason: str = Field(sa_type=Text)
    condition: str = Field(default="", sa_type=Text, description="How the patient is when leaving")
    treatment: str = Field(default="", sa_type=Text, description="What was given so far")
    transport: str
    escort: str = Field(default="", description="Who goes along")
    attachments: list[str] = Field(default_factory=list, sa_type=JSON)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remind_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="None: it has gone off")
    overdue_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="None: it has gone off"
    )
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    come_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ask_for: str = ""
    answered_by: UUID | None = Field(default=None, foreign_key="membership.id")
    decline_reason: str | None = None
    found: str = Field(default="", sa_type=Text, description="Of the back-referral: what was found")
    treated: str = Field(default="", sa_type=Text)
    to_do: str = Field(default="", sa_type=Text, description="What the station has to do")
    returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    returned_by: UUID | None = Field(default=None, foreign_key="membership.id")
    steps: int = 0


class ReferralNote(SQLModel, table=True):
    """Words of the thread; both sides read them, nobody alters them."""

    __tablename__ = "referral_note"
    __table_args__ = (UniqueConstraint("referral_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    seq: int
    kind: str
    text: str = Field(sa_type=Text)
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)


class ReferralStep(Step, table=True):
    """One step of a referral; appended, never altered. It holds no words about a patient."""

    __tablename__ = "referral_step"
    __table_args__ = (UniqueConstraint("referral_id", "seq"),)

    referral_id: UUID = Field(foreign_key="referral.id")
    facility_id: UUID | None = Field(default=None, description="Where it lies after this step")
