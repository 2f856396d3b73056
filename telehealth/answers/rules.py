"""Pure rules of later answers: by when, in working hours or by the clock, and when each clock goes off."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.availability.rules import NO_CALENDAR, Calendar, instant_at, weekday_on

OPENS, CLOSES = 7 * 60 + 30, 17 * 60
"""The working day of a health facility as terms are counted, in minutes of the local day (noon included)."""

LOOKED_AHEAD: Final = 60
"""Days within which the next working day is found, whatever a calendar says."""

TEXT_LIMIT: Final = 4_000


class Urgency(StrEnum):
    """How soon an answer is needed. Who cannot wait for one is rung for, not written about."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


class Within(StrEnum):
    """The terms a station can choose: an urgent one runs by the clock, the others in working hours."""

    ONE_HOUR = "one_hour"
    TWO_HOURS = "two_hours"
    HALF_DAY = "half_day"
    ONE_DAY = "one_day"
    TWO_DAYS = "two_days"
    FIVE_DAYS = "five_days"


TERMS: Final = MappingProxyType(
    {
        Urgency.URGENT: (Within.TWO_HOURS, Within.ONE_HOUR),
        Urgency.SOON: (Within.HALF_DAY, Within.ONE_DAY),
        Urgency.ROUTINE: (Within.TWO_DAYS, Within.FIVE_DAYS),
    }
)
"""Urgency -> the terms it allows, the usual one first."""

_WORKDAY: Final = CLOSES - OPENS
_MINUTES: Final = MappingProxyType(
    {
        Within.ONE_HOUR: 60,
        Within.TWO_HOURS: 120,
        Within.HALF_DAY: 4 * 60,
        Within.ONE_DAY: _WORKDAY,
        Within.TWO_DAYS: 2 * _WORKDAY,
        Within.FIVE_DAYS: 5 * _WORKDAY,
    }
)


_REPLY_MINUTES: Final = MappingProxyType(
    {Urgency.URGENT: 30, Urgency.SOON: 2 * 60, Urgency.ROUTINE: _WORKDAY}
)
"""Within how long a station is to say what the doctor asked: by the clock where it is urgent."""


class NoteKind(StrEnum):
    """Who says what in the thread of a request."""

    WISH = "wish"
    QUESTION = "question"
    REPLY = "reply"


class WithdrawReason(StrEnum):
    """Why a request wants no answer any more. Codes only."""

    LIVE_INSTEAD = "live_instead"
    REFERRED = "referred"
    BETTER = "better"
    BY_MISTAKE = "by_mistake"
    SIGNED = "signed"
    VISIT_CLOSED = "visit_closed"


STATION_REASONS: Final = (
    WithdrawReason.LIVE_INSTEAD,
    WithdrawReason.REFERRED,
    WithdrawReason.BETTER,
    WithdrawReason.BY_MISTAKE,
)
"""What a person may say; the others are set by what makes a request needless."""


class StepKind(StrEnum):
    """What the record of a request tells."""

    SENT = "sent"
    REACHED = "reached"
    TAKEN = "taken"
    RELEASED = "released"
    QUESTION = "question"
    REPLY = "reply"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    REPLY_REMINDED = "reply_reminded"
    REPLY_OVERDUE = "reply_overdue"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When people work: Monday to Friday, except as the national calendar has a day."""

    zone: ZoneInfo
    calendar: Calendar = field(default_factory=lambda: NO_CALENDAR)

    def works_on(self, day: date) -> bool:
        """Tell whether a local day is a working day."""
        weekday = weekday_on(day, self.calendar)
        return weekday is not None and weekday < 5


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each clock of a request goes off; `turns` are those of its levels, the first at once."""

    answer_by: datetime
    remind_at: datetime
    turns: tuple[datetime, ...]


def urgency_of(within: Within) -> Urgency:
    """Return the urgency a term belongs to."""
    return next(urgency for urgency, terms in TERMS.items() if within in terms)


def after(at: datetime, minutes: int, urgency: Urgency, working: WorkingTime) -> datetime:
    """Return the instant so many minutes later: by the clock where it is urgent, else of working hours."""
    if urgency is Urgency.URGENT:
        return at + timedelta(minutes=minutes)
    left = timedelta(minutes=minutes)
    day = at.astimezone(working.zone).date()
    for _ in range(LOOKED_AHEAD):
        start = max(at, instant_at(day, OPENS, working.zone))
        end = instant_at(day, CLOSES, working.zone)
        if working.works_on(day) and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        day += timedelta(days=1)
    return at + timedelta(days=LOOKED_AHEAD)


def deadline(at: datetime, within: Within, working: WorkingTime) -> datetime:
    """Return by when an answer is wanted."""
    return after(at, _MINUTES[within], urgency_of(within), working)


def timetable(
    at: datetime, within: Within, respond_minutes: Sequence[int], working: WorkingTime
) -> Timetable:
    """Return when the clocks of a request sent now go off.

    The reminder comes when three quarters of the term are over. A level has as long as its pool is given to
    accept, or less, so that every level has seen the request before the term is over.
    """
    minutes, urgency = _MINUTES[within], urgency_of(within)
    share = minutes // (len(respond_minutes) + 1)
    turn, turns = 0, []
    for term in respond_minutes:
        turns.append(after(at, turn, urgency, working) if turn else at)
        turn += min(term, share)
    return Timetable(
        answer_by=after(at, minutes, urgency, working),
        remind_at=after(at, minutes * 3 // 4, urgency, working),
        turns=tuple(turns),
    )


@dataclass(frozen=True, slots=True)
class ReplyClocks:
    """When a station that was asked is reminded, and by when it should have replied."""

    remind_at: datetime
    reply_by: datetime


def reply_clocks(asked_at: datetime, urgency: Urgency, working: WorkingTime) -> ReplyClocks:
    """Return the clocks of a question; the reminder comes when half of the term is over."""
    minutes = _REPLY_MINUTES[urgency]
    return ReplyClocks(
        after(asked_at, minutes // 2, urgency, working), after(asked_at, minutes, urgency, working)
    )


def left_of(clocks: ReplyClocks, gone: Collection[str]) -> dict[StepKind, datetime]:
    """Return which clocks of a question have not gone off yet, and when each does."""
    all_of_them = {StepKind.REPLY_REMINDED: clocks.remind_at, StepKind.REPLY_OVERDUE: clocks.reply_by}
    return {kind: at for kind, at in all_of_them.items() if kind not in gone}
