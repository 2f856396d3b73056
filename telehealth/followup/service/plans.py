"""Plans for the next visit: made by the signed record, moved by the station."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.audit.service import record
from telehealth.facilities.queries import get_facility
from telehealth.followup import queries
from telehealth.followup.expecting import expected_at
from telehealth.followup.models import Plan
from telehealth.followup.rules import (
    BRING,
    MORNING,
    Outcome,
    Subject,
    TaskKind,
    window,
)
from telehealth.followup.service.history import remember
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.followup.service.telling import tell_plan
from telehealth.followup.states import PLAN, PlanCommand, PlanState
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import ForbiddenError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import end_of_day
from telehealth.links.models import PatientLink
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link, revoke_links
from telehealth.messaging.service import skip_messages
from telehealth.messaging.states import MessageState
from telehealth.visits.events import VisitSigned
from telehealth.visits.models import Visit


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """Make the plan the record asks for, tell the patient; without a date nothing follows."""
    if event.follow_up_on is None:
        return
    known = session.exec(select(Plan).where(Plan.visit_id == event.visit_id)).first()
    if known is not None:
        return
    visit = session.get(Visit, event.visit_id)
    due_from, due_to = window(event.follow_up_on, event.follow_up_slack_days)
    plan = Plan(
        visit_id=event.visit_id,
        patient_id=event.patient_id,
        station_facility_id=event.station_facility_id,
        facility_id=event.follow_up_facility_id or event.station_facility_id,
        due_on=event.follow_up_on,
        due_from=due_from,
        due_to=due_to,
        doctor_membership_id=visit.doctor_membership_id if visit else None,
        from_minute=MORNING[0],
        until_minute=MORNING[1],
        bring=list(BRING),
        state=PlanState.PLANNED,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    _let_see(session, plan, now)
    _tell(session, plan, now)


def move_plan(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    *,
    due_on: date,
    from_minute: int,
    until_minute: int,
    version: int,
    now: datetime,
    facility_id: UUID | None = None,
) -> Plan:
    """Set another day, time or place and tell the patient; earlier texts about it are taken back.

    Only the station that made it and the facility the patient is to come to may. Raises
    `plan-not-found`, `not-allowed`, `facility-not-found`, `stale-version`, `follow-up-past`,
    `follow-up-order`.
    """
    plan = queries.get_plan(session, actor, plan_id, now=now, lock=True)
    if actor.facility_id not in (plan.station_facility_id, plan.facility_id):
        raise ForbiddenError
    if plan.version != version:
        raise StaleError
    if due_on < policy_of(session).local_date(now):
        raise InvalidError("follow-up-past", field="due_on")
    if until_minute <= from_minute:
        raise InvalidError("follow-up-order", field="until")
    if facility_id is not None:
        plan.facility_id = get_facility(session, facility_id).id
    plan.due_on = plan.due_from = plan.due_to = due_on
    plan.from_minute, plan.until_minute = from_minute, until_minute
    plan.version += 1
    move(session, actor, plan, PlanCommand.MOVE, now=now)
    revoke_links(session, subject_id=plan.id, now=now, actor=actor, reason="plan-moved")
    skip_messages(session, subject_id=plan.id, reason="plan-moved", now=now)
    for kind in (TaskKind.OTHER_TIME, TaskKind.CANNOT_COME, TaskKind.PLAN_NOT_BOOKED):
        close_tasks(session, plan.id, Outcome.NEW_TIME, kind=kind, now=now)
    record(
        session,
        actor,
        "task.complete",
        subject_kind="plan",
        subject_id=plan.id,
        patient_id=plan.patient_id,
        facts={"command": PlanCommand.MOVE, "version": plan.version},
        now=now,
    )
    _let_see(session, plan, now)
    _tell(session, plan, now)
    return plan


def move(
    session: Session, actor: Actor, plan: Plan, command: PlanCommand, *, now: datetime, reason: str = ""
) -> None:
    """Let a command change the plan's state; raise `invalid-transition` for one withdrawn."""
    before = PlanState(plan.state)
    plan.state = PLAN.move(before, command)
    session.add(plan)
    remember(
        session,
        actor,
        subject_kind=Subject.PLAN,
        subject_id=plan.id,
        before=before,
        after=PlanState(plan.state),
        command=command,
        reason=reason,
        now=now,
    )
    note_change(session, "task", plan.id, scopes={plan.station_facility_id}, now=now)


def _let_see(session: Session, plan: Plan, now: datetime) -> None:
    """Let the doctor who asked see what became of it, as long after its last day as after a visit."""
    if plan.doctor_membership_id is None:
        return
    policy = policy_of(session)
    close_grants(session, source_id=plan.id, until_at=now)  # another day, another end
    open_grant(
        session,
        patient_id=plan.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=plan.doctor_membership_id,
        basis=Basis.VISIT,
        source_id=plan.id,
        until_at=end_of_day(plan.due_to, policy.zone) + policy.grant_after_visit,
        now=now,
    )


def _tell(session: Session, plan: Plan, now: datetime) -> None:
    """Send the link; where no text can go, somebody has to say it."""
    link = issue_for(session, plan, now)
    message = tell_plan(session, plan, link, now=now)
    if message.state == MessageState.SKIPPED:
        have_told(session, plan, why=message.reason, now=now)


def issue_for(session: Session, plan: Plan, now: datetime) -> PatientLink:
    """Issue the link of a next visit: it lives until a week after the last day that would do."""
    return issue_link(
        session,
        purpose="next_visit",
        patient_id=plan.patient_id,
        subject_id=plan.id,
        expires_at=expires_at("next_visit", end_of_day(plan.due_to, policy_of(session).zone)),
        now=now,
    )


def have_told(session: Session, plan: Plan, *, why: str, now: datetime) -> None:
    """Ask the station to say when the next visit is, where no text can."""
    open_task(
        session,
        facility_id=plan.station_facility_id,
        patient_id=plan.patient_id,
        kind=TaskKind.TELL_NEXT_VISIT,
        subject_kind=Subject.PLAN,
        subject_id=plan.id,
        due_at=expected_at(session, plan, now),
        detail=why,
        now=now,
    )
