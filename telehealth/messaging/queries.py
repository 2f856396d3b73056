"""Reading the outbox: what is due, and what a facility may see of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.rules import HIDDEN_LINK, render
from telehealth.messaging.states import DeliveryState, MessageState
from telehealth.messaging.templates import get_template


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message as its facility sees it: never the whole number, never the link."""

    id: UUID
    patient_id: UUID
    facility_id: UUID
    template: str
    text: str
    phone: str
    state: MessageState
    reason: str
    attempts: int
    subject_kind: str
    subject_id: UUID
    link_id: UUID | None
    queued_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


def list_messages(
    session: Session,
    actor: Actor,
    *,
    brand: str,
    now: datetime,
    state: MessageState | None = None,
    patient_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[MessageLine]:
    """List the facility's messages to patients in scope, newest first, `before` a message's id."""
    query = _visible(actor, now).order_by(col(OutboxMessage.id).desc()).limit(limit)
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    if patient_id is not None:
        query = query.where(OutboxMessage.patient_id == patient_id)
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    return [_line(message, brand) for message in session.exec(query)]


def count_messages(session: Session, actor: Actor, *, now: datetime) -> dict[MessageState, int]:
    """Count the facility's messages by state."""
    query = (
        select(OutboxMessage.state, func.count())
        .where(col(OutboxMessage.id).in_(_visible(actor, now).with_only_columns(col(OutboxMessage.id))))
        .group_by(OutboxMessage.state)
    )
    found = {MessageState(state): count for state, count in session.exec(query)}
    return {state: found.get(state, 0) for state in MessageState}


def get_message(
    session: Session, actor: Actor, message_id: UUID, *, brand: str, now: datetime
) -> MessageLine:
    """Return one message; raise `message-not-found` when there is none in scope."""
    message = session.exec(_visible(actor, now).where(OutboxMessage.id == message_id)).first()
    if message is None:
        raise NotFoundError("message-not-found")
    return _line(message, brand)


def latest_about(
    session: Session, actor: Actor, subject_ids: Iterable[UUID], *, brand: str, now: datetime
) -> dict[UUID, MessageLine]:
    """Return the newest message about each subject in scope, for the state shown beside it."""
    query = (
        _visible(actor, now)
        .where(col(OutboxMessage.subject_id).in_(list(subject_ids)))
        .order_by(col(OutboxMessage.id))
    )
    return {message.subject_id: _line(message, brand) for message in session.exec(query)}


def has_work(session: Session, *, now: datetime) -> bool:
    """Tell whether a message is due or a lease has run out."""
    due = and_(col(OutboxMessage.state) == MessageState.QUEUED, col(OutboxMessage.next_try_at) <= now)
    ended = and_(col(OutboxMessage.state) == MessageState.LEASED, col(OutboxMessage.lease_until_at) <= now)
    return session.exec(select(OutboxMessage.id).where(or_(due, ended)).limit(1)).first() is not None


def list_lost_attempts(session: Session, gateway: str, *, limit: int = 50) -> list[tuple[UUID, UUID]]:
    """List attempts whose answer was lost, each with the reference the gateway was given."""
    query = (
        select(Delivery.id, Delivery.message_id)
        .join(OutboxMessage, col(OutboxMessage.id) == Delivery.message_id)
        .where(
            Delivery.gateway == gateway,
            Delivery.state == DeliveryState.UNKNOWN,
            OutboxMessage.state == MessageState.UNKNOWN,
        )
        .limit(limit)
    )
    return [(attempt_id, message_id) for attempt_id, message_id in session.exec(query)]


def _visible(actor: Actor, now: datetime) -> SelectOfScalar[OutboxMessage]:
    return select(OutboxMessage).where(
        OutboxMessage.facility_id == actor.facility_id,
        col(OutboxMessage.patient_id).in_(visible_patients(actor, now)),
    )


def _line(message: OutboxMessage, brand: str) -> MessageLine:
    values = {**message.params, "brand": brand, "link": HIDDEN_LINK}
    return MessageLine(
        id=message.id,
        patient_id=message.patient_id,
        facility_id=message.facility_id,
        template=message.template,
        text=render(get_template(message.template), values),
        phone=message.phone_masked,
        state=MessageState(message.state),
        reason=message.reason,
        attempts=message.attempts,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        link_id=message.link_id,
        queued_at=message.queued_at,
        sent_at=message.sent_at,
        settled_at=message.settled_at,
    )
