"""Formularies and their medicines, prescriptions and their lines, the asking for national codes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.kit.db import Milli, UtcDateTime
from telehealth.kit.ids import new_id


class Formulary(SQLModel, table=True):
    """A list of medicines as it was imported once; a new edition is a new list, none is ever changed."""

    __tablename__ = "formulary"
    __table_args__ = (
        UniqueConstraint("facility_id", "label"),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID | None = Field(
        default=None, foreign_key="facility.id", index=True, description="None: the list of the program"
    )
    label: str
    sha256: str = Field(description="Of the rows as they were read")
    medicines: int
    imported_at: datetime = Field(sa_type=UtcDateTime)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: UUID | None = Field(default=None, foreign_key="membership.id")


class Medicine(SQLModel, table=True):
    """A medicine of a list, with what is usually prescribed of it."""

    __tablename__ = "medicine"
    __table_args__ = (
        UniqueConstraint("formulary_id", "code"),
        Index("ix_medicine_search", "formulary_id", "folded"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    formulary_id: UUID = Field(foreign_key="formulary.id")
    code: str = Field(description="The list's own")
    generic_name: str
    brand_name: str = ""
    strength: str = ""
    form: str
    route: str
    unit: str
    drug_class: str = "ordinary"
    ingredients: list[str] = Field(default_factory=list, sa_type=JSON)
    groups: list[str] = Field(default_factory=list, sa_type=JSON, description="Words of allergies")
    dose: Decimal | None = Field(default=None, sa_type=Milli)
    times: int | None = None
    days: int | None = None
    instructions: str = ""
    source: str
    folded: str = Field(description="Names as they are searched: each word behind a space, no marks")


class Prescription(SQLModel, table=True):
    """What is prescribed at a visit. Signed it is active; an amendment voids it and may bring another."""

    __tablename__ = "prescription"
    __table_args__ = (
        UniqueConstraint("visit_id", "number"),
        CheckConstraint("state IN ('draft', 'active', 'voided', 'dropped')", name="state"),
        CheckConstraint("(state IN ('draft', 'dropped')) = (issued_at IS NULL)", name="issued"),
        CheckConstraint("(state = 'voided') = (voided_at IS NOT NULL)", name="voided"),
        Index(
            "uq_prescription_draft",
            "visit_id",
            unique=True,
            postgresql_where=text("state = 'draft'"),
            sqlite_where=text("state = 'draft'"),
        ),
        Index(
            "uq_prescription_active",
            "visit_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
            sqlite_where=text("state = 'active'"),
        ),
        Index("ix_prescription_patient", "patient_id", "issued_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id")
    number: int = Field(description="1 is the first of the visit; later ones replace the one before")
    state: str = "draft"
    handle: str = Field(unique=True, description="128 random bits: what the code on paper asks about")
    weight_kg: Decimal | None = Field(default=None, sa_type=Milli)
    escort_name: str = ""
    long_reason: str = ""
    written_by: UUID = Field(foreign_key="membership.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    record_id: UUID | None = Field(default=None, foreign_key="signed_record.id")
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id", description="Its signer's")
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1


class LongUseCondition(SQLModel, table=True):
    """A row of a list of diseases that may be prescribed for more than 30 days; the newest list counts."""

    __tablename__ = "long_use_condition"

    list_label: str = Field(primary_key=True, description="Which list: its number and date")
    prefix: str = Field(primary_key=True, description="A code of ICD-10 or the beginning of one, no dot")
    name: str
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime, index=True)


class PrescriptionLine(SQLModel, table=True):
    """One medicine of a prescription, as its writer gave it; replaced together with its fellows."""

    __tablename__ = "prescription_line"

    prescription_id: UUID = Field(foreign_key="prescription.id", primary_key=True)
    rank: int = Field(primary_key=True)
    medicine_id: UUID | None = Field(default=None, foreign_key="medicine.id", description="None: free text")
    generic_name: str
    brand_name: str = ""
    strength: str = ""
    form: str = ""
    route: str = ""
    unit: str = ""
    dose: Decimal | None = Field(default=None, sa_type=Milli)
    times: int | None = None
    morning: Decimal | None = Field(default=None, sa_type=Milli)
    noon: Decimal | None = Field(default=None, sa_type=Milli)
    evening: Decimal | None = Field(default=None, sa_type=Milli)
    night: Decimal | None = Field(default=None, sa_type=Milli)
    days: int | None = None
    total: Decimal | None = Field(default=None, sa_type=Milli, description="Stated instead of computed")
    total_reason: str = ""
    instructions: str = ""
    drug_class: str = "ordinary"
    ingredients: list[str] = Field(default_factory=list, sa_type=JSON)
    groups: list[str] = Field(default_factory=list, sa_type=JSON)
    acknowledged: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


class PrescriptionEvent(SQLModel, table=True):
    """What happened to a prescription as a whole, in order."""

    __tablename__ = "prescription_event"
    __table_args__ = (UniqueConstraint("prescription_id", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    prescription_id: UUID = Field(foreign_key="prescription.id")
    seq: int
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)


class PrescriptionCode(SQLModel, table=True):
    """The asking for a prescription's national code; the code comes from the national system only."""

    __tablename__ = "prescription_code"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'given', 'refused', 'not_needed')", name="state"),
        CheckConstraint("(state = 'given') = (code IS NOT NULL)", name="given"),
    )

    prescription_id: UUID = Field(foreign_key="prescription.id", primary_key=True)
    state: str = "waiting"
    code: str | None = None
    attempts: int = 0
    next_try_at: datetime | None = Field(
        sa_type=UtcDateTime, index=True, description="Also the end of the lease of the attempt under way"
    )
    problem: str = Field(default="", description="Why the last attempt gave none, as a word of ours")
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
