"""The station's answer to an offer, after asking the patient; and taking an entry back."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.errors import HoldExpiredError, OutsideAvailabilityError
from telehealth.scheduling.events import AppointmentBooked
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import MOVED_EARLIER, PatientPlace, Support
from telehealth.scheduling.states import AppointmentState
from telehealth.waitlist import queries
from telehealth.waitlist.errors import NotWantedError
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.service.history import change, require_version
from telehealth.waitlist.states import MACHINE, EntryCommand, EntryState


def accept(
    session: Session,
    actor: Actor,
    entry_id: UUID,
    *,
    version: int | None,
    now: datetime,
    patient_place: PatientPlace | None = None,
) -> Appointment:
    """Book the time that is held; a later appointment of the visit gives way in the same transaction.

    It is agreed at once (`offer` says why), so the later one goes for nothing less. The patient will be
    where they were to be for that one, else at the station. Raises
    `waitlist-entry-not-found`, `stale-version`, `invalid-transition`, `hold-expired`, and what
    `_require_better` raises; then nothing is changed, the later appointment stands.
    """
    check(actor, "waitlist.answer")
    entry, held = _locked(session, actor, entry_id, version, now)
    MACHINE.move(EntryState(entry.state), EntryCommand.ACCEPT)
    if held is None or held.status != AppointmentState.HELD or queries.is_waiting(entry, now):
        raise HoldExpiredError
    later = queries.booked_for(session, [entry.visit_id]).get(entry.visit_id)
    if later is not None:
        _require_better(held, later)
    place = patient_place or PatientPlace(later.patient_place if later else PatientPlace.STATION)
    # Before the booking is told of: the subscriber below answers for bookings by another way.
    change(session, actor, entry, EntryCommand.ACCEPT, now=now)
    if later is not None:
        scheduling.cancel(session, actor, later.id, reason=MOVED_EARLIER, version=None, now=now)
    return scheduling.confirm(session, actor, held.id, version=held.version, patient_place=place, now=now)


def decline(
    session: Session,
    actor: Actor,
    entry_id: UUID,
    *,
    keeps_waiting: bool,
    version: int | None,
    now: datetime,
) -> WaitlistEntry:
    """Give the time back; the entry goes on waiting for another, or ends.

    Raises `waitlist-entry-not-found`, `stale-version`, `invalid-transition`.
    """
    check(actor, "waitlist.answer")
    entry, held = _locked(session, actor, entry_id, version, now)
    command = EntryCommand.PASS if keeps_waiting else EntryCommand.DECLINE
    MACHINE.move(EntryState(entry.state), command)
    _release(session, actor, held, now)
    change(session, actor, entry, command, now=now)
    return entry


def cancel(
    session: Session, actor: Actor, entry_id: UUID, *, version: int | None, now: datetime
) -> WaitlistEntry:
    """Take a visit off the wait list; what is offered is given back, what is booked stays.

    Raises `waitlist-entry-not-found`, `stale-version`, `invalid-transition`.
    """
    check(actor, "waitlist.join")
    entry, held = _locked(session, actor, entry_id, version, now)
    MACHINE.move(EntryState(entry.state), EntryCommand.CANCEL)
    _release(session, actor, held, now)
    change(session, actor, entry, EntryCommand.CANCEL, now=now)
    return entry


def on_appointment_booked(session: Session, event: AppointmentBooked, now: datetime) -> None:
    """Note an offer as accepted that was confirmed as any other hold is."""
    entry = queries.find_by_offer(session, event.appointment_id)
    if entry is not None:
        change(session, SYSTEM, entry, EntryCommand.ACCEPT, now=now)


def _require_better(held: Appointment, booked: Appointment) -> None:
    """Give nothing up for less: `slot-not-wanted` where what is booked comes first by now.

    `outside-availability` where the hours of what is offered went since.
    """
    if booked.starts_at <= held.starts_at:
        raise NotWantedError
    if held.support == Support.UNSUPPORTED:
        raise OutsideAvailabilityError


def _locked(
    session: Session, actor: Actor, entry_id: UUID, version: int | None, now: datetime
) -> tuple[WaitlistEntry, Appointment | None]:
    """Lock the offered appointment, then the entry: the order of whoever confirms the hold itself."""
    held = queries.lock_held(session, queries.get_entry(session, actor, entry_id, now=now))
    entry = queries.get_entry(session, actor, entry_id, now=now, lock=True)
    require_version(entry, version)
    return entry, held


def _release(session: Session, actor: Actor, held: Appointment | None, now: datetime) -> None:
    if held is not None and held.status == AppointmentState.HELD:
        scheduling.release(session, actor, held.id, now=now)
