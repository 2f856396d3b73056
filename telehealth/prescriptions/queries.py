"""Every select of prescriptions, scoped by the actor.

A draft is seen by its writer and by who answers for the visit; everybody else in scope learns that one is
being written, and nothing of it. What was signed is seen by whoever sees the visit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_
from sqlmodel import Session, and_, col, func, select

from telehealth.access.queries import person_ids
from telehealth.access.rules import ConsultKind
from telehealth.background import queries as background
from telehealth.background.rules import FactKind
from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.patients.queries import birth_of
from telehealth.prescriptions.handles import looks_like_handle
from telehealth.prescriptions.models import (
    Formulary,
    LongUseCondition,
    Medicine,
    Prescription,
    PrescriptionCode,
    PrescriptionLine,
)
from telehealth.prescriptions.rules import (
    DAYS_LONGEST,
    MOMENTS,
    DrugClass,
    Facts,
    Line,
    LongUse,
    Person,
    Taken,
    age_in_months,
    may_be_small_child,
)
from telehealth.prescriptions.states import PrescriptionState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits.models import SignedRecord, Visit, VisitSection
from telehealth.visits.prefixes import is_listed
from telehealth.visits.queries import conditions_of
from telehealth.visits.queries import scope_of as visits_in_scope
from telehealth.visits.rules import Section

ALLERGIES_LOOKED_BACK = 500
"""So many different texts about allergies, the newest first: what is said at every visit counts once."""
ISSUED = (PrescriptionState.ACTIVE, PrescriptionState.VOIDED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What paper's code is answered with: nothing else is ever said."""

    is_valid: bool
    signed_on: date
    facility: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A prescription as it was signed, with the record it belongs to, both read from canonical JSON."""

    content: dict[str, Any]
    record: dict[str, Any]
    signer: dict[str, Any]
    signed_at: str


def scope_of(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Prescriptions of visits in scope: issued ones, and drafts of one's own or that one answers for."""
    return and_(
        visits_in_scope(actor, now),
        or_(col(Prescription.state).in_(ISSUED), and_(_is_draft(), _may_see_draft(actor))),
    )


def get_prescription(
    session: Session, actor: Actor, prescription_id: UUID, *, now: datetime
) -> tuple[Prescription, Visit]:
    """Return a prescription in scope with its visit; raise `prescription-not-found`."""
    query = _scoped(actor, now).where(Prescription.id == prescription_id)
    found = session.exec(query).first()
    if found is None:
        raise NotFoundError("prescription-not-found")
    return found[0], found[1]


def list_prescriptions(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> list[Prescription]:
    """List the prescriptions of a visit that the actor may see, the oldest first."""
    query = _scoped(actor, now).where(Prescription.visit_id == visit.id)
    return [row for row, _ in session.exec(query.order_by(col(Prescription.number)))]


def find_active(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> Prescription | None:
    """Find the prescription of a visit that is in force, for whoever sees the visit."""
    query = _scoped(actor, now).where(
        Prescription.visit_id == visit.id, Prescription.state == PrescriptionState.ACTIVE
    )
    found = session.exec(query).first()
    return found[0] if found else None


def find_draft(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> Prescription | None:
    """Find what is being prescribed at a visit, for those who may see it."""
    query = _scoped(actor, now).where(Prescription.visit_id == visit.id, _is_draft())
    found = session.exec(query).first()
    return found[0] if found else None


def is_being_written(session: Session, visit: Visit) -> bool:
    """Tell whether somebody is prescribing at a visit fetched in scope; nothing of it is told."""
    draft = draft_of(session, visit.id)
    return draft is not None and bool(lines_of(session, draft))


def find_last(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> Prescription | None:
    """Find what the patient was prescribed last and still holds, at another visit in scope."""
    query = _scoped(actor, now).where(
        col(Prescription.patient_id).in_(person_ids(session, visit.patient_id)),
        Prescription.visit_id != visit.id,
        Prescription.state == PrescriptionState.ACTIVE,
    )
    found = session.exec(query.order_by(col(Prescription.issued_at).desc()).limit(1)).first()
    return found[0] if found else None


def draft_of(session: Session, visit_id: UUID) -> Prescription | None:
    """Find the draft of a visit, for use inside this slice."""
    return session.exec(select(Prescription).where(Prescription.visit_id == visit_id, _is_draft())).first()


def active_of(session: Session, visit_id: UUID) -> Prescription | None:
    """Find the prescription of a visit that is in force, for use inside this slice."""
    query = select(Prescription).where(
        Prescription.visit_id == visit_id, Prescription.state == PrescriptionState.ACTIVE
    )
    return session.exec(query).first()


def latest_number(session: Session, visit_id: UUID) -> int:
    """Return the highest number a prescription of the visit has, 0 for none."""
    query = select(func.max(col(Prescription.number))).where(Prescription.visit_id == visit_id)
    return session.exec(query).one() or 0


def part_version(session: Session, visit_id: UUID) -> int:
    """Return a number that grows with every change of what is prescribed at a visit."""
    query = select(func.coalesce(func.sum(Prescription.version), 0)).where(Prescription.visit_id == visit_id)
    return int(session.exec(query).one())


def lines_of(session: Session, prescription: Prescription) -> list[Line]:
    """Return the lines of a prescription fetched in scope, in order."""
    rows = session.exec(
        select(PrescriptionLine)
        .where(PrescriptionLine.prescription_id == prescription.id)
        .order_by(col(PrescriptionLine.rank))
    )
    return [_line(row) for row in rows]


def facts_of(prescription: Prescription | None) -> Facts:
    """Return what is said of the whole prescription."""
    if prescription is None:
        return Facts()
    return Facts(
        weight_kg=prescription.weight_kg,
        escort_name=prescription.escort_name,
        long_reason=prescription.long_reason,
    )


def person_of(session: Session, visit: Visit) -> Person:
    """Return what the rules ask of the patient of a visit fetched in scope, on the day of the visit.

    Allergies are those of this visit and of every earlier one of the person, and those the person carries:
    what was told once still warns.
    """
    patient = session.get_one(Patient, visit.patient_id)
    birth, on = birth_of(patient), policy_of(session).local_date(visit.occurred_at)
    query = (
        select(VisitSection.text)
        .join(Visit, col(Visit.id) == VisitSection.visit_id)
        .where(
            col(Visit.patient_id).in_(person_ids(session, visit.patient_id)),
            VisitSection.name == Section.ALLERGIES,
            VisitSection.text != "",
        )
        .group_by(VisitSection.text)
        .order_by(func.max(Visit.occurred_at).desc())
        .limit(ALLERGIES_LOOKED_BACK)
    )
    facts = background.facts_of(session, visit)
    carried = [fact.text for fact in facts if fact.kind == FactKind.ALLERGY]
    medicines = [Taken(fact.text) for fact in facts if fact.kind == FactKind.MEDICINE]
    return Person(
        age_months=age_in_months(birth, on),
        is_small_child=may_be_small_child(birth, on),
        has_personal_id=patient.cccd_index is not None,
        no_id_reason=patient.no_id_reason or "",
        allergies="\n".join((*carried, *session.exec(query))),
        long_use=long_use_of(session, visit),
        taken=(*medicines, *_prescribed_elsewhere(session, visit, on)),
    )


def _prescribed_elsewhere(session: Session, visit: Visit, on: date) -> list[Taken]:
    """Return what other prescriptions in force still give the person on a day, wherever they were issued."""
    query = (
        select(PrescriptionLine, Prescription, Facility.name)
        .join(Prescription, col(Prescription.id) == PrescriptionLine.prescription_id)
        .join(Facility, col(Facility.id) == Prescription.facility_id)
        .where(
            col(Prescription.patient_id).in_(person_ids(session, visit.patient_id)),
            Prescription.visit_id != visit.id,
            Prescription.state == PrescriptionState.ACTIVE,
            col(Prescription.issued_at) > visit.occurred_at - timedelta(days=DAYS_LONGEST),
        )
    )
    policy, found = policy_of(session), []
    for line, prescription, facility in session.exec(query.order_by(col(Prescription.issued_at).desc())):
        if prescription.issued_at is None:
            continue
        issued = policy.local_date(prescription.issued_at)
        if issued + timedelta(days=line.days or 0) > on:
            name = " ".join(part for part in (line.generic_name, line.strength) if part)
            found.append(Taken(name, tuple(line.ingredients), f"{facility}, {issued:%d/%m/%Y}"))
    return found


def long_use_of(session: Session, visit: Visit) -> LongUse:
    """Return the newest list of diseases for more than 30 days, and the visit's diagnoses that are on it."""
    query = select(LongUseCondition.list_label).group_by(LongUseCondition.list_label)
    newest = query.order_by(func.max(LongUseCondition.imported_at).desc()).limit(1)
    label = session.exec(newest).first()
    if not label:
        return LongUse()
    rows = select(LongUseCondition.prefix).where(LongUseCondition.list_label == label)
    prefixes = list(session.exec(rows))
    codes = [each.code for each in conditions_of(session, visit) if is_listed(each.code, prefixes)]
    return LongUse(label, tuple(code for code in codes if code))


def medicines_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, Medicine]:
    """Return the medicines of these ids."""
    return {row.id: row for row in session.exec(select(Medicine).where(col(Medicine.id).in_(ids)))}


def labels_of(session: Session, medicines: Iterable[Medicine]) -> dict[UUID, tuple[str, bool]]:
    """Return label of the list, and whether it is approved, by the list's id."""
    ids = {row.formulary_id for row in medicines}
    rows = session.exec(select(Formulary).where(col(Formulary.id).in_(ids)))
    return {row.id: (row.label, row.approved_at is not None) for row in rows}


def code_of(session: Session, prescription: Prescription) -> PrescriptionCode | None:
    """Return how the asking for the national code of a prescription fetched in scope stands."""
    return session.get(PrescriptionCode, prescription.id)


def signed_content(session: Session, prescription: Prescription) -> Signed:
    """Return an issued prescription as it was signed; raise `prescription-not-found` for a draft."""
    if prescription.record_id is None:
        raise NotFoundError("prescription-not-found")
    own = session.get_one(SignedRecord, prescription.record_id)
    first = session.exec(
        select(SignedRecord).where(SignedRecord.visit_id == prescription.visit_id, SignedRecord.number == 1)
    ).one()
    document = json.loads(own.canonical)
    return Signed(
        content=document["parts"]["prescription"],
        record=json.loads(first.canonical),
        signer=document["signer"],
        signed_at=document["signed_at"],
    )


def verify(session: Session, handle: str) -> Verdict | None:
    """Say of a paper whether it still holds, when and where it was issued; None for no such paper."""
    if not looks_like_handle(handle):
        return None
    query = select(Prescription).where(Prescription.handle == handle, col(Prescription.state).in_(ISSUED))
    row = session.exec(query).first()
    if row is None or row.issued_at is None:
        return None
    return Verdict(
        is_valid=row.state == PrescriptionState.ACTIVE,
        signed_on=policy_of(session).local_date(row.issued_at),
        # As the paper names it, whatever the facility is called by now.
        facility=signed_content(session, row).signer["facility"]["name"],
    )


def _scoped(actor: Actor, now: datetime) -> Any:
    return (
        select(Prescription, Visit)
        .join(Visit, col(Visit.id) == Prescription.visit_id)
        .where(scope_of(actor, now))
    )


def _is_draft() -> ColumnElement[bool]:
    return col(Prescription.state) == PrescriptionState.DRAFT


def _may_see_draft(actor: Actor) -> ColumnElement[bool]:
    """The writer, and those `access.rules.is_responsible` names."""
    if not isinstance(actor, MembershipActor):
        return false()
    is_writer = col(Prescription.written_by) == actor.ref
    treats = and_(
        col(Visit.consult_kind) == ConsultKind.REMOTE_EXAM, col(Visit.doctor_membership_id) == actor.ref
    )
    if actor.role is not Role.STATION_PRACTITIONER:
        return or_(is_writer, treats)
    answers = and_(
        col(Visit.consult_kind) == ConsultKind.FACILITY_SUPPORT,
        col(Visit.station_facility_id) == actor.facility_id,
    )
    return or_(is_writer, treats, answers)


def _line(row: PrescriptionLine) -> Line:
    given: dict[str, Decimal | None] = {name: getattr(row, name) for name in MOMENTS}
    return Line(
        generic_name=row.generic_name,
        medicine_id=row.medicine_id,
        brand_name=row.brand_name,
        strength=row.strength,
        form=row.form,
        route=row.route,
        unit=row.unit,
        dose=row.dose,
        times=row.times,
        moments={name: amount for name, amount in given.items() if amount is not None},
        days=row.days,
        total=row.total,
        total_reason=row.total_reason,
        instructions=row.instructions,
        drug_class=DrugClass(row.drug_class),
        ingredients=tuple(row.ingredients),
        groups=tuple(row.groups),
        acknowledged=dict(row.acknowledged),
    )
