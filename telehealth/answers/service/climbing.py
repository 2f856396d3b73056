"""The ladder: who sees a request next."""

from datetime import datetime

from sqlmodel import Session

from telehealth.answers import queries
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import StepKind
from telehealth.answers.service.history import note
from telehealth.duty.queries import list_members
from telehealth.kit.actors import SYSTEM
from telehealth.kit.policy import policy_of
from telehealth.staff.queries import list_working


def climb(session: Session, request: AnswerRequest, now: datetime) -> None:
    """Let the levels whose turn has come see it, and the next one too where nobody works who could answer."""
    on = policy_of(session).local_date(now)
    passes_on = False
    for level in queries.list_levels(session, request.id):
        if level.reached_at is None and (passes_on or level.turn_at <= now):
            level.reached_at = now
            session.add(level)
            note(session, SYSTEM, request, StepKind.REACHED, now=now, pool_id=level.pool_id)
        if level.reached_at is None:
            return
        if level.pool_id is not None:
            passes_on = not list_members(session, [level.pool_id], on=on)
        elif level.membership_id is not None:
            passes_on = not list_working(session, [level.membership_id], on=on)
