"""Pure rules of handing over: who may stand in for whom, and what becomes of each part of the day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from telehealth.duty.models import Shift
from telehealth.duty.rules import REFUSED, Trouble
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState


class Verdict(StrEnum):
    """Whether an appointment can go to the other doctor, or why not."""

    MOVES = "moves"
    UNDER_WAY = "under_way"
    NOT_AGREED = "not_agreed"
    NOT_QUALIFIED = "not_qualified"
    NOT_FREE = "not_free"


@dataclass(frozen=True, slots=True)
class AppointmentPart:
    """An appointment of the day; where it stays, who else is free then and which times come next."""

    appointment: Appointment
    verdict: Verdict
    others: tuple[UUID, ...] = ()
    next_slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftPart:
    """A shift of the day, with what is wrong with it for the other doctor."""

    shift: Shift
    troubles: tuple[Trouble, ...]

    @property
    def moves(self) -> bool:
        """Whether the other doctor can take it."""
        return not REFUSED & set(self.troubles)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What handing over a day would do."""

    from_id: UUID
    to_id: UUID
    on: date
    shifts: tuple[ShiftPart, ...]
    appointments: tuple[AppointmentPart, ...]

    @property
    def moving(self) -> int:
        """How many parts would move."""
        moves = sum(part.moves for part in self.shifts)
        return moves + sum(part.verdict is Verdict.MOVES for part in self.appointments)

    @property
    def version(self) -> int:
        """Return the version of what is seen: another one as soon as any part or its verdict is another.

        A day is no row with a version of its own; eighteen digits are what an entity tag of ours holds.
        """
        shifts = [f"{part.shift.id} {part.shift.version} {part.moves}" for part in self.shifts]
        rows = [(part.appointment, part.verdict) for part in self.appointments]
        appointments = [f"{row.id} {row.version} {verdict}" for row, verdict in rows]
        seen = "\n".join((f"{self.from_id} {self.to_id} {self.on}", *shifts, *appointments))
        return int.from_bytes(sha256(seen.encode()).digest()[:8]) % 10**18


def is_qualified(
    *, pool_members: Collection[UUID] | None, own: Collection[str], theirs: Collection[str], doctor: UUID
) -> bool:
    """Tell whether a doctor may stand in: of the pool that was asked, or of a specialty both share."""
    if pool_members is not None:
        return doctor in pool_members
    return bool(set(own) & set(theirs))


def verdict_of(status: str, *, is_qualified: bool, is_free: bool, has_begun: bool = False) -> Verdict:
    """Return what becomes of an appointment in a state, for a doctor who is or is not qualified and free.

    Once its time has begun nobody else can have it any more.
    """
    state = AppointmentState(status)
    if state is AppointmentState.REQUESTED:
        return Verdict.NOT_AGREED
    if has_begun or not MACHINE.allows(state, AppointmentCommand.REASSIGN):
        return Verdict.UNDER_WAY
    if not is_qualified:
        return Verdict.NOT_QUALIFIED
    return Verdict.MOVES if is_free else Verdict.NOT_FREE
