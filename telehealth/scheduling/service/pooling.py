"""Choosing a doctor of a pool: one pool lock, then the chosen doctor's own, in the one order of locks.

The pool's lock lets its bookings wait for each other; a doctor may be booked by other ways all the
same, so whoever turns out taken under the lock gives way to the next. Nobody is skipped because they
are merely busy with another unit of work: that would call a pool full that is not.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.models import Pool
from telehealth.duty.queries import find_pool_for, get_pool
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.scheduling import pools
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.errors import LimitReachedError, OutsideAvailabilityError, SlotTakenError
from telehealth.scheduling.rules import Candidate, HoldRequest
from telehealth.scheduling.service.claiming import Place
from telehealth.scheduling.service.locks import attempt

T = TypeVar("T")


def lock_pool(session: Session, pool_id: UUID, *, station_id: UUID, now: datetime) -> Pool:
    """Lock a pool the station may ask; raise `pool-not-found`."""
    on = policy_of(session).local_date(now)
    if find_pool_for(session, pool_id, station_id=station_id, on=on) is None:
        raise NotFoundError("pool-not-found")
    return get_pool(session, pool_id, lock=True)


def order_of(
    session: Session,
    pool: Pool,
    place: Place,
    *,
    now: datetime,
    form_id: UUID | None = None,
    besides: UUID | None = None,
    asked: Collection[UUID] = (),
    wish: HoldRequest | None = None,
) -> list[Candidate]:
    """Return who of a locked pool is free at the place's time, in the order the pool asks them.

    `besides` is the appointment that is to move there, `asked` are doctors not to be asked (again);
    of `wish` specialty, tiers and language count.
    """
    candidates = pools.list_candidates(
        session,
        pool,
        patient_id=place.patient_id,
        station_id=place.station_id,
        starts_at=place.starts_at,
        now=now,
        wish=wish,
    )
    day = policy_of(session).local_date(place.starts_at)
    question = Question(terms=place.terms, now=now, from_on=day, to_on=day)
    return pools.keep_free(
        session,
        [each for each in candidates if each.doctor_membership_id not in asked],
        place.owners[1:],
        place.service,
        question,
        place.starts_at,
        form_id=form_id,
        besides=besides,
    )


def try_each(session: Session, order: Sequence[Candidate], act: Callable[[UUID], T]) -> T | None:
    """Return what came of the first doctor who could be had, None if none could.

    Whoever another booking took, filled or shut out since the order was made gives way to the next.
    """
    for candidate in order:
        try:
            with attempt(session):
                return act(candidate.doctor_membership_id)
        except (SlotTakenError, LimitReachedError, OutsideAvailabilityError):
            continue
    return None


def ranking(pool: Pool, order: Sequence[Candidate]) -> dict[str, Any]:
    """Return what history keeps of a choice, enough to explain it."""
    return {
        "pool": str(pool.id),
        "policy": pool.policy,
        "window_days": pool.window_days,
        "ranking": [each.as_fact() for each in order],
    }
