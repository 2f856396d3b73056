"""Use-cases of push: switching it on and off in a browser, leasing what is to be told, what came of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.calls.events import DoctorRingOver, DoctorRung
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.crypto import Keyring, keyring_of, place
from telehealth.kit.ids import new_id
from telehealth.kit.security import hash_token, new_token
from telehealth.push import queries
from telehealth.push.errors import EndpointRefusedError, SubscriptionNotFoundError
from telehealth.push.models import PushNotice, PushRing, PushSubscription
from telehealth.push.rules import KEPT, LEASE, Outcome, is_allowed, life_of, wait_after
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import MembershipClosed, PasswordReset, SignInsEnded, StaffDisabled

_TABLE = "push_subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One attempt, leased: whom to tell what rings, and for how long that is worth telling."""

    request_id: UUID
    subscription_id: UUID
    rung_at: datetime
    attempt: int
    life_seconds: int
    endpoint: str = field(repr=False)
    is_urgent: bool = True
    """Of an urgent request; else of a slice above, `request_id` being its ring."""

    @property
    def key(self) -> tuple[UUID, UUID, datetime]:
        """The notice it is an attempt of."""
        return (self.request_id, self.subscription_id, self.rung_at)


def switch_on(
    session: Session,
    actor: MembershipActor,
    endpoint: str,
    *,
    hosts: tuple[str, ...],
    label: str,
    browser_token: str | None = None,
    now: datetime,
) -> str:
    """Tell the actor at this address while the browser is closed; return the browser's new token.

    An address, and a browser, have one owner: whoever switched it on last. Raises `push-endpoint-refused`.
    """
    check(actor, "duty.switch")
    if not is_allowed(endpoint, hosts):
        raise EndpointRefusedError
    keyring, row_id, token = keyring_of(session), new_id(), new_token()
    index = keyring.blind(endpoint, "push")
    before = (queries.find_endpoint(session, index), queries.find_browser(session, browser_token))
    for old in {each.id: each for each in before if each is not None}.values():
        session.delete(old)
    session.flush()
    session.add(
        PushSubscription(
            id=row_id,
            membership_id=actor.ref,
            sign_in_id=actor.sign_in_id,
            browser_hash=hash_token(token),
            endpoint_index=index,
            endpoint_sealed=keyring.seal(endpoint, place(_TABLE, "endpoint", row_id)),
            label=label,
            created_at=now,
        )
    )
    session.flush()
    _note(session, actor, actor.ref, "push-on", now)
    return token


def switch_off(session: Session, actor: MembershipActor, subscription_id: UUID, *, now: datetime) -> None:
    """Tell the actor there no more; raise `push-not-found`."""
    check(actor, "duty.switch")
    own = {each.id: each for each in queries.list_own(session, actor)}
    if subscription_id not in own:
        raise SubscriptionNotFoundError
    _drop(session, actor, own[subscription_id], "push-off", now)


def leave_browser(session: Session, browser_token: str | None, *, now: datetime) -> None:
    """Somebody signs out of a browser: nothing is told there any more."""
    found = queries.find_browser(session, browser_token)
    if found is not None:
        _drop(session, SYSTEM, found, "signed-out", now)


def on_rights_ended(
    session: Session, event: StaffDisabled | MembershipClosed | PasswordReset | SignInsEnded, now: datetime
) -> None:
    """Forget the browsers of members who may not work any more, or of sign-ins somebody ended."""
    for found in queries.list_of(session, event.ended_ids):
        _drop(session, SYSTEM, found, "rights-ended", now)


def lease_due(session: Session, *, now: datetime, limit: int) -> list[Wire]:
    """Take up what is to be told now; nobody else tells it before the lease is over."""
    for table in (PushNotice, PushRing):
        session.exec(delete(table).where(col(table.rung_at) < now - KEPT))
    keyring, wires = keyring_of(session), []
    for ring, subscription, request in queries.lock_due(session, now=now, limit=limit):
        key = (ring.request_id, subscription.id, ring.rung_at)
        # Another node may have told it between our look and our lock.
        notice = queries.find_notice(session, key)
        if notice is not None and not _is_due(notice, now):
            continue
        notice = notice or PushNotice(
            request_id=key[0], subscription_id=key[1], rung_at=key[2], next_try_at=now
        )
        notice.attempts, notice.next_try_at = notice.attempts + 1, now + LEASE
        session.add(notice)
        wires.append(
            Wire(
                request_id=key[0],
                subscription_id=key[1],
                rung_at=key[2],
                attempt=notice.attempts,
                life_seconds=life_of(request.escalate_at, now),
                endpoint=keyring.open(
                    subscription.endpoint_sealed, place(_TABLE, "endpoint", subscription.id)
                ),
            )
        )
    session.flush()
    if len(wires) < limit:
        wires += _lease_rings(session, now=now, limit=limit - len(wires))
    return wires


def _lease_rings(session: Session, *, now: datetime, limit: int) -> list[Wire]:
    keyring, wires = keyring_of(session), []
    for ring, subscription in queries.lock_rings(session, now=now, limit=limit):
        ring.attempts, ring.next_try_at = ring.attempts + 1, now + LEASE
        session.add(ring)
        where = place(_TABLE, "endpoint", subscription.id)
        wires.append(
            Wire(
                request_id=ring.ring_id,
                subscription_id=subscription.id,
                rung_at=ring.rung_at,
                attempt=ring.attempts,
                life_seconds=life_of(ring.ends_at, now),
                endpoint=keyring.open(subscription.endpoint_sealed, where),
                is_urgent=False,
            )
        )
    session.flush()
    return wires


def ring(
    session: Session, ring_id: UUID, membership_ids: Collection[UUID], *, until_at: datetime, now: datetime
) -> None:
    """Have the browsers of members told that something rings for them, once for each ring and browser."""
    known = {each.subscription_id for each in queries.rings_of(session, ring_id)}
    for each in queries.list_of(session, membership_ids) if membership_ids else []:
        if each.id not in known:
            row = PushRing(
                ring_id=ring_id, subscription_id=each.id, rung_at=now, ends_at=until_at, next_try_at=now
            )
            session.add(row)
    session.flush()


def hush(session: Session, ring_id: UUID) -> None:
    """It rings no more: nobody is told any longer."""
    for each in queries.rings_of(session, ring_id):
        each.next_try_at = None
        session.add(each)
    session.flush()


def on_doctor_rung(session: Session, event: DoctorRung, now: datetime) -> None:
    """A call waits for its doctor: their closed browsers are told."""
    ring(session, event.ring_id, {event.membership_id}, until_at=event.until_at, now=now)


def on_doctor_ring_over(session: Session, event: DoctorRingOver, now: datetime) -> None:  # noqa: ARG001
    """The doctor has answered, is there, or is needed no more."""
    hush(session, event.ring_id)


def settle(
    session: Session, wire: Wire, outcome: Outcome, *, asked_wait: int | None = None, now: datetime
) -> None:
    """Write down what came of an attempt; an attempt whose lease went to another one says nothing late.

    Only "accepted" and "gone" count whenever they come.
    """
    subscription = session.get(PushSubscription, wire.subscription_id, with_for_update=True)
    notice: PushNotice | PushRing | None = (
        queries.find_notice(session, wire.key)
        if wire.is_urgent
        else queries.find_ring(session, wire.request_id, wire.subscription_id)
    )
    if subscription is None or notice is None:
        return
    if outcome is Outcome.GONE:
        _drop(session, SYSTEM, subscription, "gone", now)
        return
    if outcome is Outcome.ACCEPTED:
        notice.sent_at, notice.next_try_at = now, None
        subscription.last_used_at, subscription.failures = now, 0
    elif notice.sent_at is None and notice.attempts == wire.attempt:
        wait = wait_after(notice.attempts, asked_wait)
        # What was hushed meanwhile stays so.
        is_wanted = outcome is Outcome.LATER and notice.next_try_at is not None
        notice.next_try_at = now + wait if is_wanted else None
        subscription.failures += 1
    session.add_all([notice, subscription])
    session.flush()


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal the addresses of up to `limit` browsers with the newest key; return how many rows."""
    key_id = keyring.sealing[0][0].encode()
    sealed_by = func.substr(col(PushSubscription.endpoint_sealed), 1, len(key_id))
    rows = session.exec(select(PushSubscription).where(sealed_by != key_id).limit(limit)).all()
    for row in rows:
        where = place(_TABLE, "endpoint", row.id)
        row.endpoint_sealed = keyring.seal(keyring.open(row.endpoint_sealed, where), where)
        session.add(row)
    session.flush()
    return len(rows)


def _is_due(notice: PushNotice, now: datetime) -> bool:
    return notice.sent_at is None and notice.next_try_at is not None and notice.next_try_at <= now


def _drop(session: Session, actor: Actor, subscription: PushSubscription, why: str, now: datetime) -> None:
    session.delete(subscription)
    session.flush()
    _note(session, actor, subscription.membership_id, why, now)


def _note(session: Session, actor: Actor, membership_id: UUID, act: str, now: datetime) -> None:
    record(
        session,
        actor,
        "duty.switch",
        subject_kind="membership",
        subject_id=membership_id,
        facts={"act": act},
        now=now,
    )
