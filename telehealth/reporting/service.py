"""Reports put together from what the queries find."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.rules import local_day
from telehealth.kit.actors import Actor
from telehealth.kit.policy import Policy, policy_of
from telehealth.kit.spans import instant
from telehealth.messaging.queries import measure_health
from telehealth.messaging.routing import Health, Standing
from telehealth.reporting import queries
from telehealth.reporting.rules import (
    CallFigures,
    GatewayTries,
    HeldCall,
    Noted,
    TextFigures,
    UrgentFigures,
    WaitFigures,
    by,
    calls_by,
    months_back,
    ratings_by,
    urgent_by,
)

WEEKS: Final = 8
MONTHS: Final = 3
NOTES: Final = 20
"""How many of the latest notes a facility reads."""


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
    first, last, start, end = _weeks(session, now)
    waits = queries.list_waits(session, actor, start=start, end=end)
    urgent = queries.list_urgent_waits(session, actor, start=start, end=end)

    return WaitReport(
        first,
        last,
        by(waits, lambda wait: _monday(policy, wait.started_at)),
        by(waits, lambda wait: wait.station_id),
        urgent_by(urgent, lambda wait: _monday(policy, wait.pressed_at)),
        urgent_by(urgent, lambda wait: wait.station_id),
    )


@dataclass(frozen=True, slots=True)
class CallReport:
    """How calls went from Monday `first` to Sunday `last`; `modes` is what line checks advised beside it.

    Of the checks of a week: each mode with how often it was advised, most often first.
    """

    first: date
    last: date
    by_station_week: dict[tuple[UUID, date], CallFigures]
    modes: dict[tuple[UUID, date], tuple[tuple[str, int], ...]]


def report_calls(session: Session, actor: Actor, *, now: datetime) -> CallReport:
    """Report the calls of this week and the seven before it, by station and week: three statements."""
    check(actor, "report.read")
    first, last, start, end = _weeks(session, now)
    calls = queries.list_calls(session, actor, start=start, end=end)
    stations = {call.station_id for call in calls}
    policy = policy_of(session)

    def key(call: HeldCall) -> tuple[UUID, date]:
        return call.station_id, _monday(policy, call.started_at)

    advised: dict[tuple[UUID, date], Counter[str]] = {}
    for station, at, mode in queries.list_modes(session, stations, start=start, end=end):
        advised.setdefault((station, _monday(policy, at)), Counter())[mode] += 1
    modes = {where: tuple(counts.most_common()) for where, counts in advised.items()}
    return CallReport(first, last, calls_by(calls, key), modes)


@dataclass(frozen=True, slots=True)
class RatingReport:
    """How patients found their visits by station and month, and what they wrote to the actor's facility."""

    by_station_month: dict[tuple[UUID, date], tuple[int, ...]]
    notes: list[Noted]


def report_ratings(session: Session, actor: Actor, *, now: datetime) -> RatingReport:
    """Report the answers of this month and the two before it: two statements."""
    check(actor, "report.read")
    today = policy_of(session).local_date(now)
    first = months_back(today, MONTHS - 1)
    rated = queries.list_ratings(session, actor, first=first, last=today)
    notes = queries.list_notes(session, actor, first=first, last=today, limit=NOTES)
    return RatingReport(ratings_by(rated), notes)


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """How a gateway does: by its last minutes (None where it is no longer set up), and by its last day."""

    name: str
    health: Health | None
    tries: GatewayTries

    @property
    def standing(self) -> str:
        """Return open, weak, probing, closed, or gone."""
        if self.health is None:
            return "gone"
        return (
            "weak" if self.health.standing is Standing.OPEN and self.health.is_weak else self.health.standing
        )


@dataclass(frozen=True, slots=True)
class TextReport:
    """Whom texts reached from Monday `first` to Sunday `last`, and how the gateways do now.

    `refusals`: what was refused of links and codes, by kind: this week, and in all weeks.
    """

    first: date
    last: date
    by_station_week: dict[tuple[UUID, date], TextFigures]
    gateways: list[GatewayLine]
    refusals: dict[str, tuple[int, int]]

    @property
    def by_week(self) -> dict[date, TextFigures]:
        """All stations in scope together, the latest week first."""
        found: dict[date, TextFigures] = {}
        for (_, week), figures in self.by_station_week.items():
            found[week] = found[week] + figures if week in found else figures
        return dict(sorted(found.items(), reverse=True))


def report_texts(session: Session, actor: Actor, gateways: Sequence[str], *, now: datetime) -> TextReport:
    """Report whom texts reached this week and the seven before it, by facility and week.

    `gateways` are the names of those set up, in the operator's order. Three statements and one for each.
    """
    check(actor, "report.read")
    policy = policy_of(session)
    first, last, _, _ = _weeks(session, now)
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS + 1)]
    bounds = [instant(local_day(policy.zone, monday).start) for monday in mondays]
    counted = queries.count_texts(session, actor, bounds)
    tries = queries.count_tries(session, since=now - timedelta(days=1))
    health = measure_health(session, gateways, now=now)
    names = [*gateways, *sorted(tries.keys() - set(gateways))]
    return TextReport(
        first,
        last,
        {(facility_id, mondays[number]): figures for (facility_id, number), figures in counted.items()},
        [GatewayLine(name, health.get(name), tries.get(name, GatewayTries())) for name in names],
        queries.count_refusals(session, first=first, last=last, lately=last - timedelta(days=6)),
    )


def _monday(policy: Policy, at: datetime) -> date:
    day = policy.local_date(at)
    return day - timedelta(days=day.weekday())


def _weeks(session: Session, now: datetime) -> tuple[date, date, datetime, datetime]:
    """Return the Monday seven weeks ago and the Sunday of this one, as days and as instants."""
    policy = policy_of(session)
    today = policy.local_date(now)
    last = today - timedelta(days=today.weekday()) + timedelta(days=6)
    first = last - timedelta(days=7 * WEEKS - 1)
    start, end = local_day(policy.zone, first).start, local_day(policy.zone, last).end
    return first, last, instant(start), instant(end)
