"""The importable list, and the legal basis a doctor named for a visit outside it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime


class AllowedCondition(SQLModel, table=True):
    """A row of a list of conditions that may be examined remotely; lists are re-issued, the newest counts."""

    __tablename__ = "allowed_condition"

    list_label: str = Field(primary_key=True, description="Which list: its number and date")
    prefix: str = Field(primary_key=True, description="A code of ICD-10 or the beginning of one, no dot")
    name: str
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime, index=True)


class RemoteBasis(SQLModel, table=True):
    """Why a visit is examined remotely although its diagnosis is on no list; signed with the record."""

    __tablename__ = "remote_basis"

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id")
    text: str = Field(description="Empty: taken back")
    said_by: UUID = Field(foreign_key="membership.id")
    said_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
