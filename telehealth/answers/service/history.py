"""The one way a request changes: state, version, a row of its record, audit row, change rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.answers import queries
from telehealth.answers.models import AnswerLevel, AnswerNote, AnswerRequest, AnswerStep
from telehealth.answers.rules import (
    TEXT_LIMIT,
    NoteKind,
    ReplyClocks,
    StepKind,
    Urgency,
    left_of,
    reply_clocks,
)
from telehealth.answers.states import MACHINE, OPEN, OWNED, TICKING, AnswerCommand, AnswerState
from telehealth.audit.steps import append_step, record_step
from telehealth.duty.models import Pool, PoolMember
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import InvalidError
from telehealth.kit.text import paragraphs
from telehealth.staff.actors import MembershipActor

_ACTIONS = {
    StepKind.TAKEN: "answer.give",
    StepKind.RELEASED: "answer.give",
    StepKind.QUESTION: "answer.give",
    StepKind.ANSWERED: "answer.give",
}


def change(
    session: Session,
    actor: Actor,
    request: AnswerRequest,
    command: AnswerCommand,
    kind: StepKind,
    *,
    now: datetime,
    **about: Any,
) -> None:
    """Carry out a command on a request the caller has locked; raise `invalid-transition`."""
    before = AnswerState(request.state)
    after = MACHINE.move(before, command)
    request.state = after
    request.version += 1
    if after not in OWNED and after is not AnswerState.ANSWERED:
        request.owner_id = request.taken_at = None
    if after is not AnswerState.ASKED:
        request.asked_at = None
    if after not in OPEN:
        request.closed_at = now
    note(session, actor, request, kind, now=now, before=before, command=command, **about)
    rearm(session, request)


def note(
    session: Session,
    actor: Actor,
    request: AnswerRequest,
    kind: StepKind,
    *,
    now: datetime,
    membership_id: UUID | None = None,
    **about: Any,
) -> None:
    """Write a step with its audit row, and wake the pages of whoever it concerns."""
    about |= {"request_id": request.id, "membership_id": membership_id}
    append_step(session, actor, request, AnswerStep, kind, now=now, **about)
    action = _ACTIONS.get(kind, "answer.ask" if actor is not SYSTEM else "answer.follow")
    record_step(session, actor, action, "answer_request", request, kind, now=now, reason=about.get("reason"))
    tell(session, request, membership_id, now=now)


def accept_words(text: str) -> str:
    """Return words as they may stand in the thread; raise `answer-text-missing`, `text-too-long`."""
    words = paragraphs(text)
    if not words:
        raise InvalidError("answer-text-missing", field="text")
    if len(words) > TEXT_LIMIT:
        raise InvalidError("text-too-long", field="text", limit=TEXT_LIMIT)
    return words


def say(
    session: Session,
    actor: MembershipActor,
    request: AnswerRequest,
    kind: NoteKind,
    text: str,
    *,
    now: datetime,
) -> AnswerNote:
    """Add words to the thread; raise `answer-text-missing`, `text-too-long`."""
    words = accept_words(text)
    said = AnswerNote(
        request_id=request.id,
        visit_id=request.visit_id,
        seq=len(queries.list_notes(session, request.id)) + 1,
        kind=kind,
        text=words,
        written_by=actor.ref,
        written_at=now,
    )
    session.add(said)
    session.flush()
    return said


def rearm(session: Session, request: AnswerRequest) -> None:
    """Set when the next clock goes off: the station's while it is asked; none when all is over."""
    pending: list[datetime] = []
    if request.state in TICKING:
        pending = [at for at in (request.remind_at, request.overdue_at) if at is not None]
    if request.state == AnswerState.WAITING:
        levels = queries.list_levels(session, request.id)
        pending += [level.turn_at for level in levels if level.reached_at is None]
    if request.state == AnswerState.ASKED and request.asked_at is not None:
        gone = queries.kinds_since_question(session, request.id)
        pending += left_of(reply_clocks_of(session, request, request.asked_at), gone).values()
    request.due_at = min(pending, default=None)
    session.add(request)


def reply_clocks_of(session: Session, request: AnswerRequest, asked_at: datetime) -> ReplyClocks:
    """Return by when the station is to say what the doctor asked it."""
    working = queries.working_time(session, asked_at)
    return reply_clocks(asked_at, Urgency(request.urgency), working)


def tell(
    session: Session, request: AnswerRequest, membership_id: UUID | None = None, *, now: datetime
) -> None:
    """Wake the pages of the station, of the doctors it reached and of the facilities of their pools."""
    reached = select(AnswerLevel).where(
        AnswerLevel.request_id == request.id, col(AnswerLevel.reached_at).is_not(None)
    )
    levels = session.exec(reached).all()
    pools = [level.pool_id for level in levels if level.pool_id]
    houses = session.exec(select(Pool.facility_id).where(col(Pool.id).in_(pools))).all()
    members = session.exec(
        select(PoolMember.membership_id).where(
            col(PoolMember.pool_id).in_(pools), col(PoolMember.left_on).is_(None)
        )
    ).all()
    named = [level.membership_id for level in levels if level.membership_id]
    people = {each for each in (request.owner_id, membership_id, *named, *members) if each}
    scopes = sorted({request.station_facility_id, *houses, *people})
    note_change(session, "answer", request.id, scopes=scopes, now=now)
