"""When a text may go, how often, how soon again, and when a person has to phone instead. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.kit.policy import Policy
from telehealth.messaging.ports import Fault

RETRY_AFTER: Final = (timedelta(seconds=30), timedelta(seconds=120), timedelta(seconds=300))
"""Waits after a temporary fault; the first attempt is at once, the fourth is the last."""

MEND_AFTER: Final = timedelta(minutes=5)
"""How soon again while an account is closed or empty: it costs no tries, somebody has to mend it."""

LONGEST_WAIT: Final = timedelta(minutes=10)
"""No retry is ever put off longer than this; what stands further ahead was written by a wrong clock."""

ASK_AFTER: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
)
"""When a gateway is asked about a text whose answer was lost: longer than one sending may take."""

REPORTED_WITHIN: Final = timedelta(days=7)
"""How long after it was taken a text may still be reported on; networks give up sooner."""

CHASE_AFTER: Final = timedelta(hours=24)
"""How long a phone may be off before a person is asked to try."""

TIME_TO_PHONE: Final = timedelta(hours=1)
"""What a nurse is left with to phone; a quarter of what there is where that is less."""

FINAL_CODES: Final = frozenset({"no-such-number", "blocked"})
"""Refusals that hold whoever carries the text."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the local day in which nothing goes that can wait; from equal to until: none."""

    starts: time
    ends: time
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        """Tell whether it is quiet at that instant."""
        local = at.astimezone(self.zone).time()
        if self.starts <= self.ends:
            return self.starts <= local < self.ends
        return local >= self.starts or local < self.ends

    def next_open(self, at: datetime) -> datetime:
        """Return the first instant from then on at which it is not quiet."""
        if not self.holds(at):
            return at
        local = at.astimezone(self.zone)
        day = local.date() + timedelta(days=local.time() >= self.ends)
        return datetime.combine(day, self.ends, self.zone).astimezone(at.tzinfo)


def quiet_hours(policy: Policy) -> QuietHours:
    """Return the quiet hours of a deployment."""
    return QuietHours(*policy.quiet, policy.zone)


OVER_BUDGET: Final = "over-budget"
"""Why a message is not sent that is one too many."""

TOO_LATE: Final = "too-late"
"""Why a message is not sent whose last moment has passed."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many texts a day: to one number for one patient of one kind, and of one facility."""

    per_number: int = 6
    per_facility: int = 1_000

    def is_used_up(self, to_number: int, of_facility: int) -> bool:
        """Tell whether one more would be too many."""
        return to_number >= self.per_number or of_facility >= self.per_facility


def wait_after(fault: Fault, code: str, *, attempts: int, has_another_way: bool) -> timedelta | None:
    """Return when to try again after a known refusal; None when a person has to be told.

    Another gateway is tried at once. Configuration faults cost no tries: they are the operator's.
    """
    if code in FINAL_CODES:
        return None
    if has_another_way:
        return timedelta(0)
    if fault is Fault.CONFIGURATION:
        return MEND_AFTER
    if fault is Fault.PERMANENT:
        return None
    return retry_after(attempts)


def retry_after(attempts: int) -> timedelta | None:
    """Return how long to wait after that many failed attempts, None when it is enough."""
    return RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None


def ask_after(times_asked: int) -> timedelta | None:
    """Return how long after a lost answer or the last question to ask, None when it was enough."""
    return ASK_AFTER[times_asked] if times_asked < len(ASK_AFTER) else None


def may_repeat(within: timedelta | None, first_tried_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the vendor still knows the reference: it forgets with its day."""
    if within is None or not first_tried_at <= now < first_tried_at + within:
        return False
    return first_tried_at.astimezone(zone).date() == now.astimezone(zone).date()


def chase_at(due_at: datetime, not_after_at: datetime, quiet: QuietHours, *, is_urgent: bool) -> datetime:
    """Return when a person is asked to phone because no report came: early enough to reach somebody.

    At once where the text may not leave before it is too late; else counted from when it may leave, so that
    one held up by the night has some minutes to arrive.
    """
    leaves_at = due_at if is_urgent else quiet.next_open(due_at)
    if leaves_at >= not_after_at:
        return due_at
    margin = min(TIME_TO_PHONE, (not_after_at - leaves_at) / 4)
    return min(due_at + CHASE_AFTER, not_after_at - margin)


def is_of_the_text(code: str) -> bool:
    """Tell whether a refusal speaks of one text or number, and not of the gateway."""
    return code in ("template-not-registered", "operator-not-registered")
