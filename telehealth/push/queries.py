"""Every select of push: a member sees their own browsers only."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import Select

from telehealth.kit.actors import Actor
from telehealth.kit.security import hash_token
from telehealth.push.models import PushNotice, PushRing, PushSubscription
from telehealth.urgent.models import UrgentRequest, UrgentRing
from telehealth.urgent.states import UrgentState

Due = tuple[UrgentRing, PushSubscription, UrgentRequest]
"""A ring, a browser to tell of it, and the request that rings."""


def list_own(session: Session, actor: Actor) -> list[PushSubscription]:
    """List the actor's browsers, the oldest first."""
    query = select(PushSubscription).where(PushSubscription.membership_id == actor.ref)
    return list(session.exec(query.order_by(col(PushSubscription.created_at), col(PushSubscription.id))))


def find_browser(session: Session, token: str | None) -> PushSubscription | None:
    """Find what was switched on in the browser that holds this token."""
    if not token:
        return None
    query = select(PushSubscription).where(PushSubscription.browser_hash == hash_token(token))
    return session.exec(query).first()


def find_endpoint(session: Session, endpoint_index: str) -> PushSubscription | None:
    """Find an address by its blind index, whoever it belongs to."""
    query = select(PushSubscription).where(PushSubscription.endpoint_index == endpoint_index)
    return session.exec(query).first()


def list_of(session: Session, ids: Collection[UUID]) -> list[PushSubscription]:
    """List the browsers of memberships, or switched on in sign-ins."""
    query = select(PushSubscription).where(
        or_(col(PushSubscription.membership_id).in_(ids), col(PushSubscription.sign_in_id).in_(ids))
    )
    return list(session.exec(query))


def has_work(session: Session, *, now: datetime) -> bool:
    """Tell whether a browser is to be told of a ring: two statements, whatever there is."""
    if session.exec(_due(now).limit(1)).first() is not None:
        return True
    return session.exec(_rings(now).limit(1)).first() is not None


def lock_due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """List what is to be told now, the browsers locked, passing over what another node is at."""
    query = _due(now).order_by(col(UrgentRing.rung_at), col(PushSubscription.id)).limit(limit)
    return list(session.exec(query.with_for_update(of=PushSubscription, skip_locked=True)).all())


def lock_rings(session: Session, *, now: datetime, limit: int) -> list[tuple[PushRing, PushSubscription]]:
    """List the rings of other slices that are to be told now, passing over what another node is at."""
    query = _rings(now).order_by(col(PushRing.rung_at), col(PushSubscription.id)).limit(limit)
    return list(session.exec(query.with_for_update(of=PushRing, skip_locked=True)).all())


def rings_of(session: Session, ring_id: UUID) -> list[PushRing]:
    """List what is told, or to be told, of a ring of another slice."""
    return list(session.exec(select(PushRing).where(PushRing.ring_id == ring_id)))


def find_ring(session: Session, ring_id: UUID, subscription_id: UUID) -> PushRing | None:
    """Find, as it is by now, what a browser was told of a ring of another slice."""
    return session.get(PushRing, (ring_id, subscription_id), populate_existing=True)


def _rings(now: datetime) -> Select[PushRing, PushSubscription]:
    return (
        select(PushRing, PushSubscription)
        .join(PushSubscription, col(PushSubscription.id) == PushRing.subscription_id)
        .where(col(PushRing.sent_at).is_(None), col(PushRing.next_try_at) <= now)
    )


def find_notice(session: Session, key: tuple[UUID, UUID, datetime]) -> PushNotice | None:
    """Find, as it is by now, what a browser was told of a ring."""
    return session.get(PushNotice, key, populate_existing=True)


def _due(now: datetime) -> Select[UrgentRing, PushSubscription, UrgentRequest]:
    """Select rings that go on, of doctors with a browser to tell, and were not told there yet.

    Who declined, or has the ring before their eyes on an open page, is left alone.
    """
    told = and_(
        col(PushNotice.request_id) == UrgentRing.request_id,
        col(PushNotice.subscription_id) == PushSubscription.id,
        col(PushNotice.rung_at) == UrgentRing.rung_at,
    )
    return (
        select(UrgentRing, PushSubscription, UrgentRequest)
        .join(UrgentRequest, col(UrgentRequest.id) == UrgentRing.request_id)
        .join(PushSubscription, col(PushSubscription.membership_id) == UrgentRing.membership_id)
        .outerjoin(PushNotice, told)
        .where(
            UrgentRequest.state == UrgentState.WAITING,
            col(UrgentRing.declined_at).is_(None),
            col(UrgentRing.seen_at).is_(None),
            or_(
                col(PushNotice.request_id).is_(None),
                and_(col(PushNotice.sent_at).is_(None), col(PushNotice.next_try_at) <= now),
            ),
        )
    )
