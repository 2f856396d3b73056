"""A patient who did not come chooses a new time, has the station call, or needs no visit any more."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.models import Reply
from telehealth.followup.rules import Outcome, ReplyKind, Subject, TaskKind, Wish
from telehealth.followup.service.replies import follow, go_on_with, keep, let_the_station_know
from telehealth.followup.service.tasks import close_tasks
from telehealth.kit.errors import ConflictError, ForbiddenError
from telehealth.links.actors import LinkActor
from telehealth.links.service import Opened, revoke_links
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState


def is_missed(session: Session, actor: LinkActor) -> bool:
    """Tell whether the visit a link leads to was missed and still wants a time."""
    missed = session.get(Appointment, actor.subject_id)
    return missed is not None and wants_time(session, missed)


def wants_time(session: Session, missed: Appointment) -> bool:
    """Tell whether an appointment counts as missed and its visit is still to come."""
    return missed.status == AppointmentState.NO_SHOW and _is_visit_open(session, missed)


def offered_again(session: Session, actor: LinkActor, *, now: datetime) -> list[datetime]:
    """Return the times the holder of a link can take in place of the missed one, at once."""
    missed = session.get(Appointment, actor.subject_id)
    if missed is None or not _is_visit_open(session, missed):
        return []
    return [slot.starts_at for slot in scheduling.offered_again(session, missed, now=now)]


def take_again(
    session: Session, actor: LinkActor, starts_at: datetime, device_token: str | None, *, now: datetime
) -> Opened:
    """Book the time a patient chose in place of the missed one; return where the phone goes on.

    Who chose a time will come; the station is asked to have a look at its day. Raises what booking raises.
    """
    missed = session.get_one(Appointment, actor.subject_id)
    if not _is_visit_open(session, missed):
        raise ForbiddenError
    booked = scheduling.book_again(session, actor, missed, starts_at=starts_at, now=now)
    confirm = ReplyKind.CONFIRM
    keep(session, actor, Subject.APPOINTMENT, booked.version, confirm, None, now, subject_id=booked.id)
    let_the_station_know(session, booked, now)
    return go_on_with(session, actor, booked.id, device_token, now=now)


def reply_to_missed(session: Session, actor: LinkActor, kind: ReplyKind, *, now: datetime) -> Reply:
    """Keep the wish to be called, or that no visit is needed: the station's task in place of "did not come".

    Raises `too-late-to-answer` once another time was booked.
    """
    missed = session.get_one(Appointment, actor.subject_id)
    if not is_missed(session, actor):
        raise ConflictError("too-late-to-answer")
    wish = Wish.CALL_ME if kind is ReplyKind.OTHER_TIME else None
    reply = keep(session, actor, Subject.APPOINTMENT, missed.version, kind, wish, now)
    follow(session, actor, Subject.APPOINTMENT, missed.station_facility_id, now, kind, wish, now)
    close_tasks(session, missed.id, Outcome.ANSWERED, kind=TaskKind.VISIT_MISSED, now=now)
    return reply


def end_offer(session: Session, missed_id: UUID, *, now: datetime) -> None:
    """Another time is booked: nothing of the missed one is open any more, on no phone."""
    revoke_links(session, subject_id=missed_id, now=now, reason="booked-again")
    close_tasks(session, missed_id, Outcome.NEW_TIME, now=now)


def _is_visit_open(session: Session, missed: Appointment) -> bool:
    return session.get_one(Visit, missed.visit_id).state == VisitState.OPEN
