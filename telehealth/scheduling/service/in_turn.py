"""Holding a slot that many want: look first, book then, and name other slots outside every lock.

Most who come too late find out from a unit that only reads. Whoever still loses inside the writing unit
has it undone first, and learns of the next free slots from a unit that reads.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.scheduling.diaries import is_busy
from telehealth.scheduling.errors import LimitReachedError, SlotTakenError
from telehealth.scheduling.finding import foresee
from telehealth.scheduling.rules import HoldRequest
from telehealth.scheduling.service.hold import list_others, require_room, search_from
from telehealth.scheduling.slots import Standing

T = TypeVar("T")
U = TypeVar("U")


class Units(Protocol):
    """Opens units of work: `kit.deps.Writer`."""

    def look(self, work: Callable[[Unit], U]) -> U:
        """Run `work(unit)` in a unit that only reads."""

    def run(self, work: Callable[[Unit], U]) -> U:
        """Run `work(unit)` in a unit that writes."""


def hold_in_turn(
    units: Units,
    actor: Actor,
    request: HoldRequest,
    work: Callable[[Unit], T],
    *,
    known: Callable[[Unit], T | None] = lambda _unit: None,
) -> T:
    """Return what `work` makes of a hold, which it asks for without others to be named (`hold`).

    `known` finds the answer once given to the very same request, if it was. It is asked after the look:
    the slot may be taken by what that request itself booked. Raises as `hold` does.
    """

    def look(unit: Unit) -> T | None:
        refusal = foresee_refusal(unit.session, actor, request, now=unit.now)
        if refusal is None:
            return None
        answer = known(unit)
        if answer is None:
            raise refusal
        return answer

    answer = units.look(look)
    if answer is not None:
        return answer
    try:
        return units.run(work)
    except (SlotTakenError, LimitReachedError) as error:
        others = units.look(lambda unit: list_others(unit.session, actor, request, now=unit.now))
        raise type(error)(others) from error


def foresee_refusal(
    session: Session, actor: Actor, request: HoldRequest, *, now: datetime
) -> SlotTakenError | LimitReachedError | None:
    """Return the refusal a hold would meet now, as far as a reading unit knows; the writing one decides.

    None also where anything else speaks against it: that is for the writing unit to say. Where the doctor
    has nothing at that time, one statement says so.
    """
    doctor = request.doctor_membership_id
    if actor.facility_id is None or (doctor is None) == (request.pool_id is None):
        return None
    if doctor and not is_busy(session, doctor, request.starts_at, form_id=request.form_id, now=now):
        return None
    try:
        check(actor, "appointment.book")
        search = search_from(session, request)
        found = foresee(session, actor, search, doctor, now=now)
        if found is None:
            return None
        require_room(session, actor, request, actor.facility_id, now=now)
    except DomainError:
        return None
    refusal = LimitReachedError if found.standing is Standing.FULL else SlotTakenError
    return refusal(found.others)
