"""Who is signed in, who works where."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import NotFoundError
from telehealth.kit.security import hash_token
from telehealth.staff.actors import IntegrationActor, MembershipActor
from telehealth.staff.models import (
    ApiToken,
    Integration,
    Membership,
    MembershipSpecialty,
    SignIn,
    Specialty,
    Staff,
)
from telehealth.staff.rules import Qualification, Role


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """A sign-in that has not ended, with whom it stands for; the edge judges idleness."""

    id: UUID
    actor: MembershipActor
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A colleague as others see them."""

    membership_id: UUID
    name: str
    title: str
    role: Role
    facility_id: UUID
    facility_name: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """A remote doctor as the slot search sees them."""

    membership_id: UUID
    name: str
    title: str
    specialty_codes: tuple[str, ...]
    facility_id: UUID
    facility_name: str
    tier_code: str


def find_sign_in(session: Session, token: str, *, now: datetime, today: date) -> OpenSignIn | None:
    """Find the open sign-in of a cookie's token, if its person may still work there."""
    query = (
        select(SignIn, Membership, Staff, Facility)
        .join(Membership, col(SignIn.membership_id) == Membership.id)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
        .where(
            SignIn.token_hash == hash_token(token), col(SignIn.ended_at).is_(None), SignIn.expires_at > now
        )
    )
    row = session.exec(query).first()
    if row is None:
        return None
    sign_in, membership, staff, facility = row
    if not _is_active(membership, staff, today):
        return None
    actor = _membership_actor(membership, staff, facility, sign_in.id)
    return OpenSignIn(sign_in.id, actor, sign_in.last_seen_at, sign_in.expires_at)


def find_bearer(session: Session, token: str, *, now: datetime, today: date) -> Actor | None:
    """Find who an API token stands for."""
    held = session.exec(
        select(ApiToken).where(
            ApiToken.token_hash == hash_token(token),
            col(ApiToken.revoked_at).is_(None),
            ApiToken.expires_at > now,
        )
    ).first()
    if held is None:
        return None
    if held.membership_id is not None:
        return find_membership_actor(session, held.membership_id, today=today)
    integration = session.get(Integration, held.integration_id)
    if integration is None or integration.disabled_at is not None:
        return None
    return IntegrationActor(
        kind=ActorKind.INTEGRATION,
        ref=integration.id,
        facility_id=integration.facility_id,
        name=integration.name,
        actions=frozenset(integration.actions),
    )


def find_membership_actor(session: Session, membership_id: UUID, *, today: date) -> MembershipActor | None:
    """Find the actor of a membership that is valid today and whose person is not disabled."""
    query = (
        select(Membership, Staff, Facility)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
        .where(Membership.id == membership_id)
    )
    row = session.exec(query).first()
    if row is None or not _is_active(row[0], row[1], today):
        return None
    return _membership_actor(*row, None)


def get_membership(session: Session, membership_id: UUID) -> Membership:
    """Return a membership; raise `membership-not-found`."""
    membership = session.get(Membership, membership_id)
    if membership is None:
        raise NotFoundError("membership-not-found")
    return membership


def describe(session: Session, membership_ids: set[UUID]) -> dict[UUID, MemberCard]:
    """Return the cards of memberships by id, past ones included."""
    query = (
        select(Membership, Staff, Facility)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
        .where(col(Membership.id).in_(membership_ids))
    )
    return {m.id: _card(m, s, f) for m, s, f in session.exec(query)}


def list_members(session: Session, facility_id: UUID, *, on: date) -> list[MemberCard]:
    """List who works at a facility on a day, sorted as Vietnamese names are."""
    query = (
        select(Membership, Staff, Facility)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
        .where(Membership.facility_id == facility_id, _valid(on), col(Staff.disabled_at).is_(None))
        .order_by(Staff.sort_key)
    )
    return [_card(m, s, f) for m, s, f in session.exec(query)]


def list_doctors(
    session: Session, *, on: date, specialty: str | None = None, tiers: set[str] | None = None
) -> list[Doctor]:
    """List the doctors a station can ask on a day, by specialty and by tier of their facility."""
    query = (
        select(Membership, Staff, Facility)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
        .where(Membership.role == Role.DOCTOR, _valid(on), col(Staff.disabled_at).is_(None))
        .order_by(Staff.sort_key, col(Membership.id))
    )
    if specialty is not None:
        of_specialty = select(MembershipSpecialty.membership_id).where(
            MembershipSpecialty.specialty_code == specialty
        )
        query = query.where(col(Membership.id).in_(of_specialty))
    if tiers is not None:
        query = query.where(col(Facility.tier_code).in_(tiers))
    rows = session.exec(query).all()
    codes = _specialties(session, {m.id for m, _, _ in rows})
    return [
        Doctor(m.id, s.full_name, m.title, codes.get(m.id, ()), f.id, f.short_name, f.tier_code)
        for m, s, f in rows
    ]


def list_specialties(session: Session) -> list[Specialty]:
    """List the specialties in the order pages show them."""
    return list(session.exec(select(Specialty).order_by(col(Specialty.rank), Specialty.code)))


def _specialties(session: Session, membership_ids: set[UUID]) -> dict[UUID, tuple[str, ...]]:
    query = (
        select(MembershipSpecialty)
        .where(col(MembershipSpecialty.membership_id).in_(membership_ids))
        .order_by(MembershipSpecialty.specialty_code)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in session.exec(query):
        found[row.membership_id] = (*found.get(row.membership_id, ()), row.specialty_code)
    return found


def _valid(on: date) -> ColumnElement[bool]:
    return (col(Membership.valid_from) <= on) & or_(
        col(Membership.valid_to).is_(None), col(Membership.valid_to) > on
    )


def _is_active(membership: Membership, staff: Staff, today: date) -> bool:
    started = membership.valid_from <= today
    return (
        started and (membership.valid_to is None or membership.valid_to > today) and staff.disabled_at is None
    )


def _card(membership: Membership, staff: Staff, facility: Facility) -> MemberCard:
    return MemberCard(
        membership.id,
        staff.full_name,
        membership.title,
        Role(membership.role),
        facility.id,
        facility.short_name,
    )


def _membership_actor(
    membership: Membership, staff: Staff, facility: Facility, sign_in_id: UUID | None
) -> MembershipActor:
    return MembershipActor(
        kind=ActorKind.MEMBERSHIP,
        ref=membership.id,
        facility_id=membership.facility_id,
        staff_id=staff.id,
        role=Role(membership.role),
        qualification=Qualification(membership.qualification),
        licence_number=membership.licence_number,
        full_name=staff.full_name,
        title=membership.title,
        facility_name=facility.short_name,
        sign_in_id=sign_in_id,
    )
