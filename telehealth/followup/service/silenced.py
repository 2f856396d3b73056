"""What ends when a patient died, what comes back where that was a mistake, and a number to be corrected."""

from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from telehealth.access.queries import current_id, person_ids
from telehealth.availability.queries import station_hours
from telehealth.followup.models import FollowupHistory, Plan, Task
from telehealth.followup.rules import CALLS, Outcome, Subject, TaskKind
from telehealth.followup.service.phones import doubt_phones
from telehealth.followup.service.plans import move
from telehealth.followup.service.tasks import close_task, close_tasks, open_task
from telehealth.followup.states import LIVE_PLANS, LIVE_TASKS, PlanCommand, PlanState
from telehealth.kit.actors import SYSTEM
from telehealth.patients.events import DeathTakenBack, NumberDoubted, PatientChanged, PatientDied
from telehealth.patients.service import has_wrong_number
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState

_AHEAD: Final = frozenset({AppointmentState.REQUESTED, AppointmentState.BOOKED})


def on_patient_died(session: Session, event: PatientDied, now: datetime) -> None:
    """End plans and calls; each station is asked to call off what was agreed with the patient.

    No phone counts as the patient's own any more: what is behind a code stays closed to who has it now.
    """
    doubt_phones(session, event.patient_id, now=now)
    ids = person_ids(session, event.patient_id)
    plans = select(Plan).where(col(Plan.patient_id).in_(ids), col(Plan.state).in_(LIVE_PLANS))
    for plan in session.exec(plans.order_by(col(Plan.id)).with_for_update()).all():
        move(session, SYSTEM, plan, PlanCommand.WITHDRAW, now=now, reason=Outcome.DIED)
    tasks = select(Task).where(
        col(Task.patient_id).in_(ids), col(Task.state).in_(LIVE_TASKS), col(Task.kind).in_(sorted(CALLS))
    )
    for task in session.exec(tasks.order_by(col(Task.id))).all():
        close_task(session, task, Outcome.DIED, now=now)
    agreed = select(Appointment).where(
        col(Appointment.patient_id).in_(ids), col(Appointment.status).in_(_AHEAD), Appointment.ends_at > now
    )
    for row in session.exec(agreed.order_by(col(Appointment.id))).all():
        open_task(
            session,
            facility_id=row.station_facility_id,
            patient_id=row.patient_id,
            kind=TaskKind.CANCEL_APPOINTMENT,
            subject_kind=Subject.APPOINTMENT,
            subject_id=row.id,
            due_at=row.starts_at,
            now=now,
        )


def on_death_taken_back(session: Session, event: DeathTakenBack, now: datetime) -> None:
    """Let the plans that were ended for it hold again, and no appointment be called off for it."""
    ids = person_ids(session, event.patient_id)
    ended = select(FollowupHistory.subject_id).where(
        FollowupHistory.subject_kind == Subject.PLAN, FollowupHistory.reason == Outcome.DIED
    )
    plans = select(Plan).where(
        col(Plan.patient_id).in_(ids), Plan.state == PlanState.WITHDRAWN, col(Plan.id).in_(ended)
    )
    for plan in session.exec(plans.order_by(col(Plan.id)).with_for_update()).all():
        plan.version += 1  # a new version: what was skipped meanwhile may be sent again
        move(session, SYSTEM, plan, PlanCommand.RESTORE, now=now, reason=Outcome.DIED)
    tasks = select(Task.subject_id).where(
        col(Task.patient_id).in_(ids),
        Task.kind == TaskKind.CANCEL_APPOINTMENT,
        col(Task.state).in_(LIVE_TASKS),
    )
    for subject_id in session.exec(tasks).all():
        kind = TaskKind.CANCEL_APPOINTMENT
        close_tasks(session, subject_id, Outcome.NOT_NEEDED, kind=kind, now=now)


def on_number_doubted(session: Session, event: NumberDoubted, now: datetime) -> None:
    """Ask the station to find the right number; until then no text goes to the one called wrong.

    What went there before opens no more, nor is any phone the patient's own: whoever answered may hold it.
    """
    doubt_phones(session, event.patient_id, now=now)
    patient_id = current_id(session, event.patient_id)  # the record whose numbers can be changed
    open_task(
        session,
        facility_id=event.facility_id,
        patient_id=patient_id,
        kind=TaskKind.CORRECT_NUMBER,
        subject_kind=Subject.PATIENT,
        subject_id=patient_id,
        due_at=station_hours(session, event.facility_id, now).next_open(now),
        now=now,
    )


def on_patient_changed(session: Session, event: PatientChanged, now: datetime) -> None:
    """Nobody has to correct a number that was put right on the patient's page.

    Whatever changed of the numbers: which phone is the patient's own is asked anew, by a code, and what was
    sent to who acts no more is closed.
    """
    if "contacts" not in event.fields:
        return
    doubt_phones(session, event.patient_id, now=now)
    if not has_wrong_number(session, event.patient_id):
        kind = TaskKind.CORRECT_NUMBER
        for each in person_ids(session, event.patient_id):
            close_tasks(session, each, Outcome.NUMBER_CORRECTED, kind=kind, now=now)
