"""Who is behind a cookie or a token: asked for every request, so one statement each, written once.

Columns come as plain values: making the rows of four tables into objects cost more than finding them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlmodel import Session

from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.db import metadata
from telehealth.kit.security import hash_token
from telehealth.staff import models
from telehealth.staff.actors import IntegrationActor, MembershipActor
from telehealth.staff.cards import OpenSignIn
from telehealth.staff.rules import Qualification, Role

_TABLES = metadata.tables
_token, _sign_in = _TABLES[models.ApiToken.__tablename__].c, _TABLES[models.SignIn.__tablename__].c
_member, _staff = _TABLES[models.Membership.__tablename__].c, _TABLES[models.Staff.__tablename__].c
_facility, _program = _TABLES["facility"].c, _TABLES[models.Integration.__tablename__].c

_ACTOR = (
    _member.id,
    _member.facility_id,
    _member.staff_id,
    _member.role,
    _member.qualification,
    _member.licence_number,
    _staff.full_name,
    _member.title,
    _facility.short_name,
)


def _may_work(today: ColumnElement[date]) -> ColumnElement[bool]:
    ends_later = or_(_member.valid_to.is_(None), _member.valid_to > today)
    return (_member.valid_from <= today) & ends_later & _staff.disabled_at.is_(None)


_IS_ACTIVE = _may_work(bindparam("today"))
_MEMBERSHIP = (
    select(*_ACTOR)
    .join(_TABLES["staff"], _member.staff_id == _staff.id)
    .join(_TABLES["facility"], _member.facility_id == _facility.id)
)
_BY_ID = _MEMBERSHIP.where(_member.id == bindparam("membership"), _IS_ACTIVE)
_BY_SIGN_IN = (
    select(_sign_in.id, _sign_in.last_seen_at, _sign_in.expires_at, *_ACTOR)
    .join(_TABLES["membership"], _sign_in.membership_id == _member.id)
    .join(_TABLES["staff"], _member.staff_id == _staff.id)
    .join(_TABLES["facility"], _member.facility_id == _facility.id)
    .where(
        _sign_in.token_hash == bindparam("hash"),
        _sign_in.ended_at.is_(None),
        _sign_in.expires_at > bindparam("now"),
        _IS_ACTIVE,
    )
)
_BY_TOKEN = (
    select(_program.id, _program.facility_id, _program.name, _program.actions, *_ACTOR)
    .select_from(_TABLES["api_token"])
    .outerjoin(
        _TABLES["integration"],
        (_token.integration_id == _program.id) & _program.disabled_at.is_(None),
    )
    .outerjoin(_TABLES["membership"], _token.membership_id == _member.id)
    .outerjoin(_TABLES["staff"], _member.staff_id == _staff.id)
    .outerjoin(_TABLES["facility"], _member.facility_id == _facility.id)
    .where(
        _token.token_hash == bindparam("hash"),
        _token.revoked_at.is_(None),
        _token.expires_at > bindparam("now"),
        or_(_program.id.is_not(None), _IS_ACTIVE),
    )
)


def find_sign_in(session: Session, token: str, *, now: datetime, today: date) -> OpenSignIn | None:
    """Find the open sign-in of a cookie's token, if its person may still work there."""
    asked = {"hash": hash_token(token), "now": now, "today": today}
    row = session.connection().execute(_BY_SIGN_IN, asked).first()
    if row is None:
        return None
    sign_in_id, last_seen_at, expires_at, *who = row
    return OpenSignIn(sign_in_id, _actor(who, sign_in_id), last_seen_at, expires_at)


def find_bearer(session: Session, token: str, *, now: datetime, today: date) -> Actor | None:
    """Find who an API token stands for."""
    asked = {"hash": hash_token(token), "now": now, "today": today}
    row = session.connection().execute(_BY_TOKEN, asked).first()
    if row is None:
        return None
    program_id, facility_id, name, actions, *who = row
    if program_id is None:
        return _actor(who, None)
    return IntegrationActor(
        kind=ActorKind.INTEGRATION,
        ref=program_id,
        facility_id=facility_id,
        name=name,
        actions=frozenset(actions),
    )


def find_membership_actor(session: Session, membership_id: UUID, *, today: date) -> MembershipActor | None:
    """Find the actor of a membership that is valid today and whose person is not disabled."""
    row = session.connection().execute(_BY_ID, {"membership": membership_id, "today": today}).first()
    return _actor(row, None) if row is not None else None


def _actor(row: Sequence[Any], sign_in_id: UUID | None) -> MembershipActor:
    membership_id, facility_id, staff_id, role, qualification, licence_number, name, title, facility = row
    return MembershipActor(
        kind=ActorKind.MEMBERSHIP,
        ref=membership_id,
        facility_id=facility_id,
        staff_id=staff_id,
        role=Role(role),
        qualification=Qualification(qualification),
        licence_number=licence_number,
        full_name=name,
        title=title,
        facility_name=facility,
        sign_in_id=sign_in_id,
    )
