"""A visit begins at the station, before any slot is chosen, and is tied to its appointment later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.access.rules import ConsultKind, check
from telehealth.audit.service import record
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.service import write
from telehealth.visits.service.history import append_event
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRequest:
    """What a station knows when a patient comes: why, what was measured, what is asked for.

    `id` may be minted by the client (UUIDv7), so that sending twice opens one visit.
    """

    patient_id: UUID
    consult_kind: ConsultKind
    reason: str
    sections: Mapping[Section, str] = field(default_factory=dict)
    vitals: Mapping[str, Decimal] = field(default_factory=dict)
    specialty_code: str | None = None
    occurred_at: datetime | None = None
    id: UUID = field(default_factory=new_id)


def open_visit(session: Session, actor: MembershipActor, request: VisitRequest, *, now: datetime) -> Visit:
    """Open a visit for a patient in scope; the same id sent again returns the visit it opened.

    Raises `patient-not-found`, `reason-missing`, and what the vital signs' rules refuse.
    """
    check(actor, "visit.open")
    require_patient(session, actor, request.patient_id, now=now)
    existing = session.get(Visit, request.id)
    if existing is not None:
        return queries.get_visit(session, actor, request.id, now=now)
    if not request.reason.strip():
        raise InvalidError("reason-missing", field="reason")
    visit = Visit(
        id=request.id,
        patient_id=request.patient_id,
        consult_kind=request.consult_kind,
        station_facility_id=actor.here,
        opened_by=actor.ref,
        specialty_code=request.specialty_code,
        occurred_at=request.occurred_at or now,
        recorded_at=now,
    )
    session.add(visit)
    session.flush()
    for name, text in {**request.sections, Section.REASON: request.reason}.items():
        write.put_section(session, actor, visit, name, text, now=now)
    write.add_observations(session, actor, visit, request.vitals, at=visit.occurred_at, now=now)
    record(session, actor, "visit.open", subject_kind="visit", subject_id=visit.id, patient_id=visit.patient_id, now=now)
    note_change(session, "visit", visit.id, scopes=[actor.here], now=now)
    return visit


def withdraw(session: Session, actor: MembershipActor, visit_id: UUID, *, reason: str, now: datetime) -> Visit:
    """Close a visit that will not take place; it stays readable. Raises `invalid-transition`."""
    check(actor, "visit.open")
    visit = queries.get_visit(session, actor, visit_id, now=now)
    append_event(session, actor, visit, VisitCommand.WITHDRAW, reason=reason, now=now)
    record(
        session, actor, "visit.open", subject_kind="visit", subject_id=visit.id, patient_id=visit.patient_id,
        facts={"command": "withdraw"}, now=now,
    )  # fmt: skip
    note_change(session, "visit", visit.id, scopes=[visit.station_facility_id], now=now)
    return visit


class Booked(Protocol):
    """What a visit needs to know of an appointment; scheduling's events say as much."""

    @property
    def appointment_id(self) -> UUID: ...
    @property
    def visit_id(self) -> UUID | None: ...
    @property
    def doctor_membership_id(self) -> UUID: ...


def on_appointment_booked(session: Session, event: Booked, now: datetime) -> None:
    """Tie the visit to its appointment and to the doctor who will answer for it, or advise."""
    if event.visit_id is None:
        return
    visit = session.get(Visit, event.visit_id)
    if visit is None or not MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN):
        return
    visit.appointment_id = event.appointment_id
    visit.doctor_membership_id = event.doctor_membership_id
    visit.version += 1
    session.add(visit)
    note_change(session, "visit", visit.id, scopes=[visit.station_facility_id, event.doctor_membership_id], now=now)
