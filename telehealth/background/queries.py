"""Every select of background, scoped by the actor or for a visit fetched in scope."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import union
from sqlmodel import Session, col, func, select

from telehealth.access.models import SamePerson
from telehealth.access.queries import current_ids, person_ids, visible_patients
from telehealth.background.models import FactConfirmation, PatientFact, Pregnancy
from telehealth.background.rules import FactStatus
from telehealth.kit.actors import Actor
from telehealth.patients.models import Patient
from telehealth.visits.models import Visit


def facts_of(session: Session, visit: Visit, *, is_active: bool = True) -> list[PatientFact]:
    """List what the patient of a visit fetched in scope carries, what was noted first at the top."""
    query = select(PatientFact).where(
        col(PatientFact.patient_id).in_(person_ids(session, visit.patient_id)),
        (PatientFact.status == FactStatus.ACTIVE) if is_active else (PatientFact.status != FactStatus.ACTIVE),
    )
    return list(session.exec(query.order_by(col(PatientFact.noted_at), col(PatientFact.id))))


def list_carried(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[PatientFact]:
    """List what a patient in scope carries, before any visit is opened; nothing out of scope."""
    query = select(PatientFact).where(
        col(PatientFact.patient_id).in_(person_ids(session, patient_id)),
        col(PatientFact.patient_id).in_(visible_patients(actor, now)),
        PatientFact.status == FactStatus.ACTIVE,
    )
    return list(session.exec(query.order_by(col(PatientFact.noted_at), col(PatientFact.id))))


def find_fact(session: Session, visit: Visit, fact_id: UUID) -> PatientFact | None:
    """Find a fact of the patient of a visit fetched in scope, held against other writers."""
    query = select(PatientFact).where(
        PatientFact.id == fact_id,
        col(PatientFact.patient_id).in_(person_ids(session, visit.patient_id)),
    )
    held = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(held).first()


def confirmations_of(session: Session, visit: Visit) -> dict[str, FactConfirmation]:
    """Return what a visit confirmed, by kind."""
    rows = session.exec(select(FactConfirmation).where(FactConfirmation.visit_id == visit.id))
    return {row.kind: row for row in rows}


def find_pregnancy(session: Session, patient_id: UUID) -> Pregnancy | None:
    """Find the pregnancy of a patient whose visit or record was fetched in scope; None when none is known."""
    query = (
        select(Pregnancy)
        .where(
            col(Pregnancy.patient_id).in_(person_ids(session, patient_id)), col(Pregnancy.ended_on).is_(None)
        )
        .order_by(col(Pregnancy.noted_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


def pregnancies_among(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, list[Pregnancy]]:
    """Return the pregnancies that are not noted as over, by patient; of records fetched in scope.

    Two statements, however many patients; what stands in a merged record counts for its person.
    """
    people = current_ids(session, patient_ids)
    current = set(people.values())
    own = select(Patient.id).where(col(Patient.id).in_(current))
    merged = select(SamePerson.patient_id).where(col(SamePerson.current_id).in_(current))
    query = (
        select(func.coalesce(SamePerson.current_id, Pregnancy.patient_id), Pregnancy)
        .outerjoin(SamePerson, col(SamePerson.patient_id) == Pregnancy.patient_id)
        .where(col(Pregnancy.patient_id).in_(union(own, merged)), col(Pregnancy.ended_on).is_(None))
    )
    found: dict[UUID, list[Pregnancy]] = {}
    for person_id, row in session.exec(query):
        found.setdefault(person_id, []).append(row)
    return {each: found[current] for each, current in people.items() if current in found}


def facts_version(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of what the patient carries, and of what was confirmed."""
    facts = select(func.coalesce(func.sum(PatientFact.version), 0)).where(
        col(PatientFact.patient_id).in_(person_ids(session, visit.patient_id))
    )
    confirmed = select(func.coalesce(func.sum(FactConfirmation.version), 0)).where(
        FactConfirmation.visit_id == visit.id
    )
    counted = session.exec(select(facts.scalar_subquery(), confirmed.scalar_subquery())).one()
    return sum(int(each) for each in counted)


def pregnancy_version(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of the patient's pregnancies."""
    query = select(func.coalesce(func.sum(Pregnancy.version), 0)).where(
        col(Pregnancy.patient_id).in_(person_ids(session, visit.patient_id))
    )
    return int(session.exec(query).one())


def allergies_of(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[str]:
    """List the allergies of a patient in scope, for whoever prescribes; nothing out of scope."""
    query = select(PatientFact.text).where(
        col(PatientFact.patient_id).in_(person_ids(session, patient_id)),
        col(PatientFact.patient_id).in_(visible_patients(actor, now)),
        PatientFact.kind == "allergy",
        PatientFact.status == FactStatus.ACTIVE,
    )
    return list(session.exec(query.order_by(col(PatientFact.noted_at))))
