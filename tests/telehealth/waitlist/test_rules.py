"""Which times an entry would take, and who is asked first."""

from datetime import timedelta
from uuid import UUID

import pytest

from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.scheduling.rules import Part, Slot
from telehealth.waitlist.rules import GAPS_SHOWN, Wish, fits, gaps
from tests.support.booking import TODAY, at

DOCTOR, OTHER = UUID(int=1), UUID(int=2)
ANY = {"doctors": frozenset({DOCTOR}), "earliest_on": TODAY, "latest_on": TODAY + timedelta(days=6)}


def slot(clock: str = "09:30", *, days: int = 0, doctor: UUID = DOCTOR) -> Slot:
    starts_at = at(clock, days=days)
    return Slot(starts_at, doctor, starts_at + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("given", "wish", "expected"),
    [
        (slot(), {}, True),
        (slot(doctor=OTHER), {}, False),
        (slot(days=-1), {}, False),
        (slot(days=6), {}, True),
        (slot(days=7), {}, False),
        (slot(days=1), {"weekdays": frozenset({1})}, True),
        (slot(days=1), {"weekdays": frozenset({0, 2})}, False),
        (slot("11:50"), {"part": Part.MORNING}, True),
        (slot("12:00"), {"part": Part.MORNING}, False),
        (slot("12:00"), {"part": Part.AFTERNOON}, True),
        (slot(), {"before": at("09:30")}, False),
        (slot(), {"before": at("09:50")}, True),
    ],
)
def test_a_time_fits_a_wish(given: Slot, wish: dict[str, object], expected: bool) -> None:
    assert fits(given, Wish(**{**ANY, **wish}), DEFAULT_ZONE) is expected


def test_gaps_come_by_time_and_who_is_first_in_order_is_named_first() -> None:
    first, second = UUID(int=10), UUID(int=11)
    found = gaps([(first, [slot(days=1), slot()]), (second, [slot(), slot(days=2)])])
    assert [(gap.slot, gap.entry_ids) for gap in found] == [
        (slot(), (first, second)),
        (slot(days=1), (first,)),
        (slot(days=2), (second,)),
    ]


def test_no_more_gaps_are_shown_than_anybody_reads() -> None:
    many = [slot(days=day) for day in range(20)]
    assert len(gaps([(UUID(int=9), many)])) == GAPS_SHOWN
