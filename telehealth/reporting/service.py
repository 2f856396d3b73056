"""Reports put together from what the queries find."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.rules import local_day
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import instant
from telehealth.reporting import queries
from telehealth.reporting.rules import UrgentFigures, WaitFigures, by, urgent_by

WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class WaitReport:
    """Who waited how long from Monday `first` to Sunday `last`."""

    first: date
    last: date
    by_week: dict[date, WaitFigures]
    by_station: dict[UUID, WaitFigures]
    urgent_by_week: dict[date, UrgentFigures]
    urgent_by_station: dict[UUID, UrgentFigures]


def report_waits(session: Session, actor: Actor, *, now: datetime) -> WaitReport:
    """Report the waits of this week and the seven before it, at the actor's facility: two statements."""
    check(actor, "report.read")
    policy = policy_of(session)
    today = policy.local_date(now)
    last = today - timedelta(days=today.weekday()) + timedelta(days=6)
    first = last - timedelta(days=7 * WEEKS - 1)
    start, end = local_day(policy.zone, first).start, local_day(policy.zone, last).end
    waits = queries.list_waits(session, actor, start=instant(start), end=instant(end))

    urgent = queries.list_urgent_waits(session, actor, start=instant(start), end=instant(end))

    def week(at: datetime) -> date:
        day = policy.local_date(at)
        return day - timedelta(days=day.weekday())

    return WaitReport(
        first,
        last,
        by(waits, lambda wait: week(wait.started_at)),
        by(waits, lambda wait: wait.station_id),
        urgent_by(urgent, lambda wait: week(wait.pressed_at)),
        urgent_by(urgent, lambda wait: wait.station_id),
    )
