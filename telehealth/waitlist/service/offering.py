"""An offer is a hold with an end: it can never book a time twice."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.models import ServiceType
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import AppointmentCancelled, AppointmentMoved
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, Priority, Slot
from telehealth.scheduling.states import AppointmentState
from telehealth.visits.models import Visit
from telehealth.waitlist import queries
from telehealth.waitlist.errors import NotWantedError
from telehealth.waitlist.events import OfferMade
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.rules import OFFER_TIME, fits
from telehealth.waitlist.service.history import change, require_version
from telehealth.waitlist.states import MACHINE, EntryCommand, EntryState


def offer(
    session: Session,
    actor: Actor,
    entry_id: UUID,
    *,
    doctor_membership_id: UUID,
    starts_at: datetime,
    version: int | None,
    now: datetime,
) -> WaitlistEntry:
    """Hold a free time for an entry and tell its station, which has until then to answer.

    The station's own seat and patient are claimed, so the hold is made in its name. Whoever coordinates
    the pool answers for its doctors: what they offer nobody has to accept, whatever the service says. As a
    request it might be turned down after the later time had gone for it, and the patient had neither. Raises
    `waitlist-entry-not-found`, `stale-version`, `invalid-transition` (offered already),
    `slot-not-wanted`, and what holding raises: `slot-taken` with the next free ones, and its kin.
    """
    check(actor, "waitlist.coordinate")
    entry = queries.get_asked(session, actor, entry_id, lock=True)
    require_version(entry, version)
    if entry.state == EntryState.OFFERED and queries.is_waiting(entry, now):
        change(session, actor, entry, EntryCommand.LAPSE, now=now)
    booked = queries.booked_for(session, [entry.visit_id]).get(entry.visit_id)
    starts_at = starts_at.astimezone(UTC)
    wish = queries.wishes_of(session, [entry], {entry.visit_id: booked} if booked else {}, now=now)[entry.id]
    if not fits(Slot(starts_at, doctor_membership_id, starts_at), wish, policy_of(session).zone):
        raise NotWantedError
    at_station = replace(actor, facility_id=entry.station_facility_id)
    request = _request(session, entry, booked, doctor_membership_id, starts_at)
    held = scheduling.hold(session, at_station, request, now=now)
    entry.offer_appointment_id, entry.offer_expires_at = held.id, held.hold_expires_at
    entry.offers_made += 1
    change(session, actor, entry, EntryCommand.OFFER, now=now)
    publish(
        session,
        OfferMade(
            entry_id=entry.id,
            station_facility_id=entry.station_facility_id,
            patient_id=entry.patient_id,
            expires_at=held.hold_expires_at or now,
        ),
        now=now,
    )
    return entry


def take_back(
    session: Session, actor: Actor, entry_id: UUID, *, version: int | None, now: datetime
) -> WaitlistEntry:
    """Take an offer back before it is answered: its time is free at once, the entry goes on waiting.

    Raises `waitlist-entry-not-found`, `stale-version`, `invalid-transition` where nothing is offered.
    """
    check(actor, "waitlist.coordinate")
    held = queries.lock_held(session, queries.get_asked(session, actor, entry_id))
    entry = queries.get_asked(session, actor, entry_id, lock=True)
    require_version(entry, version)
    MACHINE.move(EntryState(entry.state), EntryCommand.TAKE_BACK)
    if held is not None and held.status == AppointmentState.HELD:
        at_station = replace(actor, facility_id=entry.station_facility_id)
        scheduling.release(session, at_station, held.id, now=now)
    change(session, actor, entry, EntryCommand.TAKE_BACK, now=now)
    return entry


def on_time_freed(session: Session, event: AppointmentCancelled | AppointmentMoved, now: datetime) -> None:
    """Have the coordinators look who may take the time that was called off, or moved away from."""
    whose = event.doctor_membership_id
    if isinstance(event, AppointmentMoved):
        whose = event.was_doctor_membership_id
    scopes = queries.facilities_with_waiting(session, whose)
    if scopes:
        note_change(session, "waitlist", event.appointment_id, scopes=scopes, now=now)


def _request(
    session: Session, entry: WaitlistEntry, booked: Appointment | None, doctor: UUID, starts_at: datetime
) -> HoldRequest:
    visit = session.get_one(Visit, entry.visit_id)
    return HoldRequest(
        form_id=entry.id,
        visit_id=entry.visit_id,
        patient_id=entry.patient_id,
        doctor_membership_id=doctor,
        starts_at=starts_at,
        consult_kind=visit.consult_kind,
        service_code=session.get_one(ServiceType, entry.service_type_id).code,
        priority=Priority(entry.priority),
        kept_for=OFFER_TIME,
        in_place_of=booked.id if booked else None,
        is_agreed=True,
    )
