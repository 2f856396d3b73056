"""Visits: sections, observations, conditions, signed records."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import Milli, UtcDateTime
from telehealth.kit.ids import new_id

_BY_BYTES = String().with_variant(String(collation="C"), "postgresql")
"""Words are compared letter by letter, so that "the beginning is" is a range of an index."""


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
    modality: str | None = Field(default=None, description="How it was held last: video, audio, phone, later")
    modalities: list[str] = Field(
        default_factory=list, sa_type=JSON, description="All the forms it went through, in order"
    )
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
    code: str = Field(description="Our name of the measurement; LOINC and UCUM are in vitals.MEASUREMENTS")
    value: Decimal = Field(sa_type=Milli)
    measured_by: UUID = Field(foreign_key="membership.id")
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Condition(SQLModel, table=True):
    """A diagnosis of the visit: an ICD-10 code with its words, or words alone."""

    __tablename__ = "condition"
    __table_args__ = (
        UniqueConstraint("visit_id", "rank"),
        Index("ix_condition_habits", "written_by", "code"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    rank: int = Field(description="0 is the main diagnosis")
    code: str | None = None
    code_list: str | None = Field(default=None, description="Version label of the list the code is from")
    text: str
    certainty: str = Field(description="provisional, confirmed")
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)


class Attachment(SQLModel, table=True):
    """A photo, paper or recording strip of the visit: one or more pages, with what was said of them.

    Turn and arrows lie beside the picture, which stays as it came. Taken back before the signature it is
    destroyed after a day; afterwards it stays, marked as taken back, because the signature covers it.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("kind IN ('photo', 'document', 'ecg', 'ultrasound')", name="kind"),
        CheckConstraint("source IN ('record', 'call', 'waiting')", name="source"),
        CheckConstraint("turn IN (0, 90, 180, 270)", name="turn"),
        Index("ix_attachment_visit", "visit_id", "rank"),
    )

    id: UUID = Field(primary_key=True, description="Minted by the sender")
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    kind: str
    caption: str = ""
    source: str
    rank: int
    turn: int = 0
    arrows: list[list[int]] = Field(
        default_factory=list, sa_type=JSON, description="Page, x1, y1, x2, y2; in ten-thousandths"
    )
    is_whole: bool = Field(description="False while only the small picture sent ahead is there")
    added_kind: str
    added_by: UUID
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    withdrawn_by: UUID | None = None
    withdrawn_reason: str = ""
    is_covered: bool = Field(default=False, description="Taken back after the signature: it stays")
    is_destroyed: bool = False
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class AttachmentFile(SQLModel, table=True):
    """One stored picture of an attachment: a page in full, a page for the screen, or a small one."""

    __tablename__ = "attachment_file"

    attachment_id: UUID = Field(foreign_key="attachment.id", primary_key=True)
    size: str = Field(primary_key=True, description="full, view, thumb")
    page: int = Field(primary_key=True)
    file_id: UUID = Field(foreign_key="stored_file.id")
    sha256: str
    width: int
    height: int


class AttachmentUpload(SQLModel, table=True):
    """Which upload became part of which attachment, so that saying so twice does it once."""

    __tablename__ = "attachment_upload"

    upload_id: UUID = Field(primary_key=True)
    attachment_id: UUID = Field(foreign_key="attachment.id", index=True)


class CodeList(SQLModel, table=True):
    """A version of a list of diagnosis codes; several lie side by side, one is in use on a day."""

    __tablename__ = "code_list"

    label: str = Field(primary_key=True)
    source: str = Field(description="The file it came from, as its importer named it")
    sha256: str = Field(description="Of the file, so that the same one is known again")
    row_count: int
    imported_at: datetime = Field(sa_type=UtcDateTime)
    in_use_from: date | None = Field(default=None, description="None: kept beside, never searched")
    decided_by: UUID | None = Field(default=None, foreign_key="membership.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DiagnosisCode(SQLModel, table=True):
    """A row of an ICD-10 list; lists are re-issued, so each carries its version label."""

    __tablename__ = "diagnosis_code"
    __table_args__ = (Index("ix_diagnosis_code_reviewed", "code_list", "is_reviewed", "code"),)

    code_list: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    folded: str = Field(index=True, description="Code and name as they are searched")
    source: str
    is_reviewed: bool = False
    reviewed_by: UUID | None = Field(default=None, foreign_key="membership.id")
    reviewed_name: str = Field(default="", description="Of the clinician, as it was then")
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CodeWord(SQLModel, table=True):
    """A word of a code or its name, so that a search walks along the beginning of a word."""

    __tablename__ = "code_word"
    __table_args__ = {"sqlite_with_rowid": False}

    code_list: str = Field(primary_key=True)
    word: str = Field(primary_key=True, sa_type=_BY_BYTES)
    code: str = Field(primary_key=True)


class RangeApproval(SQLModel, table=True):
    """A named clinician stands for a version of the ranges: only then do they raise alarms."""

    __tablename__ = "range_approval"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index(
            "uq_range_approval_live",
            "version",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
            sqlite_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: str = Field(description="Label of the ranges, as in data/ranges.toml")
    sha256: str = Field(description="Of the rows that were approved")
    approved_by: UUID = Field(foreign_key="membership.id")
    approved_name: str = Field(description="Title, name and licence of the clinician, as they were then")
    approved_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="membership.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str = ""


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
