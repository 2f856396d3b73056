"""Background: facts that are carried forward, what a visit confirmed of them, pregnancies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class PatientFact(SQLModel, table=True):
    """A problem, a medicine or an allergy, from the visit it was noted at until the one that ended it."""

    __tablename__ = "patient_fact"
    __table_args__ = (
        CheckConstraint("kind IN ('problem', 'medicine', 'allergy')", name="kind"),
        CheckConstraint("status IN ('active', 'ended', 'mistaken')", name="status"),
        Index("ix_patient_fact_patient", "patient_id", "kind", "status"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    kind: str
    text: str
    status: str = "active"
    source_visit_id: UUID = Field(foreign_key="visit.id")
    noted_by: UUID = Field(foreign_key="membership.id")
    noted_at: datetime = Field(sa_type=UtcDateTime)
    ended_visit_id: UUID | None = Field(default=None, foreign_key="visit.id")
    ended_by: UUID | None = Field(default=None, foreign_key="membership.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1


class FactConfirmation(SQLModel, table=True):
    """That a visit asked about one kind, and what stood there when it was confirmed."""

    __tablename__ = "fact_confirmation"
    __table_args__ = (CheckConstraint("kind IN ('problem', 'medicine', 'allergy')", name="kind"),)

    visit_id: UUID = Field(foreign_key="visit.id", primary_key=True)
    kind: str = Field(primary_key=True)
    facts: list[str] = Field(sa_type=JSON, description="Ids of the active ones; none: asked, there is none")
    confirmed_by: UUID = Field(foreign_key="membership.id")
    confirmed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Pregnancy(SQLModel, table=True):
    """A pregnancy by the first day of the last period or by the due date, until it ended."""

    __tablename__ = "pregnancy"
    __table_args__ = (
        CheckConstraint("dated_by IN ('lmp', 'edd')", name="dated_by"),
        Index("ix_pregnancy_patient", "patient_id"),
        Index(
            "uq_pregnancy_live",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
            sqlite_where=text("ended_on IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(foreign_key="patient.id")
    source_visit_id: UUID = Field(foreign_key="visit.id")
    dated_by: str
    dated_on: date = Field(description="The first day of the last period, or the due date")
    gravida: int | None = None
    para: int | None = None
    ended_on: date | None = None
    noted_by: UUID = Field(foreign_key="membership.id")
    noted_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
