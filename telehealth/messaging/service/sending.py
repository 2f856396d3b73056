"""Taking up what is due: leasing it, and reading, just before it leaves, whether it still holds.

One transaction leases a handful, re-reads all of them and notes the attempts; then each is handed over
outside any transaction. So no more are leased at a time than a worker hands over at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from telehealth.kit.crypto import keyring_of, place
from telehealth.kit.ids import new_id
from telehealth.kit.phones import is_textable
from telehealth.kit.policy import policy_of
from telehealth.kit.retries import is_of_database
from telehealth.kit.text import sms_length
from telehealth.links.models import PatientLink
from telehealth.links.queries import count_tokens_of, is_link_open
from telehealth.links.service import code_for_delivery, token_to
from telehealth.messaging import queries
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.pacing import OVER_BUDGET, TOO_LATE, Budget, quiet_hours
from telehealth.messaging.ports import Checkers, Outgoing
from telehealth.messaging.routing import Health, Standing, in_order, ways_for
from telehealth.messaging.rules import link_address, render
from telehealth.messaging.service.moves import move, note_all, tell_if_true, tell_undelivered
from telehealth.messaging.service.queueing import address, contacts_of
from telehealth.messaging.service.truth import those_true
from telehealth.messaging.states import DeliveryState, MessageCommand
from telehealth.messaging.texts import load_texts, variant_for
from telehealth.patients.service import MessageContact

_log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
"""Longer than a gateway may take to answer; a worker that needs more has died."""

NO_WAY: Final = timedelta(seconds=15)
"""A text that no open gateway may carry is looked at again after so long."""

UNTRUE: Final = "no-longer-true"
"""The one reason not to send that needs nobody to phone."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that is noted as being sent, and the text to hand over."""

    attempt_id: UUID
    gateway: str
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name texts leave: the registered sender, where links lead, what it may cost.

    `prices` are VND for one part, by gateway; one that is not named costs nothing. `registering` are the
    gateways whose operators know each text beforehand.
    """

    brand: str
    base_url: str
    budget: Budget = field(default_factory=Budget)
    prices: Mapping[str, int] = field(default_factory=dict)
    registering: frozenset[str] = frozenset()
    is_accented: bool = False


def take_due(
    session: Session,
    sender: Sender,
    health: Mapping[str, Health],
    checkers: Checkers,
    *,
    now: datetime,
    limit: int,
    only_urgent: bool = False,
) -> tuple[list[Prepared], int]:
    """Lease up to `limit` of the messages due longest and open an attempt for each that still holds.

    All of them, or only the urgent ones.

    `health` names the gateways in the operator's order. Returns the attempts, and how many messages were
    looked at: others were skipped. Rows another worker is leasing are passed over, and so are those about
    what no checker here knows: a newer release queued them and sends them. Nothing is taken while no
    gateway is open; by one that is being tried again goes one text.
    """
    ways = in_order(list(health), health)
    probing = {name for name in ways if health[name].standing is Standing.PROBING}
    if not ways:
        return [], 0
    if probing == set(ways):
        limit = 1
    messages = _lock_due(session, checkers, now, limit, only_urgent=only_urgent)
    prepared = _take_together(session, sender, checkers, now, messages, list(ways), probing)
    if prepared is None:
        prepared = _take_singly(session, sender, checkers, now, messages, list(ways), probing)
    note_all(session, messages, now)
    return prepared, len(messages)


def _take_together(
    session: Session,
    sender: Sender,
    checkers: Checkers,
    now: datetime,
    messages: Sequence[OutboxMessage],
    ways: list[str],
    probing: Collection[str],
) -> list[Prepared] | None:
    """Take a handful with one look for all; None, and nothing is done, where one of them cannot be read."""
    prepared: list[Prepared] = []
    try:
        # Written together at the end, not before each look at the next message.
        with session.begin_nested(), session.no_autoflush:
            taking = _Taking(session, sender, checkers, now, messages)
            for message in messages:
                _note_taken(taking.take(message, ways), prepared, ways, probing)
            session.flush()
    except Exception as error:
        if is_of_database(error):
            raise
        return None
    return prepared


def _take_singly(
    session: Session,
    sender: Sender,
    checkers: Checkers,
    now: datetime,
    messages: Sequence[OutboxMessage],
    ways: list[str],
    probing: Collection[str],
) -> list[Prepared]:
    """Take them one by one: whichever cannot be read holds up no other, and a person is told to phone."""
    prepared: list[Prepared] = []
    for message in messages:
        try:
            with session.begin_nested():
                taking = _Taking(session, sender, checkers, now, [message])
                taken = taking.take(message, ways)
        except Exception as error:
            if is_of_database(error):
                raise
            _log.error(
                "message-unreadable",
                message=str(message.id),
                template=message.template,
                error=type(error).__name__,
            )
            move(session, message, MessageCommand.SKIP, reason="unreadable", now=now, is_told=False)
            tell_undelivered(session, message, "unreadable", now)
        else:
            _note_taken(taken, prepared, ways, probing)
    session.flush()
    return prepared


def _note_taken(
    taken: Prepared | None, prepared: list[Prepared], ways: list[str], probing: Collection[str]
) -> None:
    """Keep what was taken; by a gateway that is being tried again goes one text."""
    if taken is None:
        return
    prepared.append(taken)
    if taken.gateway in probing:
        ways.remove(taken.gateway)


def _lock_due(
    session: Session, checkers: Checkers, now: datetime, limit: int, *, only_urgent: bool
) -> Sequence[OutboxMessage]:
    is_quiet = only_urgent or quiet_hours(policy_of(session)).holds(now)
    query = (
        select(OutboxMessage)
        .where(queries.is_due(now, is_quiet=is_quiet, kinds=checkers))
        .order_by(col(OutboxMessage.is_urgent).desc(), col(OutboxMessage.next_try_at), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.exec(query).all()


class _Taking:
    """What is known about a handful of messages, read with one look each."""

    def __init__(
        self,
        session: Session,
        sender: Sender,
        checkers: Checkers,
        now: datetime,
        messages: Sequence[OutboxMessage],
    ) -> None:
        self.session, self.sender, self.checkers, self.now = session, sender, checkers, now
        self.tried = queries.list_tried(session, [each.id for each in messages if each.attempts])
        self.spent = queries.Spent(session, now)
        self.texts = load_texts(session)
        links = {each.link_id for each in messages if each.link_id is not None}
        if links:  # into the session's memory: each is asked for again below
            self.links = session.exec(select(PatientLink).where(col(PatientLink.id).in_(links))).all()
            self.sendings = count_tokens_of(session, links)
        self.contacts = contacts_of(session, messages)
        self.true = those_true(session, checkers, messages, now)

    def take(self, message: OutboxMessage, ways: Sequence[str]) -> Prepared | None:
        """Open an attempt, skip the message, or leave it for later; None unless it is to be sent."""
        contact = self.contacts.get(message.id)
        if reason := self._reason_to_skip(message, contact):
            move(self.session, message, MessageCommand.SKIP, reason=reason, now=self.now)
            if reason != UNTRUE:
                tell_if_true(self.session, self.checkers, message, reason, self.now)
            return None
        left = ways_for(ways, self.tried.get(message.id, ()))
        if not left or contact is None:
            # Not this minute: no gateway that may carry it is open.
            message.next_try_at = self.now + NO_WAY
            self.session.add(message)
            return None
        self._heal_clock(message)
        if message.number_index is None or self._number_of(message) != contact.phone_e164:
            address(self.session, message, contact.phone_e164)
        return self._open_attempt(message, contact, left[0])

    def _reason_to_skip(self, message: OutboxMessage, contact: MessageContact | None) -> str:
        if message.id not in self.true:
            return UNTRUE
        if message.link_id is not None and not is_link_open(self.session, message.link_id, now=self.now):
            return "link-closed"
        if contact is None:
            return "no-contact"
        if not is_textable(contact.phone_e164):
            return "not-textable"
        if self.now > message.not_after_at:
            return TOO_LATE
        if not message.is_urgent and self.spent.is_used_up(self.session, message, self.sender.budget):
            return OVER_BUDGET
        return ""

    def _open_attempt(self, message: OutboxMessage, contact: MessageContact, gateway: str) -> Prepared:
        text = self._text(message, contact, gateway)
        length = sms_length(text)
        move(self.session, message, MessageCommand.LEASE, now=self.now, is_told=False)
        message.lease_token = new_id()
        message.lease_until_at = self.now + LEASE
        message.attempts += 1
        message.tried_at = self.now
        message.encoding = length.encoding
        attempt = Delivery(
            message_id=message.id,
            number=message.attempts,
            gateway=gateway,
            state=DeliveryState.SENDING,
            parts=length.parts,
            cost=length.parts * self.sender.prices.get(gateway, 0),
            started_at=self.now,
        )
        message.parts += attempt.parts
        message.cost += attempt.cost
        self.session.add(message)
        self.session.add(attempt)
        self.spent.note(message)
        return Prepared(attempt.id, gateway, Outgoing(message.id, contact.phone_e164, text))

    def _text(self, message: OutboxMessage, contact: MessageContact, gateway: str) -> str:
        wanted = variant_for(contact.language, is_accented=self.sender.is_accented)
        template = self.texts.current(message.template, wanted)
        if gateway in self.sender.registering:
            template = self.texts.for_gateway(message.template, wanted, gateway)
        message.variant, message.text_version = template.variant, template.version
        values = {**message.params, "brand": self.sender.brand}
        if message.link_id is not None:
            # Each sending of a link has its own token; all of them end with the link.
            self.sendings[message.link_id] += 1
            number = self.sendings[message.link_id]
            token = token_to(self.session, message.link_id, number, contact, now=self.now)
            values["link"] = link_address(self.sender.base_url, token)
        if "code" in template.names:  # never kept: derived like a token
            values["code"] = code_for_delivery(self.session, message.subject_id)
        return render(template, values)

    def _number_of(self, message: OutboxMessage) -> str:
        where = place("outbox_message", "phone", message.id)
        return keyring_of(self.session).open(message.phone_sealed or b"", where)

    def _heal_clock(self, message: OutboxMessage) -> None:
        """Put right what was written while the clock was ahead: else it would wait for that day again."""
        message.queued_at = min(message.queued_at, self.now)
