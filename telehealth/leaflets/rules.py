"""Medicine days from a signed prescription, how long a link to a visit lives, the steps of a rating. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import nfc, paragraphs
from telehealth.prescriptions.instructions import ASLEEP, is_every_day, says_its_own
from telehealth.prescriptions.rules import MOMENTS

SUBJECT: Final = "visit"
"""What links and texts of this slice are about."""

STEPS: Final = range(1, 6)
NOTE_LIMIT: Final = 500


class Sent(StrEnum):
    """What a station can send of a visit: purposes of links."""

    DOCTORS_WORDS = "doctors_words"
    MEDICINES = "medicines"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Course:
    """One medicine of a signed prescription as it is taken on a day.

    `amounts` is empty where the line does not say at which times of the day: then only its words hold.
    """

    line: Mapping[str, Any]
    amounts: Mapping[str, Decimal]
    last_on: date
    days_left: int


_EVENLY: Final = MappingProxyType({2: ("morning", "evening"), 3: ("morning", "noon", "evening"), 4: MOMENTS})
"""Times a day -> when, as it is usually told at stations; once a day can be any time."""

_NAMED: Final = MappingProxyType(
    {
        "morning": re.compile(r"\bsáng\b"),
        "noon": re.compile(r"\btrưa\b"),
        "evening": re.compile(r"\bchiều\b"),
        "night": re.compile(rf"\b(?:tối\b|đêm\b|{ASLEEP})"),
    }
)


def amounts_of(line: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return how much of a signed line is taken in the morning, at noon, in the evening and at night.

    Nothing is guessed: as the prescriber divided it; else by the times of day the instruction names, when
    they are as many as the times a day; else spread evenly. Empty for once a day at no named time, for
    more than four times, wherever the instruction sets a condition (`khi đau`) or names days (`thứ hai`,
    `cách ngày`, `mỗi tuần`), and where a computed day would stand beside an amount or hour of its own.
    """
    said = nfc(line["instructions"] or "").lower()
    if not is_every_day(said):
        return {}
    if line["moments"]:
        return {name: Decimal(line["moments"][name]) for name in MOMENTS if name in line["moments"]}
    if line["dose"] is None or line["times_a_day"] is None or says_its_own(said):
        return {}
    named = tuple(name for name, pattern in _NAMED.items() if pattern.search(said))
    times = int(line["times_a_day"])
    if named:
        when: Sequence[str] = named if len(named) == times else ()
    else:
        when = _EVENLY.get(times, ())
    return dict.fromkeys(when, Decimal(line["dose"]))


def courses_of(lines: Sequence[Mapping[str, Any]], issued_on: date, today: date) -> tuple[Course, ...]:
    """Return the medicines of a signed prescription; its day is the first of the days it is taken."""
    return tuple(_course(line, issued_on, today) for line in lines)


def _course(line: Mapping[str, Any], issued_on: date, today: date) -> Course:
    last_on = issued_on + timedelta(days=int(line["days"]) - 1)
    return Course(line, MappingProxyType(amounts_of(line)), last_on, max(0, (last_on - today).days + 1))


def last_day(signed_on: date, follow_up_to: date | None, lines: Sequence[Mapping[str, Any]]) -> date:
    """Return the day a link to a visit is counted from: the last of the plan or of a medicine."""
    taken = [signed_on + timedelta(days=int(line["days"]) - 1) for line in lines]
    return max([signed_on, *taken, *([follow_up_to] if follow_up_to else [])])


def day_after(signed_at: datetime) -> datetime:
    """Return by when somebody should have told the patient where no text or link did."""
    return signed_at + timedelta(days=1)


def accept_step(step: int) -> int:
    """Return a step of a rating; raise `rating-unknown`."""
    if step not in STEPS:
        raise InvalidError("rating-unknown", field="step")
    return step


def accept_note(text: str) -> str:
    """Return a note as stored; raise `text-too-long`."""
    note = paragraphs(text)
    if len(note) > NOTE_LIMIT:
        raise InvalidError("text-too-long", field="note", limit=NOTE_LIMIT)
    return note
