"""Orders of a visit and every step of each."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from telehealth.audit.steps import Step
from telehealth.kit.db import Milli, UtcDateTime
from telehealth.kit.ids import new_id

_PENDING = text("state IN ('open', 'seen')")


class Order(SQLModel, table=True):
    """Something the doctor wants the station to do."""

    __tablename__ = "clinical_order"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'open', 'seen', 'done', 'declined', 'revoked')", name="state"),
        CheckConstraint(
            "kind IN ('lab', 'imaging', 'measurement', 'procedure', 'education', 'other')", name="kind"
        ),
        CheckConstraint("state NOT IN ('open', 'seen') OR due_by IS NOT NULL", name="released"),
        CheckConstraint("(state = 'declined') = (reason IS NOT NULL)", name="declined"),
        Index("ix_clinical_order_visit", "visit_id"),
        Index("ix_clinical_order_station", "station_facility_id", "state"),
        Index("ix_clinical_order_due", "due_at", postgresql_where=_PENDING, sqlite_where=_PENDING),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    state: str
    version: int = 1
    revision: int = Field(
        default=1, description="Grows with what a signature covers: what is ordered and what came of it"
    )
    visit_id: UUID = Field(foreign_key="visit.id")
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    station_facility_id: UUID = Field(foreign_key="facility.id")
    written_by: UUID = Field(foreign_key="membership.id", index=True)
    written_at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    what: str
    code: str | None = Field(default=None, description="The vital sign to be measured")
    when: str
    note: str = Field(default="", sa_type=Text)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remind_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="None: it has gone off")
    climb_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="None: it has gone off")
    overdue_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="None: it has gone off"
    )
    due_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the next of its clocks goes off"
    )
    has_climbed: bool = Field(
        default=False, description="Coordinators follow it: nobody saw it, or it is late"
    )
    seen_by: UUID | None = Field(default=None, foreign_key="membership.id")
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: UUID | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result: str = Field(default="", sa_type=Text)
    value: Decimal | None = Field(default=None, sa_type=Milli)
    attachments: list[str] = Field(
        default_factory=list,
        sa_type=JSON,
        description="Photos and papers of the patient that show the result",
    )
    reason: str | None = None
    steps: int = 0


class OrderStep(Step, table=True):
    """One step of an order; appended, never altered. It holds no words about a patient."""

    __tablename__ = "order_step"
    __table_args__ = (UniqueConstraint("order_id", "seq"),)

    order_id: UUID = Field(foreign_key="clinical_order.id")
