"""A visit opened like another (`open.open_like`) that is not needed after all."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.scheduling.queries import find_for_visit
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.attached import count_attachments
from telehealth.visits.models import Visit
from telehealth.visits.parts import versions_of_parts
from telehealth.visits.rules import is_participant
from telehealth.visits.service.open import withdraw
from telehealth.visits.states import VisitState
from telehealth.visits.vitals import MEASUREMENTS

COPIED: Final = "copied"
"""Why a visit is withdrawn that said nothing of its own; nobody chooses it."""


def withdraw_copy(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> bool:
    """Withdraw a visit of the actor's station in which nothing stands but what was taken over from another.

    Only while that other keeps its words, its values and a time still to come: nothing is lost with the
    copy. Tells whether it did; whatever was written since keeps the visit open, as a slot kept for it does.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    if visit.state != VisitState.OPEN or not is_participant(actor, visit):
        return False
    if find_for_visit(session, actor, visit_id, now=now) is not None:
        return False
    if not (_is_unwritten(session, visit) and _stands_elsewhere(session, actor, visit, now)):
        return False
    withdraw(session, actor, visit_id, reason=COPIED, now=now)
    return True


def _is_unwritten(session: Session, visit: Visit) -> bool:
    """Tell whether a visit has nothing but words and values: no diagnosis, plan, file or other part."""
    # What parts keep of the patient counts for any visit of theirs; only what is of this one is asked.
    blank = Visit(**visit.model_dump(exclude={"id"}))
    return not (
        visit.diagnoses_version
        or visit.follow_up_version
        or visit.modalities
        or count_attachments(session, visit.id)
        or versions_of_parts(session, visit) != versions_of_parts(session, blank)
    )


def _stands_elsewhere(session: Session, actor: MembershipActor, visit: Visit, now: datetime) -> bool:
    words, values = _words(session, visit), _values(session, visit)
    for other in queries.list_agreed_beside(session, visit):
        ahead = find_for_visit(session, actor, other.id, now=now)
        is_ahead = ahead is not None and ahead.hold_expires_at is None and ahead.starts_at > now
        if is_ahead and words <= _words(session, other) and values <= _values(session, other):
            return True
    return False


def _words(session: Session, visit: Visit) -> set[tuple[str, str]]:
    return {(name, row.text) for name, row in queries.sections_of(session, visit).items()}


def _values(session: Session, visit: Visit) -> set[tuple[str, Decimal, datetime]]:
    rows = queries.all_observations_of(session, visit, list(MEASUREMENTS))
    return {(row.code, row.value, row.occurred_at) for row in rows}
