"""Quiet hours, waits, and the moment at which somebody is asked to phone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.policy import Policy
from telehealth.messaging.pacing import (
    CHASE_AFTER,
    MEND_AFTER,
    RETRY_AFTER,
    TIME_TO_PHONE,
    Budget,
    QuietHours,
    ask_after,
    chase_at,
    may_repeat,
    quiet_hours,
    retry_after,
    wait_after,
)
from telehealth.messaging.ports import Fault
from tests.support.clock import MONDAY_MORNING as NOW

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = QuietHours(time(21), time(7), HANOI)
NONE = QuietHours(time(0), time(0), HANOI)

instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
hours = st.builds(
    QuietHours,
    st.times(),
    st.times(),
    st.sampled_from([HANOI, ZoneInfo("Europe/Paris"), ZoneInfo("America/Santiago")]),
)


def local(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [(local(20, 59), False), (local(21), True), (local(3), True), (local(6, 59), True), (local(7), False)],
)
def test_the_night_is_quiet(at: datetime, is_quiet: bool) -> None:
    assert NIGHT.holds(at) is is_quiet
    assert not NONE.holds(at)


def test_quiet_hours_within_a_day_and_those_of_the_deployment() -> None:
    noon = quiet_hours(Policy(quiet=(time(12), time(13, 30))))
    assert noon.holds(local(13))
    assert not noon.holds(local(13, 30))
    assert noon.next_open(local(12, 10)) == local(13, 30)
    assert NIGHT.next_open(local(22)) == local(7, day=24)
    assert NIGHT.next_open(local(6)) == local(7)


@given(hours, instants)
def test_after_the_quiet_hours_it_is_not_quiet(quiet: QuietHours, at: datetime) -> None:
    opens = quiet.next_open(at)
    assert opens >= at
    if opens != at:
        assert opens - at <= timedelta(hours=26)
        # Where clocks are put forward in that very hour, it opens with the first minute that exists.
        assert not quiet.holds(opens) or quiet.holds(opens - timedelta(hours=2)) is quiet.holds(opens)


@pytest.mark.parametrize(
    ("fault", "code", "attempts", "has_another", "wait"),
    [
        (Fault.TEMPORARY, "busy", 1, False, RETRY_AFTER[0]),
        (Fault.TEMPORARY, "busy", 3, False, RETRY_AFTER[2]),
        (Fault.TEMPORARY, "busy", 4, False, None),
        (Fault.TEMPORARY, "busy", 4, True, timedelta(0)),
        (Fault.PERMANENT, "refused", 1, True, timedelta(0)),
        (Fault.PERMANENT, "refused", 1, False, None),
        (Fault.PERMANENT, "no-such-number", 1, True, None),
        (Fault.CONFIGURATION, "no-credit", 9, False, MEND_AFTER),
        (Fault.CONFIGURATION, "no-credit", 1, True, timedelta(0)),
    ],
)
def test_how_soon_again(
    fault: Fault, code: str, attempts: int, has_another: bool, wait: timedelta | None
) -> None:
    assert wait_after(fault, code, attempts=attempts, has_another_way=has_another) == wait


def test_tries_and_questions_end() -> None:
    assert [retry_after(n) for n in range(1, 5)] == [*RETRY_AFTER, None]
    waits = [ask_after(n) for n in range(6)]
    assert waits[-1] is None
    assert None not in waits[:-1]


def test_a_vendor_forgets_a_reference_with_its_day() -> None:
    half_an_hour = timedelta(minutes=30)
    assert may_repeat(half_an_hour, NOW, NOW + timedelta(minutes=29), HANOI)
    assert not may_repeat(half_an_hour, NOW, NOW + half_an_hour, HANOI)
    assert not may_repeat(half_an_hour, local(23, 50), local(0, 5, day=24), HANOI)
    assert not may_repeat(half_an_hour, NOW, NOW - timedelta(hours=1), HANOI)
    assert not may_repeat(None, NOW, NOW, HANOI)


def test_somebody_phones_early_enough() -> None:
    def asked(due: datetime, not_after: datetime, *, urgent: bool = False) -> datetime:
        return chase_at(due, not_after, NIGHT, is_urgent=urgent)

    assert asked(NOW, NOW + timedelta(days=9)) == NOW + CHASE_AFTER
    assert asked(NOW, NOW + timedelta(hours=8)) == NOW + timedelta(hours=8) - TIME_TO_PHONE
    assert asked(NOW, NOW + timedelta(minutes=20)) == NOW + timedelta(minutes=15)
    # At ten in the evening about half past six: no text may go in between.
    assert asked(local(22), local(6, 30, day=24)) == local(22)
    assert asked(local(22), local(6, 30, day=24), urgent=True) > local(22)


def test_what_leaves_as_the_night_ends_has_time_to_arrive_before_somebody_phones() -> None:
    """The reminder of half past seven falls due at half past five and leaves at seven."""
    due, not_after = local(5, 30), local(7, 30)
    opens = NIGHT.next_open(due)
    assert chase_at(due, not_after, NIGHT, is_urgent=False) == opens + (not_after - opens) * 3 / 4
    assert chase_at(due, not_after, NIGHT, is_urgent=True) == local(7)


def test_a_budget_ends() -> None:
    assert not Budget(2, 10).is_used_up(1, 9)
    assert Budget(2, 10).is_used_up(2, 0)
    assert Budget(2, 10).is_used_up(0, 10)
