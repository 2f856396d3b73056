"""When several appointments could be instead, each asked as if it were not there itself.

Moving an appointment gives back what it claimed and what it counts. Asking for one, `load_diaries` leaves
that out; asking for many at once, the diaries are loaded with all of it and each is asked without its own.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.availability.models import Resource
from telehealth.availability.rules import ResourceKind
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.models import IS_LIVE, Appointment, Claim
from telehealth.scheduling.rules import Busy, Slot
from telehealth.scheduling.service.claiming import Place, places_of, without_notice
from telehealth.scheduling.slots import free_slots, walk

Own = Mapping[Owner, Busy]


def load_own(session: Session, appointments: Collection[Appointment]) -> dict[UUID, dict[Owner, Busy]]:
    """Return what each appointment claims, by whose it is: one statement."""
    query = (
        select(Claim, Resource.kind, Resource.owner_id)
        .join(Resource, col(Claim.resource_id) == Resource.id)
        .where(col(Claim.appointment_id).in_([row.id for row in appointments]), IS_LIVE)
    )
    found: dict[UUID, dict[Owner, Busy]] = defaultdict(dict)
    for claim, kind, owner_id in session.exec(query):
        busy = Busy(claim.lane, Span(claim.busy_start, claim.busy_end))
        found[claim.appointment_id][ResourceKind(kind), owner_id] = busy
    return found


def open_without(
    diaries: Mapping[Owner, Diary], owners: Collection[Owner], own: Own, starts_at: datetime
) -> list[Diary]:
    """Return the diaries of these owners without what an appointment that starts then has of them."""
    return [_without(diaries[owner], own.get(owner), starts_at) for owner in owners if owner in diaries]


def free_instead(
    session: Session, wanted: Sequence[tuple[Appointment, Sequence[UUID]]], *, now: datetime, more: int
) -> dict[UUID, list[Slot]]:
    """Return the earliest slots of each appointment's doctors, from its own time on, notice no matter.

    As many as it names doctors and `more`, so that everybody who is free at its time is among them. A few
    statements for each service type, however many appointments and doctors.
    """
    rows = [row for row, _ in wanted]
    if not rows:
        return {}
    own = load_own(session, rows)
    places = {each: without_notice(place) for each, place in places_of(session, rows).items()}
    by_service: dict[UUID, list[tuple[Appointment, Sequence[UUID]]]] = defaultdict(list)
    for row, doctors in wanted:
        by_service[row.service_type_id].append((row, doctors))
    found: dict[UUID, list[Slot]] = {}
    for asked in by_service.values():
        questions = {row.id: _question(session, places[row.id], now) for row, _ in asked}
        owners = {owner for row, doctors in asked for owner in (*_doctors(doctors), *_beside(places[row.id]))}
        whole = min(questions.values(), key=lambda each: each.from_on)
        diaries = load_diaries(session, owners, places[asked[0][0].id].service, whole)
        for row, doctors in asked:
            claimed, starts_at = own.get(row.id, {}), row.starts_at
            days = walk(
                open_without(diaries, _doctors(doctors), claimed, starts_at),
                open_without(diaries, _beside(places[row.id]), claimed, starts_at),
                questions[row.id],
            )
            after = Slot(starts_at, UUID(int=0), row.ends_at)
            found[row.id] = free_slots(days, limit=len(doctors) + more, after=after)
    return found


def _question(session: Session, place: Place, now: datetime) -> Question:
    policy = policy_of(session)
    last = policy.local_date(now) + timedelta(days=place.terms.horizon_days)
    first = policy.local_date(max(place.starts_at, now))
    return Question(terms=place.terms, now=now, from_on=first, to_on=last)


def _doctors(memberships: Collection[UUID]) -> list[Owner]:
    return [(ResourceKind.DOCTOR, each) for each in memberships]


def _beside(place: Place) -> list[Owner]:
    return place.owners[1:]


def _without(diary: Diary, own: Busy | None, starts_at: datetime) -> Diary:
    if own is None:
        return diary
    day = starts_at.astimezone(diary.zone).date()
    counts = dict(diary.limits.counts)
    if day in counts:
        counts[day] -= 1
    return replace(
        diary,
        busy={bucket: [each for each in rows if each != own] for bucket, rows in diary.busy.items()},
        limits=replace(diary.limits, counts=counts),
    )
