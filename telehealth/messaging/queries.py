"""Reading the outbox: what is due, and what a facility may see of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import Place, page_of
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.pacing import (
    ASK_AFTER,
    LONGEST_WAIT,
    OVER_BUDGET,
    REPORTED_WITHIN,
    Budget,
    quiet_hours,
)
from telehealth.messaging.ports import Waiting
from telehealth.messaging.routing import LOOK_AT_MOST, LOOK_BACK, Health, Tried, Try, health_of
from telehealth.messaging.rules import HIDDEN_CODE, HIDDEN_LINK, Variant, render
from telehealth.messaging.states import DeliveryState, MessageState
from telehealth.messaging.texts import Texts, load_texts
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role


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
    parts: int
    cost: int
    subject_kind: str
    subject_id: UUID
    link_id: UUID | None
    queued_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send a message, as its facility sees it."""

    gateway: str
    state: DeliveryState
    reason: str
    parts: int
    cost: int
    started_at: datetime


def visible_messages(actor: Actor, now: datetime) -> SelectOfScalar[OutboxMessage]:
    """Return the scope: what the own facility sent; for a coordinator, what any sent to patients in scope."""
    query = select(OutboxMessage).where(col(OutboxMessage.patient_id).in_(visible_patients(actor, now)))
    if isinstance(actor, MembershipActor) and actor.role is Role.COORDINATOR:
        return query
    return query.where(OutboxMessage.facility_id == actor.facility_id)


def list_messages(
    session: Session,
    actor: Actor,
    *,
    brand: str,
    now: datetime,
    state: MessageState | None = None,
    gateway: str | None = None,
    template: str | None = None,
    patient_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[MessageLine]:
    """List the messages in scope, newest first, `before` a message's id."""
    query = visible_messages(actor, now).order_by(col(OutboxMessage.id).desc()).limit(limit)
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    if patient_id is not None:
        query = query.where(col(OutboxMessage.patient_id).in_(person_ids(session, patient_id)))
    if gateway is not None:
        tried = select(Delivery.message_id).where(Delivery.gateway == gateway)
        query = query.where(col(OutboxMessage.id).in_(tried))
    if template is not None:
        query = query.where(OutboxMessage.template == template)
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    texts = load_texts(session)
    return [_line(message, brand, texts) for message in session.exec(query)]


def list_attempts(
    session: Session, actor: Actor, message_ids: Iterable[UUID], *, now: datetime
) -> dict[UUID, list[Attempt]]:
    """List the attempts to send messages in scope, oldest first."""
    seen = visible_messages(actor, now).where(col(OutboxMessage.id).in_(list(message_ids)))
    query = (
        select(Delivery)
        .where(col(Delivery.message_id).in_(seen.with_only_columns(col(OutboxMessage.id))))
        .order_by(col(Delivery.number))
    )
    found: dict[UUID, list[Attempt]] = {}
    for each in session.exec(query):
        attempt = Attempt(
            each.gateway, DeliveryState(each.state), each.reason, each.parts, each.cost, each.started_at
        )
        found.setdefault(each.message_id, []).append(attempt)
    return found


def count_messages(session: Session, actor: Actor, *, now: datetime) -> dict[MessageState, int]:
    """Count the facility's messages by state."""
    query = (
        select(OutboxMessage.state, func.count())
        .where(
            col(OutboxMessage.id).in_(visible_messages(actor, now).with_only_columns(col(OutboxMessage.id)))
        )
        .group_by(OutboxMessage.state)
    )
    found = {MessageState(state): count for state, count in session.exec(query)}
    return {state: found.get(state, 0) for state in MessageState}


def count_over_budget(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count the messages in scope that were not sent today because a number or facility had too many.

    Each became a call; a count that grows says that the budget is too small, or that somebody pumps texts.
    """
    policy = policy_of(session)
    midnight = datetime.combine(policy.local_date(now), time(0), policy.zone).astimezone(UTC)
    stopped = visible_messages(actor, now).where(
        OutboxMessage.state == MessageState.SKIPPED,
        OutboxMessage.reason == OVER_BUDGET,
        col(OutboxMessage.settled_at) >= midnight,
    )
    return session.exec(select(func.count()).select_from(stopped.subquery())).one()


def get_message(
    session: Session, actor: Actor, message_id: UUID, *, brand: str, now: datetime
) -> MessageLine:
    """Return one message; raise `message-not-found` when there is none in scope."""
    message = session.exec(visible_messages(actor, now).where(OutboxMessage.id == message_id)).first()
    if message is None:
        raise NotFoundError("message-not-found")
    return _line(message, brand, load_texts(session))


def latest_about(
    session: Session, actor: Actor, subject_ids: Iterable[UUID], *, brand: str, now: datetime
) -> dict[UUID, MessageLine]:
    """Return the newest message about each subject in scope, for the state shown beside it."""
    query = (
        visible_messages(actor, now)
        .where(col(OutboxMessage.subject_id).in_(list(subject_ids)))
        .order_by(col(OutboxMessage.id))
    )
    texts = load_texts(session)
    return {message.subject_id: _line(message, brand, texts) for message in session.exec(query)}


def is_due(now: datetime, *, is_quiet: bool, kinds: Collection[str]) -> ColumnElement[bool]:
    """Return what a message is due by: its time, and in quiet hours that it cannot wait.

    Only what is about one of the `kinds` somebody here can tell the truth of.

    Two things no right clock writes make it due as well, so that none is missed when a wrong one is put
    right: queued in the future, and a retry further ahead than any is put off.
    """
    due = or_(
        col(OutboxMessage.next_try_at) <= now,
        and_(col(OutboxMessage.attempts) > 0, col(OutboxMessage.next_try_at) > now + LONGEST_WAIT),
        and_(col(OutboxMessage.queued_at) > now, col(OutboxMessage.due_at) <= col(OutboxMessage.queued_at)),
    )
    waiting = and_(
        col(OutboxMessage.state) == MessageState.QUEUED, due, col(OutboxMessage.subject_kind).in_(list(kinds))
    )
    return and_(waiting, col(OutboxMessage.is_urgent).is_(True)) if is_quiet else waiting


def is_lease_over(now: datetime) -> ColumnElement[bool]:
    """Return what a lease has ended by; one that ends later than any given now is a wrong clock's."""
    until = col(OutboxMessage.lease_until_at)
    return and_(
        col(OutboxMessage.state) == MessageState.LEASED, or_(until <= now, until > now + 2 * LONGEST_WAIT)
    )


def has_work(session: Session, kinds: Collection[str], *, now: datetime, only_urgent: bool = False) -> bool:
    """Tell whether a message about one of these kinds is due, or an urgent one, or a lease has run out."""
    is_quiet = only_urgent or quiet_hours(policy_of(session)).holds(now)
    # Two looks, each along an index: as one condition the database would read through all that was sent.
    looks = (is_due(now, is_quiet=is_quiet, kinds=kinds), is_lease_over(now))
    return any(session.exec(select(OutboxMessage.id).where(each).limit(1)).first() for each in looks)


def list_unknown_kinds(session: Session, kinds: Collection[str], *, now: datetime) -> list[str]:
    """List what due messages are about that is none of these kinds: only a newer release can send them."""
    query = select(OutboxMessage.subject_kind).where(
        OutboxMessage.state == MessageState.QUEUED,
        col(OutboxMessage.next_try_at) <= now,
        col(OutboxMessage.subject_kind).not_in(list(kinds)),
    )
    return sorted(session.exec(query.distinct()))


def list_to_chase(session: Session, kinds: Collection[str], *, now: datetime, limit: int = 100) -> list[UUID]:
    """List the messages about these kinds that should have arrived by now, the longest overdue first."""
    query = select(OutboxMessage.id).where(
        col(OutboxMessage.chase_at) <= now, col(OutboxMessage.subject_kind).in_(list(kinds))
    )
    return list(session.exec(query.order_by(col(OutboxMessage.chase_at)).limit(limit)))


def get_messages(session: Session, message_ids: Collection[UUID]) -> list[OutboxMessage]:
    """Return messages by their ids, for slices above that keep them; those that are gone are left out."""
    return list(session.exec(select(OutboxMessage).where(col(OutboxMessage.id).in_(message_ids))))


def is_overtaken(session: Session, message: OutboxMessage) -> bool:
    """Tell whether a newer text about the same has arrived: what this one says is known, or past."""
    newer = or_(
        col(OutboxMessage.subject_version) > message.subject_version,
        and_(
            col(OutboxMessage.subject_version) == message.subject_version, col(OutboxMessage.id) > message.id
        ),
    )
    arrived = select(OutboxMessage.id).where(
        OutboxMessage.subject_id == message.subject_id, OutboxMessage.state == MessageState.DELIVERED, newer
    )
    return session.exec(arrived.limit(1)).first() is not None


def list_lost_attempts(
    session: Session, gateway: str, *, now: datetime, limit: int = 50
) -> list[tuple[UUID, UUID]]:
    """List attempts whose answer was lost and is to be asked for now, each with its message's id."""
    query = (
        select(Delivery.id, Delivery.message_id)
        .join(OutboxMessage, col(OutboxMessage.id) == Delivery.message_id)
        .where(
            Delivery.gateway == gateway,
            Delivery.state == DeliveryState.UNKNOWN,
            or_(col(Delivery.ask_at) <= now, col(Delivery.ask_at) > now + 2 * ASK_AFTER[-1]),
            OutboxMessage.state == MessageState.UNKNOWN,
        )
        .order_by(col(Delivery.ask_at))
        .limit(limit)
    )
    return [(attempt_id, message_id) for attempt_id, message_id in session.exec(query)]


def list_waiting(
    session: Session, gateway: str, *, now: datetime, after: Place | None = None, limit: int = 500
) -> tuple[Waiting, Place | None]:
    """List the texts a gateway took and has said nothing final about; and where the next page begins.

    None where this one was the last.
    """
    query = select(Delivery).where(
        Delivery.gateway == gateway,
        Delivery.state == DeliveryState.ACCEPTED,
        Delivery.started_at >= now - REPORTED_WITHIN,
    )
    page = page_of(query, (col(Delivery.started_at), col(Delivery.id)), after, limit)
    rows = session.exec(page).all()
    waiting = {each.provider_ref: each.message_id for each in rows if each.provider_ref}
    return waiting, (rows[-1].started_at, rows[-1].id) if len(rows) == limit else None


def list_tried(session: Session, message_ids: Collection[UUID]) -> dict[UUID, list[Tried]]:
    """List what became of the earlier attempts of messages, oldest first."""
    found: dict[UUID, list[Tried]] = {}
    if message_ids:
        query = select(Delivery).where(col(Delivery.message_id).in_(message_ids))
        for each in session.exec(query.order_by(col(Delivery.number))):
            found.setdefault(each.message_id, []).append(Tried(each.gateway, each.fault, each.reason))
    return found


def measure_health(session: Session, gateways: Iterable[str], *, now: datetime) -> dict[str, Health]:
    """Judge each gateway by its latest attempts, in the order given."""
    return {name: health_of(_recent_tries(session, name, now), now) for name in gateways}


def _recent_tries(session: Session, gateway: str, now: datetime) -> list[Try]:
    query = (
        select(Delivery.started_at, Delivery.ended_at, Delivery.fault, Delivery.reason)
        .where(Delivery.gateway == gateway, col(Delivery.started_at) >= now - LOOK_BACK)
        .order_by(col(Delivery.started_at).desc())
        .limit(LOOK_AT_MOST)
    )
    return [Try(*row) for row in session.exec(query)]


class Spent:
    """How many texts went today, counted once for each number and facility of one unit of work."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._now = now
        policy = policy_of(session)
        midnight = datetime.combine(policy.local_date(now), time(0), policy.zone)
        self._midnight = midnight.astimezone(UTC)
        self._by_number: dict[tuple[str | None, UUID, str], int] = {}
        self._by_facility: dict[UUID, int] = {}

    def is_used_up(self, session: Session, message: OutboxMessage, budget: Budget) -> bool:
        """Tell whether this message would be one too many; one that was tried before counts already."""
        if message.tried_at is not None:
            return False
        by_number, by_facility = _kind(message), message.facility_id
        if by_number not in self._by_number:
            self._by_number[by_number] = self._count(
                session,
                col(OutboxMessage.number_index) == message.number_index,
                OutboxMessage.patient_id == message.patient_id,
                OutboxMessage.template == message.template,
                col(OutboxMessage.tried_at) > self._now - timedelta(days=1),
            )
        if by_facility not in self._by_facility:
            self._by_facility[by_facility] = self._count(
                session,
                OutboxMessage.facility_id == by_facility,
                col(OutboxMessage.tried_at) >= self._midnight,
            )
        return budget.is_used_up(self._by_number[by_number], self._by_facility[by_facility])

    def note(self, message: OutboxMessage) -> None:
        """Count one that is about to leave, for those after it in the same unit."""
        if message.is_urgent:
            return
        by_number, by_facility = _kind(message), message.facility_id
        if message.attempts == 1 and by_number in self._by_number:
            self._by_number[by_number] += 1
        if message.attempts == 1 and by_facility in self._by_facility:
            self._by_facility[by_facility] += 1

    @staticmethod
    def _count(session: Session, *conditions: ColumnElement[bool] | bool) -> int:
        # What was refused and waits again has reached nobody; what is urgent is never counted.
        counted = select(func.count()).where(
            *conditions,
            OutboxMessage.state != MessageState.QUEUED,
            col(OutboxMessage.is_urgent).is_(False),
        )
        return session.exec(counted.select_from(OutboxMessage)).one()


def _kind(message: OutboxMessage) -> tuple[str | None, UUID, str]:
    return message.number_index, message.patient_id, message.template


def _line(message: OutboxMessage, brand: str, texts: Texts) -> MessageLine:
    template = texts.at(message.template, Variant(message.variant), message.text_version)
    if not message.attempts:
        template = texts.current(message.template, Variant.PLAIN)
    values = {**message.params, "brand": brand, "link": HIDDEN_LINK, "code": HIDDEN_CODE}
    return MessageLine(
        id=message.id,
        patient_id=message.patient_id,
        facility_id=message.facility_id,
        template=message.template,
        text=render(template, values),
        phone=message.phone_masked,
        state=MessageState(message.state),
        reason=message.reason,
        attempts=message.attempts,
        parts=message.parts,
        cost=message.cost,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        link_id=message.link_id,
        queued_at=message.queued_at,
        sent_at=message.sent_at,
        settled_at=message.settled_at,
    )
