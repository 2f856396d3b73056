"""Boards kept by this process, brought up to date with the database on every search.

A search reads in one statement which diaries changed since the last one (`marks.py`), loads those anew
and computes them by the rule everybody asks (`slots.py`). What is kept is never trusted: it is as the
marks of the same unit say, or not used. Units that write see what they have not committed yet, and so
never touch a board. Holds that run out free their slot by the clock: their doctors are computed anew then.
"""

import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import chain
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.rules import ResourceKind, Terms
from telehealth.kit.spans import epoch
from telehealth.scheduling import marks
from telehealth.scheduling.daybits import Diary, Question
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.marks import Cursor, Mark
from telehealth.scheduling.masks import Board
from telehealth.scheduling.models import IS_HELD, Appointment, Claim
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.slots import OPEN, Asked, DayBits, Standing, Start, asked, day_bits

AT_ONCE: Final = 100
"""Diaries loaded at a time: what is loaded of them is dropped before the next."""

SERVICES: Final = 8
"""Services a process keeps boards for; the one asked for longest ago yields."""

ASKED: Final = 4096
"""Answers kept to who can be asked."""


@dataclass(frozen=True, slots=True)
class _Doctor:
    """Whose diary a resource is, and the wall clock it follows."""

    owner_id: UUID
    zone: ZoneInfo


Days = dict[tuple[date, ZoneInfo], DayBits]


@dataclass
class Kept:
    """A board, its doctors by resource, seats by station, who may be asked, and what is to be done anew.

    `held_until`: when the first hold on a diary runs out.
    """

    board: Board
    doctors: dict[UUID, _Doctor]
    seats: dict[UUID, Days] = field(default_factory=dict)
    asked: dict[Hashable, int] = field(default_factory=dict)
    stale: set[UUID] = field(default_factory=set)
    held_until: dict[UUID, int] = field(default_factory=dict)

    def forget_before(self, day: date) -> None:
        """Drop days that are over."""
        self.board.forget_before(day)
        for known in self.seats.values():
            for key in [each for each in known if each[0] < day]:
                del known[key]

    def who(self, question: Hashable, find: Callable[[], Collection[UUID]]) -> int:
        """Return as bits who `find` says can be asked; the same question is put once."""
        bits = self.asked.get(question)
        if bits is None:
            if len(self.asked) >= ASKED:
                self.asked.clear()
            bits = self.asked[question] = self.board.bits_of(find())
        return bits

    def seat(self, session: Session, station_id: UUID, service: ServiceType, question: Question) -> Days:
        """Return how the days of a station's seats stand, by the doctors' wall clocks."""
        known = self.seats.setdefault(station_id, {})
        zones = self.board.zones
        missing = {day for day in days_of(question) for zone in zones if (day, zone) not in known}
        if missing:
            _load(session, service, question, self, [(ResourceKind.SEAT, station_id)], missing)
            self.held_until |= _held_until(session, question)
        return known

    def put_seat(self, station_id: UUID, diary: Diary, days: Iterable[date]) -> None:
        """Note how days of a station's seats stand."""
        terms, zones = self.board.terms, self.board.zones
        known = self.seats[station_id]
        known |= {(day, zone): day_bits(diary, day, zone, terms) for day in days for zone in zones}


class Boards:
    """What one process keeps; to be used only by whoever has the lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._cursor: Cursor | None = None
        self._read: set[int] = set()
        self._proved = 0
        self._kept: dict[tuple[UUID, Terms], Kept] = {}

    def get(self, session: Session, service: ServiceType, question: Question) -> Kept | None:
        """Return the board of a service with the days of a question, as this session sees them.

        None where the session sees an older state than the boards were brought to.
        """
        if not self._follow(session):
            return None
        key = (service.id, question.terms)
        kept = self._kept.pop(key, None) or _blank(session, question.terms)
        _bring_up_to_date(session, service, question, kept)
        # Only now: a board that could not be filled is not kept.
        self._kept[key] = kept
        for oldest in list(self._kept)[:-SERVICES]:
            del self._kept[oldest]
        return kept

    def is_ready(self, service: ServiceType, question: Question) -> bool:
        """Tell whether the board of a service has the days of a question: `get` then loads what changed."""
        kept = self._kept.get((service.id, question.terms))
        return kept is not None and all(kept.board.has(day) for day in days_of(question))

    def prove(self, session: Session, service: ServiceType, question: Question) -> bool:
        """Compute one doctor's days anew, another each time; forget everything if they are not as kept."""
        kept = self.get(session, service, question)
        if kept is None or not kept.doctors:
            return True
        self._proved += 1
        resource_id, doctor = list(kept.doctors.items())[self._proved % len(kept.doctors)]
        owner: Owner = (ResourceKind.DOCTOR, doctor.owner_id)
        diary = load_diaries(session, [owner], service, question).get(owner)
        is_same = diary is None or all(
            kept.board.get(doctor.owner_id, day, doctor.zone)
            == day_bits(diary, day, doctor.zone, question.terms)
            for day in days_of(question)
        )
        # What somebody changed a moment ago is known by its mark.
        if is_same or not self._follow(session) or resource_id in kept.stale:
            return True
        self._kept.clear()
        return False

    def _follow(self, session: Session) -> bool:
        if self._cursor is None:
            self._cursor = marks.begin(session)
            self._read = {self._cursor.seq}
            return True
        news = marks.read(session, self._cursor)
        if news is None:
            return False
        cursor, found = news
        for mark in found:
            if mark.seq not in self._read:
                self._note(mark)
        self._read = {mark.seq for mark in found if mark.transaction >= cursor.transaction}
        self._cursor = cursor
        return True

    def _note(self, mark: Mark) -> None:
        if mark.kind == marks.ALL:
            self._kept.clear()
        for kept in self._kept.values():
            if mark.kind == marks.PEOPLE:
                kept.asked.clear()
            elif mark.resource_id is not None:
                kept.stale.add(mark.resource_id)


def _blank(session: Session, terms: Terms) -> Kept:
    query = select(Resource.id, Resource.owner_id, Resource.zone).where(Resource.kind == ResourceKind.DOCTOR)
    doctors = {row_id: _Doctor(owner_id, ZoneInfo(zone)) for row_id, owner_id, zone in session.exec(query)}
    ordered = sorted(((each.owner_id, each.zone) for each in doctors.values()), key=lambda each: each[0])
    return Kept(Board(terms, ordered), doctors)


def _bring_up_to_date(session: Session, service: ServiceType, question: Question, kept: Kept) -> None:
    now = epoch(question.now)
    changed = kept.stale | {each for each, until in kept.held_until.items() if until <= now}
    if changed:
        _renew(session, service, question, kept, changed)
    missing = {day for day in days_of(question) if not kept.board.has(day)}
    if missing:
        kept.forget_before(question.now.date() - timedelta(days=1))
        doctors = [(ResourceKind.DOCTOR, doctor.owner_id) for doctor in kept.doctors.values()]
        _load(session, service, question, kept, doctors, missing)
    if changed or missing:
        for each in changed:
            kept.held_until.pop(each, None)
        kept.held_until |= _held_until(session, question)
    kept.stale.clear()


def _renew(
    session: Session, service: ServiceType, question: Question, kept: Kept, changed: Collection[UUID]
) -> None:
    """Compute changed diaries anew; everything, where doctors are not the ones they were."""
    query = select(Resource.id, Resource.kind, Resource.owner_id, Resource.zone)
    owners: list[Owner] = []
    for row_id, kind, owner_id, zone in session.exec(query.where(col(Resource.id).in_(changed))):
        if kind == ResourceKind.DOCTOR and kept.doctors.get(row_id) != _Doctor(owner_id, ZoneInfo(zone)):
            # A new doctor, or another wall clock: places and pages are no longer the same.
            fresh = _blank(session, question.terms)
            kept.board, kept.doctors, kept.seats, kept.asked = fresh.board, fresh.doctors, {}, {}
            return
        if kind == ResourceKind.DOCTOR or owner_id in kept.seats:
            owners.append((ResourceKind(kind), owner_id))
    if kept.board.days():
        _load(session, service, question, kept, owners, kept.board.days())


def _load(
    session: Session,
    service: ServiceType,
    question: Question,
    kept: Kept,
    owners: Sequence[Owner],
    days: set[date],
) -> None:
    """Compute days from what the database says of their diaries."""
    window = replace(question, from_on=min(days), to_on=max(days))
    same: dict[DayBits, DayBits] = {}
    for first in range(0, len(owners), AT_ONCE):
        loaded = load_diaries(session, owners[first : first + AT_ONCE], service, window)
        for (kind, owner_id), diary in loaded.items():
            if kind is ResourceKind.SEAT:
                kept.put_seat(owner_id, diary, days)
                continue
            for day in days:
                bits = day_bits(diary, day, diary.zone, question.terms)
                kept.board.put(owner_id, day, diary.zone, same.setdefault(bits, bits))


def _held_until(session: Session, question: Question) -> dict[UUID, int]:
    """Return when the first hold on each diary runs out, where some stand."""
    held = select(Appointment.id).where(IS_HELD)
    query = (
        select(Claim.resource_id, func.min(Claim.held_until))
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(
            col(Claim.appointment_id).in_(held),
            Claim.state == "held",
            col(Claim.held_until) > epoch(question.now),
            Resource.kind != ResourceKind.PATIENT,
        )
        .group_by(col(Claim.resource_id))
    )
    return {resource_id: until for resource_id, until in session.exec(query) if until is not None}


def days_of(question: Question) -> Iterator[date]:
    """Yield the days a question is about."""
    day = question.from_on
    while day <= question.to_on:
        yield day
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class View:
    """What a search sees of a board: its doctors as bits, who must be free beside, and exact diaries.

    `members` narrows them to a pool. `seat` are the days of the station's seats, `beside` who else must
    be free; `own` are doctors whose diary is another for this search: the form's own hold does not count.
    """

    board: Board
    doctors: int
    members: Mapping[UUID, tuple[date, date | None]] | None
    own: Sequence[Diary]
    seat: Days
    beside: Sequence[Diary]
    question: Question

    def slots(self, after: Slot | None) -> Iterator[Slot]:
        """Yield the free slots behind one, in order."""
        for day in days_of(self.question):
            streams = [
                self.board.slots(day, zone, self._asked(day, zone), self._on(day))
                for zone in self.board.zones
            ]
            if self.own:
                mine = [start.slot for start in self._own(day) if start.standing is Standing.FREE]
                streams.append(iter(sorted(mine)))
            for slot in merge(*streams) if len(streams) > 1 else chain(*streams):
                if after is None or slot > after:
                    yield slot

    def standing(self, doctor_id: UUID, starts_at: datetime) -> Standing | None:
        """Tell how one start of a doctor in question stands; None if it is none that may be asked for."""
        for zone in self.board.zones:
            day = starts_at.astimezone(zone).date()
            if not self.question.from_on <= day <= self.question.to_on:
                continue
            own = [each for each in self.own if each.owner_id == doctor_id and each.zone == zone]
            if own:
                bits = day_bits(own[0], day, zone, self.question.terms)
            elif self._on(day) & self.board.bits_of([doctor_id]):
                bits = self.board.get(doctor_id, day, zone)
            else:
                continue
            found = self._asked(day, zone).standing(bits, starts_at)
            if found is not None:
                return found
        return None

    def days(self) -> Iterator[list[Start]]:
        """Yield the starts of each day in order, free or not, of who has a free one (`slots.offering`)."""
        for day in days_of(self.question):
            found = list(self._own(day))
            for zone in self.board.zones:
                found += self.board.starts(day, zone, self._asked(day, zone), self._on(day))
            yield sorted(found, key=lambda start: start.slot)

    def _on(self, day: date) -> int:
        """Return the doctors who are in question on a day."""
        if self.members is None:
            return self.doctors
        return self.doctors & self.board.bits_of(
            each for each, (first, end) in self.members.items() if first <= day and (end is None or day < end)
        )

    def _own(self, day: date) -> Iterator[Start]:
        length = timedelta(minutes=self.question.terms.duration)
        for diary in self.own:
            bits = day_bits(diary, day, diary.zone, self.question.terms)
            yield from self._asked(day, diary.zone).starts(diary.owner_id, bits, length)

    def _asked(self, day: date, zone: ZoneInfo) -> Asked:
        near = [day_bits(diary, day, zone, self.question.terms) for diary in self.beside]
        return asked(zone, day, [*near, self.seat.get((day, zone), OPEN)], self.question)
