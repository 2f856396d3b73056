"""Dated grants: the only way a patient's data becomes visible to anyone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id

_COPIED = text("copied_from IS NOT NULL")


class Grant(SQLModel, table=True):
    """The right of a facility or a membership to one patient's data, with its basis and dates."""

    __tablename__ = "grant"
    __table_args__ = (
        Index("ix_grant_holder", "holder_id", "patient_id"),
        Index("ix_grant_source", "source_id"),
        Index("ix_grant_copied_from", "copied_from", postgresql_where=_COPIED, sqlite_where=_COPIED),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    patient_id: UUID = Field(index=True)
    holder_kind: str = Field(description="facility, membership")
    holder_id: UUID
    basis: str
    source_id: UUID = Field(description="What it rests on: the registration, appointment, visit …")
    from_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    copied_from: UUID | None = Field(
        default=None, description="The other record of the same person it was given for; ends with the merge"
    )


class SamePerson(SQLModel, table=True):
    """A patient id that stands for the same person as another, the current one, while the row is there."""

    __tablename__ = "same_person"

    patient_id: UUID = Field(primary_key=True)
    current_id: UUID = Field(index=True)
