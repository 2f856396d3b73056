"""Every select of requests for a later answer.

A station sees its own; a doctor those that reached them or a pool of theirs; a coordinator those that reached
a pool of their facility.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, exists, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.access.rules import can
from telehealth.answers.errors import AnswerNotFoundError, NobodyToAskError
from telehealth.answers.models import AnswerLevel, AnswerNote, AnswerRequest, AnswerStep
from telehealth.answers.rules import LOOKED_AHEAD, StepKind, WorkingTime
from telehealth.answers.states import OPEN, OWNED, AnswerState
from telehealth.availability.queries import load_calendar
from telehealth.duty.models import Pool, PoolMember
from telehealth.duty.queries import find_pool_for
from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.urgent.errors import NoPoolError
from telehealth.urgent.queries import choose_ladder, next_pool
from telehealth.urgent.rules import ladder
from telehealth.visits.models import Attachment

_ORDER = (col(AnswerRequest.answer_by), col(AnswerRequest.id))


def get_request(
    session: Session, actor: Actor, request_id: UUID, *, now: datetime, lock: bool = False
) -> AnswerRequest:
    """Return a request in scope, locked against other writers if asked; raise `answer-not-found`."""
    query = _scoped(session, actor, now).where(AnswerRequest.id == request_id)
    if lock:
        query = query.with_for_update(of=AnswerRequest).execution_options(populate_existing=True)
    request = session.exec(query).first()
    if request is None:
        raise AnswerNotFoundError
    return request


def list_open(session: Session, actor: Actor, *, now: datetime, limit: int = 200) -> list[AnswerRequest]:
    """List the requests in scope that still want an answer, those wanted first at the head."""
    query = _scoped(session, actor, now).where(col(AnswerRequest.state).in_(OPEN))
    return list(session.exec(query.order_by(*_ORDER).limit(limit)))


def list_closed(session: Session, actor: Actor, *, now: datetime, limit: int = 20) -> list[AnswerRequest]:
    """List the latest requests of the actor's station that are over."""
    query = select(AnswerRequest).where(_of_station(actor, now), col(AnswerRequest.state).not_in(OPEN))
    return list(session.exec(query.order_by(col(AnswerRequest.closed_at).desc()).limit(limit)))


def list_to_answer(session: Session, actor: Actor, *, now: datetime) -> list[AnswerRequest]:
    """List what a doctor has taken and what they could take, those wanted first at the head."""
    could_take = and_(AnswerRequest.state == AnswerState.WAITING, reached_for(session, actor, now))
    query = select(AnswerRequest).where(or_(_is_owned_by(actor.ref), could_take))
    return list(session.exec(query.order_by(*_ORDER)))


def find_open_for(session: Session, visit_id: UUID, *, lock: bool = False) -> AnswerRequest | None:
    """Find the request of a visit that still wants an answer; the caller has checked the visit."""
    query = select(AnswerRequest).where(
        AnswerRequest.visit_id == visit_id, col(AnswerRequest.state).in_(OPEN)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def find_latest_for(session: Session, visit_id: UUID) -> AnswerRequest | None:
    """Find the latest request of a visit fetched in scope, whatever became of it."""
    query = select(AnswerRequest).where(AnswerRequest.visit_id == visit_id)
    return session.exec(query.order_by(col(AnswerRequest.sent_at).desc()).limit(1)).first()


def requests_of(session: Session, visit_id: UUID) -> list[AnswerRequest]:
    """List all requests of a visit fetched in scope, the first first."""
    query = select(AnswerRequest).where(AnswerRequest.visit_id == visit_id)
    return list(session.exec(query.order_by(col(AnswerRequest.sent_at), col(AnswerRequest.id))))


def list_due(session: Session, *, now: datetime, limit: int = 500) -> list[UUID]:
    """List the requests of which a clock has gone off; one statement while nothing is due."""
    query = select(AnswerRequest.id).where(
        col(AnswerRequest.state).in_(OPEN), col(AnswerRequest.due_at) <= now
    )
    return list(session.exec(query.order_by(col(AnswerRequest.due_at)).limit(limit)))


def lock_due(session: Session, request_id: UUID) -> AnswerRequest | None:
    """Lock a request a tick found; None while another node is at it."""
    query = select(AnswerRequest).where(AnswerRequest.id == request_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def list_levels(session: Session, request_id: UUID) -> list[AnswerLevel]:
    """List the ladder of a request fetched in scope."""
    query = select(AnswerLevel).where(AnswerLevel.request_id == request_id)
    return list(session.exec(query.order_by(col(AnswerLevel.level))))


def list_notes(session: Session, request_id: UUID) -> list[AnswerNote]:
    """List what was asked and said about a request whose patient is in scope, oldest first."""
    query = select(AnswerNote).where(AnswerNote.request_id == request_id)
    return list(session.exec(query.order_by(col(AnswerNote.seq))))


def notes_of(session: Session, visit_id: UUID) -> list[AnswerNote]:
    """List all that was asked and said about a visit fetched in scope, oldest first."""
    query = select(AnswerNote).where(AnswerNote.visit_id == visit_id)
    return list(session.exec(query.order_by(col(AnswerNote.written_at), col(AnswerNote.id))))


def count_notes(session: Session, visit_id: UUID) -> int:
    """Count what `notes_of` lists."""
    query = select(func.count(col(AnswerNote.id))).where(AnswerNote.visit_id == visit_id)
    return session.exec(query).one()


def list_steps(session: Session, request_id: UUID) -> list[AnswerStep]:
    """List the steps of a request fetched in scope, oldest first."""
    query = select(AnswerStep).where(AnswerStep.request_id == request_id)
    return list(session.exec(query.order_by(col(AnswerStep.seq))))


def kinds_since_question(session: Session, request_id: UUID) -> set[str]:
    """Return what happened to a request fetched in scope since the station was asked last."""
    kinds: set[str] = set()
    for step in list_steps(session, request_id):
        kinds = set() if step.kind == StepKind.QUESTION else kinds | {step.kind}
    return kinds


def count_pictures(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the photos and papers of visits: a doctor may know how many before taking a request."""
    query = (
        select(Attachment.visit_id, func.count(col(Attachment.id)))
        .where(col(Attachment.visit_id).in_(visit_ids), col(Attachment.withdrawn_at).is_(None))
        .group_by(col(Attachment.visit_id))
    )
    return dict(session.exec(query).all())


def choose_pools(
    session: Session, *, station_id: UUID, specialty: str | None, pool_id: UUID | None, now: datetime
) -> tuple[UUID, ...]:
    """Return the pools a request goes to, one after the other: from the one chosen, else the nearest fitting.

    Raises `no-answer-pool`, for one the station may not ask as well.
    """
    if pool_id is None:
        try:
            return choose_ladder(session, station_id=station_id, specialty=specialty, now=now)
        except NoPoolError:
            raise NobodyToAskError from None
    first = find_pool_for(session, pool_id, station_id=station_id, on=policy_of(session).local_date(now))
    if first is None:
        raise NobodyToAskError
    return ladder(first.id, lambda each: next_pool(session, each))


def respond_minutes_of(session: Session, pool_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return within how many minutes each pool accepts."""
    query = select(Pool.id, Pool.respond_minutes).where(col(Pool.id).in_(pool_ids))
    return dict(session.exec(query).all())


def working_time(session: Session, now: datetime) -> WorkingTime:
    """Return when people work in the weeks a term can reach into."""
    policy = policy_of(session)
    today = policy.local_date(now)
    days = load_calendar(session, today, today + timedelta(days=LOOKED_AHEAD))
    return WorkingTime(policy.zone, days)


def reached_for(session: Session, actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a request reached the doctor: by name, or a pool they are in today."""
    on = policy_of(session).local_date(now)
    is_member = and_(
        col(PoolMember.pool_id) == AnswerLevel.pool_id,
        col(PoolMember.membership_id) == actor.ref,
        col(PoolMember.joined_on) <= on,
        or_(col(PoolMember.left_on).is_(None), col(PoolMember.left_on) > on),
    )
    by_pool = exists().where(is_member).correlate(AnswerLevel)
    levels = exists().where(
        col(AnswerLevel.request_id) == AnswerRequest.id,
        col(AnswerLevel.reached_at).is_not(None),
        or_(col(AnswerLevel.membership_id) == actor.ref, by_pool),
    )
    return levels.correlate(AnswerRequest)


def _scoped(session: Session, actor: Actor, now: datetime) -> SelectOfScalar[AnswerRequest]:
    seen = or_(col(AnswerRequest.owner_id) == actor.ref, reached_for(session, actor, now))
    if actor.facility_id is not None:
        seen = or_(seen, _of_station(actor, now))
        if can(actor, "answer.follow"):
            seen = or_(seen, _reached_facility(actor.facility_id))
    return select(AnswerRequest).where(seen)


def _of_station(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(AnswerRequest.station_facility_id) == actor.facility_id,
        col(AnswerRequest.patient_id).in_(visible_patients(actor, now)),
    )


def _reached_facility(facility_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a pool of the facility had its turn: its coordinators follow up."""
    levels = exists().where(
        col(AnswerLevel.request_id) == AnswerRequest.id,
        col(AnswerLevel.reached_at).is_not(None),
        col(AnswerLevel.pool_id) == Pool.id,
        col(Pool.facility_id) == facility_id,
    )
    return levels.correlate(AnswerRequest)


def _is_owned_by(membership_id: UUID) -> ColumnElement[bool]:
    return and_(col(AnswerRequest.owner_id) == membership_id, col(AnswerRequest.state).in_(OWNED))
