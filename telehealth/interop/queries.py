"""Every select of calendars: feeds of their owner, appointments scoped by whoever reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from telehealth.access.queries import visible_patients
from telehealth.access.rules import can
from telehealth.facilities.models import Facility
from telehealth.interop.errors import CalendarFeedNotFoundError
from telehealth.interop.models import CalendarFeed
from telehealth.interop.rules import OWNERS, STANDINGS, OwnerKind
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.security import hash_token
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.states import AGREED
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe, find_membership_actor, list_members

Agreed = tuple[Appointment, datetime, Facility]
"""An appointment, when it last changed, and the station it is at."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose appointments a feed shows."""

    kind: OwnerKind
    id: UUID


@dataclass(frozen=True, slots=True)
class FeedCard:
    """A feed as its owner sees it; not live when its maker may not work there any more."""

    feed: CalendarFeed
    maker: str
    is_live: bool


def owner_of(actor: MembershipActor) -> Owner:
    """Return whose feeds the actor makes and ends; raise `not-allowed` for a role that makes none."""
    kind = OWNERS.get(actor.role)
    if kind is None:
        raise ForbiddenError
    return Owner(kind, actor.ref if kind is OwnerKind.MEMBERSHIP else actor.here)


def list_feeds(session: Session, actor: MembershipActor, *, today: date) -> list[FeedCard]:
    """List the feeds of the actor, or of the facility they coordinate, the newest first."""
    query = select(CalendarFeed).where(_owned(actor), col(CalendarFeed.revoked_at).is_(None))
    feeds = session.exec(
        query.order_by(col(CalendarFeed.created_at).desc(), col(CalendarFeed.id).desc())
    ).all()
    makers = describe(session, {feed.created_by for feed in feeds})
    working = {card.membership_id for card in list_members(session, actor.here, on=today)}
    return [FeedCard(feed, makers[feed.created_by].name, feed.created_by in working) for feed in feeds]


def count_feeds(session: Session, actor: MembershipActor) -> int:
    """Count the feeds of the actor's owner that were not revoked."""
    query = select(func.count()).select_from(CalendarFeed)
    return session.exec(query.where(_owned(actor), col(CalendarFeed.revoked_at).is_(None))).one()


def get_feed(session: Session, actor: MembershipActor, feed_id: UUID) -> CalendarFeed:
    """Return a feed the actor may end, revoked ones included; raise `calendar-feed-not-found`."""
    feed = session.exec(select(CalendarFeed).where(CalendarFeed.id == feed_id, _owned(actor))).first()
    if feed is None:
        raise CalendarFeedNotFoundError
    return feed


def find_live(session: Session, token: str, *, today: date) -> tuple[CalendarFeed, MembershipActor] | None:
    """Find the feed of an address and the member it reads as.

    None for an address nobody made, a revoked one, and one whose maker has gone, is shut out, or may
    not make it any more.
    """
    feed = session.exec(
        select(CalendarFeed).where(
            CalendarFeed.token_hash == hash_token(token), col(CalendarFeed.revoked_at).is_(None)
        )
    ).first()
    if feed is None:
        return None
    reader = find_membership_actor(session, feed.created_by, today=today)
    if reader is None or not can(reader, "calendar.manage"):
        return None
    is_theirs = owner_of(reader) == Owner(OwnerKind(feed.owner_kind), feed.owner_id)
    return (feed, reader) if is_theirs else None


def list_made_by(session: Session, membership_ids: Iterable[UUID]) -> list[CalendarFeed]:
    """List the feeds some members made that were not revoked."""
    query = select(CalendarFeed).where(
        col(CalendarFeed.created_by).in_(list(membership_ids)), col(CalendarFeed.revoked_at).is_(None)
    )
    return list(session.exec(query))


def list_agreed(
    session: Session, actor: MembershipActor, *, from_at: datetime, until_at: datetime, now: datetime
) -> list[Agreed]:
    """List what the owner of the actor's feeds has agreed to in a span of time, cancelled ones too.

    One statement. The scope is that of `scheduling.queries`: own appointments of visible patients.
    """
    owner = owner_of(actor)
    is_own = owner.kind is OwnerKind.MEMBERSHIP
    column = Appointment.doctor_membership_id if is_own else Appointment.station_facility_id
    query = _agreed().where(
        col(column) == owner.id,
        col(Appointment.patient_id).in_(visible_patients(actor, now)),
        Appointment.starts_at >= from_at,
        Appointment.starts_at < until_at,
    )
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id))))


def find_agreed(session: Session, appointment: Appointment) -> Agreed | None:
    """Find what a calendar shows of an appointment fetched in scope; None if it was never agreed."""
    return session.exec(_agreed().where(Appointment.id == appointment.id)).first()


def _agreed() -> Select[Appointment, datetime, Facility]:
    """Select appointments whose time was once agreed; a hold that was given back never was."""
    earlier = aliased(AppointmentEvent)
    was_agreed = exists().where(
        col(earlier.appointment_id) == Appointment.id, col(earlier.to_status).in_(AGREED)
    )
    is_latest = (col(AppointmentEvent.appointment_id) == Appointment.id) & (
        col(AppointmentEvent.seq) == Appointment.version
    )
    return (
        select(Appointment, AppointmentEvent.at, Facility)
        .join(AppointmentEvent, is_latest)
        .join(Facility, col(Appointment.station_facility_id) == Facility.id)
        .where(col(Appointment.status).in_(list(STANDINGS)), was_agreed)
    )


def _owned(actor: MembershipActor) -> ColumnElement[bool]:
    owner = owner_of(actor)
    return (col(CalendarFeed.owner_kind) == owner.kind) & (col(CalendarFeed.owner_id) == owner.id)
