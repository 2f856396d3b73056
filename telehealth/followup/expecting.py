"""When the patient of a plan is expected: on the planned day, or on any of those that would do as well."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.answers.rules import LOOKED_AHEAD
from telehealth.availability.queries import load_calendar, load_opening
from telehealth.followup.models import Plan
from telehealth.followup.rules import call_by, day_told, instant_on
from telehealth.kit.policy import policy_of


def expected_at(session: Session, plan: Plan, now: datetime) -> datetime:
    """Return from when a patient is expected, on the day that is told now."""
    policy = policy_of(session)
    day = day_told(plan.due_on, plan.due_to, policy.local_date(now))
    return instant_on(day, plan.from_minute, policy.zone)


def call_by_at(session: Session, station: UUID, visit_at: datetime, now: datetime) -> datetime:
    """Return by when a station calls a patient who cannot come or wants another time."""
    policy = policy_of(session)
    today = policy.local_date(now)
    opens = load_opening(session, [station]).get(station, ())
    calendar = load_calendar(session, today, today + timedelta(days=LOOKED_AHEAD))
    return call_by(now, visit_at, opens, calendar, policy.zone)


def hours_of(session: Session, plan: Plan, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when a patient is expected on the day that is told now."""
    starts_at = expected_at(session, plan, now)
    return starts_at, starts_at + timedelta(minutes=plan.until_minute - plan.from_minute)


def days_of(plan: Plan) -> tuple[date, date] | None:
    """Return the first and the last day that would do, None where it is one day."""
    return (plan.due_from, plan.due_to) if plan.due_from < plan.due_to else None


def last_moment(session: Session, plan: Plan) -> datetime:
    """Return until when a patient may come and answer: the end of the last day that would do."""
    return instant_on(plan.due_to, plan.until_minute, policy_of(session).zone)
