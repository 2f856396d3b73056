"""What time does to a request: the next level sees it too, a reminder, the agreed time gone by."""

from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.answers import queries
from telehealth.answers.events import AnswerOverdue, QuestionOverdue, QuestionReminded
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import StepKind, left_of
from telehealth.answers.service.climbing import climb
from telehealth.answers.service.facts import facts_of
from telehealth.answers.service.history import note, rearm, reply_clocks_of
from telehealth.answers.states import TICKING, AnswerState
from telehealth.kit.actors import SYSTEM
from telehealth.kit.events import publish

_SAID: Final = MappingProxyType(
    {StepKind.REPLY_REMINDED: QuestionReminded, StepKind.REPLY_OVERDUE: QuestionOverdue}
)


def list_due(session: Session, *, now: datetime) -> list[UUID]:
    """List the requests a tick has something to do for."""
    return queries.list_due(session, now=now)


def tick(session: Session, request_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one request; each clock goes off once. False where another node was there."""
    request = queries.lock_due(session, request_id)
    if request is None or request.due_at is None or request.due_at > now:
        return False
    if request.state == AnswerState.ASKED:
        _follow_question(session, request, now)
        return True
    if request.state not in TICKING:
        return False
    if request.state == AnswerState.WAITING:
        climb(session, request, now)
    if request.remind_at is not None and request.remind_at <= now:
        request.remind_at = None
        note(session, SYSTEM, request, StepKind.REMINDED, now=now, membership_id=request.owner_id)
    if request.overdue_at is not None and request.overdue_at <= now:
        request.overdue_at = None
        note(session, SYSTEM, request, StepKind.OVERDUE, now=now, membership_id=request.owner_id)
        publish(session, AnswerOverdue(**facts_of(request)), now=now)
    rearm(session, request)
    session.flush()
    return True


def _follow_question(session: Session, request: AnswerRequest, now: datetime) -> None:
    """Do what is due while the station is asked: it is reminded, then whoever leads there is told."""
    if request.asked_at is None:
        return
    table = reply_clocks_of(session, request, request.asked_at)
    left = left_of(table, queries.kinds_since_question(session, request.id))
    due = [kind for kind, at in left.items() if at <= now]
    for kind in due:
        del left[kind]
        note(session, SYSTEM, request, kind, now=now, membership_id=request.owner_id)
        publish(session, _SAID[kind](**facts_of(request), reply_by=table.reply_by), now=now)
    request.due_at = min(left.values(), default=None)
    session.flush()
