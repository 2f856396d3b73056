"""The only place where the program reads the time."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

DEFAULT_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead a station's clock may be without its times being refused."""


def has_come(at: datetime | None, longest: timedelta, now: datetime) -> bool:
    """Tell whether a time has come that was set `longest` ahead at most.

    What stands further ahead was written by a clock that ran ahead: once that is put right nobody waits for
    the hour it named.
    """
    return at is not None and (at <= now or at > now + longest)


class Clock(Protocol):
    """Where "now" comes from; read once per unit of work and passed down."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)
