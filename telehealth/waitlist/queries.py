"""Every select of the wait list: a station's own entries, a coordinator's list, the gaps that fit."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.availability.models import ServiceType
from telehealth.availability.queries import terms_of
from telehealth.availability.rules import ResourceKind
from telehealth.duty.models import PoolMember
from telehealth.duty.queries import list_members
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import page_of
from telehealth.kit.policy import policy_of
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Part, Slot
from telehealth.scheduling.slots import free_slots, walk
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.queries import list_doctors
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from telehealth.waitlist.errors import EntryNotFoundError
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.rules import (
    AHEAD_DAYS,
    GAPS_SHOWN,
    LOOKED_AT,
    Gap,
    Wish,
    fits,
    gaps,
    members_by_pool,
    reaches,
)
from telehealth.waitlist.states import LIVE, EntryState

_AGREED = (
    AppointmentState.REQUESTED,
    AppointmentState.BOOKED,
    AppointmentState.CHECKED_IN,
    AppointmentState.IN_PROGRESS,
)
LISTED = 200
"""So many entries a coordinator's list shows; how many wait behind them is said."""
_ORDER = (col(WaitlistEntry.rank), col(WaitlistEntry.created_at), col(WaitlistEntry.id))


@dataclass(frozen=True, slots=True)
class WaitList:
    """Who waits for the pools and doctors of a facility, in order, and the gaps that fit them.

    `booked` gives the appointment that a visit has meanwhile, by visit.
    """

    entries: tuple[WaitlistEntry, ...]
    booked: Mapping[UUID, Appointment]
    gaps: tuple[Gap, ...]
    more: int = 0
    """How many wait who are not listed."""
    unasked: int = 0
    """How many of those who could come soon were not compared with the gaps."""


def get_entry(
    session: Session, actor: Actor, entry_id: UUID, *, now: datetime, lock: bool = False
) -> WaitlistEntry:
    """Return an entry of the actor's station; raise `waitlist-entry-not-found`."""
    return _one(session, _own(actor, now).where(WaitlistEntry.id == entry_id), lock)


def get_asked(session: Session, actor: Actor, entry_id: UUID, *, lock: bool = False) -> WaitlistEntry:
    """Return an entry that asks a pool or doctor of the actor's facility.

    Raises `waitlist-entry-not-found`.
    """
    return _one(session, _asked(actor).where(WaitlistEntry.id == entry_id), lock)


def lock_held(session: Session, entry: WaitlistEntry) -> Appointment | None:
    """Lock what is held for an entry in scope; before the entry itself, as whoever confirms the hold does."""
    if entry.state != EntryState.OFFERED or entry.offer_appointment_id is None:
        return None
    return session.get(Appointment, entry.offer_appointment_id, with_for_update=True, populate_existing=True)


def list_own(
    session: Session, actor: Actor, *, now: datetime, limit: int = 100, after: tuple[Any, ...] | None = None
) -> list[WaitlistEntry]:
    """List the station's entries that still wait: offers first, then in the order they are asked.

    A page at a time, each behind the `place_of` the entry that ended the one before.
    """
    query = _own(actor, now).where(col(WaitlistEntry.state).in_(LIVE))
    order = (case((col(WaitlistEntry.state) == EntryState.OFFERED, 0), else_=1), *_ORDER)
    return list(session.exec(page_of(query, order, after, limit)))


def place_of(entry: WaitlistEntry) -> tuple[int, int, datetime, UUID]:
    """Return what puts an entry where it is among the station's own."""
    return int(entry.state != EntryState.OFFERED), entry.rank, entry.created_at, entry.id


def list_offers(session: Session, actor: Actor, *, now: datetime) -> list[tuple[WaitlistEntry, Appointment]]:
    """List the offers the station has still to answer with what is held, the soonest to run out first."""
    query = (
        select(WaitlistEntry, Appointment)
        .join(Appointment, col(Appointment.id) == WaitlistEntry.offer_appointment_id)
        .where(
            WaitlistEntry.station_facility_id == actor.facility_id,
            col(WaitlistEntry.patient_id).in_(visible_patients(actor, now)),
            WaitlistEntry.state == EntryState.OFFERED,
            col(WaitlistEntry.offer_expires_at) > now,
            Appointment.status == AppointmentState.HELD,
        )
        .order_by(col(WaitlistEntry.offer_expires_at), col(WaitlistEntry.id))
    )
    return list(session.exec(query))


def find_for_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> WaitlistEntry | None:
    """Find the entry by which a visit of the station still waits."""
    query = _own(actor, now).where(WaitlistEntry.visit_id == visit_id, col(WaitlistEntry.state).in_(LIVE))
    return session.exec(query).first()


def load_wait_list(session: Session, actor: Actor, *, now: datetime, pool_id: UUID | None = None) -> WaitList:
    """Load who waits for the actor's facility, and which free times they would take.

    The same number of statements for each kind of service, however many wait or work; three more where
    not all are listed.
    """
    query = _asked(actor).where(col(WaitlistEntry.state).in_(LIVE), Visit.state == VisitState.OPEN)
    if pool_id is not None:
        query = query.where(WaitlistEntry.pool_id == pool_id)
    found = session.exec(query.order_by(*_ORDER).limit(LISTED + 1)).all()
    entries, is_cut = list(found[:LISTED]), len(found) > LISTED
    if is_cut:
        waiting, reaching = _reaching(session, query, now)
    else:
        soon = [entry for entry in entries if is_waiting(entry, now) and _reaches(session, entry, now)]
        waiting, reaching = soon[:LOOKED_AT], len(soon)
    # Whoever can be asked is listed, however far behind.
    listed = {entry.id for entry in entries}
    entries += [entry for entry in waiting if entry.id not in listed]
    booked = booked_for(session, [entry.visit_id for entry in entries])
    wishes = wishes_of(session, waiting, booked, now=now)
    return WaitList(
        entries=tuple(entries),
        booked=booked,
        gaps=tuple(gaps(list(_offerable(session, waiting, wishes, now)))),
        more=_count(session, query) - len(entries) if is_cut else 0,
        unasked=reaching - len(waiting),
    )


def _reaches(session: Session, entry: WaitlistEntry, now: datetime) -> bool:
    return reaches(entry.earliest_on, entry.latest_on, policy_of(session).local_date(now))


def _reaching(
    session: Session, query: SelectOfScalar[WaitlistEntry], now: datetime
) -> tuple[list[WaitlistEntry], int]:
    """Return the first who can be offered something soon, and how many there are: `reaches` in SQL."""
    today = policy_of(session).local_date(now)
    soon = query.where(
        col(WaitlistEntry.earliest_on) <= today + timedelta(days=AHEAD_DAYS),
        col(WaitlistEntry.latest_on) >= today,
        or_(col(WaitlistEntry.state) == EntryState.WAITING, col(WaitlistEntry.offer_expires_at) <= now),
    )
    return list(session.exec(soon.order_by(*_ORDER).limit(LOOKED_AT))), _count(session, soon)


def booked_for(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, Appointment]:
    """Return the agreed appointment of each of these visits that has one; scoped by whoever has the ids."""
    query = select(Appointment).where(
        col(Appointment.visit_id).in_(visit_ids), col(Appointment.status).in_(_AGREED)
    )
    return {row.visit_id: row for row in session.exec(query)}


def wishes_of(
    session: Session, entries: Sequence[WaitlistEntry], booked: Mapping[UUID, Appointment], *, now: datetime
) -> dict[UUID, Wish]:
    """Return which times each entry would take: of doctors who are in its pool and at work today."""
    today = policy_of(session).local_date(now)
    pools = {entry.pool_id for entry in entries if entry.pool_id}
    rows = list_members(session, pools, on=today)
    members = members_by_pool((row.pool_id, row.membership_id) for row in rows)
    at_work = {doctor.membership_id for doctor in list_doctors(session, on=today)}
    wishes = {}
    for entry in entries:
        own = booked.get(entry.visit_id)
        named = {entry.doctor_membership_id} if entry.doctor_membership_id else set()
        wishes[entry.id] = Wish(
            doctors=frozenset(
                (members.get(entry.pool_id, frozenset()) if entry.pool_id else named) & at_work
            ),
            earliest_on=entry.earliest_on,
            latest_on=entry.latest_on,
            weekdays=frozenset(entry.weekdays),
            part=Part(entry.part) if entry.part else None,
            before=own.starts_at if own else None,
        )
    return wishes


def is_waiting(entry: WaitlistEntry, now: datetime) -> bool:
    """Tell whether an entry can be offered something: it waits, or its offer ran out, swept or not."""
    has_lapsed = entry.offer_expires_at is not None and entry.offer_expires_at <= now
    return entry.state == EntryState.WAITING or has_lapsed


def facilities_with_waiting(session: Session, doctor_membership_id: UUID) -> list[UUID]:
    """List whose coordinators have somebody waiting for a doctor, or for a pool the doctor is in."""
    pools = select(PoolMember.pool_id).where(PoolMember.membership_id == doctor_membership_id)
    query = select(WaitlistEntry.facility_id).where(
        WaitlistEntry.state == EntryState.WAITING,
        or_(
            WaitlistEntry.doctor_membership_id == doctor_membership_id, col(WaitlistEntry.pool_id).in_(pools)
        ),
    )
    return list(session.exec(query.distinct()))


def list_due(session: Session, *, now: datetime) -> list[UUID]:
    """List the entries a tick has something to do for: one statement."""
    query = select(WaitlistEntry.id).where(or_(_lapsed(now), _over(policy_of(session).local_date(now))))
    return list(session.exec(query.order_by(col(WaitlistEntry.id))))


def lock_lapsed(session: Session, entry_id: UUID, *, now: datetime) -> WaitlistEntry | None:
    """Lock an entry whose offer ran out or was let go otherwise; None too while another node is at it."""
    return _locked(session, entry_id, _lapsed(now))


def lock_over(session: Session, entry_id: UUID, *, now: datetime) -> WaitlistEntry | None:
    """Lock an entry that waits for nothing: past its last day, or for a visit that is over; None as above."""
    return _locked(session, entry_id, _over(policy_of(session).local_date(now)))


def _lapsed(now: datetime) -> ColumnElement[bool]:
    gone = select(Appointment.id).where(
        Appointment.id == WaitlistEntry.offer_appointment_id, Appointment.status != AppointmentState.HELD
    )
    ran_out = or_(col(WaitlistEntry.offer_expires_at) <= now, gone.correlate(WaitlistEntry).exists())
    return (col(WaitlistEntry.state) == EntryState.OFFERED) & ran_out


def _over(today: date) -> ColumnElement[bool]:
    closed = select(Visit.id).where(Visit.id == WaitlistEntry.visit_id, Visit.state != VisitState.OPEN)
    is_over = or_(col(WaitlistEntry.latest_on) < today, closed.correlate(WaitlistEntry).exists())
    return (col(WaitlistEntry.state) == EntryState.WAITING) & is_over


def find_by_offer(session: Session, appointment_id: UUID) -> WaitlistEntry | None:
    """Find the entry an appointment was held for, locked. For subscribers."""
    return session.exec(_BY_OFFER, params={"appointment": appointment_id}).first()


_BY_OFFER = (
    select(WaitlistEntry)
    .where(
        WaitlistEntry.offer_appointment_id == bindparam("appointment"),
        WaitlistEntry.state == EntryState.OFFERED,
    )
    .with_for_update()
    .execution_options(populate_existing=True)
)
"""Asked at every booking: building a statement costs more than sending it."""


def _offerable(
    session: Session, entries: Sequence[WaitlistEntry], wishes: Mapping[UUID, Wish], now: datetime
) -> Iterator[tuple[UUID, list[Slot]]]:
    """Yield what each entry could be offered now, by the very rule that holding asks again."""
    today = policy_of(session).local_date(now)
    zone = policy_of(session).zone
    services = {
        row.id: row
        for row in session.exec(
            select(ServiceType).where(col(ServiceType.id).in_({e.service_type_id for e in entries}))
        )
    }
    diaries: dict[UUID, dict[Owner, Diary]] = {}
    for service in services.values():
        of_service = [entry for entry in entries if entry.service_type_id == service.id]
        question = _question(service, now, today)
        diaries[service.id] = load_diaries(session, _owners(of_service, wishes), service, question)
    for entry in entries:
        wish, known = wishes[entry.id], diaries[entry.service_type_id]
        doctors = [known[o] for d in sorted(wish.doctors) if (o := (ResourceKind.DOCTOR, d)) in known]
        beside = [known[owner] for owner in _beside(entry) if owner in known]
        question = _question(services[entry.service_type_id], now, today, wish)
        days = ([s for s in starts if fits(s.slot, wish, zone)] for starts in walk(doctors, beside, question))
        yield entry.id, free_slots(days, limit=GAPS_SHOWN)


def _question(service: ServiceType, now: datetime, today: date, wish: Wish | None = None) -> Question:
    """Ask about the days ahead; with a wish, about those of them it has."""
    terms = terms_of(service)
    last = today + timedelta(days=min(AHEAD_DAYS, terms.horizon_days))
    return Question(
        terms=terms,
        now=now,
        from_on=max(today, wish.earliest_on) if wish else today,
        to_on=min(last, wish.latest_on) if wish else last,
        part=wish.part if wish else None,
    )


def _owners(entries: Sequence[WaitlistEntry], wishes: Mapping[UUID, Wish]) -> list[Owner]:
    doctors = {doctor for entry in entries for doctor in wishes[entry.id].doctors}
    others = {owner for entry in entries for owner in _beside(entry)}
    return [*((ResourceKind.DOCTOR, doctor) for doctor in sorted(doctors)), *sorted(others)]


def _beside(entry: WaitlistEntry) -> list[Owner]:
    return [
        (ResourceKind.SEAT, entry.station_facility_id),
        (ResourceKind.PATIENT, entry.patient_id),
    ]


def _one(session: Session, query: SelectOfScalar[WaitlistEntry], lock: bool) -> WaitlistEntry:
    if lock:
        query = query.with_for_update(of=WaitlistEntry).execution_options(populate_existing=True)
    entry = session.exec(query).first()
    if entry is None:
        raise EntryNotFoundError
    return entry


def _locked(session: Session, entry_id: UUID, condition: ColumnElement[bool]) -> WaitlistEntry | None:
    query = select(WaitlistEntry).where(WaitlistEntry.id == entry_id, condition)
    locked = query.with_for_update(skip_locked=True, of=WaitlistEntry)
    return session.exec(locked.execution_options(populate_existing=True)).first()


def _own(actor: Actor, now: datetime) -> SelectOfScalar[WaitlistEntry]:
    return select(WaitlistEntry).where(
        WaitlistEntry.station_facility_id == actor.facility_id,
        col(WaitlistEntry.patient_id).in_(visible_patients(actor, now)),
    )


def _count(session: Session, query: SelectOfScalar[WaitlistEntry]) -> int:
    return session.exec(select(func.count()).select_from(query.subquery())).one()


def _asked(actor: Actor) -> SelectOfScalar[WaitlistEntry]:
    query = select(WaitlistEntry).join(Visit, col(Visit.id) == WaitlistEntry.visit_id)
    return query.where(WaitlistEntry.facility_id == actor.facility_id)
