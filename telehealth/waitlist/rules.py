"""Who fits a freed time, in which order, and how long an offer stands. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.scheduling.rules import Part, Priority, Slot

OFFER_TIME: Final = timedelta(minutes=30)
"""How long a station may take to ask the patient."""

MAX_WAIT_DAYS: Final = 92
"""How far ahead somebody may wait: who waits longer is forgotten."""

AHEAD_DAYS: Final = 14
"""How far ahead gaps are looked for: later ones need no haste."""

LOOKED_AT: Final = 40
"""How many of those who could come within `AHEAD_DAYS` are compared with the gaps, the first in order."""

GAPS_SHOWN: Final = 8
FITTING_SHOWN: Final = 3

RANKS: Final = MappingProxyType({Priority.EMERGENCY: 0, Priority.URGENT: 1, Priority.ROUTINE: 2})
"""Who is asked first; within one priority whoever has waited longest."""

_NOON: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which times an entry would take. `before` is what it has already: only earlier ones help."""

    doctors: frozenset[UUID]
    earliest_on: date
    latest_on: date
    weekdays: frozenset[int] = frozenset()
    part: Part | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A free time, with those who would take it in the order they are to be asked."""

    slot: Slot
    entry_ids: tuple[UUID, ...]


def fits(slot: Slot, wish: Wish, zone: ZoneInfo) -> bool:
    """Tell whether an entry would take a slot; days and halves go by the zone's wall clock."""
    at = slot.starts_at.astimezone(zone)
    part = Part.MORNING if at.hour < _NOON else Part.AFTERNOON
    return (
        slot.doctor_membership_id in wish.doctors
        and wish.earliest_on <= at.date() <= wish.latest_on
        and (not wish.weekdays or at.weekday() in wish.weekdays)
        and wish.part in (None, part)
        and (wish.before is None or slot.starts_at < wish.before)
    )


def gaps(offerable: Sequence[tuple[UUID, Iterable[Slot]]], *, limit: int = GAPS_SHOWN) -> list[Gap]:
    """Turn what each entry could be offered, in the order of entries, into gaps by time."""
    found: dict[Slot, list[UUID]] = {}
    for entry_id, slots in offerable:
        for slot in slots:
            found.setdefault(slot, []).append(entry_id)
    return [Gap(slot, tuple(found[slot][:FITTING_SHOWN])) for slot in sorted(found)[:limit]]


def reaches(earliest_on: date, latest_on: date, today: date) -> bool:
    """Tell whether the days an entry waits for include any on which gaps are looked for."""
    return earliest_on <= today + timedelta(days=AHEAD_DAYS) and latest_on >= today


def members_by_pool(pairs: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, frozenset[UUID]]:
    """Return the doctors of each pool of (pool, membership) pairs."""
    found: dict[UUID, set[UUID]] = {}
    for pool_id, membership_id in pairs:
        found.setdefault(pool_id, set()).add(membership_id)
    return {pool_id: frozenset(members) for pool_id, members in found.items()}
