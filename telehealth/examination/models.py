"""Examination: versions of templates, which one a visit is written in, what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime


class RecordTemplate(SQLModel, table=True):
    """One version of a specialty template; never changed, a newer version stands beside it."""

    __tablename__ = "record_template"

    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    rank: int
    content: dict[str, Any] = Field(sa_type=JSON, description="Measurements, systems, questions")
    created_by: UUID | None = Field(default=None, foreign_key="membership.id", description="None: with us")
    created_at: datetime = Field(sa_type=UtcDateTime)


class VisitTemplate(SQLModel, table=True):
    """The version a visit is written in, kept from its first word on."""

    __tablename__ = "visit_template"

    visit_id: UUID = Field(foreign_key="visit.id", primary_key=True)
    template_code: str
    template_version: int
    chosen_by: UUID = Field(foreign_key="membership.id")
    chosen_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=0, description="How often somebody chose; 0: the first word fixed it")


class ExaminationItem(SQLModel, table=True):
    """What was found of one system, or answered to one question; versioned by itself."""

    __tablename__ = "examination_item"
    __table_args__ = (
        CheckConstraint("kind IN ('system', 'question')", name="kind"),
        CheckConstraint("state IN ('normal', 'abnormal', 'not_examined', 'answered', '')", name="state"),
    )

    visit_id: UUID = Field(foreign_key="visit.id", primary_key=True)
    item: str = Field(primary_key=True, description="Its code in the template")
    kind: str
    label: str = Field(description="As the template said when it was written")
    state: str = Field(description="Empty: taken back")
    text: str = Field(sa_type=Text)
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
