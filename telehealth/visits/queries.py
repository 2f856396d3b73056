"""Every select of visits, scoped by the actor."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from telehealth.access.queries import visible_patients
from telehealth.access.rules import ConsultKind
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.kit.text import fold
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Condition, DiagnosisCode, Observation, SignedRecord, Visit, VisitSection
from telehealth.visits.rules import OWN_LIST
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import VITALS

CODE_LIMIT = 12
LOOKED_BACK = timedelta(days=14)
"""How long a visit that never got a time is held up to whoever coordinates."""


def get_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime, lock: bool = False) -> Visit:
    """Return a visit in scope, locked against other writers if asked; raise `visit-not-found`."""
    query = select(Visit).where(Visit.id == visit_id, _scope(actor, now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    visit = session.exec(query).first()
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


def find_for_appointment(
    session: Session, actor: Actor, appointment_id: UUID, *, now: datetime
) -> Visit | None:
    """Find the visit an appointment serves."""
    query = select(Visit).where(Visit.appointment_id == appointment_id, _scope(actor, now))
    return session.exec(query).first()


def list_for_patient(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    now: datetime,
    limit: int = 20,
    before: datetime | None = None,
) -> list[Visit]:
    """List a patient's visits over all facilities the actor may see, newest first."""
    query = select(Visit).where(
        Visit.patient_id == patient_id, col(Visit.patient_id).in_(visible_patients(actor, now))
    )
    if before is not None:
        query = query.where(Visit.occurred_at < before)
    return list(
        session.exec(query.order_by(col(Visit.occurred_at).desc(), col(Visit.id).desc()).limit(limit))
    )


def list_visits(session: Session, actor: Actor, visit_ids: Sequence[UUID], *, now: datetime) -> list[Visit]:
    """List the visits of these ids that are in scope."""
    query = select(Visit).where(
        col(Visit.id).in_(visit_ids), col(Visit.patient_id).in_(visible_patients(actor, now))
    )
    return list(session.exec(query))


def list_unsigned(session: Session, actor: Actor, *, now: datetime) -> list[Visit]:
    """List the open visits the acting doctor answers for whose time has come, oldest first."""
    query = (
        select(Visit)
        .join(Appointment, col(Appointment.id) == Visit.appointment_id)
        .where(
            Visit.state == VisitState.OPEN,
            Visit.consult_kind == ConsultKind.REMOTE_EXAM,
            Visit.doctor_membership_id == actor.ref,
            Appointment.starts_at < now,
            _scope(actor, now),
        )
    )
    return list(session.exec(query.order_by(col(Visit.occurred_at), col(Visit.id))))


def list_without_time(session: Session, actor: Actor, *, now: datetime, limit: int = 10) -> list[Visit]:
    """List the station's open visits of the last two weeks that no time is agreed for, oldest first."""
    query = select(Visit).where(
        Visit.station_facility_id == actor.facility_id,
        Visit.state == VisitState.OPEN,
        col(Visit.appointment_id).is_(None),
        Visit.occurred_at > now - LOOKED_BACK,
        col(Visit.patient_id).in_(visible_patients(actor, now)),
    )
    return list(session.exec(query.order_by(col(Visit.occurred_at), col(Visit.id)).limit(limit)))


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


def earlier_observations(
    session: Session, actor: Actor, visit: Visit, *, now: datetime, limit: int = 200
) -> dict[str, list[Observation]]:
    """Return what was measured at the patient's earlier visits, newest first, for a visit in scope.

    Nothing where only the visit itself is readable still, because the actor signed it.
    """
    rows = session.exec(
        select(Observation)
        .where(
            Observation.patient_id == visit.patient_id,
            col(Observation.patient_id).in_(visible_patients(actor, now)),
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
    return list(
        session.exec(select(Condition).where(Condition.visit_id == visit.id).order_by(col(Condition.rank)))
    )


def conditions_of_all(session: Session, visits: Sequence[Visit]) -> dict[UUID, list[Condition]]:
    """Return the diagnoses of visits fetched in scope, by visit, in one statement."""
    query = select(Condition).where(col(Condition.visit_id).in_([visit.id for visit in visits]))
    found: dict[UUID, list[Condition]] = {}
    for row in session.exec(query.order_by(col(Condition.rank))):
        found.setdefault(row.visit_id, []).append(row)
    return found


def records_of(session: Session, visit: Visit) -> list[SignedRecord]:
    """List the signed record and its amendments, oldest first, of a visit fetched in scope."""
    query = select(SignedRecord).where(SignedRecord.visit_id == visit.id).order_by(col(SignedRecord.number))
    return list(session.exec(query))


def content_version(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of a visit fetched in scope, whoever wrote it.

    Who signs sends the one they read: what they did not read cannot slip under their signature.
    """
    sections = select(func.coalesce(func.sum(VisitSection.version), 0)).where(
        VisitSection.visit_id == visit.id
    )
    observations = select(func.count(col(Observation.id))).where(Observation.visit_id == visit.id)
    written, measured = session.exec(select(sections.scalar_subquery(), observations.scalar_subquery())).one()
    own = visit.version + visit.diagnoses_version + visit.follow_up_version
    return own + int(written) + int(measured)


def codes_of(
    session: Session, codes: Sequence[str], *, code_list: str = OWN_LIST
) -> dict[str, DiagnosisCode]:
    """Return the rows of these codes that a list has."""
    query = select(DiagnosisCode).where(
        DiagnosisCode.code_list == code_list, col(DiagnosisCode.code).in_(codes)
    )
    return {row.code: row for row in session.exec(query)}


def search_codes(session: Session, text: str, *, code_list: str = OWN_LIST) -> list[DiagnosisCode]:
    """Search a list by code or by words without marks: every word must begin a word. One statement.

    Codes that begin with the text come first, then names that do.
    """
    words = fold(text).split()
    if not words:
        return []
    query = select(DiagnosisCode).where(DiagnosisCode.code_list == code_list)
    for word in words:
        # Folded words hold letters and digits only: nothing in them means anything to LIKE.
        query = query.where(col(DiagnosisCode.folded).like(f"% {word}%"))
    whole = " ".join(words)

    def rank(row: DiagnosisCode) -> tuple[bool, bool, str]:
        is_code = row.folded.startswith((f" {whole}", f" {fold(row.code)} {whole}"))
        return (not is_code, not fold(row.name).startswith(whole), row.code)

    return sorted(session.exec(query), key=rank)[:CODE_LIMIT]


def _scope(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Visits of patients in scope; what one signed oneself stays readable without end."""
    signed = select(SignedRecord.visit_id).where(SignedRecord.signed_by == actor.ref)
    return or_(col(Visit.patient_id).in_(visible_patients(actor, now)), col(Visit.id).in_(signed))
