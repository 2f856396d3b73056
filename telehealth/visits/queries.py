"""Every select of visits, scoped by the actor."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, or_, select

from telehealth.access.queries import person_ids, visible_patients
from telehealth.access.rules import ConsultKind
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import (
    Attachment,
    Condition,
    Observation,
    SignedRecord,
    Visit,
    VisitSection,
)
from telehealth.visits.parts import versions_of_parts
from telehealth.visits.rules import Section
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import MEASUREMENTS

TRENDED = 2_000
"""How many values a page of trends looks at, of all measurements together."""
LOOKED_THROUGH = 200
"""So many of the newest values are looked through for the last of each measurement."""
LOOKED_BACK = timedelta(days=14)
"""How long a visit that never got a time is held up to whoever coordinates."""


def get_visit(session: Session, actor: Actor, visit_id: UUID, *, now: datetime, lock: bool = False) -> Visit:
    """Return a visit in scope, locked against other writers if asked; raise `visit-not-found`."""
    query = select(Visit).where(Visit.id == visit_id, scope_of(actor, now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    visit = session.exec(query).first()
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


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
    ids = person_ids(session, patient_id)
    query = select(Visit).where(
        col(Visit.patient_id).in_(ids), col(Visit.patient_id).in_(visible_patients(actor, now))
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
            scope_of(actor, now),
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


def list_agreed_beside(session: Session, visit: Visit) -> list[Visit]:
    """List the other open visits of the same patient at the same station that an appointment is for."""
    query = select(Visit).where(
        Visit.patient_id == visit.patient_id,
        Visit.station_facility_id == visit.station_facility_id,
        Visit.state == VisitState.OPEN,
        Visit.id != visit.id,
        col(Visit.appointment_id).is_not(None),
    )
    return list(session.exec(query.order_by(col(Visit.id))))


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


def last_section(
    session: Session, actor: Actor, patient_id: UUID, name: Section, *, now: datetime
) -> tuple[Visit, str] | None:
    """Find the latest visit in scope at which a section was written of a patient, with its text."""
    query = (
        select(Visit, VisitSection.text)
        .join(VisitSection, col(VisitSection.visit_id) == Visit.id)
        .where(
            col(Visit.patient_id).in_(person_ids(session, patient_id)),
            col(Visit.patient_id).in_(visible_patients(actor, now)),
            Visit.state != VisitState.WITHDRAWN,
            VisitSection.name == name,
            VisitSection.text != "",
        )
        .order_by(col(Visit.occurred_at).desc(), col(Visit.id).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found else None


def sections_of(session: Session, visit: Visit) -> dict[str, VisitSection]:
    """Return the written parts of a visit the caller has already fetched in scope."""
    rows = session.exec(select(VisitSection).where(VisitSection.visit_id == visit.id))
    return {row.name: row for row in rows}


def observations_of(session: Session, visit: Visit) -> dict[str, Observation]:
    """Return the newest value of each measurement of a visit fetched in scope, in the page's order."""
    return newest_of(session.exec(select(Observation).where(Observation.visit_id == visit.id)))


def newest_of(rows: Iterable[Observation]) -> dict[str, Observation]:
    """Return the newest of these values of each measurement, in the page's order."""
    newest = {row.code: row for row in sorted(rows, key=lambda row: (row.occurred_at, row.id))}
    return {code: newest[code] for code in MEASUREMENTS if code in newest}


def observations_of_many(
    session: Session, actor: Actor, visit_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, dict[str, Observation]]:
    """Return the newest value of each measurement of these visits in scope, in one statement."""
    query = select(Observation).where(
        col(Observation.visit_id).in_(visit_ids),
        col(Observation.patient_id).in_(visible_patients(actor, now)),
    )
    found: dict[UUID, dict[str, Observation]] = {}
    for row in session.exec(query.order_by(col(Observation.occurred_at), col(Observation.id))):
        found.setdefault(row.visit_id, {})[row.code] = row
    return found


def all_observations_of(session: Session, visit: Visit, codes: Sequence[str]) -> list[Observation]:
    """List every value of these measurements at a visit fetched in scope, as they were recorded.

    How many there are is the version of the group: values are only ever added.
    """
    rows = select(Observation).where(Observation.visit_id == visit.id, col(Observation.code).in_(codes))
    return list(session.exec(rows.order_by(col(Observation.recorded_at), col(Observation.id))))


def earlier_observations(
    session: Session, actor: Actor, visit: Visit, *, now: datetime, limit: int = 200
) -> dict[str, list[Observation]]:
    """Return what was measured at the patient's earlier visits, newest first, for a visit in scope.

    A value the visit has itself, taken over from another, is none of before. Nothing where only the visit
    itself is readable still, because the actor signed it.
    """
    own = aliased(Observation)
    is_own = exists().where(
        col(own.visit_id) == visit.id,
        col(own.code) == Observation.code,
        col(own.value) == Observation.value,
        col(own.occurred_at) == Observation.occurred_at,
    )
    rows = session.exec(
        select(Observation)
        .where(
            col(Observation.patient_id).in_(person_ids(session, visit.patient_id)),
            col(Observation.patient_id).in_(visible_patients(actor, now)),
            Observation.visit_id != visit.id,
            Observation.occurred_at < visit.occurred_at,
            ~is_own,
        )
        .order_by(col(Observation.occurred_at).desc(), col(Observation.id).desc())
        .limit(limit)
    )
    return _each_once(rows)


def trends_of(
    session: Session, actor: Actor, patient_id: UUID, *, now: datetime, limit: int = TRENDED
) -> dict[str, list[Observation]]:
    """Return what was measured of a person at all visits the actor may see, newest first, by measurement.

    A value that a second visit took over from the first (`service.open_like`) was measured once.
    """
    rows = session.exec(
        select(Observation)
        .where(
            col(Observation.patient_id).in_(person_ids(session, patient_id)),
            col(Observation.patient_id).in_(visible_patients(actor, now)),
        )
        .order_by(col(Observation.occurred_at).desc(), col(Observation.id).desc())
        .limit(limit)
    )
    return _each_once(rows)


def _each_once(rows: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Return values of one person by measurement in the order given, each at the visit it was taken at."""
    once = {(row.code, row.value, row.occurred_at): row for row in rows}  # the last of the same is the first
    found: dict[str, list[Observation]] = {}
    for row in once.values():
        found.setdefault(row.code, []).append(row)
    return found


def last_values(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> dict[str, Observation]:
    """Return the newest value of each measurement, of whichever visit the actor may see it is."""
    rows = trends_of(session, actor, patient_id, now=now, limit=LOOKED_THROUGH)
    return {code: found[0] for code, found in rows.items()}


def conditions_of(session: Session, visit: Visit) -> list[Condition]:
    """List the diagnoses of a visit fetched in scope, the main one first."""
    return list(
        session.exec(select(Condition).where(Condition.visit_id == visit.id).order_by(col(Condition.rank)))
    )


def conditions_of_ids(
    session: Session, actor: Actor, visit_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, list[Condition]]:
    """Return the diagnoses of the visits in scope among these, by visit, in one statement."""
    query = select(Condition).join(Visit, col(Visit.id) == Condition.visit_id)
    query = query.where(
        col(Condition.visit_id).in_(visit_ids), col(Visit.patient_id).in_(visible_patients(actor, now))
    )
    found: dict[UUID, list[Condition]] = {}
    for row in session.exec(query.order_by(col(Condition.rank))):
        found.setdefault(row.visit_id, []).append(row)
    return found


def records_of(session: Session, visit: Visit) -> list[SignedRecord]:
    """List the signed record and its amendments, oldest first, of a visit fetched in scope."""
    query = select(SignedRecord).where(SignedRecord.visit_id == visit.id).order_by(col(SignedRecord.number))
    return list(session.exec(query))


def is_signed(session: Session, visit_id: UUID) -> bool:
    """Tell whether a visit is signed, of which the caller has fetched something in scope."""
    query = select(exists().where(col(Visit.id) == visit_id, col(Visit.state) == VisitState.SIGNED))
    return session.exec(query).one()


def signed_among(
    session: Session, actor: Actor, visit_ids: Collection[UUID], *, now: datetime
) -> frozenset[UUID]:
    """Return those of these visits in scope whose record is signed."""
    query = select(Visit.id).where(
        col(Visit.id).in_(visit_ids), Visit.state == VisitState.SIGNED, scope_of(actor, now)
    )
    return frozenset(session.exec(query))


def content_version(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of a visit fetched in scope, whoever wrote it.

    Who signs sends the one they read: what they did not read cannot slip under their signature.
    """
    sections = select(func.coalesce(func.sum(VisitSection.version), 0)).where(
        VisitSection.visit_id == visit.id
    )
    observations = select(func.count(col(Observation.id))).where(Observation.visit_id == visit.id)
    attachments = select(func.coalesce(func.sum(Attachment.version), 0)).where(
        Attachment.visit_id == visit.id
    )
    parts = (sections, observations, attachments)
    counted = session.exec(select(*(part.scalar_subquery() for part in parts))).one()
    own = visit.version + visit.diagnoses_version + visit.follow_up_version
    above = sum(versions_of_parts(session, visit).values())
    return own + sum(int(count) for count in counted) + above


def scope_of(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Visits of patients in scope; what one signed oneself stays readable without end."""
    signed = select(SignedRecord.visit_id).where(SignedRecord.signed_by == actor.ref)
    return or_(col(Visit.patient_id).in_(visible_patients(actor, now)), col(Visit.id).in_(signed))
