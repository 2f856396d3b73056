"""Measurements that are saved together: both pressures, and each of the others by itself.

In the station's form each group brings how many of its values the page has seen (NAME_version), and when
they were typed (NAME_at, by script): a value typed while the line was down keeps its own time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.datastructures import FormData

from telehealth.visits.rules import STATION_SECTIONS, Section
from telehealth.visits.vitals import VITALS
from web.visits.vitals import PRESSURE

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pressure": PRESSURE,
    **{code: (code,) for code in VITALS if code not in PRESSURE},
}
"""The codes of each group, in the order of the page."""

TEXTS: Final = tuple(name for name in Section if name in STATION_SECTIONS)
PARTS: Final = (*GROUPS, *TEXTS)
"""Everything of the station's form that saves itself."""

_SUFFIXES: Final = ("version", "at", "theirs")


@dataclass(frozen=True)
class PartSent:
    """What a page said beside the fields of one part."""

    version: int = 0
    at: datetime | None = None
    theirs: int | None = None


def split(posted: FormData) -> tuple[FormData, dict[str, PartSent]]:
    """Return the fields of a posted form by themselves, and what was said beside them, by part."""
    beside = {f"{part}_{suffix}" for part in PARTS for suffix in _SUFFIXES}
    fields = FormData([(name, value) for name, value in posted.multi_items() if name not in beside])
    return fields, dict(_said(posted))


def _said(posted: FormData) -> Iterator[tuple[str, PartSent]]:
    for part in PARTS:
        version, at, theirs = (str(posted.get(f"{part}_{suffix}", "")) for suffix in _SUFFIXES)
        yield part, PartSent(_count(version) or 0, _instant(at), _count(theirs))


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
