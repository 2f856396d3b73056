"""Every select of visits, scoped by the actor."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.queries import visible_patients
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.kit.text import fold
from telehealth.visits.models import Condition, DiagnosisCode, Observation, SignedRecord, Visit, VisitSection
from telehealth.visits.vitals import VITALS

CODE_LIMIT = 12


def get_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> Visit:
    """Return a visit in scope; raise `visit-not-found`."""
    query = select(Visit).where(Visit.id == visit_id, col(Visit.patient_id).in_(visible_patients(actor, now)))
    visit = session.exec(query).first()
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


def find_for_appointment(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Visit | None:
    """Find the visit an appointment serves."""
    scope = col(Visit.patient_id).in_(visible_patients(actor, now))
    return session.exec(select(Visit).where(Visit.appointment_id == appointment_id, scope)).first()


def list_for_patient(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime, limit: int = 20, before: datetime | None = None
) -> list[Visit]:
    """List a patient's visits over all facilities the actor may see, newest first."""
    query = select(Visit).where(
        Visit.patient_id == patient_id, col(Visit.patient_id).in_(visible_patients(actor, now))
    )
    if before is not None:
        query = query.where(Visit.occurred_at < before)
    return list(session.exec(query.order_by(col(Visit.occurred_at).desc(), col(Visit.id).desc()).limit(limit)))


def list_visits(session: Session, actor: Actor, visit_ids: Sequence[UUID], *, now: datetime) -> list[Visit]:
    """List the visits of these ids that are in scope."""
    query = select(Visit).where(col(Visit.id).in_(visit_ids), col(Visit.patient_id).in_(visible_patients(actor, now)))
    return list(session.exec(query))


def reasons(session: Session, actor: Actor, visit_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
    """Return why the patients of these visits came, for lists; out of scope ones are left out."""
    query = (
        select(VisitSection)
        .join(Visit, col(Visit.id) == VisitSection.visit_id)
        .where(
            col(VisitSection.visit_id).in_(visit_ids),
            VisitSection.name == "reason",
            col(Visit.patient_id).in_(visible_patients(actor, now)),
        )
    )
    return {section.visit_id: section.text for section in session.exec(query)}


def sections_of(session: Session, visit: Visit) -> dict[str, VisitSection]:
    """Return the written parts of a visit the caller has already fetched in scope."""
    rows = session.exec(select(VisitSection).where(VisitSection.visit_id == visit.id))
    return {row.name: row for row in rows}


def observations_of(session: Session, visit: Visit) -> dict[str, Observation]:
    """Return the newest value of each measurement of a visit fetched in scope, in the page's order."""
    rows = session.exec(
        select(Observation)
        .where(Observation.visit_id == visit.id)
        .order_by(col(Observation.occurred_at), col(Observation.id))
    )
    newest = {row.code: row for row in rows}
    return {code: newest[code] for code in VITALS if code in newest}


def earlier_observations(session: Session, visit: Visit, *, limit: int = 200) -> dict[str, list[Observation]]:
    """Return what was measured at the patient's earlier visits, newest first, for a visit in scope."""
    rows = session.exec(
        select(Observation)
        .where(
            Observation.patient_id == visit.patient_id,
            Observation.visit_id != visit.id,
            Observation.occurred_at < visit.occurred_at,
        )
        .order_by(col(Observation.occurred_at).desc(), col(Observation.id).desc())
        .limit(limit)
    )
    found: dict[str, list[Observation]] = {}
    for row in rows:
        found.setdefault(row.code, []).append(row)
    return found


def conditions_of(session: Session, visit: Visit) -> list[Condition]:
    """List the diagnoses of a visit fetched in scope, the main one first."""
    return list(session.exec(select(Condition).where(Condition.visit_id == visit.id).order_by(col(Condition.rank))))


def records_of(session: Session, visit: Visit) -> list[SignedRecord]:
    """List the signed record and its amendments, oldest first, of a visit fetched in scope."""
    query = select(SignedRecord).where(SignedRecord.visit_id == visit.id).order_by(col(SignedRecord.number))
    return list(session.exec(query))


def search_codes(session: Session, text: str, *, code_list: str | None = None) -> list[DiagnosisCode]:
    """Search diagnosis codes by code or by words without marks; every word must occur.

    Codes that begin with the text come first, then names that begin with it.
    """
    words = fold(text).split()
    if not words:
        return []
    query = select(DiagnosisCode)
    if code_list is not None:
        query = query.where(DiagnosisCode.code_list == code_list)
    for word in words:
        query = query.where(col(DiagnosisCode.folded).contains(f" {word}", autoescape=True))
    rows = session.exec(query.limit(200)).all()
    whole = " ".join(words)
    ranked = sorted(rows, key=lambda row: (not fold(row.code).startswith(whole), whole not in row.folded, row.code))
    return ranked[:CODE_LIMIT]
