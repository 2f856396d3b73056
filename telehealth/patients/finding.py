"""The search for patients, always within the actor's scope: by words, birth date or an exact number.

Whatever is typed costs at most four statements and a bounded walk. See docs/decisions/0023.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true, union
from sqlmodel import Session, col

from telehealth.access.models import Grant, SamePerson
from telehealth.access.queries import holds
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import Keyring, keyring_of
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Contact, NameWord, Patient, Seen
from telehealth.patients.queries import PatientCard, card_of, find_cards, index_of
from telehealth.patients.rules import COUNTED_TO, Birth, Path, Plan, Precision, plan_search
from telehealth.patients.typed import SearchText, read_search

FOUND_AT_MOST: Final = 20
OF_ONE_PATIENT: Final = 4
"""How many entries one patient has at most under the beginning of a word: Lý Lê Lan Linh."""

_BY_NAME = (col(Patient.sort_key), col(Patient.birth_date), col(Patient.id))


def search(
    session: Session, actor: Actor, text: str, *, now: datetime, limit: int = FOUND_AT_MOST
) -> list[PatientCard]:
    """Find patients in scope.

    Words match the beginnings of words of the name in any order, without marks; a birth date or year
    narrows. A CCCD, BHYT, phone or own number is matched exactly. An empty text gives those the
    actor looked at last. Who is found under a record that was merged is shown as they are now.
    """
    wanted = read_search(text, today=policy_of(session).local_date(now))
    if not text.strip():
        found = _seen_lately(session, actor, now, limit)
    elif wanted.is_empty:
        return []
    elif wanted.is_number:
        found = _rows(session, _by_number(keyring_of(session), actor, wanted, now), limit)
    else:
        found = _by_name(session, actor, wanted, now, limit)
    return _cards(session, actor, found, now)[:limit]


_Found = Sequence[tuple[Patient, UUID | None]]
"""Patients, each with the id of the current record where theirs was merged."""


def _seen_lately(session: Session, actor: Actor, now: datetime, limit: int) -> _Found:
    query = (
        _select()
        .join(Seen, and_(col(Seen.patient_id) == Patient.id, col(Seen.actor_ref) == actor.ref))
        .where(in_scope(actor, now, col(Patient.id)))
        .order_by(col(Seen.seen_at).desc(), col(Patient.id))
    )
    return _rows(session, query, limit)


def _by_number(keyring: Keyring, actor: Actor, wanted: SearchText, now: datetime) -> Select[Any]:
    """Each kind of number by its own index: an OR over them would read every patient."""
    ids = []
    indexes = [index_of(keyring, key) for key in wanted.person_keys]
    if indexes:
        ids += [
            select(col(Patient.id)).where(col(Patient.cccd_index).in_(indexes)),
            select(col(Patient.id)).where(col(Patient.bhyt_index).in_(indexes)),
        ]
    if wanted.phone:
        phone = keyring.blind(wanted.phone, "phone")
        ids.append(select(col(Contact.patient_id)).where(col(Contact.phone_index) == phone))
    if wanted.mrn:
        ids.append(select(col(Patient.id)).where(col(Patient.mrn) == wanted.mrn))
    held = union(*ids).subquery()
    return (
        _select()
        .join(held, held.c[0] == col(Patient.id))
        .where(in_scope(actor, now, col(Patient.id)), *_narrowing(wanted, col(Patient.folded_name)))
        .order_by(*_BY_NAME)
    )


def _by_name(session: Session, actor: Actor, wanted: SearchText, now: datetime, limit: int) -> _Found:
    plan = _plan(session, actor, wanted, now)
    if plan.path is Path.SCOPE:
        return _rows(session, _along_scope(actor, wanted, now, limit), limit)
    if plan.path is Path.BIRTH:
        query = _select().where(
            in_scope(actor, now, col(Patient.id)), *_narrowing(wanted, col(Patient.folded_name))
        )
    else:
        is_seen = in_scope(actor, now, col(NameWord.patient_id))
        begins = _begins(wanted.words[plan.word])
        query = _select().join(NameWord, col(NameWord.patient_id) == Patient.id)
        query = query.where(begins, is_seen, *_narrowing(wanted, col(NameWord.folded_name)))
    if plan.is_sorted:
        return _rows(session, query.order_by(*_BY_NAME), limit * OF_ONE_PATIENT)
    return sorted(_rows(session, query, limit * OF_ONE_PATIENT), key=lambda row: row[0].sort_key)


def _along_scope(actor: Actor, wanted: SearchText, now: datetime, limit: int) -> Select[Any]:
    """Look at the patient of every grant one by one: asked to join them, PostgreSQL reads all patients."""
    held = select(col(Grant.patient_id).label("id")).where(holds(actor, now)).distinct().subquery()
    fits = (col(Patient.id) == held.c.id, *_narrowing(wanted, col(Patient.folded_name)))
    key = select(col(Patient.sort_key)).where(*fits).correlate(held).scalar_subquery()
    named = select(held.c.id, key.label("key")).subquery()
    first = select(named.c.id).where(named.c.key.is_not(None)).order_by(named.c.key, named.c.id).limit(limit)
    found = first.subquery()
    return _select().join(found, found.c.id == col(Patient.id)).order_by(*_BY_NAME)


def _plan(session: Session, actor: Actor, wanted: SearchText, now: datetime) -> Plan:
    """Count, each up to a bound, what a walk along each index would meet; one statement."""
    counted = [_count(select(literal(1)).where(_begins(word)), COUNTED_TO) for word in wanted.words]
    if wanted.birth is not None:
        counted.append(_count(select(literal(1)).where(may_be_born(wanted.birth)), COUNTED_TO))
    held = select(literal(1)).select_from(Grant).where(holds(actor, now))
    found = session.connection().execute(select(*counted, _count(held, COUNTED_TO))).one()
    *words, scope = found
    birth = words.pop() if wanted.birth is not None else None
    return plan_search(words, birth, scope)


def _count(query: Select[Any], bound: int) -> Any:
    return select(func.count()).select_from(query.limit(bound).subquery()).scalar_subquery()


def _select() -> Select[Any]:
    merged = col(SamePerson.patient_id) == Patient.id
    columns: tuple[Any, ...] = (Patient, col(SamePerson.current_id))
    return select(*columns).outerjoin(SamePerson, merged)


def _rows(session: Session, query: Select[Any], limit: int) -> _Found:
    return [(patient, current) for patient, current in session.execute(query.limit(limit))]


def _cards(session: Session, actor: Actor, found: _Found, now: datetime) -> list[PatientCard]:
    merged = {current for _, current in found if current is not None}
    current_cards = find_cards(session, actor, merged, now=now)
    cards: dict[UUID, PatientCard] = {}
    for patient, current in found:
        if current in current_cards:
            cards.setdefault(current, current_cards[current])
        elif patient.id not in cards:
            cards[patient.id] = card_of(session, patient, now=now)
    return list(cards.values())


def _begins(word: str) -> ColumnElement[bool]:
    """Match entries whose word begins so: "{" follows "z", and words hold letters and digits only."""
    return and_(col(NameWord.word) >= word, col(NameWord.word) < f"{word}{{")


def _narrowing(wanted: SearchText, name: Any) -> list[ColumnElement[bool]]:
    # Folded words hold letters and digits only: nothing in them means anything to LIKE.
    conditions = [(literal(" ") + name).like(f"% {word}%") for word in wanted.words]
    return [*conditions, may_be_born(wanted.birth) if wanted.birth else true()]


def may_be_born(birth: Birth) -> ColumnElement[bool]:
    """Match birth dates within what was typed, and less exact ones that may be the same day."""
    stored, precision = col(Patient.birth_date), col(Patient.birth_precision)
    year, month = birth.on.replace(month=1, day=1), birth.on.replace(day=1)
    return or_(
        stored.between(birth.on, birth.latest),
        and_(precision == Precision.YEAR, stored == year),
        and_(precision == Precision.MONTH, stored == month),
    )


def in_scope(actor: Actor, now: datetime, patient_id: Any) -> ColumnElement[bool]:
    """Ask patient by patient, which neither database turns into a walk over the whole scope."""
    grant = select(literal(1)).select_from(Grant).where(Grant.patient_id == patient_id, holds(actor, now))
    return grant.limit(1).scalar_subquery().is_not(None) if actor.ref else false()
