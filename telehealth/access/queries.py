"""The scope: which patients an actor may see. Every query about patients joins it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, Uuid, and_, bindparam, func, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.models import Grant, SamePerson
from telehealth.kit.actors import Actor
from telehealth.kit.db import metadata
from telehealth.kit.errors import NotFoundError


def visible_patients(actor: Actor, now: datetime) -> SelectOfScalar[UUID]:
    """Return a select of the patient ids the actor may see now, for use in `.in_()`.

    A membership sees what was granted to it and to its facility; an integration what was granted
    to its facility; a patient link sees nothing by this path.
    """
    return select(Grant.patient_id).where(_holds(_holders(actor), now))


def holds(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a grant is in force now and lets the actor see its patient."""
    return _holds(_holders(actor), now)


def held(actor: Actor, at: Any) -> ColumnElement[bool]:
    """Return the condition that a grant was in force at an instant, a column it may be, whatever holds now.

    For figures without names only: what was counted once stays counted.
    """
    return _holds(_holders(actor), at)


def _holders(actor: Actor) -> list[UUID]:
    return [actor.ref] if actor.facility_id is None else [actor.ref, actor.facility_id]


def _holds(holders: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a grant is one of the holders' and in force."""
    is_open = or_(col(Grant.until_at).is_(None), col(Grant.until_at) > now)
    return and_(col(Grant.holder_id).in_(holders), col(Grant.from_at) <= now, is_open)


VISIBLE: Final = select(Grant.patient_id).where(
    _holds([bindparam("me", type_=Uuid()), bindparam("here", type_=Uuid())], bindparam("now"))
)
"""What `visible_patients` asks, for statements written once: by `me`, `here` (perhaps none) and `now`."""

_IS_VISIBLE = (
    select(Grant.id)
    .where(_holds(bindparam("holders", expanding=True), bindparam("now")))
    .where(Grant.patient_id == bindparam("patient"))
    .limit(1)
)
"""Asked by nearly every request; written once, because building a statement costs more than sending it."""


def is_visible(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> bool:
    """Tell whether the actor may see the patient now."""
    asked = {"holders": _holders(actor), "patient": patient_id, "now": now}
    return session.connection().execute(_IS_VISIBLE, asked).first() is not None


def visible_among(
    session: Session, actor: Actor, patient_ids: Collection[UUID], *, now: datetime
) -> set[UUID]:
    """Return which of these patients the actor may see now: one statement, however many."""
    query = visible_patients(actor, now).where(col(Grant.patient_id).in_(patient_ids))
    return set(session.exec(query))


def require_patient(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> None:
    """Raise `patient-not-found` unless the patient is in scope; absent and hidden look alike."""
    if not is_visible(session, actor, patient_id, now=now):
        raise NotFoundError("patient-not-found")


def person_ids(session: Session, patient_id: UUID) -> list[UUID]:
    """Return the ids that stand for the same person, the current one first: nearly always just this one."""
    query = select(SamePerson).where(SamePerson.current_id == _current_of(patient_id))
    rows = session.exec(query.order_by(col(SamePerson.patient_id))).all()
    return [rows[0].current_id, *(row.patient_id for row in rows)] if rows else [patient_id]


def lock_person(session: Session, patient_id: UUID) -> bool:
    """Let nobody else act for the same person under another record; tell whether there is another at all."""
    query = select(SamePerson.patient_id).where(SamePerson.current_id == _current_of(patient_id))
    return bool(session.exec(query.order_by(col(SamePerson.patient_id)).with_for_update()).all())


def _current_of(patient_id: UUID) -> ColumnElement[UUID]:
    """Return the current record as one value: an `or` with a subquery would have every merge read."""
    current = select(SamePerson.current_id).where(SamePerson.patient_id == patient_id).scalar_subquery()
    return func.coalesce(current, patient_id)


def _other_records() -> Subquery:
    one = metadata.tables[SamePerson.__tablename__]
    two, asked = one.alias(), bindparam("patients", expanding=True, type_=Uuid())
    is_sibling = and_(two.c.current_id == one.c.current_id, two.c.patient_id != one.c.patient_id)
    return union_all(
        core_select(one.c.patient_id.label("asked"), one.c.current_id.label("other")).where(
            one.c.patient_id.in_(asked)
        ),
        core_select(one.c.current_id, one.c.patient_id).where(one.c.current_id.in_(asked)),
        core_select(one.c.patient_id, two.c.patient_id)
        .join(two, is_sibling)
        .where(one.c.patient_id.in_(asked)),
    ).subquery("other_record")


OTHER_RECORDS: Final = _other_records()
"""Of the patients named by the parameter `patients` each (`asked`) with each further record of the same
person (`other`), for joining: no rows for nearly everybody."""


def current_ids(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return for each of these records the one that is current for its person, in one statement."""
    rows = session.exec(select(SamePerson).where(col(SamePerson.patient_id).in_(patient_ids)))
    found = {row.patient_id: row.current_id for row in rows}
    return {each: found.get(each, each) for each in patient_ids}


def current_id(session: Session, patient_id: UUID) -> UUID:
    """Return the id of the record that is current for a person."""
    row = session.get(SamePerson, patient_id)
    return row.current_id if row else patient_id


def ends_at(
    session: Session, actor: Actor, patient_id: UUID, basis: str, *, now: datetime
) -> datetime | None:
    """Return until when the actor sees the patient where that rests on this basis alone; else None."""
    query = select(Grant.basis, Grant.until_at).where(holds(actor, now), Grant.patient_id == patient_id)
    found = session.exec(query).all()
    if {each for each, _ in found} != {basis}:
        return None
    return max((until for _, until in found if until is not None), default=None)
