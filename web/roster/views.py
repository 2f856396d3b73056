"""From shifts, gaps and notices to what their pages print."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.availability.rules import local_day
from telehealth.duty.models import DutyNotice, Pool, Shift
from telehealth.duty.rules import WEEK_DAYS, Leave, OnDuty, Trouble, day_of
from telehealth.duty.states import ShiftState
from telehealth.duty.weeks import Roster
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant
from telehealth.staff.queries import MemberCard, describe
from web.formatting import clock_of, date_text, datetime_text, long_date_text, time_text, weekday_text
from web.i18n import t
from web.roster.pages import DayView, NoticeView, PoolRow, ShiftView
from web.visits.words import signature_name

DAY_END = 1440

Ways = Mapping[UUID, tuple[str, str]]
"""By notice: the words of the way to what it tells of, and the address."""


@dataclass(frozen=True)
class Names:
    """What doctors and pools are called, and the zone times are told in."""

    cards: Mapping[UUID, MemberCard]
    pools: Mapping[UUID, str]
    zone: ZoneInfo

    def doctor(self, membership_id: UUID) -> str:
        """Return a doctor's title and name."""
        return signature_name(self.cards.get(membership_id))

    def hours(self, starts_at: datetime, ends_at: datetime) -> str:
        """Return 19:00–07:00; a midnight that ends a day is 24:00."""
        end = time_text(ends_at, self.zone)
        return f"{time_text(starts_at, self.zone)}–{'24:00' if end == '00:00' else end}"

    def title(self, starts_at: datetime, ends_at: datetime) -> str:
        """Return the hours with the day they begin on."""
        return f"{self.hours(starts_at, ends_at)}, {long_date_text(starts_at, self.zone)}"


def names_for(unit: Unit, memberships: Collection[UUID], pools: Iterable[Pool]) -> Names:
    """Load what doctors are called: one statement."""
    return Names(
        cards=describe(unit.session, set(memberships)),
        pools={pool.id: pool.name for pool in pools},
        zone=policy_of(unit.session).zone,
    )


def week_days(monday: date, today: date) -> tuple[DayView, ...]:
    """Return the heads of a week."""
    days = (monday + timedelta(days=n) for n in range(WEEK_DAYS))
    return tuple(DayView(weekday_text(day), f"{day.day}", day == today) for day in days)


def pool_rows(roster: Roster, on: Iterable[OnDuty], names: Names, today: date) -> tuple[PoolRow, ...]:
    """Return the board: every pool in use, and those out of use that still have shifts."""
    shown = [pool for pool in roster.pools if pool.is_active or _shifts_of(roster, pool)]
    running = list(on)
    return tuple(_row(pool, roster, running, names, today) for pool in shown)


def _shifts_of(roster: Roster, pool: Pool) -> list[Shift]:
    return [shift for shift in roster.shifts if shift.pool_id == pool.id]


def _row(pool: Pool, roster: Roster, on: Iterable[OnDuty], names: Names, today: date) -> PoolRow:
    here = [each for each in on if each.pool_id == pool.id]
    return PoolRow(
        name=pool.name,
        note=cover_text(pool) if pool.is_active else t("pools.closed"),
        href=f"/pools/{pool.id}",
        now=now_text(here, names) or t("roster.nobody_now"),
        is_covered=bool(here),
        days=tuple(
            _cell(pool, roster, roster.monday + timedelta(days=n), names, today) for n in range(WEEK_DAYS)
        ),
    )


def now_text(on: Iterable[OnDuty], names: Names) -> str:
    """Return who of a pool is on duty now and until when; nothing where nobody is."""
    return ", ".join(
        t("roster.now", who=names.doctor(each.membership_id), until=time_text(each.until_at, names.zone))
        for each in on
    )


def cover_text(pool: Pool) -> str:
    """Return when a pool is to have somebody on duty."""
    if (pool.covered_from, pool.covered_until) == (0, DAY_END):
        return t("roster.around_the_clock")
    return f"{clock_of(pool.covered_from)}–{clock_of(pool.covered_until)}"


def _cell(pool: Pool, roster: Roster, day: date, names: Names, today: date) -> DayView:
    shifts = [
        (shift.starts_at, shift_view(shift, roster.troubles.get(shift.id, ()), names, day))
        for shift in _shifts_of(roster, pool)
        if _day_shown(shift, roster.monday, names.zone) == day
    ]
    add_href = f"/roster/shifts/new?pool={pool.id}&on={date_text(day)}" if pool.is_active else ""
    found = [
        (instant(gap.start), _gap_view(gap, names, add_href))
        for gap in roster.gaps.get(pool.id, ())
        if day_of(gap, names.zone) == day
    ]
    views = (
        *(
            _leave_view(leave, names, day)
            for leave in roster.leaves.get(pool.id, ())
            if _is_off(leave, names, day)
        ),
        *(view for _, view in sorted([*shifts, *found], key=lambda pair: pair[0])),
    )
    can_add = bool(add_href) and day >= today
    return DayView(weekday_text(day), f"{day.day}", day == today, add_href if can_add else "", views)


def _day_shown(shift: Shift, monday: date, zone: ZoneInfo) -> date:
    """Return the day a shift stands on; what began before the week stands on its first day."""
    return max(shift.starts_at.astimezone(zone).date(), monday)


def shift_view(shift: Shift, troubles: Iterable[Trouble], names: Names, day: date) -> ShiftView:
    """Return a shift as the board shows it on a day; one that began before the week says so."""
    is_draft = shift.state == ShiftState.DRAFT
    notes = [t(f"roster.trouble.{trouble}") for trouble in troubles]
    hours = names.hours(shift.starts_at, shift.ends_at)
    if shift.starts_at.astimezone(names.zone).date() < day:
        hours = t("roster.from_before", until=time_text(shift.ends_at, names.zone))
    return ShiftView(
        hours=hours,
        text=names.doctor(shift.membership_id),
        href=f"/roster/shifts/{shift.id}",
        kind="draft" if is_draft else "",
        notes=(*((t("roster.draft"),) if is_draft else ()), *notes),
    )


def _is_off(leave: Leave, names: Names, day: date) -> bool:
    return leave.span.overlaps(local_day(names.zone, day))


def _leave_view(leave: Leave, names: Names, day: date) -> ShiftView:
    """Return who is off on a day, and during which part of it; it leads to the hours of the house."""
    whole = local_day(names.zone, day)
    start, end = max(leave.span.start, whole.start), min(leave.span.end, whole.end)
    is_whole = (start, end) == (whole.start, whole.end)
    hours = t("hours.whole_day") if is_whole else names.hours(instant(start), instant(end))
    return ShiftView(hours, t("roster.off", who=names.doctor(leave.membership_id)), "/hours", "off")


def _gap_view(gap: Span, names: Names, add_href: str) -> ShiftView:
    """Return a gap that leads to the form with its hours."""
    start, end = instant(gap.start), instant(gap.end)
    href = f"{add_href}&from={time_text(start, names.zone)}&until={time_text(end, names.zone)}"
    return ShiftView(names.hours(start, end), t("roster.nobody"), href, "gap")


def gap_texts(roster: Roster, names: Names) -> list[str]:
    """Return every gap of the week in words, the first first."""
    found = sorted((gap, pool_id) for pool_id, gaps in roster.gaps.items() for gap in gaps)
    return [
        f"{names.pools[pool_id]}, {weekday_text(day_of(gap, names.zone))} "
        f"{names.hours(instant(gap.start), instant(gap.end))}"
        for gap, pool_id in found
    ]


def notice_people(notices: Iterable[DutyNotice]) -> set[UUID]:
    """Return the doctors notices speak of."""
    return {UUID(row.data[key]) for row in notices for key in ("doctor", "from") if key in row.data}


def notice_views(notices: Iterable[DutyNotice], names: Names, ways: Ways) -> tuple[NoticeView, ...]:
    """Return notices in words, with where they lead."""
    return tuple(
        NoticeView(
            *ways.get(row.id, ("", "")),
            text=_notice_text(row.kind, row.data, names),
            time=datetime_text(row.recorded_at, names.zone),
            action=f"/duty/notices/{row.id}/seen",
        )
        for row in notices
    )


def _notice_text(kind: str, data: Mapping[str, Any], names: Names) -> str:
    """Return a notice in words; each kind takes what it names of these."""
    told: dict[str, Any] = {
        "count": data.get("count", 0),
        "code": data.get("code", ""),
        "who": names.doctor(UUID(data["doctor"])) if "doctor" in data else "",
        "giver": names.doctor(UUID(data["from"])) if "from" in data else "",
    }
    for name in ("week", "on"):
        if name in data:
            told[name] = date_text(date.fromisoformat(data[name]))
    if "starts_at" in data:
        starts_at, ends_at = (datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at"))
        told["when"] = names.title(starts_at, ends_at)
    return t(f"roster.notice.{kind}", **told)
