"""What broke off booked again ahead of the queue, and an absence noted in error taken back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import check
from telehealth.availability.models import Resource
from telehealth.duty.queries import list_members
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.scheduling import queries
from telehealth.scheduling.diaries import Owner
from telehealth.scheduling.errors import (
    LimitReachedError,
    NobodyFreeError,
    SlotTakenError,
    VisitHasAppointmentError,
)
from telehealth.scheduling.events import AbsenceTakenBack, AppointmentBooked, AppointmentHeld
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import REBOOK, UNDO_WITHIN, Priority, Slot, can_rebook
from telehealth.scheduling.service.claiming import (
    Place,
    free_after,
    new_appointment,
    place_anew,
    place_of,
    take,
    without_notice,
)
from telehealth.scheduling.service.expiry import expire_on
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import append, change, require_version
from telehealth.scheduling.service.locks import attempt, lock_resources
from telehealth.scheduling.service.rights import begin_right, pass_right
from telehealth.scheduling.service.support import refresh_support
from telehealth.scheduling.states import LIVE, MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import list_doctors

_TRIES = 5
"""How often the earliest slot is looked for anew while faster writers take it."""


def rebook(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None, now: datetime
) -> Appointment:
    """Book the earliest time again for what broke off, or failed for no fault of the patient.

    Ahead of the queue: no notice, at least urgent, agreed at once with the same doctor or a colleague
    of the pool or specialty, whoever is free first. Raises `appointment-not-found`, `stale-version`,
    `nothing-to-rebook`, `already-rebooked`, `visit-has-appointment`, `nobody-free` within the horizon.
    """
    check(actor, "appointment.rebook")
    old = queries.get_appointment(session, actor, appointment_id, now=now)
    require_version(old, version)
    _require_broken_off(session, old)
    place = without_notice(place_anew(session, old))
    place = replace(place, starts_at=now)
    for _ in range(_TRIES):
        slot = _earliest(session, old, place, now)
        if slot is None:
            break
        there = replace(place, starts_at=slot.starts_at, doctor_membership_id=slot.doctor_membership_id)
        try:
            with attempt(session):
                return _book(session, actor, old, there, now)
        except (SlotTakenError, LimitReachedError):
            continue  # a faster writer took it, or filled the doctor's day: the next look knows
    raise NobodyFreeError


def undo_absence(
    session: Session, actor: Actor, appointment_id: UUID, *, version: int | None, now: datetime
) -> Appointment:
    """Take back an absence noted in error: the patient is there. The time is claimed again.

    Raises `appointment-not-found`, `stale-version`, `invalid-transition`, `too-late-to-undo` after some
    minutes, `visit-has-appointment` if another was booked since, `slot-taken` if the time is gone.
    """
    check(actor, "appointment.run")
    seen = queries.get_appointment(session, actor, appointment_id, now=now)
    require_version(seen, version)
    version = seen.version
    place = place_of(session, seen)
    resources = lock_resources(session, place.owners)
    appointment = queries.lock_appointment(session, seen.id)
    require_version(appointment, version)
    MACHINE.move(AppointmentState(appointment.status), AppointmentCommand.UNDO)
    noted = queries.latest_at(session, [appointment], AppointmentState.NO_SHOW)
    if now > noted[appointment.id] + UNDO_WITHIN:
        raise ConflictError("too-late-to-undo", minutes=int(UNDO_WITHIN.total_seconds() // 60))
    _require_visit_free(session, appointment)
    expire_on(session, [row.id for row in resources.values()], now=now)
    # The hour has begun and may lie outside any hours by now: only the claims are asked.
    support = appointment.support
    take(session, appointment, place, resources, now=now, is_override=True)
    appointment.support = support
    change(session, actor, appointment, AppointmentCommand.UNDO, now=now)
    pass_right(session, appointment, now=now)
    # What hours changed meanwhile, or whose doctor, was not judged: it was not to be held.
    refresh_support(session, [appointment], now=now)
    publish(session, AbsenceTakenBack(**facts_of(appointment)), now=now)
    return appointment


def _book(session: Session, actor: Actor, old: Appointment, place: Place, now: datetime) -> Appointment:
    resources = lock_resources(session, place.owners)
    # Asked again under the lock: two people may tap at once, and only one of them books.
    _require_broken_off(session, queries.lock_appointment(session, old.id))
    expire_on(session, [row.id for row in resources.values()], now=now)
    priority = max(Priority(old.priority), Priority.URGENT, key=list(Priority).index)
    return add_in_place_of(session, actor, old, place, resources, priority, now=now)


def add_in_place_of(
    session: Session,
    actor: Actor,
    old: Appointment,
    place: Place,
    resources: Mapping[Owner, Resource],
    priority: Priority,
    *,
    now: datetime,
) -> Appointment:
    """Book a place, whose resources are locked, for the visit of an appointment that is over.

    Raises what `take` raises; then nothing is booked.
    """
    appointment = new_appointment(
        place,
        status=AppointmentState.BOOKED,
        visit_id=old.visit_id,
        consult_kind=old.consult_kind,
        patient_place=old.patient_place,
        pool_id=old.pool_id,
        replaces_id=old.id,
        form_id=new_id(),
        held_by=actor.ref,
        priority=priority,
        created_at=now,
    )
    session.add(appointment)
    data = {"replaces": str(old.id), "patient_place": old.patient_place}
    append(session, actor, appointment, REBOOK, before=None, now=now, data=data)
    take(session, appointment, place, resources, now=now)
    begin_right(session, appointment, now=now)
    publish(session, AppointmentHeld(**facts_of(appointment)), now=now)
    publish(session, AppointmentBooked(**facts_of(appointment)), now=now)
    return appointment


def _require_broken_off(session: Session, old: Appointment) -> None:
    if not can_rebook(old):
        raise ConflictError("nothing-to-rebook")
    require_not_replaced(session, old)


def require_not_replaced(session: Session, old: Appointment) -> None:
    """Raise `already-rebooked` or `visit-has-appointment` where another appointment took its place."""
    again = select(Appointment.id).where(Appointment.replaces_id == old.id)
    if session.exec(again).first() is not None:
        raise ConflictError("already-rebooked")
    _require_visit_free(session, old)


def _require_visit_free(session: Session, appointment: Appointment) -> None:
    live = select(Appointment.id).where(
        Appointment.visit_id == appointment.visit_id, col(Appointment.status).in_(LIVE)
    )
    if session.exec(live).first() is not None:
        raise VisitHasAppointmentError


def _earliest(session: Session, old: Appointment, place: Place, now: datetime) -> Slot | None:
    """Return the earliest slot of those who could go on; of one hour, the same doctor's."""
    doctors = _colleagues(session, old, now)
    slots = free_after(session, place, doctors, now=now, limit=len(doctors))
    same = old.doctor_membership_id
    return min(slots, key=lambda slot: (slot.starts_at, slot.doctor_membership_id != same), default=None)


def _colleagues(session: Session, old: Appointment, now: datetime) -> list[UUID]:
    """Return the doctor and who can stand in: the pool that was asked, else the same specialties."""
    today = policy_of(session).local_date(now)
    doctors = {
        each.membership_id: set(each.specialty_codes)
        for each in list_doctors(session, on=today, station_id=old.station_facility_id)
    }
    if old.pool_id is not None:
        pooled = {member.membership_id for member in list_members(session, [old.pool_id], on=today)}
        fitting = pooled & set(doctors)
    else:
        own = doctors.get(old.doctor_membership_id, set())
        fitting = {each for each, codes in doctors.items() if codes & own}
    return sorted(fitting | {old.doctor_membership_id} & set(doctors))
