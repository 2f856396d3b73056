"""What those who wait are told: how long it takes yet, and that their call was put to another time."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.calls import queries
from telehealth.calls.errors import CallNotOpenError, CallOverError
from telehealth.calls.events import WaitChanged
from telehealth.calls.models import CallRoom
from telehealth.calls.rules import JOINABLE, NOTICES, EventKind
from telehealth.calls.service.joining import ensure_room
from telehealth.calls.service.journal import leave
from telehealth.calls.service.notes import audit, note
from telehealth.calls.states import RoomState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError, InvalidError
from telehealth.kit.events import publish
from telehealth.scheduling.events import AppointmentMoved
from telehealth.staff.actors import MembershipActor

MOVED = "moved"


def tell_waiting(
    session: Session, actor: Actor, appointment_id: UUID, minutes: int, *, now: datetime
) -> CallRoom:
    """Have those who wait for a call told that it takes about so many minutes yet; only its doctor can.

    It may be said before anybody has come: whoever comes then is told.

    Raises `appointment-not-found` out of scope, `not-allowed`, `notice-unknown` for minutes nobody offers,
    `call-not-open` where the appointment does not stand, `call-over`.
    """
    check(actor, "call.admit")
    appointment = queries.get_joinable(session, actor, appointment_id, now=now)
    if not isinstance(actor, MembershipActor) or actor.ref != appointment.doctor_membership_id:
        raise ForbiddenError
    if minutes not in NOTICES:
        raise InvalidError("notice-unknown")
    if appointment.status not in JOINABLE:
        raise CallNotOpenError
    room = queries.lock_room(session, ensure_room(session, appointment_id, now=now).id)
    if room.state == RoomState.ENDED:
        raise CallOverError
    room.notice_minutes, room.notice_at = minutes, now
    session.add(room)
    note(session, room, EventKind.NOTICED, reason=str(minutes), now=now)
    audit(session, actor, "call.admit", room, reason="notice", now=now)
    publish(session, WaitChanged(room_id=room.id), now=now)
    return room


def on_appointment_moved(session: Session, event: AppointmentMoved, now: datetime) -> None:
    """Send whoever is in the room of an appointment that was put to another time, or needs a new yes.

    Where only the doctor changes they stay, and wait for the new one.
    """
    room = queries.find_room(session, event.appointment_id)
    if room is None or room.state == RoomState.ENDED:
        return
    room.notice_minutes = room.notice_at = None
    session.add(room)
    if event.starts_at != event.was_starts_at or not event.is_agreed:
        for member in queries.list_there(session, room.id):
            leave(session, room, member.id, reason=MOVED, by_member_id=None, at=now, now=now)
    publish(session, WaitChanged(room_id=room.id), now=now)
