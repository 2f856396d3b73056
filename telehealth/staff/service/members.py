"""Inviting colleagues, moving them, and ending or giving back their right to sign in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from telehealth.audit.service import record
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.text import nfc, sort_key
from telehealth.staff import queries, rules
from telehealth.staff.actors import MembershipActor
from telehealth.staff.cards import RosterLine
from telehealth.staff.events import (
    MembershipBegun,
    MembershipClosed,
    MembershipEndSet,
    PasswordReset,
    StaffDisabled,
    StaffEnabled,
)
from telehealth.staff.models import Membership, MembershipLanguage, MembershipSpecialty, Staff
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service.credentials import issue_activation
from telehealth.staff.service.sign_in import end_all_sign_ins
from telehealth.staff.service.tokens import revoke_all_tokens


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is to do where: everything a membership says but its dates."""

    facility_id: UUID
    role: Role
    qualification: Qualification
    title: str
    licence_number: str | None = None
    specialty_codes: tuple[str, ...] = ()
    language_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invited:
    """A new colleague with the code that lets them set a password; the code is shown once."""

    staff: Staff
    membership: Membership
    code: str = field(repr=False)


def invite(
    session: Session, actor: Actor, *, full_name: str, username: str, post: Post, now: datetime
) -> Invited:
    """Add a person with a membership from today on, and a code to hand over.

    Raises `username-invalid`, `username-taken`, `role-not-yours`, `facility-not-found`,
    `qualification-not-fitting`, `licence-missing`, `specialty-unknown`, `language-unknown`.
    """
    _check_post(session, actor, post)
    staff = create_staff(session, full_name=full_name, username=username, now=now)
    membership = _begin(session, staff.id, post, on=policy_of(session).local_date(now), now=now)
    code = issue_activation(session, staff.id, "invite", issued_by=actor.ref, now=now)
    _record(session, actor, staff.id, "invite", now, membership_id=str(membership.id), role=post.role)
    return Invited(staff, membership, code)


def create_staff(session: Session, *, full_name: str, username: str, now: datetime, **values: Any) -> Staff:
    """Add a person who works nowhere yet; raise `username-invalid`, `username-taken`."""
    name = rules.check_username(username)
    if queries.find_by_username(session, name) is not None:
        raise InvalidError("username-taken", field="username")
    full = nfc(full_name)
    staff = Staff(full_name=full, sort_key=sort_key(full), username=name, created_at=now, **values)
    session.add(staff)
    session.flush()
    return staff


def _begin(session: Session, staff_id: UUID, post: Post, *, on: date, now: datetime) -> Membership:
    """Add a membership and say so, for whoever keeps a diary of a doctor."""
    membership = add_membership(session, staff_id, post, on=on)
    publish(session, MembershipBegun(membership.id, post.facility_id, post.role), now=now)
    return membership


def add_membership(
    session: Session, staff_id: UUID, post: Post, *, on: date, until: date | None = None
) -> Membership:
    """Let a person work somewhere from a day on; raise `qualification-not-fitting`, `licence-missing`,
    `specialty-unknown`, `language-unknown`, `facility-not-found`, and `doctor-already` where they are a
    doctor somewhere in that time: diaries are of posts, and one person is not in two places.
    """
    get_facility(session, post.facility_id)
    if post.role == Role.DOCTOR:
        _require_no_doctor(session, staff_id, on, until)
    licence = nfc(post.licence_number or "") or None
    rules.check_membership(post.role, post.qualification, licence)
    unknown = set(post.specialty_codes) - {each.code for each in queries.list_specialties(session)}
    if unknown:
        raise InvalidError("specialty-unknown", field="specialty_codes")
    languages = rules.check_languages(post.language_codes)
    membership = Membership(
        staff_id=staff_id,
        facility_id=post.facility_id,
        role=post.role,
        qualification=post.qualification,
        title=nfc(post.title),
        licence_number=licence,
        valid_from=on,
        valid_to=until,
    )
    session.add(membership)
    session.flush()
    for code in dict.fromkeys(post.specialty_codes):
        session.add(MembershipSpecialty(membership_id=membership.id, specialty_code=code))
    for code in languages:
        session.add(MembershipLanguage(membership_id=membership.id, language_code=code))
    session.flush()
    return membership


def _require_no_doctor(session: Session, staff_id: UUID, first: date, end: date | None) -> None:
    query = select(Membership.id).where(
        Membership.staff_id == staff_id,
        Membership.role == Role.DOCTOR,
        or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > first),
    )
    if end is not None:
        query = query.where(Membership.valid_from < end)
    if session.exec(query.limit(1)).first() is not None:
        raise ConflictError("doctor-already")


def move(
    session: Session,
    actor: Actor,
    membership_id: UUID,
    post: Post,
    *,
    on: date,
    version: int,
    now: datetime,
) -> Membership:
    """Close a membership on a day and open another from that day on; return the new one.

    Managers move people within their facility, administrators anywhere. Raises `move-in-past`,
    `stale-version`, `not-yourself` and what `invite` raises about the post.
    """
    line = _managed(session, actor, membership_id, now)
    _check_post(session, actor, post)
    _close(session, line, on=on, version=version, now=now)
    new = _begin(session, line.staff.id, post, on=on, now=now)
    ids = {"old": str(membership_id), "new": str(new.id)}
    _record(session, actor, line.staff.id, "move", now, role=post.role, **ids)
    return new


def close_membership(
    session: Session, actor: Actor, membership_id: UUID, *, on: date, version: int, now: datetime
) -> None:
    """Let a person stop working in a role on a day.

    Raises `membership-not-found`, `not-yourself`, `role-not-yours`, `stale-version`, `move-in-past`,
    `membership-ends-before`.
    """
    line = _managed(session, actor, membership_id, now)
    _close(session, line, on=on, version=version, now=now)
    _record(session, actor, line.staff.id, "close", now, membership_id=str(membership_id))


def set_languages(
    session: Session,
    actor: Actor,
    membership_id: UUID,
    codes: Iterable[str],
    *,
    version: int,
    now: datetime,
) -> Membership:
    """Note what a colleague speaks beside Vietnamese.

    Raises `membership-not-found`, `not-yourself`, `role-not-yours`, `stale-version`, `language-unknown`.
    """
    line = _managed(session, actor, membership_id, now)
    if line.membership.version != version:
        raise StaleError()
    wanted = rules.check_languages(codes)
    known = session.exec(select(MembershipLanguage).where(MembershipLanguage.membership_id == membership_id))
    for row in known.all():
        session.delete(row)
    session.flush()
    for code in wanted:
        session.add(MembershipLanguage(membership_id=membership_id, language_code=code))
    line.membership.version += 1
    session.add(line.membership)
    session.flush()
    _record(session, actor, line.staff.id, "languages", now, membership_id=str(membership_id))
    return line.membership


def disable(session: Session, actor: Actor, membership_id: UUID, *, now: datetime) -> None:
    """End a person's right to sign in and their API tokens, everywhere and at once; nothing changes
    when it has ended.

    Raises `membership-not-found`, `not-yourself`, `role-not-yours`, and `staff-works-elsewhere` when a
    manager would shut out somebody of another facility too.
    """
    line = _whole_person(session, actor, membership_id, now)
    if line.staff.disabled_at is not None:
        return
    line.staff.disabled_at = now
    session.add(line.staff)
    session.flush()
    end_all_sign_ins(session, line.staff.id, "disabled", now=now)
    revoke_all_tokens(session, actor, line.staff.id, now=now)
    today = policy_of(session).local_date(now)
    ids = tuple(m.id for m in queries.open_memberships(session, line.staff.id, today=today))
    publish(session, StaffDisabled(line.staff.id, ids), now=now)
    _record(session, actor, line.staff.id, "disable", now)


def enable(session: Session, actor: Actor, membership_id: UUID, *, now: datetime) -> None:
    """Give a disabled person the right to sign in back; password and PIN are as they were, tokens not.

    Raises as `disable`.
    """
    line = _whole_person(session, actor, membership_id, now)
    if line.staff.disabled_at is not None:
        line.staff.disabled_at = None
        session.add(line.staff)
        session.flush()
        today = policy_of(session).local_date(now)
        ids = tuple(m.id for m in queries.open_memberships(session, line.staff.id, today=today))
        publish(session, StaffEnabled(line.staff.id, ids), now=now)
        _record(session, actor, line.staff.id, "enable", now)


def reset(session: Session, actor: Actor, membership_id: UUID, *, now: datetime) -> Invited:
    """Take a person's password and PIN away and return a code to set new ones.

    Sign-ins, tokens and calendar addresses end. Whoever resets never knows the new password (OWASP ASVS
    5.0 6.4.6). Raises as `disable`.
    """
    line = _whole_person(session, actor, membership_id, now)
    line.staff.password_hash = line.staff.pin_hash = None
    session.add(line.staff)
    session.flush()
    end_all_sign_ins(session, line.staff.id, "reset", now=now)
    revoke_all_tokens(session, actor, line.staff.id, now=now)
    open_posts = queries.open_memberships(session, line.staff.id, today=policy_of(session).local_date(now))
    publish(session, PasswordReset(line.staff.id, tuple(post.id for post in open_posts)), now=now)
    code = issue_activation(session, line.staff.id, "reset", issued_by=actor.ref, now=now)
    _record(session, actor, line.staff.id, "reset", now)
    return Invited(line.staff, line.membership, code)


def _check_post(session: Session, actor: Actor, post: Post) -> None:
    """Refuse posts outside what the actor may give: another facility, or a role above theirs."""
    get_facility(session, post.facility_id)
    if actor.kind is ActorKind.SYSTEM:
        return
    role = actor.role if isinstance(actor, MembershipActor) else None
    if role is not Role.ADMIN and post.facility_id != actor.facility_id:
        raise InvalidError("facility-not-yours", field="facility_id")
    if role is None or post.role not in rules.assignable(role):
        raise InvalidError("role-not-yours", field="role")


def _managed(session: Session, actor: Actor, membership_id: UUID, now: datetime) -> RosterLine:
    """Return whom the actor may move; never themselves, never somebody above them."""
    today = policy_of(session).local_date(now)
    line = queries.get_roster_line(session, actor, membership_id, today=today)
    if isinstance(actor, MembershipActor):
        if line.staff.id == actor.staff_id:
            raise ForbiddenError("not-yourself")
        if Role(line.membership.role) not in rules.assignable(actor.role):
            raise ForbiddenError("role-not-yours")
    return line


def _whole_person(session: Session, actor: Actor, membership_id: UUID, now: datetime) -> RosterLine:
    """Return whom the actor may shut out or reset: a manager only who works nowhere else."""
    line = _managed(session, actor, membership_id, now)
    if isinstance(actor, MembershipActor) and actor.role is not Role.ADMIN:
        today = policy_of(session).local_date(now)
        posts = queries.open_memberships(session, line.staff.id, today=today)
        if any(post.facility_id != actor.facility_id or post.role == Role.ADMIN for post in posts):
            raise ForbiddenError("staff-works-elsewhere")
    return line


def _close(session: Session, line: RosterLine, *, on: date, version: int, now: datetime) -> None:
    membership = line.membership
    today = policy_of(session).local_date(now)
    if membership.version != version:
        raise StaleError()
    if on < today or on < membership.valid_from:
        raise InvalidError("move-in-past", field="on")
    if membership.valid_to is not None and on > membership.valid_to:
        raise ConflictError("membership-ends-before")
    membership.valid_to = on
    membership.version += 1
    session.add(membership)
    session.flush()
    publish(session, MembershipEndSet(line.staff.id, membership.id), now=now)
    if on <= today:
        end_all_sign_ins(session, line.staff.id, "moved", membership_id=membership.id, now=now)
        publish(session, MembershipClosed(line.staff.id, membership.id), now=now)


def _record(session: Session, actor: Actor, staff_id: UUID, act: str, now: datetime, **facts: str) -> None:
    record(
        session,
        actor,
        "staff.manage",
        subject_kind="staff",
        subject_id=staff_id,
        facts={"act": act, **facts},
        now=now,
    )
