"""Locking the resources of a booking, always in one order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import bindparam, null, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from telehealth.access.queries import OTHER_RECORDS
from telehealth.availability.models import Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_resource
from telehealth.scheduling.diaries import Owner


def lock_resources(session: Session, owners: Sequence[Owner]) -> dict[Owner, Resource]:
    """Lock the resources of these owners, making those of stations and patients that are missing.

    The row lock is what makes two bookings of one doctor wait for each other; the exclusion
    constraint alone deadlocks under contention. A doctor without a resource is left out.

    Of a patient every record of the person is locked: each is claimed under its own, so that a merge can
    be undone exactly, and whoever books under another waits here and then sees it.
    """
    return lock_with_others(session, owners)[0]


def lock_with_others(
    session: Session, owners: Sequence[Owner]
) -> tuple[dict[Owner, Resource], list[Resource]]:
    """Lock as `lock_resources` does; return with them what patients among them have under other records."""
    owner_ids = [owner_id for _, owner_id in owners]
    people = [owner_id for kind, owner_id in owners if kind is ResourceKind.PATIENT]
    found = session.connection().execute(_KNOWN, {"owners": owner_ids, "patients": people}).all()
    known = {(ResourceKind(kind), owner_id) for kind, owner_id in found if kind is not None}
    others = [(ResourceKind.PATIENT, other_id) for kind, other_id in found if kind is None]
    for kind, owner_id in (*owners, *others):
        if kind is not ResourceKind.DOCTOR and (kind, owner_id) not in known:
            add_resource(session, kind, owner_id)
    wanted = [*owner_ids, *(owner_id for _, owner_id in others)]
    locked = session.exec(_LOCKED, params={"owners": wanted})
    rows = {(ResourceKind(row.kind), row.owner_id): row for row in locked}
    return (
        {owner: rows[owner] for owner in owners if owner in rows},
        [rows[other] for other in others if other not in owners],
    )


_OF_OWNERS = col(Resource.owner_id).in_(bindparam("owners", expanding=True))
_KNOWN = union_all(
    core_select(col(Resource.kind), col(Resource.owner_id)).where(_OF_OWNERS),
    core_select(null(), OTHER_RECORDS.c.other),
)
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
