"""The board of a house: which of its doctors works when in a week, and what changes that."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.models import AvailabilityException, Resource
from telehealth.availability.queries import Sheet, as_hours, list_sheets, load_calendar
from telehealth.availability.rules import NO_CALENDAR, Calendar, ChangeKind, Reason, local_day
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant
from telehealth.scheduling import service as scheduling
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from web.formatting import date_text, weekday_text
from web.hours.forms import span_text
from web.hours.pages import BoardDay, BoardRow, HoursListPage
from web.hours.views import KIND_ICONS, Services, card_text, kind_text, rule_text, service_names
from web.i18n import t

WEEK_DAYS = 7
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _Week:
    """The days that are shown, and what is the same for all doctors on them."""

    days: list[date]
    today: date
    calendar: Calendar
    services: Services


def hours_board(unit: Unit, actor: MembershipActor, week: str) -> HoursListPage:
    """Return the week of a house that begins on the day written in `week`, else the present one."""
    session, policy = unit.session, policy_of(unit.session)
    today = policy.local_date(unit.now)
    monday = read_week(week, today)
    days = [monday + timedelta(days=n) for n in range(WEEK_DAYS)]
    shown = _Week(days, today, load_calendar(session, days[0], days[-1]), service_names(session))
    # From the first day of the week on: what is over by now belongs to the week all the same.
    sheets = list_sheets(session, actor, now=instant(local_day(policy.zone, monday).start))
    people = describe(session, {sheet.resource.owner_id for sheet in sheets if sheet.resource})
    lost = scheduling.count_stranded(session, actor, now=unit.now)
    return HoursListPage(
        place=actor.facility_name,
        week=f"{date_text(days[0])} – {date_text(days[-1])}",
        address=f"/hours?week={monday}",
        before=f"/hours?week={monday - timedelta(days=WEEK_DAYS)}",
        this_week="/hours",
        after=f"/hours?week={monday + timedelta(days=WEEK_DAYS)}",
        stranded=lost.total(),
        days=tuple(_head(day, today) for day in days),
        doctors=tuple(_rows(sheets, people, lost, shown)),
    )


def read_week(text: str, today: date) -> date:
    """Return the Monday of the week a day lies in; of the present week where nothing sensible is written."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if abs(day - today) > FARTHEST:
        day = today
    return day - timedelta(days=day.weekday())


def _rows(
    sheets: list[Sheet],
    people: Mapping[UUID, MemberCard],
    lost: Counter[UUID],
    week: _Week,
) -> Iterator[BoardRow]:
    found = [(sheet, sheet.resource) for sheet in sheets if sheet.resource is not None]
    known = [
        (people[resource.owner_id], sheet, resource)
        for sheet, resource in found
        if resource.owner_id in people
    ]
    for card, sheet, resource in sorted(known, key=lambda each: each[0].name):
        count = lost[resource.owner_id]
        yield BoardRow(
            name=card_text(card),
            about=t("hours.at_most_daily", count=resource.daily_max) if resource.daily_max else "",
            href=f"/hours/{resource.id}",
            stranded=t("hours.stranded_count", count=count) if count else "",
            days=tuple(_day(sheet, resource, day, week) for day in week.days),
        )


def _head(day: date, today: date) -> BoardDay:
    return BoardDay(weekday_text(day), f"{day.day}", day == today)


def _day(sheet: Sheet, resource: Resource, day: date, week: _Week) -> BoardDay:
    held = NO_CALENDAR if resource.works_holidays else week.calendar
    span = local_day(ZoneInfo(resource.zone), day)
    changes = [
        change for change in sheet.exceptions if Span.between(change.starts_at, change.ends_at).overlaps(span)
    ]
    is_off = any(change.kind == ChangeKind.CLOSED and _within(change, span) is None for change in changes)
    rules = [] if is_off else [rule for rule in sheet.weekly if as_hours(rule).on(day, held) is not None]
    notes = [_note(change, span, week.services) for change in changes]
    special = held.get(day)
    if special is not None:
        notes.insert(0, ("calendar-off" if special.weekday is None else "calendar", special.name))
    return replace(
        _head(day, week.today),
        hours=tuple(rule_text(rule, week.services) for rule in rules),
        notes=tuple(notes),
    )


def _note(change: AvailabilityException, day: Span, services: Services) -> tuple[str, str]:
    """Return an icon, and why hours change with when, if that is not the whole day."""
    is_off = change.kind == ChangeKind.CLOSED
    is_told = is_off and change.reason and change.reason != Reason.OTHER
    why = (
        t(f"hours.reasons.{change.reason}")
        if is_told
        else kind_text(change.kind, change.service_type_id, services)
    )
    part = _within(change, day)
    return KIND_ICONS[change.kind], f"{why} {span_text(*part)}" if part else why


def _within(change: AvailabilityException, day: Span) -> tuple[int, int] | None:
    """Return the minutes of a day that a change concerns, None for all of them."""
    whole = Span.between(change.starts_at, change.ends_at)
    part = Span(max(whole.start, day.start), min(whole.end, day.end))
    return None if part == day else ((part.start - day.start) // 60, (part.end - day.start) // 60)
