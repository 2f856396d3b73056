"""Who may be in a room: asked for everybody there every few seconds, and for each who comes back at once.

A mast that fails and returns brings a thousand people back in one instant, so each of these is one statement,
written once: building and hydrating it anew would cost more than the database does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlmodel import Session, SQLModel

from telehealth.calls.models import CallMember, CallRing, CallRoom, CallTicket
from telehealth.calls.ringing import RingWhom
from telehealth.calls.rules import JOINABLE, MemberRole
from telehealth.calls.states import RingState, RoomState
from telehealth.kit.actors import ActorKind
from telehealth.kit.policy import policy_of
from telehealth.kit.security import hash_token
from telehealth.links.models import LinkOpening, PatientLink
from telehealth.links.states import LinkState
from telehealth.scheduling.models import Appointment
from telehealth.staff.models import Membership, SignIn, Staff

_TABLES = SQLModel.metadata.tables
_MEMBER, _ROOM, _APPOINTMENT, _MEMBERSHIP, _STAFF, _SIGN_IN, _LINK, _OPENING, _RING, _TICKET = (
    _TABLES[str(model.__tablename__)]
    for model in (
        CallMember,
        CallRoom,
        Appointment,
        Membership,
        Staff,
        SignIn,
        PatientLink,
        LinkOpening,
        CallRing,
        CallTicket,
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """The place a dropped socket's secret keeps, and whether its holder may still have it."""

    member_id: UUID
    room_id: UUID
    display_name: str
    role: MemberRole
    co_located: bool
    is_admitted: bool
    is_confirmed: bool
    is_over: bool
    is_allowed: bool


def _stands() -> ColumnElement[bool]:
    """Appointment, membership, sign-in and link stand, at `now`, on the day `today`."""
    is_its_doctor = or_(
        _MEMBER.c.role != MemberRole.DOCTOR, _MEMBER.c.actor_ref == _APPOINTMENT.c.doctor_membership_id
    )
    is_asked_in = or_(
        _MEMBER.c.role != MemberRole.GUEST,
        select(_RING.c.id)
        .where(
            _RING.c.room_id == _MEMBER.c.room_id,
            _RING.c.membership_id == _MEMBER.c.actor_ref,
            _RING.c.whom == RingWhom.COLLEAGUE,
            _RING.c.state == RingState.ACCEPTED,
        )
        .exists(),
    )
    is_active = and_(
        _MEMBERSHIP.c.valid_from <= bindparam("today"),
        or_(_MEMBERSHIP.c.valid_to.is_(None), _MEMBERSHIP.c.valid_to > bindparam("today")),
        _STAFF.c.disabled_at.is_(None),
    )
    is_signed_in = or_(
        _MEMBER.c.sign_in_id.is_(None),
        and_(_SIGN_IN.c.ended_at.is_(None), _SIGN_IN.c.expires_at > bindparam("now")),
    )
    is_open_on_phone = (
        select(_OPENING.c.id)
        .join(_LINK, _LINK.c.id == _OPENING.c.link_id)
        .where(
            _LINK.c.id == _MEMBER.c.actor_ref,
            _LINK.c.state != LinkState.REVOKED,
            _LINK.c.expires_at > bindparam("now"),
            _OPENING.c.device_id == _MEMBER.c.device_id,
            _OPENING.c.confirmed_at.is_not(None),
            _OPENING.c.ended_at.is_(None),
        )
        .exists()
    )
    is_link = _MEMBER.c.actor_kind == ActorKind.LINK
    may = or_(and_(is_link, is_open_on_phone), and_(~is_link, is_active, is_signed_in))
    # Not `in_`, whose list is rendered anew each time: a third of what the statement costs.
    is_joinable = or_(*(_APPOINTMENT.c.status == status for status in sorted(JOINABLE)))
    return and_(is_joinable, is_its_doctor, is_asked_in, may)


_AROUND = (
    _MEMBER.join(_ROOM, _ROOM.c.id == _MEMBER.c.room_id)
    .join(_APPOINTMENT, _APPOINTMENT.c.id == _ROOM.c.appointment_id)
    .outerjoin(_MEMBERSHIP, _MEMBERSHIP.c.id == _MEMBER.c.actor_ref)
    .outerjoin(_STAFF, _STAFF.c.id == _MEMBERSHIP.c.staff_id)
    .outerjoin(_SIGN_IN, _SIGN_IN.c.id == _MEMBER.c.sign_in_id)
)
_ALLOWED = (
    select(_MEMBER.c.id, _MEMBER.c.sign_in_id)
    .select_from(_AROUND)
    .where(
        _MEMBER.c.id.in_(bindparam("members", expanding=True)),
        or_(_ROOM.c.state == RoomState.ENDED, _stands()),
    )
)
_WHERE_TO = (
    _MEMBER.c.id,
    _MEMBER.c.room_id,
    _MEMBER.c.display_name,
    _MEMBER.c.role,
    _MEMBER.c.co_located,
    _MEMBER.c.admitted_at.is_not(None),
    _MEMBER.c.confirmed_at.is_not(None),
    _ROOM.c.state == RoomState.ENDED,
    _stands(),
)
_PLACES = (
    select(_MEMBER.c.resume_hash, *_WHERE_TO)
    .select_from(_AROUND)
    .where(
        _MEMBER.c.resume_hash.in_(bindparam("resume_hashes", expanding=True)), _MEMBER.c.arrival.is_not(None)
    )
)
_LATER = _TICKET.alias()
_OPENS = and_(
    _TICKET.c.token_hash == bindparam("given"),
    _TICKET.c.used_at.is_(None),
    _TICKET.c.expires_at > bindparam("now"),
    ~select(_LATER.c.id)
    .where(
        _LATER.c.member_id == _TICKET.c.member_id,
        _LATER.c.used_at.is_not(None),
        _LATER.c.expires_at > _TICKET.c.expires_at,
    )
    .exists(),
)
_ENDED = (
    select(_ROOM.c.id)
    .join(_MEMBER, _MEMBER.c.room_id == _ROOM.c.id)
    .where(_MEMBER.c.id == _TICKET.c.member_id, _ROOM.c.state == RoomState.ENDED)
    .correlate(_TICKET)
    .exists()
)
_TOO_LATE = select(_TICKET.c.member_id).where(_OPENS, _ENDED)
_USE = (
    update(_TICKET)
    .where(_OPENS, ~_ENDED)
    .values(used_at=bindparam("now"), resume_hash=bindparam("its_resume_hash"))
    .returning(_TICKET.c.member_id)
)
_MEMBERS_PLACE = select(*_WHERE_TO).select_from(_AROUND).where(_MEMBER.c.id == bindparam("member"))


def list_allowed(session: Session, member_ids: Collection[UUID], *, now: datetime) -> dict[UUID, UUID | None]:
    """Return which members may be in their room, with the sign-ins they are there by.

    Of a call that has ended all may know: how it ended is told to those inside as such, not as a right
    withdrawn.
    """
    asked = {"members": list(member_ids), "now": now, "today": policy_of(session).local_date(now)}
    return {member_id: sign_in_id for member_id, sign_in_id in session.connection().execute(_ALLOWED, asked)}


def find_places(session: Session, resume_hashes: Collection[str], *, now: datetime) -> dict[str, Place]:
    """Find whose places in rooms the secrets of dropped sockets keep; those that keep none are left out."""
    asked = {"resume_hashes": list(resume_hashes), "now": now, "today": policy_of(session).local_date(now)}
    rows = session.connection().execute(_PLACES, asked)
    return {known: _place(place) for known, *place in rows}


def use_ticket(session: Session, ticket: str, *, resume_hash: str, now: datetime) -> Place | None:
    """Use a ticket up, once however many try; None if unknown, used or expired.

    One that arrives after a later one of the same member was used (the page gave that socket up long ago)
    counts as expired. `resume_hash` is of the secret its page will resume by. A ticket to a call that is
    over stays as it is.
    """
    connection = session.connection()
    asked = {"given": hash_token(ticket), "its_resume_hash": resume_hash, "now": now}
    member = connection.execute(_USE, asked).scalar()
    if member is None:
        member = connection.execute(_TOO_LATE, {"given": asked["given"], "now": now}).scalar()
    if member is None:
        return None
    asked = {"member": member, "now": now, "today": policy_of(session).local_date(now)}
    return _place(connection.execute(_MEMBERS_PLACE, asked).one())


def _place(row: Sequence[Any]) -> Place:
    member_id, room_id, name, role, co_located, *facts = row
    return Place(member_id, room_id, name, MemberRole(role), co_located, *map(bool, facts))
