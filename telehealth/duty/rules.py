"""Pure rules of duty: how a pool chooses, and who is on duty now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PoolPolicy(StrEnum):
    """How a pool chooses among its doctors who are free."""

    LEAST_LOADED = "least_loaded"
    PRIORITY = "priority"
    CONTINUITY_FIRST = "continuity_first"


class ShiftState(StrEnum):
    """Whether a planned duty binds."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, order=True)
class OnDuty:
    """A doctor who is on duty in a pool now, and until when."""

    pool_id: UUID
    membership_id: UUID
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Switched:
    """What the switch of a doctor says, not run out yet."""

    is_on: bool
    until_at: datetime


def on_duty(
    members: Iterable[tuple[UUID, UUID]],
    shifts: Mapping[tuple[UUID, UUID], datetime],
    switches: Mapping[UUID, Switched],
) -> list[OnDuty]:
    """Return who of the (pool, membership) pairs is on duty: by the switch, else by the roster.

    `shifts` gives the end of the published shift that runs now, by the same pairs.
    """
    found = []
    for pool_id, membership_id in members:
        switch = switches.get(membership_id)
        if switch is not None:
            until_at = switch.until_at if switch.is_on else None
        else:
            until_at = shifts.get((pool_id, membership_id))
        if until_at is not None:
            found.append(OnDuty(pool_id, membership_id, until_at))
    return sorted(found)
