"""What becomes of rings as the call goes on: answered by whoever comes, taken back, over with the call."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.service import close_grants
from telehealth.calls import queries
from telehealth.calls.events import DoctorRingOver
from telehealth.calls.models import CallRing, CallRoom
from telehealth.calls.ringing import ROLE_OF, RingWhom
from telehealth.calls.rules import MemberRole
from telehealth.calls.states import RINGS, RingCommand, RingState
from telehealth.kit.changes import note_change
from telehealth.kit.events import publish


def settle(session: Session, ring: CallRing, command: RingCommand, by: UUID | None, *, now: datetime) -> None:
    """Carry out a command on a ring and have it fall silent on the pages it rang on."""
    ring.state = RINGS.move(RingState(ring.state), command)
    ring.answered_by, ring.answered_at = by, now
    session.add(ring)
    announce(session, ring, now=now)
    if ring.whom == RingWhom.DOCTOR:
        publish(session, DoctorRingOver(ring_id=ring.id), now=now)


def announce(session: Session, ring: CallRing, *, now: datetime) -> None:
    """Have the pages look that a ring concerns."""
    scopes = {each for each in (ring.membership_id, ring.facility_id, ring.rung_by) if each is not None}
    note_change(session, "ring", ring.id, scopes=scopes, now=now)


def stop_ringing(session: Session, room_id: UUID, role: MemberRole, *, now: datetime) -> None:
    """Somebody came in who was missing: nothing rings for them any more."""
    for ring in queries.list_room_rings(session, room_id):
        is_for_them = ROLE_OF.get(RingWhom(ring.whom)) is role
        if is_for_them and ring.state == RingState.RINGING:
            settle(session, ring, RingCommand.ACCEPT, None, now=now)


def take_back(session: Session, room: CallRoom, membership_id: UUID, *, now: datetime) -> None:
    """Somebody asked in was sent out: what they accepted opens neither the room nor the record any more."""
    for ring in queries.list_room_rings(session, room.id):
        if ring.membership_id == membership_id and ring.whom == RingWhom.COLLEAGUE:
            if RINGS.allows(RingState(ring.state), RingCommand.WITHDRAW):
                settle(session, ring, RingCommand.WITHDRAW, None, now=now)
            close_grants(session, source_id=ring.id, until_at=now)


def end_rings(session: Session, room: CallRoom, *, now: datetime) -> None:
    """The call is over: nothing rings, and whoever was asked in for advice reads the record no more."""
    for ring in queries.list_room_rings(session, room.id):
        if ring.state == RingState.RINGING:
            settle(session, ring, RingCommand.WITHDRAW, None, now=now)
        close_grants(session, source_id=ring.id, until_at=now)


def forget_guests(session: Session, room: CallRoom, *, now: datetime) -> None:
    """The call comes back: whoever was asked into it before is asked anew, or stays outside."""
    for ring in queries.list_room_rings(session, room.id):
        if ring.whom == RingWhom.COLLEAGUE and ring.state == RingState.ACCEPTED:
            settle(session, ring, RingCommand.WITHDRAW, ring.answered_by, now=now)
