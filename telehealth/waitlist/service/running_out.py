"""Offers nobody answered in time, and entries that wait for nothing any more."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from telehealth.waitlist import queries
from telehealth.waitlist.events import WaitEnded
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.service.history import change
from telehealth.waitlist.states import EntryCommand


def settle_entry(session: Session, entry_id: UUID, *, now: datetime) -> bool:
    """Let an entry wait again whose offer ran out, and end it past its last day; tell whether it did either.

    Of a visit that has no other time somebody is told that it waited in vain.
    Nothing waits for this to be right: an offer that ran out cannot be accepted, its time is free
    and the next entry can be offered it from that second on.
    """
    lapsed = queries.lock_lapsed(session, entry_id, now=now)
    if lapsed is not None:
        change(session, SYSTEM, lapsed, EntryCommand.LAPSE, now=now)
    over = queries.lock_over(session, entry_id, now=now)
    if over is not None:
        is_late = over.latest_on < policy_of(session).local_date(now)
        is_open = session.get_one(Visit, over.visit_id).state == VisitState.OPEN
        change(session, SYSTEM, over, EntryCommand.EXPIRE if is_late else EntryCommand.CANCEL, now=now)
        if is_open and over.visit_id not in queries.booked_for(session, [over.visit_id]):
            publish(session, _ended(over), now=now)
    return lapsed is not None or over is not None


def _ended(entry: WaitlistEntry) -> WaitEnded:
    return WaitEnded(
        entry_id=entry.id,
        visit_id=entry.visit_id,
        station_facility_id=entry.station_facility_id,
        patient_id=entry.patient_id,
    )
