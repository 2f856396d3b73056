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
from telehealth.reporting.rules import Wait, WaitFigures, by

WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class WaitReport:
    """Who waited how long from Monday `first` to Sunday `last`."""

    first: date
    last: date
    by_week: dict[date, WaitFigures]
    by_station: dict[UUID, WaitFigures]


def report_waits(session: Session, actor: Actor, *, now: datetime) -> WaitReport:
    """Report the waits of this week and the seven before it, at the actor's facility: one statement."""
    check(actor, "report.read")
    policy = policy_of(session)
    today = policy.local_date(now)
    last = today - timedelta(days=today.weekday()) + timedelta(days=6)
    first = last - timedelta(days=7 * WEEKS - 1)
    start, end = local_day(policy.zone, first).start, local_day(policy.zone, last).end
    waits = queries.list_waits(session, actor, start=instant(start), end=instant(end))

    def week(wait: Wait) -> date:
        day = policy.local_date(wait.started_at)
        return day - timedelta(days=day.weekday())

    return WaitReport(first, last, by(waits, week), by(waits, lambda wait: wait.station_id))
