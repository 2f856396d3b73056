"""A live visit whose line fails goes on in writing: everything kept, nothing typed again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.answers import queries
from telehealth.answers.errors import AlreadySentError
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import Within
from telehealth.answers.service.answering import assign
from telehealth.answers.service.sending import Sending, open_request, require_free
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ForbiddenError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.queries import find_for_visit
from telehealth.scheduling.rules import TURNED_TO_LATER, AbortReason
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.rules import is_participant


def turn_to_later(
    session: Session,
    actor: MembershipActor,
    visit_id: UUID,
    *,
    now: datetime,
    within: Within = Within.HALF_DAY,
) -> AnswerRequest:
    """Let the visit's doctor answer later instead of in the call; a doctor who says so has it at once.

    The appointment breaks off, or is called off where nobody had come in. Said by the station the request
    goes to the same doctor first, and to the pools after. Raises `visit-not-found`, `not-allowed` for
    who has no part in it, and what `require_free` refuses.
    """
    check(actor, "answer.turn")
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError
    already = queries.find_open_for(session, visit.id)
    if already is not None:
        raise AlreadySentError(already.id)
    doctor = visit.doctor_membership_id
    _leave_live(session, actor, visit, now)
    require_free(session, actor, visit, now=now)
    sending = Sending(visit_id=visit.id, within=within, doctor=doctor)
    request = open_request(session, actor, visit, sending, now=now)
    if actor.ref == doctor:
        assign(session, actor, request, now=now)
    return request


def _leave_live(session: Session, actor: Actor, visit: Visit, now: datetime) -> None:
    appointment = find_for_visit(session, actor, visit.id, now=now)
    if appointment is None or appointment.status == AppointmentState.HELD:
        return
    if appointment.status == AppointmentState.IN_PROGRESS:
        scheduling.abort(session, actor, appointment.id, reason=AbortReason.NETWORK, now=now)
        return
    scheduling.cancel(session, actor, appointment.id, reason=TURNED_TO_LATER, version=None, now=now)
