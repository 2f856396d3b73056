"""A clock that moves only when told to."""

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23/11/2026, 08:00 in Vietnam: stations have just opened."""


class FixedClock:
    """A second implementation of `telehealth.kit.clock.Clock`, for tests."""

    def __init__(self, at: datetime = MONDAY_MORNING) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the instant the clock stands at."""
        return self.at

    def advance(self, **units: float) -> datetime:
        """Move on by `timedelta(**units)` (minutes=5, days=1 …); return the new instant."""
        self.at += timedelta(**units)
        return self.at

    def set(self, at: datetime) -> None:
        """Put the clock to an instant, earlier ones included."""
        self.at = at
