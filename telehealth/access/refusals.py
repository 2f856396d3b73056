"""What signed-in people and programs were refused, in memory until a job puts it on the audit trail.

A refused request changes nothing, so there is no act whose transaction could carry the row; and one row
for each try would let whoever tries a thousand ids write a thousand rows. So tries are counted, and each
interval leaves at most one row for an actor, an action and a refusal, with the first ids that were
asked for. A crash loses one interval of them.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import Kind

NOTED: Final = frozenset({Kind.FORBIDDEN, Kind.NOT_FOUND})
"""Refusals that say something of who tries what: a role too low, or an id out of scope or made up."""

IDS_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for what: left on the request by the route's marker before anything is refused."""

    actor: Actor
    action: str
    ids: tuple[UUID, ...] = ()


@dataclass(slots=True)
class _Tries:
    last_at: datetime
    count: int = 0
    ids: dict[UUID, None] = field(default_factory=dict)


class Refusals:
    """The refused tries since the last flush."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: dict[tuple[Actor, str, str], _Tries] = {}

    def note(self, asked: Asked, code: str, now: datetime) -> None:
        """Count a try that was refused with a code."""
        # Without the sign-in: on two machines it is the same person.
        actor = Actor(kind=asked.actor.kind, ref=asked.actor.ref, facility_id=asked.actor.facility_id)
        with self._lock:
            tries = self._tries.setdefault((actor, asked.action, code), _Tries(now))
            tries.last_at = now
            tries.count += 1
            for each in asked.ids[: IDS_AT_MOST - len(tries.ids)]:
                tries.ids[each] = None

    def flush(self, session: Session) -> int:
        """Write one row for each actor, action and refusal; return how many."""
        with self._lock:
            found, self._tries = self._tries, {}
        for (actor, action, code), tries in found.items():
            record(
                session,
                actor,
                action,
                subject_kind="refusal",
                subject_id=next(iter(tries.ids), None),
                facts={"code": code, "count": tries.count, "ids": [str(each) for each in tries.ids]},
                now=tries.last_at,
            )
        return len(found)
