"""Leasing messages and reading, just before they leave, whether they still hold."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.crypto import keyring_of, place
from telehealth.kit.ids import new_id
from telehealth.links.queries import count_tokens, is_link_open
from telehealth.links.service import token_for_delivery
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.ports import Checkers, Claimed, Outgoing
from telehealth.messaging.rules import link_address, render
from telehealth.messaging.service.moves import move, tell_undelivered
from telehealth.messaging.states import DeliveryState, MessageCommand, MessageState
from telehealth.messaging.templates import get_template

LEASE: Final = timedelta(seconds=60)
"""Longer than a gateway may take to answer; a worker that needs more has died."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right to send one message, for a minute."""

    message_id: UUID
    token: UUID


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that is noted as being sent, and the text to hand over."""

    attempt_id: UUID
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name texts leave: the registered sender, where links lead, and by which gateway."""

    brand: str
    base_url: str
    gateway: str


def lease_messages(session: Session, *, now: datetime, limit: int) -> list[Lease]:
    """Lease the messages due longest; rows another worker is leasing are passed over."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.QUEUED, OutboxMessage.next_try_at <= now)
        .order_by(col(OutboxMessage.next_try_at), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leases = []
    for message in session.exec(query).all():
        move(session, message, MessageCommand.LEASE, now=now)
        message.lease_token = new_id()
        message.lease_until_at = now + LEASE
        session.add(message)
        leases.append(Lease(message.id, message.lease_token))
    session.flush()
    return leases


def prepare(
    session: Session, lease: Lease, sender: Sender, checkers: Checkers, *, now: datetime
) -> Prepared | None:
    """Read again whether the message holds and open an attempt; None when it must not go.

    A message that came too late is told, so that somebody phones; one that is no longer true is
    not. The link's token is derived here and only its hash is stored.
    """
    query = select(OutboxMessage).where(OutboxMessage.id == lease.message_id).with_for_update()
    message = session.exec(query).one()
    if message.lease_token != lease.token or message.phone_sealed is None:
        return None
    if reason := _reason_to_skip(session, message, checkers, now):
        move(session, message, MessageCommand.SKIP, reason=reason, now=now)
        if reason == "too-late":
            tell_undelivered(session, message, reason, now)
        return None
    message.attempts += 1
    attempt = Delivery(
        message_id=message.id,
        number=message.attempts,
        gateway=sender.gateway,
        state=DeliveryState.SENDING,
        started_at=now,
    )
    session.add(message)
    session.add(attempt)
    session.flush()
    where = place("outbox_message", "phone", message.id)
    to = keyring_of(session).open(message.phone_sealed, where)
    return Prepared(attempt.id, Outgoing(message.id, to, _text(session, message, sender, now)))


def _reason_to_skip(session: Session, message: OutboxMessage, checkers: Checkers, now: datetime) -> str:
    claimed = Claimed(message.template, message.subject_id, message.subject_version)
    if not checkers[message.subject_kind](session, claimed, now):
        return "no-longer-true"
    if message.link_id is not None and not is_link_open(session, message.link_id, now=now):
        return "link-closed"
    return "too-late" if now > message.not_after_at else ""


def _text(session: Session, message: OutboxMessage, sender: Sender, now: datetime) -> str:
    values = {**message.params, "brand": sender.brand}
    if message.link_id is not None:
        # Each sending of a link has its own token; all of them end with the link.
        number = count_tokens(session, message.link_id) + 1
        token = token_for_delivery(session, message.link_id, number, now=now)
        values["link"] = link_address(sender.base_url, token)
    return render(get_template(message.template), values)
