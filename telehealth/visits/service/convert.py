"""A remote examination becomes a support between facilities: all that was written stays, another signs."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import ConsultKind, check
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.licensed import has_practitioner
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import accept_line, is_participant
from telehealth.visits.service.history import append_event, note
from telehealth.visits.states import VisitCommand


def can_support(session: Session, visit: Visit, *, now: datetime) -> bool:
    """Tell whether the station of a visit has a licensed practitioner, who would answer for it."""
    on = policy_of(session).local_date(now)
    return has_practitioner(session, visit.station_facility_id, on=on)


def convert_to_support(
    session: Session, actor: MembershipActor, visit_id: UUID, *, reason: str, now: datetime
) -> Visit:
    """Let the station's practitioner answer for an open visit from now on (Law 15/2023/QH15, art. 80).

    Raises `visit-not-found`, `not-allowed`, `invalid-transition`, `visit-is-support` (it is one already),
    `conversion-reason-missing`, `text-too-long`, `station-cannot-sign` (nobody there may).
    """
    check(actor, "visit.write")
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError("not-allowed")
    if visit.consult_kind == ConsultKind.FACILITY_SUPPORT:
        raise ConflictError("visit-is-support")
    why = accept_line(reason)
    if not why:
        raise InvalidError("conversion-reason-missing", field="reason")
    if not can_support(session, visit, now=now):
        raise ConflictError("station-cannot-sign")
    append_event(session, actor, visit, VisitCommand.CONVERT, reason=why, now=now)
    visit.consult_kind = ConsultKind.FACILITY_SUPPORT
    session.add(visit)
    session.flush()
    note(session, actor, visit, "visit.write", {"part": "consult_kind"}, now=now)
    return visit
