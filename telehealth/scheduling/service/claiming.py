"""Where an appointment is to go, whether it can, and the three claims that put it there."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import terms_of
from telehealth.availability.rules import ResourceKind, Terms
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.security import base62
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling import queries
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.errors import LimitReachedError, OutsideAvailabilityError, SlotTakenError
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import Slot, Support, free_lane, kept_terms
from telehealth.scheduling.service.history import release_claims
from telehealth.scheduling.slots import Standing, free_slots, standing_of, walk
from telehealth.staff.queries import can_be_asked

ALTERNATIVES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A doctor's time for a patient at a station. `terms` may be milder than the service's own."""

    service: ServiceType
    terms: Terms
    doctor_membership_id: UUID
    starts_at: datetime
    station_id: UUID
    patient_id: UUID

    @property
    def owners(self) -> list[Owner]:
        """Who must be free, the doctor first."""
        return [
            (ResourceKind.DOCTOR, self.doctor_membership_id),
            (ResourceKind.SEAT, self.station_id),
            (ResourceKind.PATIENT, self.patient_id),
        ]

    @property
    def span(self) -> Span:
        """What is claimed of each of them."""
        return self.terms.claimed(self.starts_at)

    @property
    def ends_at(self) -> datetime:
        """When the appointment ends."""
        return self.terms.ends_at(self.starts_at)


@dataclass(frozen=True, slots=True)
class Look:
    """How a place stands, and the diaries that say so."""

    standing: Standing
    diaries: Mapping[Owner, Diary]


def place_of(session: Session, appointment: Appointment) -> Place:
    """Return where an appointment is now, by the terms it was agreed by."""
    return places_of(session, [appointment])[appointment.id]


def places_of(session: Session, appointments: Collection[Appointment]) -> dict[UUID, Place]:
    """Return where each of these is now, as `place_of` does: one statement beside the services."""
    services = {row.id: queries.get_service_of(session, row) for row in appointments}
    terms = queries.agreed_terms(session, appointments)
    return {row.id: _place(row, services[row.id], terms[row.id]) for row in appointments}


def place_anew(session: Session, appointment: Appointment) -> Place:
    """Return where an appointment was, for another one instead: that is booked by the terms of today."""
    service = queries.get_service_of(session, appointment)
    return _place(appointment, service, terms_of(service))


def _place(appointment: Appointment, service: ServiceType, terms: Terms) -> Place:
    return Place(
        service=service,
        terms=terms,
        doctor_membership_id=appointment.doctor_membership_id,
        starts_at=appointment.starts_at,
        station_id=appointment.station_facility_id,
        patient_id=appointment.patient_id,
    )


def new_appointment(place: Place, **values: Any) -> Appointment:
    """Return an appointment at a place, not added yet; `values` are the rest of its columns."""
    appointment_id = new_id()
    return Appointment(
        id=appointment_id,
        code=code_of(appointment_id),
        service_type_id=place.service.id,
        patient_id=place.patient_id,
        station_facility_id=place.station_id,
        doctor_membership_id=place.doctor_membership_id,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        accept_mode=place.service.accept_mode,
        ical_uid=f"{appointment_id}@telehealth-xa",
        **values,
    )


def without_notice(place: Place) -> Place:
    """Return the place for a time that was agreed long ago, or that cannot wait: notice is no matter."""
    return replace(place, terms=replace(place.terms, notice=0))


def at_its_time(place: Place) -> Place:
    """Return the place for an agreed time that is kept, whoever the doctor."""
    return replace(place, terms=kept_terms(place.terms))


def look(
    session: Session,
    place: Place,
    *,
    now: datetime,
    form_id: UUID | None = None,
    besides: UUID | None = None,
) -> Look:
    """Ask, under the locks, what the search asked; raise `outside-availability` for no start at all."""
    diaries, question = _open_diaries(session, place, now, form_id, besides)
    doctor = place.owners[0]
    beside = [diary for owner, diary in diaries.items() if owner != doctor]
    standing = standing_of(diaries[doctor], beside, place.starts_at, question)
    if standing is None:
        raise OutsideAvailabilityError
    return Look(standing, diaries)


def claim(
    session: Session,
    appointment: Appointment,
    place: Place,
    resources: Mapping[Owner, Resource],
    diaries: Mapping[Owner, Diary],
    *,
    held_until: datetime | None = None,
) -> None:
    """Claim every resource of a place in its lowest free lane; raise `slot-taken` where none is."""
    span = place.span
    for owner, resource in resources.items():
        lane = free_lane(diaries[owner].busy_in(span), span, resource.lanes)
        if lane is None:
            raise SlotTakenError
        session.add(
            Claim(
                appointment_id=appointment.id,
                resource_id=resource.id,
                lane=lane,
                busy_start=span.start,
                busy_end=span.end,
                state="held" if held_until else "booked",
                held_until=epoch(held_until) if held_until else None,
            )
        )
    session.flush()


def take(
    session: Session,
    appointment: Appointment,
    place: Place,
    resources: Mapping[Owner, Resource],
    *,
    now: datetime,
    is_override: bool = False,
) -> None:
    """Claim a place for an appointment instead of what it claimed before, if the rules offer it.

    An override asks for no hours, notice or horizon; that nobody is in two places it asks all the same.
    Raises `outside-availability`, and `slot-taken` or `limit-reached` with the doctor's next times; then
    nothing is changed.
    """
    if is_override:
        diaries: Mapping[Owner, Diary] = _open_diaries(session, place, now, None, appointment.id)[0]
    else:
        found = look(session, place, now=now, besides=appointment.id)
        diaries = found.diaries
        if found.standing is not Standing.FREE:
            doctor = [place.doctor_membership_id]
            refusal = LimitReachedError if found.standing is Standing.FULL else SlotTakenError
            raise refusal(free_after(session, place, doctor, now=now, besides=appointment.id))
    appointment.support = Support.OVERRIDDEN if is_override else Support.SUPPORTED
    release_claims(session, appointment)
    claim(session, appointment, place, resources, diaries)


def free_after(
    session: Session,
    place: Place,
    doctors: Collection[UUID],
    *,
    now: datetime,
    limit: int = ALTERNATIVES,
    besides: UUID | None = None,
    keeps: Callable[[Slot], bool] | None = None,
) -> list[Slot]:
    """Return the earliest slots of these doctors from the place's time on, within the horizon."""
    day = policy_of(session).local_date(max(place.starts_at, now))
    last = policy_of(session).local_date(now) + timedelta(days=place.terms.horizon_days)
    question = Question(terms=place.terms, now=now, from_on=day, to_on=last)
    asked: list[Owner] = [(ResourceKind.DOCTOR, doctor) for doctor in doctors]
    diaries = load_diaries(session, [*asked, *place.owners[1:]], place.service, question, besides=besides)
    days = walk(
        [diaries[owner] for owner in asked if owner in diaries],
        [diaries[owner] for owner in place.owners[1:] if owner in diaries],
        question,
    )
    after = Slot(place.starts_at, UUID(int=0), place.ends_at)
    return free_slots(days, limit=limit, after=after, keeps=keeps)


def _open_diaries(
    session: Session, place: Place, now: datetime, form_id: UUID | None, besides: UUID | None
) -> tuple[dict[Owner, Diary], Question]:
    """Load the diaries of a place; raise `outside-availability` for a doctor the station cannot ask."""
    policy = policy_of(session)
    on = policy.local_date(now)
    if not can_be_asked(session, place.doctor_membership_id, station_id=place.station_id, on=on):
        raise OutsideAvailabilityError
    day = policy.local_date(place.starts_at)
    question = Question(terms=place.terms, now=now, from_on=day, to_on=day)
    diaries = load_diaries(session, place.owners, place.service, question, form_id=form_id, besides=besides)
    doctor = diaries.get(place.owners[0])
    # Nobody ever wrote hours for this doctor, or they do not work any more by then.
    if doctor is None or not doctor.works_on(place.starts_at.astimezone(doctor.zone).date()):
        raise OutsideAvailabilityError
    return diaries, question


def code_of(appointment_id: UUID) -> str:
    """Return a short code from the random half of the id, without letters that look like digits."""
    text = base62(appointment_id.bytes[8:]).upper().translate(str.maketrans("OIL", "789"))
    return f"{text[-8:-4]}-{text[-4:]}"
