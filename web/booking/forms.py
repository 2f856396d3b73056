"""What is typed and chosen on the way to an appointment."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from telehealth.access.rules import ConsultKind
from telehealth.background.rules import FACTS_AT_MOST
from telehealth.kit.spans import epoch, instant
from telehealth.scheduling.rules import (
    AbsentParty,
    CancelReason,
    Part,
    PatientPlace,
    Priority,
    Slot,
)
from telehealth.urgent.rules import DangerSign
from telehealth.visits.rules import Section
from telehealth.visits.service import VisitRequest
from telehealth.visits.vitals import VITALS, is_unusual
from web.forms import Form, LocalDate, Number, Tick

Text = Annotated[str, Field(max_length=4000)]
Ids = Annotated[tuple[UUID, ...], Field(max_length=FACTS_AT_MOST + 1)]

ASKED: tuple[Priority, ...] = (Priority.ROUTINE, Priority.URGENT)
"""An emergency is not booked: the page says whom to ring."""

_OF_POOL = "pool"


class RequestForm(Form):
    """Why the patient came, what was measured, who is wanted."""

    words: ClassVar[str] = "request"
    id: UUID
    reason: Annotated[str, Field(min_length=3, max_length=2000)]
    history: Text = ""
    medicines: Text = ""
    allergies: Text = ""
    systolic: Number | None = None
    diastolic: Number | None = None
    pulse: Number | None = None
    temperature: Number | None = None
    spo2: Number | None = None
    respiratory_rate: Number | None = None
    weight: Number | None = None
    height: Number | None = None
    glucose: Number | None = None
    is_sure: Tick = False
    consult_kind: ConsultKind
    specialty: Annotated[str, Field(max_length=40)]
    tier: tuple[str, ...] = ()
    priority: Priority = Priority.ROUTINE
    danger: tuple[DangerSign, ...] = ()
    known_id: Ids = ()
    over_id: Ids = ()
    history_id: UUID | None = None
    known_true: Tick = False
    act: str = ""

    @property
    def vitals(self) -> dict[str, Decimal]:
        """The values that were measured."""
        values = {code: getattr(self, code) for code in VITALS}
        return {code: value for code, value in values.items() if value is not None}

    @property
    def unusual(self) -> list[str]:
        """Which values the page asks about once more before it takes them."""
        return [code for code, value in self.vitals.items() if is_unusual(code, value)]

    def visit(self, patient_id: UUID, *, history: str = "") -> VisitRequest:
        """Return the visit to open; `history` is what was told before and still holds."""
        written = {
            Section.HISTORY: "\n".join(text for text in (history, self.history) if text),
            Section.MEDICINES: self.medicines,
            Section.ALLERGIES: self.allergies,
        }
        return VisitRequest(
            id=self.id,
            patient_id=patient_id,
            consult_kind=self.consult_kind,
            reason=self.reason,
            sections={section: text for section, text in written.items() if text},
            vitals=self.vitals,
            specialty_code=self.specialty or None,
        )


class RingingRequestForm(RequestForm):
    """The same form sent by the button that rings: who is wanted may be left open, nothing is asked twice."""

    consult_kind: ConsultKind = ConsultKind.REMOTE_EXAM
    specialty: Annotated[str, Field(max_length=40)] = ""
    is_sure: Tick = True


DOCTORS_AT_ONCE = 40
"""So many doctors of a day are printed, those who are free first; the rest is a tap away."""


class SlotFilter(Form):
    """How the list of slots is narrowed; sent along with every choice so that nothing is lost."""

    words: ClassVar[str] = "slots"
    specialty: Annotated[str, Field(max_length=40)] | None = None
    tier: tuple[str, ...] = ()
    doctor: UUID | None = None
    pool: UUID | None = None
    language: Annotated[str, Field(max_length=10)] | None = None
    service: Literal["hoi_chan"] | None = None
    day: LocalDate | None = None
    part: Part | None = None
    priority: Priority = Priority.ROUTINE
    people: Annotated[int, Field(ge=DOCTORS_AT_ONCE, le=10_000)] = DOCTORS_AT_ONCE

    def service_code(self, consult_kind: str) -> str:
        """Return what is booked: the specialist's longer one only where the station asks for support."""
        is_support = consult_kind == ConsultKind.FACILITY_SUPPORT
        return self.service if self.service is not None and is_support else "standard"

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the filter as names and values, without what was left open."""
        chosen = {
            "specialty": self.specialty,
            "doctor": self.doctor,
            "pool": self.pool,
            "language": self.language,
            "service": self.service,
            "day": self.day,
            "part": self.part,
        }
        plain = [(name, str(value)) for name, value in chosen.items() if value is not None]
        plain += [("tier", each) for each in self.tier]
        if self.priority is not Priority.ROUTINE:
            plain.append(("priority", str(self.priority)))
        if self.people > DOCTORS_AT_ONCE:
            plain.append(("people", str(self.people)))
        return tuple(plain)

    def with_more(self) -> Self:
        """Return the filter under which the next doctors are printed as well."""
        return self.model_copy(update={"people": self.people + DOCTORS_AT_ONCE})


def _is_start(value: str) -> str:
    if read_start(value) is None:
        raise PydanticCustomError("enum", "not a slot")
    return value


class HoldForm(SlotFilter):
    """The slot that was tapped, with the filter it was found by; one without a doctor is of its pool."""

    slot: Annotated[str, AfterValidator(_is_start)]


class ConfirmForm(Form):
    """Where the patient will be, against the version that was read."""

    words: ClassVar[str] = "confirm"
    version: int
    patient_place: PatientPlace


class CancelForm(Form):
    """Why an appointment is called off."""

    words: ClassVar[str] = "appointment"
    version: int
    reason: CancelReason


class AbsenceForm(Form):
    """Who did not come."""

    words: ClassVar[str] = "appointment"
    version: int
    party: AbsentParty


def slot_value(starts_at: datetime, doctor_membership_id: UUID) -> str:
    """Return a slot as a button sends it."""
    return f"{epoch(starts_at)}-{doctor_membership_id}"


def read_slot(value: str) -> tuple[datetime, UUID] | None:
    """Read a slot a button sent; None when it is not one of ours."""
    seconds, _, doctor = value.partition("-")
    try:
        at = instant(int(seconds))
        return (at, UUID(doctor)) if at.year < 2200 else None
    except (ValueError, OverflowError, OSError):
        return None


def start_value(starts_at: datetime) -> str:
    """Return a start for which the pool chooses the doctor, as a button sends it."""
    return f"{epoch(starts_at)}-{_OF_POOL}"


def read_start(value: str) -> tuple[datetime, UUID | None] | None:
    """Read a slot a button sent, with None for the doctor where the pool chooses; None when it is neither."""
    seconds, _, doctor = value.partition("-")
    if doctor != _OF_POOL:
        return read_slot(value)
    slot = read_slot(f"{seconds}-{UUID(int=0)}")
    return (slot[0], None) if slot else None


def after_instant(starts_at: datetime) -> Slot:
    """Return the place in the order of slots from which those at this instant or later follow."""
    return Slot(starts_at, UUID(int=0), datetime.min.replace(tzinfo=UTC))


def filter_of(chosen: SlotFilter, specialty: str | None, day: date) -> dict[str, object]:
    """Return the values of the filter form: what was chosen, the specialty looked for, the first day."""
    return {**chosen.model_dump(), "specialty": specialty, "day": chosen.day or day}
