"""Who may be in a room: asked for everybody there every few seconds, and for each who comes back at once.

A mast that fails and returns brings a thousand people back in one instant, so each of these is one statement,
written once: building and hydrating it anew would cost more than the database does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlmodel import Session, SQLModel

from telehealth.calls.models import CallMember, CallRoom
from telehealth.calls.rules import JOINABLE, MemberRole
from telehealth.calls.states import RoomState
from telehealth.kit.actors import ActorKind
from telehealth.kit.policy import policy_of
from telehealth.links.models import LinkOpening, PatientLink
from telehealth.links.states import LinkState
from telehealth.scheduling.models import Appointment
from telehealth.staff.models import Membership, SignIn, Staff

_TABLES = SQLModel.metadata.tables
_MEMBER, _ROOM, _APPOINTMENT, _MEMBERSHIP, _STAFF, _SIGN_IN, _LINK, _OPENING = (
    _TABLES[str(model.__tablename__)]
    for model in (CallMember, CallRoom, Appointment, Membership, Staff, SignIn, PatientLink, LinkOpening)
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
    is_over: bool
    is_allowed: bool


def _stands() -> ColumnElement[bool]:
    """Appointment, membership, sign-in and link stand, at `now`, on the day `today`."""
    is_its_doctor = or_(
        _MEMBER.c.role != MemberRole.DOCTOR, _MEMBER.c.actor_ref == _APPOINTMENT.c.doctor_membership_id
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
    return and_(_APPOINTMENT.c.status.in_(sorted(JOINABLE)), is_its_doctor, may)


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
_PLACE = (
    select(
        _MEMBER.c.id,
        _MEMBER.c.room_id,
        _MEMBER.c.display_name,
        _MEMBER.c.role,
        _MEMBER.c.co_located,
        _MEMBER.c.admitted_at.is_not(None),
        _ROOM.c.state == RoomState.ENDED,
        _stands(),
    )
    .select_from(_AROUND)
    .where(_MEMBER.c.resume_hash == bindparam("resume_hash"), _MEMBER.c.arrival.is_not(None))
)


def list_allowed(session: Session, member_ids: Collection[UUID], *, now: datetime) -> dict[UUID, UUID | None]:
    """Return which members may be in their room, with the sign-ins they are there by.

    Of a call that has ended all may know: how it ended is told to those inside as such, not as a right
    withdrawn.
    """
    asked = {"members": list(member_ids), "now": now, "today": policy_of(session).local_date(now)}
    return {member_id: sign_in_id for member_id, sign_in_id in session.connection().execute(_ALLOWED, asked)}


def find_place(session: Session, resume_hash: str, *, now: datetime) -> Place | None:
    """Find whose place in a room a dropped socket's secret keeps."""
    asked = {"resume_hash": resume_hash, "now": now, "today": policy_of(session).local_date(now)}
    row = session.connection().execute(_PLACE, asked).first()
    if row is None:
        return None
    member_id, room_id, name, role, co_located, *facts = row
    return Place(member_id, room_id, name, MemberRole(role), co_located, *map(bool, facts))
