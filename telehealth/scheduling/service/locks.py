"""Locking the resources of a booking, always in one order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from telehealth.availability.models import Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_resource
from telehealth.scheduling.diaries import Owner


def lock_resources(session: Session, owners: Sequence[Owner]) -> dict[Owner, Resource]:
    """Lock the resources of these owners, making those of stations and patients that are missing.

    The row lock is what makes two bookings of one doctor wait for each other; the exclusion
    constraint alone deadlocks under contention. A doctor without a resource is left out.
    """
    owner_ids = [owner_id for _, owner_id in owners]
    known = set(session.exec(_KNOWN, params={"owners": owner_ids}))
    for kind, owner_id in owners:
        if kind is not ResourceKind.DOCTOR and (kind, owner_id) not in known:
            add_resource(session, kind, owner_id)
    locked = session.exec(_LOCKED, params={"owners": owner_ids})
    rows = {(ResourceKind(row.kind), row.owner_id): row for row in locked}
    return {owner: rows[owner] for owner in owners if owner in rows}


_OF_OWNERS = col(Resource.owner_id).in_(bindparam("owners", expanding=True))
_KNOWN = select(Resource.kind, Resource.owner_id).where(_OF_OWNERS)
_LOCKED = (
    select(Resource)
    .where(_OF_OWNERS)
    .order_by(col(Resource.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)
"""Written once: building a statement costs more than sending it."""


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """Try something within a savepoint: what is refused leaves nothing behind, not even a row lock.

    So doctors can be tried one after the other, each time in the one order of locks.
    """
    told = set(session.info.get("changes_told", ()))
    try:
        with session.begin_nested():
            yield
    except BaseException:
        # What was undone must be told of again when it is done.
        session.info["changes_told"] = told
        raise
