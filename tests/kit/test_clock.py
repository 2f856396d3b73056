"""Whether a time that was set has come, whatever the clock said that set it."""

from datetime import UTC, datetime, timedelta

from telehealth.kit.clock import has_come

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LONGEST = timedelta(minutes=5)


def test_a_time_has_come_from_its_instant_on() -> None:
    assert has_come(NOW, LONGEST, NOW)
    assert has_come(NOW - timedelta(days=400), LONGEST, NOW)
    assert not has_come(NOW + timedelta(seconds=1), LONGEST, NOW)
    assert not has_come(NOW + LONGEST, LONGEST, NOW)
    assert not has_come(None, LONGEST, NOW)


def test_nobody_waits_for_what_a_clock_that_ran_ahead_has_set() -> None:
    assert has_come(NOW + LONGEST + timedelta(seconds=1), LONGEST, NOW)
