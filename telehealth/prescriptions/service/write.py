"""Writing a prescription: the lines as a whole, against the version they were read at.

Saying again what is stored is no conflict: a browser repeats a save whose answer got lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError, StaleError
from telehealth.prescriptions import finding, queries
from telehealth.prescriptions.handles import new_handle
from telehealth.prescriptions.models import Medicine, Prescription, PrescriptionLine
from telehealth.prescriptions.rules import (
    MAX_LINES,
    MOMENTS,
    DrugClass,
    Facts,
    Line,
    accept_facts,
    accept_line,
)
from telehealth.prescriptions.service.history import append_event
from telehealth.prescriptions.states import PrescriptionCommand
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.service.history import note
from telehealth.visits.states import VisitState


def write_lines(
    session: Session,
    actor: MembershipActor,
    visit_id: UUID,
    lines: Sequence[Line],
    facts: Facts,
    *,
    version: int,
    now: datetime,
) -> Prescription:
    """Replace what is being prescribed; `version` is `queries.part_version` as the writer read it.

    What a listed medicine is comes from its list, whatever is sent. Raises `visit-not-found`, `not-allowed`,
    `visit-closed`, `stale-version`, `too-many-medicines`, `medicine-not-found`, and what `rules.accept_line`
    and `accept_facts` refuse.
    """
    visit = _to_prescribe(session, actor, visit_id, now=now)
    draft = _writable_draft(session, visit)
    accepted, said = _accept(session, visit, lines), accept_facts(facts)
    if draft and (queries.lines_of(session, draft), queries.facts_of(draft)) == (accepted, said):
        return draft
    if queries.part_version(session, visit.id) != version:
        raise StaleError("stale-version")
    draft = draft or new_draft(session, actor, visit, now=now)
    put_lines(session, draft, accepted)
    draft.weight_kg, draft.escort_name, draft.long_reason = said.weight_kg, said.escort_name, said.long_reason
    draft.written_by, draft.written_at = actor.ref, now
    _changed(session, actor, visit, draft, {"lines": len(accepted)}, now=now)
    return draft


def replace_prescription(
    session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime
) -> Prescription:
    """Begin what takes the place of a signed prescription, with its lines; an amendment will sign it.

    What was begun already goes on. Raises `visit-not-found`, `not-allowed`, `visit-not-signed`.
    """
    visit = _to_prescribe(session, actor, visit_id, now=now)
    if visit.state != VisitState.SIGNED:
        raise ConflictError("visit-not-signed")
    draft = queries.draft_of(session, visit.id)
    if draft is not None:
        return draft
    active = queries.active_of(session, visit.id)
    draft = new_draft(session, actor, visit, now=now)
    if active is not None:
        put_lines(session, draft, queries.lines_of(session, active))
        draft.weight_kg, draft.escort_name = active.weight_kg, active.escort_name
        draft.long_reason = active.long_reason
    _changed(session, actor, visit, draft, {"replaces": active.number if active else 0}, now=now)
    return draft


def drop_draft(
    session: Session, actor: MembershipActor, visit_id: UUID, *, version: int, now: datetime
) -> None:
    """Throw away what is being prescribed; what was signed stays in force.

    Raises `visit-not-found`, `not-allowed`, `stale-version`; without a draft `prescription-not-found`.
    """
    visit = _to_prescribe(session, actor, visit_id, now=now)
    draft = queries.draft_of(session, visit.id)
    if draft is None:
        raise NotFoundError("prescription-not-found")
    if queries.part_version(session, visit.id) != version:
        raise StaleError("stale-version")
    append_event(session, actor, draft, PrescriptionCommand.DROP, now=now)
    note(session, actor, visit, "visit.prescribe", {"prescription": str(draft.id), "act": "drop"}, now=now)


def lines_again(session: Session, actor: MembershipActor, visit: Visit, *, now: datetime) -> list[Line]:
    """Return the lines the patient was prescribed last, as this station's list has them today.

    Reasons that were given for warnings then do not count again, nor does a total that was stated.
    """
    last = queries.find_last(session, actor, visit, now=now)
    formulary = finding.find_formulary(session, visit.station_facility_id)
    if last is None or formulary is None:
        return []
    lines = queries.lines_of(session, last)
    ids = [line.medicine_id for line in lines if line.medicine_id]
    today = finding.same_today(session, formulary.id, ids)
    fresh = []
    for line in lines:
        medicine = today.get(line.medicine_id) if line.medicine_id else None
        own = replace(
            line, medicine_id=medicine.id if medicine else None, acknowledged={}, total=None, total_reason=""
        )
        fresh.append(as_listed(own, medicine) if medicine else replace(own, ingredients=(), groups=()))
    return fresh


def line_of(medicine: Medicine) -> Line:
    """Return the line a medicine begins with: what is usually prescribed of it."""
    usual = Line(
        generic_name=medicine.generic_name,
        dose=medicine.dose,
        times=medicine.times,
        days=medicine.days,
        instructions=medicine.instructions,
        brand_name=medicine.brand_name,
    )
    return as_listed(usual, medicine)


def as_listed(line: Line, medicine: Medicine) -> Line:
    """Return a line with what its list says the medicine is."""
    return replace(
        line,
        medicine_id=medicine.id,
        generic_name=medicine.generic_name,
        strength=medicine.strength,
        form=medicine.form,
        route=medicine.route,
        unit=medicine.unit,
        drug_class=DrugClass(medicine.drug_class),
        ingredients=tuple(medicine.ingredients),
        groups=tuple(medicine.groups),
    )


def new_draft(session: Session, actor: MembershipActor, visit: Visit, *, now: datetime) -> Prescription:
    """Add an empty draft to a visit; for use inside this slice."""
    draft = Prescription(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        number=queries.latest_number(session, visit.id) + 1,
        handle=new_handle(),
        written_by=actor.ref,
        written_at=now,
        version=0,
    )
    session.add(draft)
    session.flush()
    return draft


def put_lines(session: Session, draft: Prescription, lines: Sequence[Line]) -> None:
    """Replace the lines of a draft; for use inside this slice."""
    session.exec(delete(PrescriptionLine).where(col(PrescriptionLine.prescription_id) == draft.id))
    session.add_all(_row(draft, rank, line) for rank, line in enumerate(lines))
    session.flush()


def _to_prescribe(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> Visit:
    check(actor, "visit.prescribe")
    visit = visits.get_visit(session, actor, visit_id, now=now, lock=True)
    check(actor, "visit.prescribe", visit)
    return visit


def _writable_draft(session: Session, visit: Visit) -> Prescription | None:
    """Return the draft; a signed visit is written to only where a replacement was begun."""
    draft = queries.draft_of(session, visit.id)
    if visit.state == VisitState.WITHDRAWN or (visit.state == VisitState.SIGNED and draft is None):
        raise ConflictError("visit-closed")
    return draft


def _accept(session: Session, visit: Visit, lines: Sequence[Line]) -> list[Line]:
    if len(lines) > MAX_LINES:
        raise InvalidError("too-many-medicines", limit=MAX_LINES)
    ids = [line.medicine_id for line in lines if line.medicine_id]
    listed = finding.usable_medicines(session, visit.station_facility_id, ids)
    accepted = []
    for line in lines:
        if line.medicine_id is None:
            free = replace(line, drug_class=DrugClass.ORDINARY, ingredients=(), groups=())
            accepted.append(accept_line(free))
        elif line.medicine_id in listed:
            accepted.append(accept_line(as_listed(line, listed[line.medicine_id])))
        else:
            raise NotFoundError("medicine-not-found")
    return accepted


def _row(draft: Prescription, rank: int, line: Line) -> PrescriptionLine:
    return PrescriptionLine(
        prescription_id=draft.id,
        rank=rank,
        medicine_id=line.medicine_id,
        generic_name=line.generic_name,
        brand_name=line.brand_name,
        strength=line.strength,
        form=line.form,
        route=line.route,
        unit=line.unit,
        dose=line.dose,
        times=line.times,
        **{name: line.moments.get(name) for name in MOMENTS},
        days=line.days,
        total=line.total,
        total_reason=line.total_reason,
        instructions=line.instructions,
        drug_class=line.drug_class,
        ingredients=list(line.ingredients),
        groups=list(line.groups),
        acknowledged=dict(line.acknowledged),
    )


def _changed(
    session: Session,
    actor: MembershipActor,
    visit: Visit,
    draft: Prescription,
    facts: dict[str, object],
    *,
    now: datetime,
) -> None:
    draft.version += 1
    session.add(draft)
    session.flush()
    note(session, actor, visit, "visit.prescribe", {"prescription": str(draft.id), **facts}, now=now)
