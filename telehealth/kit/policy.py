"""What a deployment decides and services must know; travels with the session."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.kit.clock import DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one deployment.

    `grant_after_visit`: how long a remote doctor may still read after a visit has closed.
    """

    zone: ZoneInfo = DEFAULT_ZONE
    grant_after_visit: timedelta = timedelta(days=30)

    def local_date(self, at: datetime) -> date:
        """Return the calendar day an instant falls on where the deployment is."""
        return at.astimezone(self.zone).date()


def policy_of(session: Session) -> Policy:
    """Return the policy of the database a session belongs to."""
    policy: Policy = session.info["policy"]
    return policy
