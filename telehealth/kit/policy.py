"""What a deployment decides and services must know; travels with the session."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.kit.clock import DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one deployment.

    `grant_after_visit`: how long a remote doctor may still read after a visit has closed.
    `quiet`: from when until when of the local day no text goes that can wait; the same twice: never.
    `by_day`: between when and when of the local day patients are proposed times; what is booked otherwise
    is not bound by it.
    `remote_basis`: the legal basis on which doctors may sign remote examinations outside the ministry's
    list, in the words that are signed; empty: they may not.
    `is_watched`: somebody hears a red answer at every hour; only then patients are told that a bell rang.
    """

    zone: ZoneInfo = DEFAULT_ZONE
    grant_after_visit: timedelta = timedelta(days=30)
    quiet: tuple[time, time] = (time(0), time(0))
    by_day: tuple[time, time] = (time(6), time(21))
    remote_basis: str = ""
    is_watched: bool = False

    def local_date(self, at: datetime) -> date:
        """Return the calendar day an instant falls on where the deployment is."""
        return at.astimezone(self.zone).date()

    def is_by_day(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether a time lies within the hours of one day in which patients are proposed times."""
        start, end = starts_at.astimezone(self.zone), ends_at.astimezone(self.zone)
        first, last = self.by_day
        return start.date() == end.date() and first <= start.time() and end.time() <= last


def policy_of(session: Session) -> Policy:
    """Return the policy of the database a session belongs to."""
    policy: Policy = session.info["policy"]
    return policy
