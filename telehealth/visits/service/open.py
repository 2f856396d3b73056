"""A visit begins at the station, before any slot is chosen, and is tied to its appointment later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import current_id, require_patient
from telehealth.access.rules import ConsultKind, check
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.events import publish
from telehealth.kit.ids import is_uuid7, new_id
from telehealth.kit.policy import policy_of
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.events import (
    AbsenceTakenBack,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentFact,
    AppointmentHandedOver,
    AppointmentHeld,
    AppointmentMoved,
    AppointmentRequested,
)
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import find_for_visit
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Specialty
from telehealth.visits import queries
from telehealth.visits.events import VisitWithdrawn
from telehealth.visits.models import Observation, Visit
from telehealth.visits.rules import (
    STATION_SECTIONS,
    Modality,
    Section,
    accept_text,
    is_participant,
)
from telehealth.visits.service import write
from telehealth.visits.service.history import announce, append_event, note
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

    Whoever heard no answer may have written on before sending again: what nobody else wrote since is
    brought up to what is sent, what somebody did stays theirs.

    Raises `patient-not-found`, `patient-merged`, `id-not-v7`, `id-taken`, `reason-missing`, `time-in-future`,
    `specialty-unknown`, `text-too-long` and what the rules of vital signs refuse.
    """
    check(actor, "visit.open")
    require_patient(session, actor, request.patient_id, now=now)
    existing = session.get(Visit, request.id)
    if existing is not None:
        return _opened_before(session, actor, existing, request, now=now)
    if current_id(session, request.patient_id) != request.patient_id:
        raise ConflictError("patient-merged")
    _require_sound(session, request, now)
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
        if text.strip():
            write.put_section(session, actor, visit, name, text, now=now)
    write.add_observations(session, actor, visit, request.vitals, at=visit.occurred_at, now=now)
    note(session, actor, visit, "visit.open", {}, now=now)
    return visit


def open_like(session: Session, actor: MembershipActor, visit: Visit, *, now: datetime) -> Visit:
    """Open a visit for now with what the station wrote of one in scope that is for later and stays as it is.

    Its words, what is asked for, and what was measured this very day, each value with its own time and who
    took it; older ones say nothing of now. Raises what `open_visit` raises.
    """
    written = queries.sections_of(session, visit)
    words = {name: written[name].text for name in STATION_SECTIONS if name in written}
    request = VisitRequest(
        patient_id=current_id(session, visit.patient_id),
        consult_kind=ConsultKind(visit.consult_kind),
        reason=words.pop(Section.REASON, ""),
        sections=words,
        specialty_code=visit.specialty_code,
    )
    opened = open_visit(session, actor, request, now=now)
    today, zone = policy_of(session).local_date(now), policy_of(session).zone
    for row in queries.observations_of(session, visit).values():
        if row.occurred_at.astimezone(zone).date() == today:
            session.add(
                Observation(
                    visit_id=opened.id,
                    patient_id=opened.patient_id,
                    code=row.code,
                    value=row.value,
                    measured_by=row.measured_by,
                    occurred_at=row.occurred_at,
                    recorded_at=now,
                )
            )
    session.flush()
    note(session, actor, opened, "visit.open", {"like": str(visit.id)}, now=now)
    return opened


def withdraw(
    session: Session, actor: MembershipActor, visit_id: UUID, *, reason: str, now: datetime
) -> Visit:
    """Close a visit that will not take place; it stays readable.

    Raises `visit-not-found`, `not-allowed` at a station whose visit it is not, `invalid-transition`,
    and `visit-has-appointment`: patient and doctor would otherwise come for nothing.
    """
    check(actor, "visit.open")
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError("not-allowed")
    if find_for_visit(session, actor, visit_id, now=now) is not None:
        raise VisitHasAppointmentError
    append_event(session, actor, visit, VisitCommand.WITHDRAW, reason=reason, now=now)
    publish(session, VisitWithdrawn(visit_id=visit.id, patient_id=visit.patient_id), now=now)
    note(session, actor, visit, "visit.open", {"command": "withdraw"}, now=now)
    return visit


def note_modality(session: Session, visit_id: UUID, modality: Modality, *, now: datetime) -> None:
    """Note how the visit goes on; of one that is signed or withdrawn nothing changes any more.

    A form it had before is not noted twice in a row: the record tells the forms it went through.
    """
    visit = session.get(Visit, visit_id, with_for_update=True)
    if visit is not None and _is_open(visit) and visit.modality != modality:
        before = visit.modalities or ([visit.modality] if visit.modality else [])
        visit.modality, visit.modalities = modality, [*before, modality]
        session.add(visit)
        announce(session, visit, now=now)


def assign_doctor(session: Session, visit_id: UUID, doctor: UUID | None, *, now: datetime) -> None:
    """Tie an open visit to the doctor who takes it outside of an appointment, or to nobody."""
    visit = session.get(Visit, visit_id, with_for_update=True)
    if visit is None or not _is_open(visit) or visit.doctor_membership_id == doctor:
        return
    announce(session, visit, now=now)
    visit.doctor_membership_id = doctor
    visit.version += 1
    session.add(visit)
    announce(session, visit, now=now)


def on_appointment_held(session: Session, event: AppointmentHeld, _now: datetime) -> None:
    """Refuse a slot for a visit that is not the station's, not the patient's, or over.

    Scheduling knows the visit as an id only; without this a station could book upon another's visit
    and so choose the doctor who answers for it. Raises `visit-not-found`, `visit-closed`.
    """
    _fitting_visit(session, event)


def on_appointment_booked(
    session: Session, event: AppointmentBooked | AppointmentRequested, now: datetime
) -> None:
    """Tie the visit to its appointment and to the doctor who will answer for it, or advise.

    A doctor who is asked to accept reads it before. Raises what holding raises: the visit may have been
    closed since.
    """
    visit = _fitting_visit(session, event)
    _bind(session, visit, event.appointment_id, event.doctor_membership_id)
    announce(session, visit, now=now)


def on_appointment_moved(
    session: Session, event: AppointmentMoved | AppointmentHandedOver, now: datetime
) -> None:
    """Tie an open visit to the doctor its appointment has now; told of a new time in any case."""
    visit = session.get(Visit, event.visit_id, with_for_update=True)
    if visit is None or not _is_open(visit) or visit.appointment_id != event.appointment_id:
        return
    announce(session, visit, now=now)
    if visit.doctor_membership_id != event.doctor_membership_id:
        _bind(session, visit, event.appointment_id, event.doctor_membership_id)
        announce(session, visit, now=now)


def on_appointment_cancelled(
    session: Session, event: AppointmentCancelled | AppointmentDeclined, now: datetime
) -> None:
    """Untie an open visit from what was called off or declined: its doctor has no part in it now."""
    visit = session.get(Visit, event.visit_id, with_for_update=True)
    if visit is None or not _is_open(visit) or visit.appointment_id != event.appointment_id:
        return
    announce(session, visit, now=now)
    _bind(session, visit, None, None)


def on_absence_taken_back(session: Session, event: AbsenceTakenBack, now: datetime) -> None:
    """Tie the visit to its doctor again where another time had been agreed between; refuse one that is over.

    Raises what holding raises: the appointment stands, and the visit must be there to be written.
    """
    visit = _fitting_visit(session, event)
    if visit.appointment_id != event.appointment_id:
        _bind(session, visit, event.appointment_id, event.doctor_membership_id)
        announce(session, visit, now=now)


def _fitting_visit(session: Session, event: AppointmentFact) -> Visit:
    visit = session.get(Visit, event.visit_id, with_for_update=True)
    appointment = session.get_one(Appointment, event.appointment_id)
    if (
        visit is None
        or visit.patient_id != event.patient_id
        or visit.station_facility_id != event.station_facility_id
        or visit.consult_kind != appointment.consult_kind
    ):
        raise NotFoundError("visit-not-found")
    if not _is_open(visit):
        raise ConflictError("visit-closed")
    return visit


def _bind(session: Session, visit: Visit, appointment_id: UUID | None, doctor: UUID | None) -> None:
    visit.appointment_id = appointment_id
    visit.doctor_membership_id = doctor
    visit.version += 1
    session.add(visit)


def _is_open(visit: Visit) -> bool:
    return MACHINE.allows(VisitState(visit.state), VisitCommand.SIGN)


def _opened_before(
    session: Session, actor: MembershipActor, existing: Visit, request: VisitRequest, *, now: datetime
) -> Visit:
    visit = queries.get_visit(session, actor, existing.id, now=now, lock=True)
    if visit.patient_id != request.patient_id or visit.station_facility_id != actor.facility_id:
        raise ConflictError("id-taken")
    if _is_open(visit):
        _bring_up(session, actor, visit, request, now=now)
    return visit


def _bring_up(
    session: Session, actor: MembershipActor, visit: Visit, request: VisitRequest, *, now: datetime
) -> None:
    stored = queries.sections_of(session, visit)
    for name, text in {**request.sections, Section.REASON: request.reason}.items():
        row = stored.get(name)
        is_own = row is None or (row.version == 1 and row.written_by == actor.ref)
        if is_own and text.strip() and (row is None or row.text != accept_text(text, name)):
            write.write_section(
                session, actor, visit.id, name, text, version=row.version if row else 0, now=now
            )
    measured = queries.observations_of(session, visit)
    changed = {
        code: value
        for code, value in request.vitals.items()
        if code not in measured
        or (measured[code].value != value and measured[code].occurred_at == visit.occurred_at)
    }
    if changed:
        write.measure(session, actor, visit.id, changed, at=now, now=now)


def _require_sound(session: Session, request: VisitRequest, now: datetime) -> None:
    if not is_uuid7(request.id):
        raise InvalidError("id-not-v7", field="id")
    if not request.reason.strip():
        raise InvalidError("reason-missing", field="reason")
    if request.specialty_code is not None and session.get(Specialty, request.specialty_code) is None:
        raise InvalidError("specialty-unknown", field="specialty")
    if request.occurred_at is not None and request.occurred_at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="occurred_at")
