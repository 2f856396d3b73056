"""Signing in with a password, and ending sign-ins.

A sign-in takes two units of work with the slow hashing between them, outside any transaction: `begin`
counts the try before the password is looked at, so that tries made at once cannot pass the limit
together; `complete` takes the try back and opens the sign-in.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, delete

from telehealth.audit.service import record
from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import DomainError, ForbiddenError, Kind, NotFoundError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.security import hash_token, new_token
from telehealth.staff import queries, rules
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import SignInsEnded
from telehealth.staff.models import Device, DeviceMember, FailedSignIn, SignIn, Staff


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted try: the hash to compare with, which an unknown or disabled person does not have."""

    account: str
    staff_id: UUID | None
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened sign-in: tokens for the browser's cookies, which are nowhere else in the clear."""

    actor: MembershipActor
    token: str = field(repr=False)
    device_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser brought along: the tokens of its cookies; `remember` for the quick switch."""

    sign_in_token: str | None = field(default=None, repr=False)
    device_token: str | None = field(default=None, repr=False)
    remember: bool = False


def begin_sign_in(
    session: Session, username: str, *, device_token: str | None = None, now: datetime
) -> Attempt:
    """Count a try for a user name; raise `too-many-attempts` with the minutes to wait.

    Known and unknown names are counted alike. A device that knows the person has a count of its
    own, so that guessing elsewhere does not lock the station out (OWASP, "Slow Down Online Guessing
    Attacks with Device Cookies").
    """
    name = rules.normalise_username(username)
    staff = queries.find_by_username(session, name)
    known_on = _own_device(session, staff, device_token)
    account = keyring_of(session).blind(f"{name}|{known_on}", "sign-in")
    _one_at_a_time(session, account)
    tries = queries.tries_since(session, account, now - rules.TRIES_WITHIN)
    free_at = rules.wait_until(tries, now)
    if free_at is not None:
        raise DomainError("too-many-attempts", Kind.TOO_MANY, minutes=_minutes(free_at - now))
    session.add(FailedSignIn(account=account, at=now))
    session.flush()
    return Attempt(account, staff.id if staff else None, staff.password_hash if staff else None)


def complete_sign_in(
    session: Session,
    attempt: Attempt,
    browser: Browser,
    *,
    lasting: timedelta,
    new_hash: str | None = None,
    now: datetime,
) -> SignedIn:
    """Open a sign-in for a try whose password was right.

    `new_hash` replaces a hash made with older parameters. The sign-in the browser had before ends.
    Raises `account-closed` when the person is disabled or works nowhere today.
    """
    if attempt.staff_id is None:
        raise ForbiddenError("account-closed")
    staff = queries.get_staff(session, attempt.staff_id)
    membership_id = _workplace(session, attempt.staff_id, now)
    if staff.disabled_at is not None or membership_id is None:
        raise ForbiddenError("account-closed")
    take_back(session, attempt)
    if new_hash is not None:
        staff.password_hash = new_hash
        session.add(staff)
    device, device_token = _remember(session, browser, membership_id, now=now)
    end_token(session, browser.sign_in_token, "replaced", now=now)
    signed_in = open_sign_in(session, membership_id, device, expires_at=now + lasting, now=now)
    return SignedIn(signed_in.actor, signed_in.token, device_token)


def take_back(session: Session, attempt: Attempt) -> None:
    """Forget the tries of an account: the password was right."""
    session.exec(delete(FailedSignIn).where(col(FailedSignIn.account) == attempt.account))


def forget_old_tries(session: Session, *, now: datetime) -> int:
    """Drop tries that no longer count; return how many."""
    old = delete(FailedSignIn).where(col(FailedSignIn.at) <= now - rules.TRIES_WITHIN)
    return session.exec(old).rowcount


def open_sign_in(
    session: Session, membership_id: UUID, device: Device | None, *, expires_at: datetime, now: datetime
) -> SignedIn:
    """Open a sign-in for a membership with a fresh token (OWASP ASVS 5.0 7.2.4).

    Raises `account-closed` where the person or the membership ended meanwhile.
    """
    token = new_token()
    row = SignIn(
        token_hash=hash_token(token),
        membership_id=membership_id,
        device_id=device.id if device else None,
        created_at=now,
        last_seen_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    today = policy_of(session).local_date(now)
    found = queries.find_sign_in(session, token, now=now, today=today)
    if found is None:
        raise ForbiddenError("account-closed")
    note(session, found.actor, "sign-in", now=now)
    return SignedIn(found.actor, token)


def change_workplace(
    session: Session, actor: MembershipActor, membership_id: UUID, token: str, *, now: datetime
) -> SignedIn:
    """Go on in another of one's own memberships; raise `membership-not-found`.

    The new sign-in ends when the old one would have ended.
    """
    today = policy_of(session).local_date(now)
    current = queries.find_sign_in(session, token, now=now, today=today)
    if membership_id not in _workplaces(session, actor.staff_id, today) or current is None:
        raise NotFoundError("membership-not-found")
    device = _device_of(session, current.id)
    end_token(session, token, "switched", now=now)
    return open_sign_in(session, membership_id, device, expires_at=current.expires_at, now=now)


def sign_out(session: Session, token: str | None, *, now: datetime) -> None:
    """End the sign-in of a cookie's token; nothing happens when it has ended already."""
    end_token(session, token, "signed-out", now=now)


def end_own_sign_in(session: Session, actor: MembershipActor, sign_in_id: UUID, *, now: datetime) -> None:
    """End one of one's own sign-ins, on another machine; raise `sign-in-not-found`."""
    for each in queries.open_sign_ins(session, actor.staff_id, now=now):
        if each.id == sign_in_id:
            _end(session, [each], actor.staff_id, "ended-by-owner", now=now)
            note(session, actor, "end-sign-in", now=now)
            return
    raise NotFoundError("sign-in-not-found")


def end_all_sign_ins(
    session: Session,
    staff_id: UUID,
    reason: str,
    *,
    now: datetime,
    keep: UUID | None = None,
    membership_id: UUID | None = None,
) -> int:
    """End every sign-in of a person, but the one to keep, or only those for one membership."""
    rows = [
        each
        for each in queries.open_sign_ins(session, staff_id, now=now)
        if each.id != keep and membership_id in (None, each.membership_id)
    ]
    _end(session, rows, staff_id, reason, now=now)
    return len(rows)


def end_token(session: Session, token: str | None, reason: str, *, now: datetime) -> None:
    """End the sign-in a token stands for, if it is open."""
    found = queries.find_open_sign_in(session, token) if token else None
    if found is not None:
        found.ended_at, found.end_reason = now, reason
        session.add(found)
        session.flush()


def note(session: Session, actor: MembershipActor, act: str, *, now: datetime) -> None:
    """Record what a person did with their own account."""
    record(
        session,
        actor,
        "account.own",
        subject_kind="staff",
        subject_id=actor.staff_id,
        facts={"act": act},
        now=now,
    )


def _end(session: Session, rows: list[SignIn], staff_id: UUID, reason: str, *, now: datetime) -> None:
    for row in rows:
        row.ended_at, row.end_reason = now, reason
        session.add(row)
    session.flush()
    if rows:
        publish(session, SignInsEnded(staff_id, tuple(row.id for row in rows)), now=now)


def _workplace(session: Session, staff_id: UUID, now: datetime) -> UUID | None:
    """Return where the person works today: where they signed in last, else where they began last."""
    valid = _workplaces(session, staff_id, policy_of(session).local_date(now))
    last = queries.latest_membership(session, staff_id)
    return last if last in valid else next(iter(valid), None)


def _workplaces(session: Session, staff_id: UUID, today: date) -> list[UUID]:
    return [m.id for m in queries.open_memberships(session, staff_id, today=today) if m.valid_from <= today]


def _remember(
    session: Session, browser: Browser, membership_id: UUID, *, now: datetime
) -> tuple[Device | None, str | None]:
    """Note on the device that the person gave a password, or forget them there; return a new token."""
    device = queries.find_device(session, browser.device_token)
    known = session.get(DeviceMember, (device.id, membership_id)) if device else None
    if not browser.remember:
        if known is not None:
            session.delete(known)
        return device, None
    token = None
    if device is None:
        token = new_token()
        device = Device(token_hash=hash_token(token), created_at=now)
        session.add(device)
        session.flush()
    known = known or DeviceMember(device_id=device.id, membership_id=membership_id, password_at=now)
    known.password_at, known.wrong_pins = now, 0
    session.add(known)
    session.flush()
    return device, token


def _own_device(session: Session, staff: Staff | None, device_token: str | None) -> str:
    """Return the id of the device if the person signed in on it before, else nothing."""
    device = queries.find_device(session, device_token)
    if device is None or staff is None:
        return ""
    return str(device.id) if queries.is_known_on(session, device.id, staff.id) else ""


def _device_of(session: Session, sign_in_id: UUID) -> Device | None:
    row = session.get(SignIn, sign_in_id)
    return session.get(Device, row.device_id) if row and row.device_id else None


def _one_at_a_time(session: Session, account: str) -> None:
    """Let tries of one account count one after the other; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int(account[:15], 16)
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _minutes(span: timedelta) -> int:
    return max(1, -(-int(span.total_seconds()) // 60))
