"""Use-cases of background: facts noted, ended and confirmed at a visit; a pregnancy dated and ended."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.background import queries
from telehealth.background.models import FactConfirmation, PatientFact, Pregnancy
from telehealth.background.rules import (
    FACTS_AT_MOST,
    DatedBy,
    FactKind,
    FactStatus,
    accept_births,
    accept_dating,
    accept_fact,
    gestation,
    may_be_pregnant,
)
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.kit.text import fold
from telehealth.patients.models import Patient
from telehealth.patients.queries import birth_of
from telehealth.patients.rules import Sex
from telehealth.visits.models import Visit
from telehealth.visits.ranges import age_span
from telehealth.visits.service.history import note
from telehealth.visits.service.opened import visit_to_write


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard again of the facts that were shown: which are over, and whether the rest still holds."""

    shown: AbstractSet[UUID]
    over: AbstractSet[UUID] = frozenset()
    is_true: bool = False


def add_fact(
    session: Session, actor: Actor, visit_id: UUID, kind: FactKind, text: str, *, now: datetime
) -> PatientFact:
    """Note something the patient carries from now on; the same words again confirm the first.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `fact-empty`, `fact-too-long`, `facts-too-many`.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    cleaned = accept_fact(text)
    active = queries.facts_of(session, visit)
    for known in active:
        if known.kind == kind and fold(known.text) == fold(cleaned):
            _confirm(session, actor, visit, kind, now=now)
            return known
    if len(active) >= FACTS_AT_MOST:
        raise InvalidError("facts-too-many", limit=FACTS_AT_MOST)
    fact = PatientFact(
        patient_id=visit.patient_id,
        kind=kind,
        text=cleaned,
        source_visit_id=visit.id,
        noted_by=actor.ref,
        noted_at=now,
    )
    session.add(fact)
    session.flush()
    _confirm(session, actor, visit, kind, now=now)
    note(session, actor, visit, "visit.measure", {"fact": str(fact.id), "act": "add"}, now=now)
    return fact


def end_fact(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    fact_id: UUID,
    status: FactStatus,
    *,
    version: int,
    now: datetime,
) -> PatientFact:
    """Say that something no longer holds, was a mistake, or holds after all; it stays in the history.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `fact-not-found`, `stale-version`.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    fact = queries.find_fact(session, visit, fact_id)
    if fact is None:
        raise NotFoundError("fact-not-found")
    if fact.status == status:
        return fact
    if fact.version != version:
        raise StaleError("stale-version")
    is_over = status is not FactStatus.ACTIVE
    fact.status, fact.version = status, fact.version + 1
    fact.ended_visit_id = visit.id if is_over else None
    fact.ended_by, fact.ended_at = (actor.ref, now) if is_over else (None, None)
    session.add(fact)
    session.flush()
    _confirm(session, actor, visit, FactKind(fact.kind), now=now)
    note(session, actor, visit, "visit.measure", {"fact": str(fact.id), "act": str(status)}, now=now)
    return fact


def confirm_facts(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    kind: FactKind,
    *,
    shown: AbstractSet[UUID],
    now: datetime,
) -> None:
    """Say that what is carried of a kind was asked about and is unchanged, or that there is none.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, and `facts-changed` where something of the kind
    is carried by now that was not shown, or no longer.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    if {each.id for each in queries.facts_of(session, visit) if each.kind == kind} != shown:
        raise StaleError("facts-changed")
    if _confirm(session, actor, visit, kind, now=now):
        note(session, actor, visit, "visit.measure", {"kind": str(kind), "act": "confirm"}, now=now)


def hear_again(session: Session, actor: Actor, visit_id: UUID, heard: Heard, *, now: datetime) -> None:
    """End what no longer holds of what was shown, and confirm the rest where it was said to hold, in one act.

    Only kinds of which something was shown are confirmed. Saying the same twice changes nothing.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, and `facts-changed` where something is carried
    by now that was not shown, or no longer.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    active = queries.facts_of(session, visit)
    if {each.id for each in active} - heard.over != heard.shown - heard.over:
        raise StaleError("facts-changed")
    for fact in active:
        if fact.id in heard.over:
            end_fact(session, actor, visit_id, fact.id, FactStatus.ENDED, version=fact.version, now=now)
    if heard.is_true:
        rest = [each for each in active if each.id not in heard.over]
        for kind in sorted({FactKind(each.kind) for each in rest}):
            shown = {each.id for each in rest if each.kind == kind}
            confirm_facts(session, actor, visit_id, kind, shown=shown, now=now)


def date_pregnancy(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    *,
    dated_by: DatedBy,
    dated_on: date,
    gravida: int | None,
    para: int | None,
    version: int,
    now: datetime,
) -> Pregnancy:
    """Note a pregnancy or correct the one that is known; `version` 0: none was.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `pregnancy-date`, `pregnancy-births`,
    `pregnancy-impossible` (of a man, a child, somebody old), `stale-version`.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    today = policy_of(session).local_date(now)
    accept_dating(dated_by, dated_on, today=today)
    accept_births(gravida, para)
    row = queries.find_pregnancy(session, visit.patient_id)
    if row is None:
        patient = session.get_one(Patient, visit.patient_id)
        if not may_be_pregnant(Sex(patient.sex), age_span(birth_of(patient), today)):
            raise InvalidError("pregnancy-impossible", field="dated_on")
    wanted = (str(dated_by), dated_on, gravida, para)
    if row is not None and (row.dated_by, row.dated_on, row.gravida, row.para) == wanted:
        return row
    if (row.version if row else 0) != version:
        raise StaleError("stale-version")
    if row is None:
        row = Pregnancy(
            patient_id=visit.patient_id,
            source_visit_id=visit.id,
            dated_by=dated_by,
            dated_on=dated_on,
            noted_by=actor.ref,
            noted_at=now,
            version=0,
        )
    row.dated_by, row.dated_on, row.gravida, row.para = wanted
    row.version += 1
    session.add(row)
    session.flush()
    note(session, actor, visit, "visit.measure", {"part": "pregnancy"}, now=now)
    return row


def end_pregnancy(
    session: Session, actor: Actor, visit_id: UUID, *, ended_on: date, version: int, now: datetime
) -> Pregnancy:
    """Say that the pregnancy is over since a day.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `pregnancy-none`, `pregnancy-date`,
    `stale-version`.
    """
    check(actor, "visit.measure")
    visit = visit_to_write(session, actor, visit_id, now=now)
    row = queries.find_pregnancy(session, visit.patient_id)
    if row is None:
        raise ConflictError("pregnancy-none")
    began = gestation(DatedBy(row.dated_by), row.dated_on, ended_on).began_on
    if not began <= ended_on <= policy_of(session).local_date(now):
        raise InvalidError("pregnancy-date", field="ended_on")
    if row.version != version:
        raise StaleError("stale-version")
    row.ended_on, row.version = ended_on, row.version + 1
    session.add(row)
    session.flush()
    note(session, actor, visit, "visit.measure", {"part": "pregnancy", "act": "end"}, now=now)
    return row


def is_pregnant(session: Session, patient_id: UUID, *, on: date) -> bool:
    """Tell whether a pregnancy is known that can still go on, for a patient fetched in scope."""
    row = queries.find_pregnancy(session, patient_id)
    return row is not None and not gestation(DatedBy(row.dated_by), row.dated_on, on).is_over


def pregnant_among(session: Session, patient_ids: Collection[UUID], *, on: date) -> set[UUID]:
    """Return those of these patients, fetched in scope, for whom `is_pregnant` would say so."""
    found = queries.pregnancies_among(session, patient_ids)
    newest = {each: max(rows, key=lambda row: row.noted_at) for each, rows in found.items()}
    return {
        each for each, row in newest.items() if not gestation(DatedBy(row.dated_by), row.dated_on, on).is_over
    }


def _confirm(session: Session, actor: Actor, visit: Visit, kind: FactKind, *, now: datetime) -> bool:
    standing = [str(each.id) for each in queries.facts_of(session, visit) if each.kind == kind]
    row = session.get(FactConfirmation, (visit.id, str(kind)))
    if row is not None and row.facts == standing:
        return False
    if row is None:
        row = FactConfirmation(
            visit_id=visit.id,
            kind=kind,
            facts=standing,
            confirmed_by=actor.ref,
            confirmed_at=now,
            version=0,
        )
    row.facts, row.confirmed_by, row.confirmed_at = standing, actor.ref, now
    row.version += 1
    session.add(row)
    session.flush()
    return True
