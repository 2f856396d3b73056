"""When it is asked, reminded, phoned and visited, which outcomes there are, whom a red rings. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.checks.questions import Level
from telehealth.kit.errors import InvalidError

ASK_MINUTE: Final = 8 * 60
"""Of the local day: after breakfast, outside of quiet hours, with the station open all day to phone."""

REMIND_AFTER: Final = timedelta(hours=24)
SILENT_AFTER: Final = timedelta(hours=24)
"""After the last reminder; then a person phones."""

REMINDER: Final = "check_again"
"""The text that reminds of questions nobody answered yet."""

DAYS_AHEAD: Final = 90
ROUNDS_AT_MOST: Final = 12
ANSWERS_AT_MOST: Final = 5
"""Of one round by the patient: somebody whose state changes says so; more is a call, not a form."""

ANSWER_WITHIN: Final = timedelta(days=7)
"""After the last day; the link lives as long."""

NOTE_LIMIT: Final = 500
ENDED_LATELY: Final = timedelta(days=2)
"""How long a call that is done stays below the list, to be read again or put right."""

SHOWN_FOR: Final = timedelta(days=30)
"""How long a doctor's list shows what became of the questions they set."""

TRIES: Final = MappingProxyType({"": 3, Level.GREEN: 3, Level.AMBER: 3, Level.RED: 2})
"""After so many calls in vain somebody goes there."""

TRY_AGAIN: Final = MappingProxyType(
    {
        "": timedelta(hours=3),
        Level.GREEN: timedelta(hours=3),
        Level.AMBER: timedelta(hours=2),
        Level.RED: timedelta(minutes=15),
    }
)

AMBER_WITHIN: Final = timedelta(hours=4)
"""Of working time, as far as the day goes: by then somebody should have phoned about an amber."""

STATION_TERM: Final = timedelta(minutes=3)
"""How long a red rings at the station alone before the doctors on duty are rung as well."""

TAKEN_WITHIN: Final = timedelta(minutes=30)
"""How long whoever took a red, or tried in vain, has until something is noted; then it rings anew."""

LOOK_AGAIN: Final = timedelta(minutes=5)
"""How soon a red that nobody took looks again who is there."""


class Via(StrEnum):
    """How a patient is asked."""

    SMS = "sms"
    PAPER = "paper"
    HOME = "home"


class Outcome(StrEnum):
    """What came of a call or a visit at home."""

    WELL = "well"
    ADVISED = "advised"
    COMING = "coming"
    DOCTOR_SPOKE = "doctor_spoke"
    SENT_TO_CARE = "sent_to_care"
    MISTAKEN = "mistaken"
    TOLD_RELATIVE = "told_relative"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    IN_CARE = "in_care"
    REFUSED = "refused"
    MOVED = "moved"
    DIED = "died"


REASONS: Final = (Outcome.IN_CARE, Outcome.REFUSED, Outcome.MOVED, Outcome.DIED)
"""Why nobody has to be reached any more."""

ENDS_ALL: Final = frozenset({Outcome.REFUSED, Outcome.MOVED, Outcome.DIED})
"""Whom nobody asks again, whatever else was planned."""

IN_VAIN: Final = frozenset({Outcome.NOT_REACHED, Outcome.WRONG_NUMBER})

_OF_RED: Final = (Outcome.SENT_TO_CARE, Outcome.DOCTOR_SPOKE, Outcome.COMING, Outcome.MISTAKEN)
_OF_OTHERS: Final = (
    Outcome.WELL,
    Outcome.ADVISED,
    Outcome.COMING,
    Outcome.SENT_TO_CARE,
    Outcome.TOLD_RELATIVE,
)


def outcomes_for(level: str, *, is_home: bool) -> tuple[Outcome, ...]:
    """Return what can be said of a call, or of a visit at home, for answers of a level.

    A red ends with an act, never with "all is well" or a word to a relative.
    """
    reached = _OF_RED if level == Level.RED else _OF_OTHERS
    vain = (Outcome.NOT_REACHED,) if is_home else (Outcome.NOT_REACHED, Outcome.WRONG_NUMBER)
    return (*vain, *reached, *REASONS)


def accept_days(days: Iterable[date], today: date) -> tuple[date, ...]:
    """Return the days to ask on, each once, in order; raise `check-days-missing`, `-past`, `-many`."""
    wanted = tuple(sorted(set(days)))
    if not wanted:
        raise InvalidError("check-days-missing", field="days")
    if wanted[0] < today:
        raise InvalidError("check-days-past", field="days")
    if len(wanted) > ROUNDS_AT_MOST or wanted[-1] > today + timedelta(days=DAYS_AHEAD):
        raise InvalidError("check-days-many", field="days", limit=ROUNDS_AT_MOST, days=DAYS_AHEAD)
    return wanted


def is_enough(level: str, tries: int) -> bool:
    """Tell whether so many calls in vain are enough for somebody to go there."""
    return tries >= TRIES[level]


RISKS: Final = (Level.RED, Level.AMBER)
"""Levels by their place on a list; who is silent, or answered well, comes after them."""


def risk_of(level: str) -> int:
    """Return the rank of answers of a level among others: 0 is danger."""
    return next((rank for rank, each in enumerate(RISKS) if each == level), len(RISKS))


def order_of(level: str, call_at: datetime) -> tuple[int, datetime]:
    """Return the place on a list: the most pressing first, then who waits longest."""
    return risk_of(level), call_at


@dataclass(frozen=True, slots=True)
class Step:
    """What a red does next: whether the station rings, up to which level of duty, when it looks again."""

    rings_station: bool
    levels: int
    after: timedelta


def next_step(
    *,
    is_open: bool,
    has_rung_station: bool,
    levels: int,
    staffed: Sequence[bool],
    terms: Mapping[int, timedelta],
) -> Step:
    """Return the next step of a red answer's chain.

    While the station is open it rings there first, alone; then, and at once while it is closed, the nearest
    level with a doctor on duty rings as well, one more at each step. `staffed` says of each level whether
    anybody is on duty now. Where nobody is anywhere it looks again after a while.
    """
    if is_open and not has_rung_station:
        return Step(True, levels, STATION_TERM)
    for level in range(levels, len(staffed)):
        if staffed[level]:
            return Step(is_open, level + 1, terms.get(level, LOOK_AGAIN))
    return Step(is_open, levels, LOOK_AGAIN)
