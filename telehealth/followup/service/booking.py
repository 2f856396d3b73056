"""A planned next visit becomes an appointment, and stays what its appointment is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, select

from telehealth.access.rules import ConsultKind, check
from telehealth.audit.service import record
from telehealth.followup import queries
from telehealth.followup.models import Plan
from telehealth.followup.rules import REASON, Outcome
from telehealth.followup.service.plans import move
from telehealth.followup.service.tasks import close_tasks
from telehealth.followup.states import PLAN, PlanCommand, PlanState
from telehealth.kit.actors import SYSTEM
from telehealth.kit.errors import ForbiddenError, StaleError
from telehealth.links.service import revoke_links
from telehealth.messaging.service import skip_messages
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, PatientPlace
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.service import VisitRequest, open_visit
from telehealth.visits.states import VisitState


def book_plan(
    session: Session,
    actor: MembershipActor,
    plan_id: UUID,
    *,
    doctor_membership_id: UUID,
    starts_at: datetime,
    version: int,
    now: datetime,
    patient_place: PatientPlace = PatientPlace.STATION,
) -> Appointment:
    """Open the next visit and book it, in one go; the patient is told by the appointment's own text.

    Only the station that follows the plan up may. Raises `plan-not-found`, `not-allowed`,
    `stale-version`, `invalid-transition`, and what holding and confirming raise.
    """
    check(actor, "plan.book")
    plan = queries.get_plan(session, actor, plan_id, now=now, lock=True)
    if actor.facility_id != plan.station_facility_id:
        raise ForbiddenError
    if plan.version != version:
        raise StaleError
    PLAN.move(PlanState(plan.state), PlanCommand.BOOK)
    visit = _next_visit(session, actor, plan, now)
    held = scheduling.hold(session, actor, _request(visit, doctor_membership_id, starts_at), now=now)
    plan.next_visit_id = visit.id
    plan.version += 1
    # Before the booking is told of: the subscriber answers for bookings by another way.
    move(session, actor, plan, PlanCommand.BOOK, now=now)
    _replace_texts(session, plan, now)
    record(
        session,
        actor,
        "plan.book",
        subject_kind="plan",
        subject_id=plan.id,
        patient_id=plan.patient_id,
        facts={"visit": str(visit.id), "version": plan.version},
        now=now,
    )
    return scheduling.confirm(
        session, actor, held.id, version=held.version, patient_place=patient_place, now=now
    )


_FOR_VISIT = (
    select(Plan)
    .where(Plan.next_visit_id == bindparam("visit"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def follow_visit(session: Session, visit_id: UUID, command: PlanCommand, *, now: datetime) -> None:
    """Let the plan a visit was opened for follow its appointment; nothing where it does so already."""
    plan = session.exec(_FOR_VISIT, params={"visit": visit_id}).first()
    if plan is None or not PLAN.allows(PlanState(plan.state), command):
        return
    plan.version += 1
    move(session, SYSTEM, plan, command, now=now)
    if command is PlanCommand.BOOK:
        _replace_texts(session, plan, now)


def _request(visit: Visit, doctor_membership_id: UUID, starts_at: datetime) -> HoldRequest:
    return HoldRequest(
        form_id=visit.id,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        doctor_membership_id=doctor_membership_id,
        starts_at=starts_at,
        consult_kind=visit.consult_kind,
        specialty=visit.specialty_code,
    )


def _next_visit(session: Session, actor: MembershipActor, plan: Plan, now: datetime) -> Visit:
    """Return the visit opened for the plan before, still open, or open one like the last."""
    known = session.get(Visit, plan.next_visit_id) if plan.next_visit_id else None
    if known is not None and known.state == VisitState.OPEN:
        return known
    last = session.get(Visit, plan.visit_id)
    request = VisitRequest(
        patient_id=plan.patient_id,
        consult_kind=ConsultKind(last.consult_kind) if last else ConsultKind.REMOTE_EXAM,
        reason=REASON,
        specialty_code=last.specialty_code if last else None,
    )
    return open_visit(session, actor, request, now=now)


def _replace_texts(session: Session, plan: Plan, now: datetime) -> None:
    """End what told of the plan: from now on the appointment's own link and texts do."""
    revoke_links(session, subject_id=plan.id, now=now, reason="plan-booked")
    skip_messages(session, subject_id=plan.id, reason="plan-booked", now=now)
    close_tasks(session, plan.id, Outcome.NEW_TIME, now=now)
