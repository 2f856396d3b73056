"""The free starts of many doctors, transposed: for each start of a day the doctors who are free, as bits.

Pure. A search then costs one AND per start it looks at, however many doctors there are. What a day is
made of is said by `slots.py` alone; here its answers are kept.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import Terms
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.slots import NOTHING, Asked, DayBits, Start

Day = tuple[date, ZoneInfo]


class Page:
    """One local day of all doctors of one time zone."""

    def __init__(self, doctors: int) -> None:
        self._bits = [NOTHING] * doctors
        self._doctors_at: dict[int, int] = {}
        self._any = 0

    def put(self, place: int, bits: DayBits) -> None:
        """Note how the day of one doctor stands."""
        changed = self._bits[place].free ^ bits.free
        self._bits[place] = bits
        me = 1 << place
        for at in places(changed):
            doctors = self._doctors_at.get(at, 0) ^ me
            self._doctors_at[at] = doctors
            self._any = self._any | 1 << at if doctors else self._any & ~(1 << at)

    def get(self, place: int) -> DayBits:
        """Return how the day of one doctor stands."""
        return self._bits[place]

    def free(self, asked: Asked, doctors: int) -> Iterator[tuple[int, int]]:
        """Yield each start that some of the doctors are free for, and them, the earliest first."""
        for at in places(self._any & asked.wanted & ~asked.here_busy):
            found = self._doctors_at[at] & doctors
            if found:
                yield at, found


class Board:
    """The days of all doctors for one service, in the order of the doctors' ids."""

    def __init__(self, terms: Terms, doctors: list[tuple[UUID, ZoneInfo]]) -> None:
        self.terms = terms
        self.doctors = [owner_id for owner_id, _ in doctors]
        self.place_of = {owner_id: place for place, owner_id in enumerate(self.doctors)}
        self.zones = sorted({zone for _, zone in doctors}, key=lambda zone: zone.key)
        self._pages: dict[Day, Page] = {}
        self._length = timedelta(minutes=terms.duration)

    def has(self, day: date) -> bool:
        """Tell whether a day is on the board."""
        return all((day, zone) in self._pages for zone in self.zones)

    def put(self, owner_id: UUID, day: date, zone: ZoneInfo, bits: DayBits) -> None:
        """Note how a doctor's day stands."""
        page = self._pages.get((day, zone))
        if page is None:
            page = self._pages[day, zone] = Page(len(self.doctors))
        page.put(self.place_of[owner_id], bits)

    def get(self, owner_id: UUID, day: date, zone: ZoneInfo) -> DayBits:
        """Return how a doctor's day stands."""
        return self._pages[day, zone].get(self.place_of[owner_id])

    def forget_before(self, day: date) -> None:
        """Drop days that are over."""
        for key in [each for each in self._pages if each[0] < day]:
            del self._pages[key]

    def days(self) -> set[date]:
        """Return the days on the board."""
        return {day for day, _ in self._pages}

    def slots(self, day: date, zone: ZoneInfo, asked: Asked, doctors: int) -> Iterator[Slot]:
        """Yield the free slots of a day in order: by time, then by the doctor's id."""
        for at, found in self._pages[day, zone].free(asked, doctors):
            for place in places(found):
                yield asked.slot(self.doctors[place], 1 << at, self._length)

    def starts(self, day: date, zone: ZoneInfo, asked: Asked, doctors: int) -> Iterator[Start]:
        """Yield the starts of a day, free or not, of each doctor who has a free one."""
        page, offering = self._pages[day, zone], 0
        for _, found in page.free(asked, doctors):
            offering |= found
        for place in places(offering):
            yield from asked.starts(self.doctors[place], page.get(place), self._length)

    def bits_of(self, owner_ids: Iterable[UUID]) -> int:
        """Return doctors as bits; those without a diary are none."""
        bits = 0
        for owner_id in owner_ids:
            place = self.place_of.get(owner_id)
            if place is not None:
                bits |= 1 << place
        return bits


def places(bits: int) -> Iterator[int]:
    """Yield the places of the ones, the lowest first."""
    while bits:
        low = bits & -bits
        bits ^= low
        yield low.bit_length() - 1
