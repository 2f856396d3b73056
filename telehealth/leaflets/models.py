"""How a patient found a visit."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class Rating(SQLModel, table=True):
    """One answer for a visit, changeable while a link to it lives."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("step BETWEEN 1 AND 5", name="step"),
        Index("ix_rating_station", "station_facility_id", "rated_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id", unique=True)
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    link_id: UUID = Field(foreign_key="patient_link.id", description="By which it was answered last")
    step: int = Field(description="1 very bad, 5 very good")
    note: str = ""
    rated_on: date = Field(description="Local day of the first answer: the month it counts in")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
