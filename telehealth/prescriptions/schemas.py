"""Shapes of prescriptions in the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from telehealth.kit.schemas import Input, Output
from telehealth.prescriptions.rules import (
    DAYS_LONGEST,
    INSTRUCTION_LIMIT,
    MAX_LINES,
    MOMENTS,
    MOST_TIMES,
    TEXT_LIMIT,
    Facts,
    Line,
)
from telehealth.prescriptions.states import CodeState, PrescriptionState
from telehealth.prescriptions.warnings import NEEDS_REASON

Ref = Annotated[UUID, Field(strict=False)]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]
Amount = Annotated[Decimal, Field(strict=False, gt=0, max_digits=8, decimal_places=3)]
"""A number, or better its text: "0.5" is exact."""


class LineIn(Input):
    """One medicine: of the station's list (then the list says what it is), or words alone."""

    medicine_id: Ref | None = Field(default=None, description="Of `GET /medicines`; without it, free text")
    generic_name: Text = ""
    brand_name: Text = ""
    strength: Text = ""
    form: Text = ""
    route: Text = ""
    unit: Text = ""
    dose: Amount | None = Field(default=None, description="Each time, in the unit")
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] | None = Field(default=None, description="A day")
    moments: dict[str, Amount] = Field(default={}, description="Instead: morning, noon, evening, night")
    days: Annotated[int, Field(ge=1, le=DAYS_LONGEST)] | None = None
    total: Amount | None = Field(default=None, description="Stated instead of computed; then say why")
    total_reason: Text = ""
    instructions: Annotated[str, StringConstraints(max_length=INSTRUCTION_LIMIT)] = ""
    acknowledged: dict[str, Text] = Field(default={}, description="Why all the same, by code of a warning")

    def line(self) -> Line:
        """Return the line; unknown moments and codes are left out."""
        given = self.model_dump(exclude={"moments", "acknowledged"})
        # What a listed medicine is called comes from its list.
        given["generic_name"] = self.generic_name or ("-" if self.medicine_id else "")
        return Line(
            **given,
            moments={name: self.moments[name] for name in MOMENTS if name in self.moments},
            acknowledged={code: why for code, why in self.acknowledged.items() if code in NEEDS_REASON},
        )


class PrescriptionIn(Input):
    """All that is prescribed; what is left out is taken away."""

    lines: list[LineIn] = Field(max_length=MAX_LINES)
    weight_kg: Amount | None = Field(default=None, description="Needed under 72 months of age")
    escort_name: Text = Field(default="", description="Who brought the child; needed under 72 months")
    long_reason: Text = Field(
        default="",
        description="The disease that allows more than 30 days; counts where no list of them was imported",
    )

    def facts(self) -> Facts:
        """Return what is said of the whole."""
        return Facts(weight_kg=self.weight_kg, escort_name=self.escort_name, long_reason=self.long_reason)


class WarningOut(Output):
    """A warning: `line` counts from 0, None is the whole; with `needs_reason` somebody must say why."""

    code: str
    line: int | None
    names: list[str]
    needs_reason: bool
    reason: str


class LineOut(Output):
    """One medicine of a prescription."""

    medicine_id: UUID | None
    generic_name: str
    brand_name: str
    strength: str
    form: str
    route: str
    unit: str
    dose: Decimal | None
    times: int | None
    moments: dict[str, Decimal]
    days: int | None
    total: Decimal | None = Field(description="As stated, else as computed")
    computed_total: Decimal | None
    total_reason: str
    instructions: str
    drug_class: str


class PrescriptionOut(Output):
    """A prescription. Before it is signed only its writer and who answers for the visit get it."""

    id: UUID
    visit_id: UUID
    number: int
    state: PrescriptionState
    written_by: UUID
    written_at: datetime
    issued_at: datetime | None
    voided_at: datetime | None
    code: str | None = Field(description="Of the national system; null while it gave none")
    code_state: CodeState | None
    weight_kg: Decimal | None
    escort_name: str
    long_reason: str
    lines: list[LineOut]
    warnings: list[WarningOut] = Field(description="Of a draft; a signed one carries its own in `signed`")
    signed: dict[str, Any] | None = Field(description="What was signed of it, word for word")


class PrescriptionsOut(Output):
    """What is prescribed at a visit. The ETag is the If-Match of the next writing."""

    version: int
    is_being_written: bool = Field(description="Somebody prescribes; its content comes with the signature")
    prescriptions: list[PrescriptionOut]


class MedicineOut(Output):
    """A medicine of a list, with what is usually prescribed of it to grown people."""

    id: UUID
    code: str
    generic_name: str
    brand_name: str
    strength: str
    form: str
    route: str
    unit: str
    drug_class: str
    ingredients: list[str]
    groups: list[str]
    dose: Decimal | None
    times: int | None
    days: int | None
    instructions: str
    source: str


class MedicinesOut(Output):
    """What a search in the list of a facility found."""

    edition: str | None = Field(description="Label of the list; null where there is none")
    is_reviewed: bool
    medicines: list[MedicineOut]
