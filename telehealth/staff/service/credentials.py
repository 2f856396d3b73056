"""Passwords, PINs and the codes that let people set them. Hashes are made before, at the edge."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.security import hash_token, new_token
from telehealth.staff import queries, rules
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Activation, Staff
from telehealth.staff.service import sign_in

CODE_BYTES = 16
"""128 bits (OWASP ASVS 5.0 6.4.6): 22 letters and digits."""


def set_password(session: Session, actor: MembershipActor, password_hash: str, *, now: datetime) -> None:
    """Change one's own password; every other sign-in of the person ends (ASVS 7.4.3)."""
    staff = queries.get_staff(session, actor.staff_id)
    staff.password_hash = password_hash
    _save(session, staff)
    sign_in.end_all_sign_ins(session, actor.staff_id, "password-changed", keep=actor.sign_in_id, now=now)
    sign_in.note(session, actor, "set-password", now=now)


def set_pin(session: Session, actor: MembershipActor, pin_hash: str, *, now: datetime) -> None:
    """Set or change one's own PIN."""
    staff = queries.get_staff(session, actor.staff_id)
    staff.pin_hash = pin_hash
    _save(session, staff)
    sign_in.note(session, actor, "set-pin", now=now)


def remove_pin(session: Session, actor: MembershipActor, *, now: datetime) -> None:
    """Give up the PIN: from now on only the password signs in."""
    staff = queries.get_staff(session, actor.staff_id)
    staff.pin_hash = None
    _save(session, staff)
    sign_in.note(session, actor, "remove-pin", now=now)


def issue_activation(
    session: Session, staff_id: UUID, kind: str, *, issued_by: UUID | None, now: datetime
) -> str:
    """Return a fresh code to set a password with; earlier codes of the person stop working."""
    for earlier in queries.open_activations(session, staff_id):
        earlier.used_at = now
        session.add(earlier)
    code = new_token(CODE_BYTES)
    row = Activation(
        staff_id=staff_id,
        code_hash=hash_token(code),
        kind=kind,
        issued_by=issued_by,
        expires_at=now + rules.ACTIVATION_LASTS,
    )
    session.add(row)
    session.flush()
    return code


def activate(
    session: Session, code: str, password_hash: str, *, pin_hash: str | None = None, now: datetime
) -> Staff:
    """Set the password (and the PIN, where one was chosen) with a code; the code is used up.

    Raises `activation-gone` for a code that is unknown, used or too old.
    """
    activation = queries.find_activation(session, code, now=now)
    if activation is None:
        raise DomainError("activation-gone", Kind.GONE)
    activation.used_at = now
    session.add(activation)
    staff = queries.get_staff(session, activation.staff_id)
    staff.password_hash = password_hash
    staff.pin_hash = pin_hash or staff.pin_hash
    _save(session, staff)
    sign_in.end_all_sign_ins(session, staff.id, "password-changed", now=now)
    return staff


def _save(session: Session, staff: Staff) -> None:
    staff.version += 1
    session.add(staff)
    session.flush()
