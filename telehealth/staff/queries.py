"""Who is signed in, who works where, who may come back on which device."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, bindparam, true
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from telehealth.facilities.models import Facility
from telehealth.facilities.queries import supporting
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import NotFoundError
from telehealth.kit.security import hash_token
from telehealth.staff.actors import MembershipActor
from telehealth.staff.bearers import find_bearer as find_bearer
from telehealth.staff.bearers import find_membership_actor as find_membership_actor
from telehealth.staff.bearers import find_sign_in as find_sign_in
from telehealth.staff.cards import Colleague, DemoAccount, RosterLine, member_card
from telehealth.staff.cards import Doctor as Doctor
from telehealth.staff.cards import MemberCard as MemberCard
from telehealth.staff.models import (
    Activation,
    ApiToken,
    Device,
    DeviceMember,
    FailedSignIn,
    Membership,
    MembershipLanguage,
    MembershipSpecialty,
    SignIn,
    Specialty,
    Staff,
)
from telehealth.staff.rules import REMEMBERED, SHIFT, VIETNAMESE, WRONG_PINS, Role

Q = TypeVar("Q", Select[Membership, Staff, Facility], SelectOfScalar[UUID])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which doctors are looked for; `list_doctors` says what each means."""

    on: date
    until: date | None = None
    station_id: UUID | None = None
    specialty: str | None = None
    tiers: Collection[str] | None = None
    language: str | None = None
    membership_id: UUID | None = None


def open_tokens(session: Session, staff_id: UUID) -> list[ApiToken]:
    """List the tokens of a person's memberships that nobody revoked, of past memberships too."""
    query = (
        select(ApiToken)
        .join(Membership, col(Membership.id) == col(ApiToken.membership_id))
        .where(Membership.staff_id == staff_id, col(ApiToken.revoked_at).is_(None))
    )
    return list(session.exec(query))


def get_membership(session: Session, membership_id: UUID) -> Membership:
    """Return a membership; raise `membership-not-found`."""
    membership = session.get(Membership, membership_id)
    if membership is None:
        raise NotFoundError("membership-not-found")
    return membership


def describe(session: Session, membership_ids: set[UUID]) -> dict[UUID, MemberCard]:
    """Return the cards of memberships by id, past ones included."""
    query = _people().where(col(Membership.id).in_(membership_ids))
    return {m.id: member_card(m, s, f) for m, s, f in session.exec(query)}


def list_members(session: Session, facility_id: UUID, *, on: date) -> list[MemberCard]:
    """List who works at a facility on a day, sorted as Vietnamese names are."""
    query = _people().where(Membership.facility_id == facility_id, may_work(on))
    return [member_card(m, s, f) for m, s, f in session.exec(query.order_by(Staff.sort_key))]


def list_doctors(
    session: Session,
    *,
    on: date,
    station_id: UUID | None = None,
    until: date | None = None,
    specialty: str | None = None,
    tiers: set[str] | None = None,
    language: str | None = None,
    membership_id: UUID | None = None,
) -> list[Doctor]:
    """List the doctors a station can ask on a day, by specialty, tier of their facility and language.

    Those of facilities that support the station professionally; of all facilities without one. With
    `until`, whoever works on any day up to it; on which, their diaries say. Vietnamese narrows nothing.
    """
    wanted = Wanted(on, until, station_id, specialty, tiers, language, membership_id)
    query = _who(_people(), wanted)
    rows = session.exec(query.order_by(Staff.sort_key, col(Membership.id))).all()
    codes = specialties_of(session, {m.id for m, _, _ in rows})
    return [
        Doctor(m.id, s.full_name, m.title, codes.get(m.id, ()), f.id, f.short_name, f.tier_code)
        for m, s, f in rows
    ]


def list_doctor_ids(session: Session, wanted: Wanted) -> list[UUID]:
    """List the memberships of the doctors that `list_doctors` lists, in no order."""
    query = (
        select(Membership.id)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
    )
    return list(session.exec(_who(query, wanted)))


def _who(query: Q, wanted: Wanted) -> Q:
    """Narrow a query over people to the doctors a station can ask."""
    query = query.where(
        Membership.role == Role.DOCTOR, _valid(wanted.on, wanted.until), col(Staff.disabled_at).is_(None)
    )
    if wanted.membership_id is not None:
        query = query.where(Membership.id == wanted.membership_id)
    if wanted.language not in (None, VIETNAMESE):
        speaks = select(MembershipLanguage.membership_id).where(
            MembershipLanguage.language_code == wanted.language
        )
        query = query.where(col(Membership.id).in_(speaks))
    if wanted.station_id is not None:
        query = query.where(supporting(wanted.station_id, wanted.on))
    if wanted.specialty is not None:
        of_specialty = select(MembershipSpecialty.membership_id).where(
            MembershipSpecialty.specialty_code == wanted.specialty
        )
        query = query.where(col(Membership.id).in_(of_specialty))
    if wanted.tiers is not None:
        query = query.where(col(Facility.tier_code).in_(wanted.tiers))
    return query


def can_be_asked(session: Session, membership_id: UUID, *, station_id: UUID, on: date) -> bool:
    """Tell whether a membership is a doctor of a facility that supports the station on a day.

    Whether the membership holds on the day of an appointment is said by the doctor's diary.
    """
    asked = {"membership": membership_id, "station": station_id, "on": on}
    return session.exec(_CAN_BE_ASKED, params=asked).first() is not None


_CAN_BE_ASKED = (
    select(Membership.id)
    .join(Staff, col(Membership.staff_id) == Staff.id)
    .join(Facility, col(Membership.facility_id) == Facility.id)
    .where(
        Membership.id == bindparam("membership"),
        Membership.role == Role.DOCTOR,
        col(Staff.disabled_at).is_(None),
        supporting(bindparam("station", type_=Uuid()), bindparam("on", type_=Date())),
    )
)
"""Asked by every hold, and long: building it cost more than sending it."""


def list_specialties(session: Session) -> list[Specialty]:
    """List the specialties in the order pages show them."""
    return list(session.exec(select(Specialty).order_by(col(Specialty.rank), Specialty.code)))


def get_roster_line(session: Session, actor: Actor, membership_id: UUID, *, today: date) -> RosterLine:
    """Return a colleague the actor may manage; raise `membership-not-found`, out of scope as well.

    Administrators manage everywhere, anybody else the facility they act for.
    """
    query = _people().where(Membership.id == membership_id, ~_over(today), _managed(actor))
    row = session.exec(query).first()
    if row is None:
        raise NotFoundError("membership-not-found")
    languages = languages_of(session, {membership_id})
    return _roster_line(*row, specialties_of(session, {membership_id}), languages)


def list_roster(session: Session, actor: Actor, facility_id: UUID, *, today: date) -> list[RosterLine]:
    """List who works at a facility or soon will, disabled people included; empty out of scope."""
    query = _people().where(Membership.facility_id == facility_id, ~_over(today), _managed(actor))
    rows = session.exec(query.order_by(Staff.sort_key, col(Membership.id))).all()
    ids = {membership.id for membership, _, _ in rows}
    codes, languages = specialties_of(session, ids), languages_of(session, ids)
    return [_roster_line(*row, codes, languages) for row in rows]


def languages_of(session: Session, membership_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the languages members speak beside Vietnamese, by membership."""
    query = (
        select(MembershipLanguage)
        .where(col(MembershipLanguage.membership_id).in_(membership_ids))
        .order_by(MembershipLanguage.language_code)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in session.exec(query):
        found[row.membership_id] = (*found.get(row.membership_id, ()), row.language_code)
    return found


def open_memberships(session: Session, staff_id: UUID, *, today: date) -> list[Membership]:
    """List where a person works now or soon will, the latest first."""
    query = select(Membership).where(Membership.staff_id == staff_id, ~_over(today))
    return list(session.exec(query.order_by(col(Membership.valid_from).desc(), col(Membership.id).desc())))


def find_by_username(session: Session, username: str) -> Staff | None:
    """Find a person by the stored form of their user name."""
    return session.exec(select(Staff).where(Staff.username == username)).first()


def get_staff(session: Session, staff_id: UUID) -> Staff:
    """Return a person; raise `staff-not-found`."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFoundError("staff-not-found")
    return staff


def latest_membership(session: Session, staff_id: UUID) -> UUID | None:
    """Return the membership a person signed in for last."""
    query = (
        select(SignIn.membership_id)
        .join(Membership, col(SignIn.membership_id) == Membership.id)
        .where(Membership.staff_id == staff_id)
    )
    return session.exec(query.order_by(col(SignIn.created_at).desc(), col(SignIn.id).desc())).first()


def open_sign_ins(session: Session, staff_id: UUID, *, now: datetime) -> list[SignIn]:
    """List where a person is signed in, the latest seen first."""
    query = (
        select(SignIn)
        .join(Membership, col(SignIn.membership_id) == Membership.id)
        .where(Membership.staff_id == staff_id, col(SignIn.ended_at).is_(None), SignIn.expires_at > now)
    )
    return list(session.exec(query.order_by(col(SignIn.last_seen_at).desc(), col(SignIn.id))))


def find_open_sign_in(session: Session, token: str) -> SignIn | None:
    """Find the row of a token's sign-in that was not ended."""
    query = select(SignIn).where(SignIn.token_hash == hash_token(token), col(SignIn.ended_at).is_(None))
    return session.exec(query).first()


def tries_since(session: Session, account: str, since: datetime) -> list[datetime]:
    """List when an account was tried without success."""
    query = select(FailedSignIn.at).where(FailedSignIn.account == account, FailedSignIn.at > since)
    return list(session.exec(query))


def find_device(session: Session, token: str | None) -> Device | None:
    """Find a device by its cookie's token."""
    if not token:
        return None
    return session.exec(select(Device).where(Device.token_hash == hash_token(token))).first()


def is_known_on(session: Session, device_id: UUID, staff_id: UUID) -> bool:
    """Tell whether a person gave a password on a device, in any of their roles."""
    query = (
        select(DeviceMember)
        .join(Membership, col(DeviceMember.membership_id) == Membership.id)
        .where(DeviceMember.device_id == device_id, Membership.staff_id == staff_id)
    )
    return session.exec(query).first() is not None


def list_colleagues(session: Session, token: str | None, *, now: datetime, today: date) -> list[Colleague]:
    """List who signed in on a device with a password of late and may still work."""
    device = find_device(session, token)
    if device is None:
        return []
    query = (
        select(DeviceMember, Membership, Staff)
        .join(Membership, col(DeviceMember.membership_id) == Membership.id)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .where(DeviceMember.device_id == device.id, DeviceMember.password_at > now - REMEMBERED)
        .order_by(Staff.sort_key)
    )
    return [
        Colleague(
            membership.id, staff.username, staff.full_name, membership.title, takes_pin(known, staff, now)
        )
        for known, membership, staff in session.exec(query)
        if _is_active(membership, staff, today)
    ]


def takes_pin(known: DeviceMember, staff: Staff, now: datetime) -> bool:
    """Tell whether a PIN is enough on a device: within the shift, and not guessed at."""
    in_shift = now - known.password_at < SHIFT
    return staff.pin_hash is not None and in_shift and known.wrong_pins < WRONG_PINS


def find_activation(session: Session, code: str, *, now: datetime) -> Activation | None:
    """Find an activation that is still good, by its code."""
    query = select(Activation).where(
        Activation.code_hash == hash_token(code),
        col(Activation.used_at).is_(None),
        Activation.expires_at > now,
    )
    return session.exec(query).first()


def open_activations(session: Session, staff_id: UUID) -> list[Activation]:
    """List the activations of a person that were not used."""
    query = select(Activation).where(Activation.staff_id == staff_id, col(Activation.used_at).is_(None))
    return list(session.exec(query))


def list_demo_accounts(session: Session, *, on: date) -> list[DemoAccount]:
    """List the invented people of a demo, station first."""
    query = _people().where(col(Staff.is_demo), _valid(on), col(Staff.disabled_at).is_(None))
    rows = session.exec(query.order_by(col(Staff.created_at), col(Staff.id), col(Membership.id)))
    return [DemoAccount(s.username, s.full_name, Role(m.role), f.short_name, f.tier_code) for m, s, f in rows]


def _people() -> Select[Membership, Staff, Facility]:
    return (
        select(Membership, Staff, Facility)
        .join(Staff, col(Membership.staff_id) == Staff.id)
        .join(Facility, col(Membership.facility_id) == Facility.id)
    )


def _managed(actor: Actor) -> ColumnElement[bool]:
    is_admin = isinstance(actor, MembershipActor) and actor.role is Role.ADMIN
    if is_admin or actor.kind is ActorKind.SYSTEM:
        return true()
    return col(Membership.facility_id) == actor.facility_id


def _over(today: date) -> ColumnElement[bool]:
    return col(Membership.valid_to).is_not(None) & (col(Membership.valid_to) <= today)


def _roster_line(
    membership: Membership,
    staff: Staff,
    facility: Facility,
    codes: dict[UUID, tuple[str, ...]],
    languages: dict[UUID, tuple[str, ...]],
) -> RosterLine:
    speaks = languages.get(membership.id, ())
    return RosterLine(membership, staff, facility.short_name, codes.get(membership.id, ()), speaks)


def specialties_of(session: Session, membership_ids: set[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the specialties of members by membership, of past ones too."""
    query = (
        select(MembershipSpecialty)
        .where(col(MembershipSpecialty.membership_id).in_(membership_ids))
        .order_by(MembershipSpecialty.specialty_code)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in session.exec(query):
        found[row.membership_id] = (*found.get(row.membership_id, ()), row.specialty_code)
    return found


def may_work(on: date) -> ColumnElement[bool]:
    """Return the condition on `Membership` and `Staff`, both joined, that somebody works on a day."""
    return _valid(on) & col(Staff.disabled_at).is_(None)


def list_working(session: Session, membership_ids: Collection[UUID], *, on: date) -> set[UUID]:
    """Return which of these memberships hold on a day, of people nobody shut out: one statement."""
    query = select(Membership.id).join(Staff, col(Membership.staff_id) == Staff.id)
    return set(session.exec(query.where(col(Membership.id).in_(membership_ids), may_work(on))))


def terms_of_work(session: Session, membership_ids: Collection[UUID]) -> dict[UUID, tuple[date, date | None]]:
    """Return from when to when memberships hold, of people nobody shut out: one statement."""
    query = select(Membership).join(Staff, col(Membership.staff_id) == Staff.id)
    query = query.where(col(Membership.id).in_(membership_ids), col(Staff.disabled_at).is_(None))
    return {row.id: (row.valid_from, row.valid_to) for row in session.exec(query)}


def _valid(on: date, until: date | None = None) -> ColumnElement[bool]:
    return (col(Membership.valid_from) <= max(on, until or on)) & or_(
        col(Membership.valid_to).is_(None), col(Membership.valid_to) > on
    )


def _is_active(membership: Membership, staff: Staff, today: date) -> bool:
    started = membership.valid_from <= today
    return (
        started and (membership.valid_to is None or membership.valid_to > today) and staff.disabled_at is None
    )
