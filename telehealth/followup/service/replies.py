"""What patients answer through their links."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.followup.expecting import call_by_at, expected_at, last_moment
from telehealth.followup.models import Plan, Reply
from telehealth.followup.rules import (
    PLAN_COMMANDS,
    SUBJECT_OF_PURPOSE,
    TASK_OF_REPLY,
    Outcome,
    ReplyKind,
    Subject,
    TaskKind,
    Wish,
)
from telehealth.followup.service.plans import move
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.followup.states import EXPECTED_PLANS
from telehealth.kit.changes import note_change
from telehealth.kit.errors import ConflictError
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.queries import count_tokens, find_open_link
from telehealth.links.service import Opened, carry_over, note_use, token_for_delivery
from telehealth.messaging.service import skip_messages
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState

_ANSWERABLE = frozenset({AppointmentState.BOOKED, AppointmentState.CHECKED_IN})


def reply_to_appointment(
    session: Session, actor: LinkActor, kind: ReplyKind, *, now: datetime, wish: Wish | None = None
) -> Reply:
    """Keep a patient's answer about an appointment; wishes become tasks of the station.

    Nothing is moved or cancelled by it: what is not among the times offered (`move_appointment`), a person
    settles with the patient on the phone. Raises `too-late-to-answer` once it began, ended or was cancelled.
    """
    appointment = session.get_one(Appointment, actor.subject_id)
    if appointment.status not in _ANSWERABLE or now >= appointment.ends_at:
        raise ConflictError("too-late-to-answer")
    reply = keep(session, actor, Subject.APPOINTMENT, appointment.version, kind, wish, now)
    station = appointment.station_facility_id
    follow(session, actor, Subject.APPOINTMENT, station, appointment.starts_at, kind, wish, now)
    note_change(session, "appointment", appointment.id, scopes={station}, now=now)
    return reply


def offered_to(session: Session, actor: LinkActor, *, now: datetime) -> list[datetime]:
    """Return the times the holder of a link can give its appointment at once; of a plan none."""
    if SUBJECT_OF_PURPOSE[actor.purpose] is not Subject.APPOINTMENT:
        return []
    appointment = session.get_one(Appointment, actor.subject_id)
    return [slot.starts_at for slot in scheduling.offered_times(session, appointment, now=now)]


def move_appointment(
    session: Session, actor: LinkActor, starts_at: datetime, device_token: str | None, *, now: datetime
) -> Opened:
    """Give the appointment the time its patient chose; return where the phone goes on.

    Every link to the old time ends, the one in this hand too: the new one is opened here at once, and the
    text that carries it says the new time. Who chose a time will come; the station is asked to have a look
    at its day. Raises what moving raises.
    """
    appointment = session.get_one(Appointment, actor.subject_id)
    version = appointment.version
    moved = scheduling.move_own(session, actor, appointment, starts_at=starts_at, now=now)
    keep(session, actor, Subject.APPOINTMENT, moved.version, ReplyKind.CONFIRM, None, now)
    if moved.version != version:
        let_the_station_know(session, moved, now)
    return go_on_with(session, actor, moved.id, device_token, now=now)


def go_on_with(
    session: Session, actor: LinkActor, subject_id: UUID, device_token: str | None, *, now: datetime
) -> Opened:
    """Open the link of what took the place of the actor's subject, on the same phone; raise `link-closed`."""
    link = find_open_link(session, subject_id, now=now)
    if link is None:
        raise LinkClosedError
    token = token_for_delivery(session, link.id, count_tokens(session, link.id) + 1, now=now)
    return carry_over(session, actor, token, device_token, now=now)


def let_the_station_know(session: Session, moved: Appointment, now: datetime) -> None:
    """Ask the station to look at a time its patient chose."""
    open_task(
        session,
        facility_id=moved.station_facility_id,
        patient_id=moved.patient_id,
        kind=TaskKind.MOVED_BY_PATIENT,
        subject_kind=Subject.APPOINTMENT,
        subject_id=moved.id,
        due_at=moved.starts_at,
        now=now,
    )


def reply_to_plan(
    session: Session, actor: LinkActor, kind: ReplyKind, *, now: datetime, wish: Wish | None = None
) -> Reply:
    """Keep a patient's answer about the next visit; wishes become tasks of the station.

    Raises `too-late-to-answer` when the last day that would do has passed, `invalid-transition` for a
    withdrawn plan.
    """
    plan = session.get_one(Plan, actor.subject_id, with_for_update=True)
    if now >= last_moment(session, plan):
        raise ConflictError("too-late-to-answer")
    move(session, actor, plan, PLAN_COMMANDS[kind], now=now)
    if plan.state not in EXPECTED_PLANS:
        # What waits for the morning would invite somebody who has just said no.
        skip_messages(session, subject_id=plan.id, reason="no-longer-true", now=now)
    due_at = expected_at(session, plan, now)
    follow(session, actor, Subject.PLAN, plan.station_facility_id, due_at, kind, wish, now)
    return keep(session, actor, Subject.PLAN, plan.version, kind, wish, now)


def follow(
    session: Session,
    actor: LinkActor,
    subject: Subject,
    station: UUID,
    due_at: datetime,
    kind: ReplyKind,
    wish: Wish | None,
    now: datetime,
) -> None:
    """Open the task an answer asks for, or close those it makes needless: the last answer counts.

    The page promised a call: it is due within the station's next working day, at most at `due_at`.
    """
    wanted = TASK_OF_REPLY.get(kind)
    for task_kind in (TaskKind.OTHER_TIME, TaskKind.CANNOT_COME, TaskKind.PHONE_PATIENT):
        if task_kind is not wanted:
            close_tasks(session, actor.subject_id, Outcome.NOT_NEEDED, kind=task_kind, now=now)
    if wanted is None:
        return
    open_task(
        session,
        facility_id=station,
        patient_id=actor.patient_id,
        kind=wanted,
        subject_kind=subject,
        subject_id=actor.subject_id,
        due_at=call_by_at(session, station, due_at, now),
        detail=wish or "",
        now=now,
    )


def keep(
    session: Session,
    actor: LinkActor,
    subject: Subject,
    version: int,
    kind: ReplyKind,
    wish: Wish | None,
    now: datetime,
    *,
    subject_id: UUID | None = None,
) -> Reply:
    """Keep an answer, to what the link leads to or to what took its place."""
    subject_id = subject_id or actor.subject_id
    reply = Reply(
        subject_kind=subject,
        subject_id=subject_id,
        subject_version=version,
        patient_id=actor.patient_id,
        link_id=actor.link_id,
        kind=kind,
        wish=wish,
        recorded_at=now,
    )
    session.add(reply)
    note_use(session, actor, now=now)
    record(
        session,
        actor,
        "link.reply",
        subject_kind=subject,
        subject_id=subject_id,
        patient_id=actor.patient_id,
        facts={"kind": kind, "wish": wish or ""},
        now=now,
    )
    session.flush()
    return reply
