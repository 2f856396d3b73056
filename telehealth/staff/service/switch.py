"""Quick switch between colleagues on a shared machine: a PIN is enough within a shift.

A PIN works only on a device where its owner gave a password in the last twelve hours, and five wrong
ones ask for the password again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.errors import ForbiddenError
from telehealth.kit.policy import policy_of
from telehealth.staff import queries, rules
from telehealth.staff.models import Device, DeviceMember
from telehealth.staff.service import sign_in
from telehealth.staff.service.sign_in import Browser, SignedIn


@dataclass(frozen=True, slots=True)
class PinAttempt:
    """A counted try of a PIN: the hash to compare with."""

    device_id: UUID
    membership_id: UUID
    pin_hash: str = field(repr=False)


def begin_switch(session: Session, membership_id: UUID, browser: Browser, *, now: datetime) -> PinAttempt:
    """Count a try of a colleague's PIN on this device; raise `pin-needs-password` when none is taken."""
    device = queries.find_device(session, browser.device_token)
    known = _lock(session, device, membership_id)
    today = policy_of(session).local_date(now)
    actor = queries.find_membership_actor(session, membership_id, today=today)
    if device is None or known is None or actor is None:
        raise ForbiddenError("pin-needs-password")
    staff = queries.get_staff(session, actor.staff_id)
    if staff.pin_hash is None or not queries.takes_pin(known, staff, now):
        raise ForbiddenError("pin-needs-password")
    known.wrong_pins += 1
    session.add(known)
    session.flush()
    return PinAttempt(device.id, membership_id, staff.pin_hash)


def complete_switch(
    session: Session, attempt: PinAttempt, browser: Browser, *, lasting: timedelta, now: datetime
) -> SignedIn:
    """Open a sign-in for a try whose PIN was right; the one the browser had before ends.

    A PIN never carries a sign-in beyond the shift that a password began. Raises `pin-needs-password` where
    that one is off this device's list by now, and as `open_sign_in`.
    """
    device = session.get(Device, attempt.device_id)
    known = _lock(session, device, attempt.membership_id)
    if known is None:
        raise ForbiddenError("pin-needs-password")
    known.wrong_pins = 0
    session.add(known)
    sign_in.end_token(session, browser.sign_in_token, "switched", now=now)
    expires_at = min(now + lasting, known.password_at + rules.SHIFT)
    return sign_in.open_sign_in(session, attempt.membership_id, device, expires_at=expires_at, now=now)


def forget_colleague(session: Session, membership_id: UUID, browser: Browser) -> None:
    """Take a name off this device's list; nothing happens when it is not on it."""
    known = _lock(session, queries.find_device(session, browser.device_token), membership_id)
    if known is not None:
        session.delete(known)
        session.flush()


def _lock(session: Session, device: Device | None, membership_id: UUID) -> DeviceMember | None:
    """Return what the device knows of a membership, so that tries made at once are counted in turn."""
    if device is None:
        return None
    return session.get(DeviceMember, (device.id, membership_id), with_for_update=True)
