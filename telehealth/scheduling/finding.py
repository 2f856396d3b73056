"""The slot search: who can be asked, on which diaries or boards; and why it finds nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.availability.models import ServiceType
from telehealth.availability.queries import get_service, terms_of
from telehealth.availability.rules import ResourceKind
from telehealth.duty.queries import days_in_pool, find_pool_for
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.kit.shelf import is_reading, shelf_of
from telehealth.scheduling import queries
from telehealth.scheduling.boards import Boards, View
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.diaries import Owner as Owner
from telehealth.scheduling.diaries import held_doctors, load_person, within
from telehealth.scheduling.diaries import load_diaries as load_diaries
from telehealth.scheduling.explain import DoctorAnswer, Unfit, explain_days
from telehealth.scheduling.rules import MAX_WINDOW_DAYS, Slot, SlotSearch
from telehealth.scheduling.slots import Standing, Start, free_slots, offering, walk
from telehealth.staff.queries import Doctor, Wanted, can_be_asked, languages_of, list_doctor_ids, list_doctors
from telehealth.staff.rules import VIETNAMESE

_PATIENCE: Final = 0.1
"""Seconds somebody who only wants to know beforehand waits for boards that are being made."""


@dataclass(frozen=True, slots=True)
class Day:
    """The starts of one local day, free and taken."""

    on: date
    starts: tuple[Start, ...]


def find_slots(
    session: Session,
    actor: Actor,
    search: SlotSearch,
    *,
    now: datetime,
    waits: bool = True,
    by_day: bool = False,
) -> list[Slot]:
    """Return the earliest free slots over all doctors who qualify, at most `search.limit`.

    `by_day` leaves out those at hours at which nobody is proposed to come, though they can be booked.

    The same number of statements however many doctors there are; whoever does not wait for boards that
    have to be made gets the same from the diaries. Raises `bad-window`, `service-not-found`,
    `patient-not-found`, `pool-not-found`.
    """
    asking = _asking(session, actor, search, now)
    keeps = daylight(session) if by_day else None
    with _on_board(session, asking, waits=waits) as view:
        if view is not None:
            return list(islice(filter(keeps, view.slots(search.after)), search.limit))
    return free_slots(_walk(session, asking), limit=search.limit, after=search.after, keeps=keeps)


def next_day(session: Session, search: SlotSearch, *, now: datetime) -> date | None:
    """Return the day after a search's window; None where the service is not booked that far ahead."""
    horizon = terms_of(get_service(session, search.service_code)).horizon_days
    following = search.to_on + timedelta(days=1)
    return following if following <= policy_of(session).local_date(now) + timedelta(days=horizon) else None


def daylight(session: Session) -> Callable[[Slot], bool]:
    """Return what tells whether a slot may be proposed to a patient: within the policy's hours of the day.

    The station's opening hours need no asking: whatever is free lies within them already.
    """
    policy = policy_of(session)
    return lambda slot: policy.is_by_day(slot.starts_at, slot.ends_at)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A start that cannot be had, how it stands, and the earliest slots that can."""

    standing: Standing
    others: tuple[Slot, ...]


def foresee(
    session: Session, actor: Actor, search: SlotSearch, doctor_id: UUID | None, *, now: datetime
) -> Outlook | None:
    """Say that the start a search looks on from cannot be had: of the doctor, else of the pool searched.

    In a unit that reads, from what this process has ready; nothing is loaded for it but what changed.
    None for a start that can be had, for none at all, and where nothing is ready: whoever writes will see.
    Raises as `find_slots` does.
    """
    after = search.after
    asking = _asking(session, actor, search, now)
    with _on_board(session, asking, waits=False) as view:
        if view is None or after is None:
            return None
        others = tuple(islice(view.slots(after), search.limit))
        if doctor_id is not None:
            standing = view.standing(doctor_id, after.starts_at)
        else:
            is_free = bool(others) and others[0].starts_at == after.starts_at
            standing = Standing.FREE if is_free else Standing.TAKEN
    return Outlook(standing, others) if standing not in (None, Standing.FREE) else None


def list_days(session: Session, actor: Actor, search: SlotSearch, *, now: datetime) -> list[Day]:
    """Return days with the free and taken starts of whoever has a free one, until `search.limit` free are in.

    Days without any are left out. Raises as `find_slots` does.
    """
    asking = _asking(session, actor, search, now)
    with _on_board(session, asking) as view:
        zone = policy_of(session).zone
        return _days(view.days() if view is not None else _walk(session, asking), search.limit, zone)


def _days(walked: Iterable[list[Start]], limit: int, zone: ZoneInfo) -> list[Day]:
    days: list[Day] = []
    free = 0
    for starts in map(offering, walked):
        if starts:
            days.append(Day(starts[0].slot.starts_at.astimezone(zone).date(), tuple(starts)))
        free += sum(start.standing == "free" for start in starts)
        if free >= limit:
            break
    return days


@dataclass(frozen=True, slots=True)
class _Asking:
    """A search as the diaries are asked: by whom, for what service, on which terms."""

    actor: Actor
    search: SlotSearch
    service: ServiceType
    question: Question
    today: date
    members: Mapping[UUID, tuple[date, date | None]] | None = None
    """From when to when doctors are in the pool that is asked, if one is."""

    def within(self, diaries: Sequence[Diary]) -> Sequence[Diary]:
        """Narrow diaries to the pool's members and the days they are in it."""
        return diaries if self.members is None else within(diaries, self.members)

    def is_of_pool(self, membership_id: UUID) -> bool:
        """Tell whether a doctor is in the pool that is asked on a day of the search; yes where none is."""
        if self.members is None:
            return True
        joined_on, left_on = self.members.get(membership_id, (date.max, None))
        return joined_on <= self.question.to_on and (left_on is None or left_on > self.question.from_on)

    @property
    def wanted(self) -> Wanted:
        """Who can be asked, whatever their diaries say: all that depends on beside the database."""
        return Wanted(
            on=self.today,
            until=self.question.to_on,
            station_id=self.actor.facility_id,
            specialty=self.search.specialty,
            tiers=self.search.tiers,
            language=self.search.language,
            membership_id=self.search.doctor_membership_id,
        )


def _asking(session: Session, actor: Actor, search: SlotSearch, now: datetime) -> _Asking:
    if search.patient_id is not None:
        require_patient(session, actor, search.patient_id, now=now)
    service = get_service(session, search.service_code)
    question = question_of(session, search, service, now)
    today = policy_of(session).local_date(now)
    members = None
    if search.pool_id is not None:
        members = _members(session, search.pool_id, actor.facility_id, today)
    return _Asking(actor, search, service, question, today, members)


@contextmanager
def _on_board(session: Session, asking: _Asking, *, waits: bool = True) -> Iterator[View | None]:
    """Give the view of a board kept by this process, nobody else at it.

    None to units that write, and for an appointment that is to move: what it claims is on the board.
    Whoever does not wait gets None too where the board would have to be made first, or is being made.
    """
    if not is_reading(session) or asking.search.besides is not None:
        yield None
        return
    search, question, service = asking.search, asking.question, asking.service
    station_id = asking.actor.facility_id
    own = held_doctors(session, search.form_id) if search.form_id is not None else []
    # What the form holds stands at the station and the patient too: only then is the seat asked anew.
    near = [*own, *beside(asking.actor, search.patient_id)] if own else []
    diaries = load_diaries(session, near, service, question, form_id=search.form_id) if own else {}
    if not own and search.patient_id is not None:
        diaries = load_person(session, search.patient_id, question)
    boards = shelf_of(session).get(Boards)
    with _alone_at(boards, seconds=-1 if waits else _PATIENCE) as is_ours:
        if not is_ours or (not waits and not boards.is_ready(service, question)):
            yield None
            return
        kept = boards.get(session, service, question)
        if kept is None:
            yield None
            return
        doctors = kept.who(asking.wanted, lambda: list_doctor_ids(session, asking.wanted))
        mine = kept.board.bits_of([owner_id for _, owner_id in own]) & doctors
        yield View(
            board=kept.board,
            doctors=doctors & ~mine,
            members=asking.members,
            own=asking.within([diaries[each] for each in own if kept.board.bits_of([each[1]]) & mine]),
            seat=kept.seat(session, station_id, service, question) if station_id and not own else {},
            beside=[diary for owner, diary in diaries.items() if owner[0] is not ResourceKind.DOCTOR],
            question=question,
        )


@contextmanager
def _alone_at(boards: Boards, *, seconds: float) -> Iterator[bool]:
    """Be the only one at the boards; false when they did not come free in time, which negative means any."""
    is_ours = boards.lock.acquire(timeout=seconds)
    try:
        yield is_ours
    finally:
        if is_ours:
            boards.lock.release()


def _walk(session: Session, asking: _Asking) -> Iterator[list[Start]]:
    search = asking.search
    owners: list[Owner] = [(ResourceKind.DOCTOR, each) for each in list_doctor_ids(session, asking.wanted)]
    near = beside(asking.actor, search.patient_id)
    diaries = load_diaries(
        session,
        [*owners, *near],
        asking.service,
        asking.question,
        form_id=search.form_id,
        besides=search.besides,
    )
    found = [diaries[owner] for owner in owners if owner in diaries]
    return walk(
        asking.within(found),
        [diary for owner, diary in diaries.items() if owner[0] is not ResourceKind.DOCTOR],
        asking.question,
    )


def _members(
    session: Session, pool_id: UUID, station_id: UUID | None, today: date
) -> dict[UUID, tuple[date, date | None]]:
    """Return from when to when doctors are in a pool the station may ask; raise `pool-not-found`."""
    if station_id is not None and find_pool_for(session, pool_id, station_id=station_id, on=today) is None:
        raise NotFoundError("pool-not-found")
    return days_in_pool(session, pool_id)


def explain_slots(session: Session, actor: Actor, search: SlotSearch, *, now: datetime) -> list[DoctorAnswer]:
    """Say why the doctor asked about shows no slot, or else everybody the station can ask, at most `limit`.

    Whom the search goes over come first, day by day; then those it passes over, the nearest misses first,
    each with all that speaks against them. The same diaries and the same steps as the search. Raises as
    `find_slots` does.
    """
    asking = _asking(session, actor, search, now)
    asked = _asked_about(session, asking)
    owners: list[Owner] = [(ResourceKind.DOCTOR, doctor.membership_id) for doctor, _ in asked]
    seat_and_patient = beside(actor, search.patient_id)
    diaries = load_diaries(
        session,
        [*owners, *seat_and_patient],
        asking.service,
        asking.question,
        form_id=search.form_id,
        besides=search.besides,
    )
    here = {owner[0]: diaries.get(owner) for owner in seat_and_patient}
    seat, patient = here.get(ResourceKind.SEAT), here.get(ResourceKind.PATIENT)
    answers = []
    for doctor, unfit in asked:
        diary = diaries.get((ResourceKind.DOCTOR, doctor.membership_id))
        is_passed_over = bool(unfit) and search.doctor_membership_id is None
        days = [
            day
            for each in ([] if diary is None or is_passed_over else asking.within([diary]))
            for day in explain_days(each, seat, patient, asking.question)
        ]
        unfit += [] if diary else [Unfit.NO_HOURS_WRITTEN]
        answers.append(DoctorAnswer(doctor.membership_id, tuple(unfit), tuple(days)))
    return answers


def _asked_about(session: Session, asking: _Asking) -> list[tuple[Doctor, list[Unfit]]]:
    """Return the doctor named, or whom the station can ask, with what the search has against each of them."""
    search = asking.search
    named = search.doctor_membership_id
    doctors = list_doctors(
        session,
        on=asking.today,
        until=asking.question.to_on,
        station_id=asking.actor.facility_id if named is None else None,
        membership_id=named,
    )
    spoken = languages_of(session, {doctor.membership_id for doctor in doctors})
    judged = [(doctor, _unfit(asking, doctor, spoken.get(doctor.membership_id, ()))) for doctor in doctors]
    station = asking.actor.facility_id
    if named is not None and station is not None:
        for doctor, found in judged:
            if not can_be_asked(session, doctor.membership_id, station_id=station, on=asking.today):
                found.insert(0, Unfit.NOT_SUPPORTING)
    return sorted(judged, key=lambda each: len(each[1]))[: search.limit]


def _unfit(asking: _Asking, doctor: Doctor, spoken: Collection[str]) -> list[Unfit]:
    """Return why the search passes a doctor over, whatever their diary says."""
    search = asking.search
    reasons = {
        Unfit.OTHER_SPECIALTY: search.specialty not in (None, *doctor.specialty_codes),
        Unfit.OTHER_TIER: search.tiers is not None and doctor.tier_code not in search.tiers,
        Unfit.OTHER_LANGUAGE: search.language not in (None, VIETNAMESE, *spoken),
        Unfit.NOT_IN_POOL: not asking.is_of_pool(doctor.membership_id),
    }
    return [why for why, speaks_against in reasons.items() if speaks_against]


def beside(actor: Actor, patient_id: UUID | None) -> list[Owner]:
    """Name what must be free beside the doctor: a seat of the actor's station, and the patient."""
    seat: list[Owner] = [(ResourceKind.SEAT, actor.facility_id)] if actor.facility_id else []
    return seat + ([(ResourceKind.PATIENT, patient_id)] if patient_id else [])


def question_of(session: Session, search: SlotSearch, service: ServiceType, now: datetime) -> Question:
    """Return what a search asks of the diaries; raise `bad-window`."""
    if search.to_on < search.from_on or (search.to_on - search.from_on).days > MAX_WINDOW_DAYS:
        raise InvalidError("bad-window", field="to", limit=MAX_WINDOW_DAYS)
    terms = terms_of(service)
    if search.besides is not None:
        own = queries.get_by_id(session, search.besides)
        terms = queries.agreed_terms(session, [own])[own.id]
    today = policy_of(session).local_date(now)
    after = search.after.starts_at.astimezone(policy_of(session).zone).date() if search.after else today
    return Question(
        terms=terms,
        now=now,
        from_on=max(search.from_on, today, after),
        to_on=min(search.to_on, today + timedelta(days=terms.horizon_days)),
        part=search.part,
    )
