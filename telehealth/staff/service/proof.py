"""Proving once more that it is oneself, for acts that a signed-in browser is not enough for: a signature.

Two units of work with the slow hashing between them, as at signing in: `begin_proof` counts the try
before PIN or password is looked at, `complete_proof` takes the tries back.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import DomainError, Kind
from telehealth.staff import queries, rules
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import FailedSignIn, Staff


@dataclass(frozen=True, slots=True)
class ProofAttempt:
    """A counted try: the hashes the secret may match."""

    account: str
    password_hash: str | None = field(repr=False)
    pin_hash: str | None = field(repr=False)


def begin_proof(session: Session, actor: MembershipActor, *, now: datetime) -> ProofAttempt:
    """Count a try of the actor; raise `too-many-attempts` with the minutes to wait."""
    # The row's lock lets tries made at once be counted in turn.
    staff = session.get_one(Staff, actor.staff_id, with_for_update=True)
    account = keyring_of(session).blind(str(staff.id), "proof")
    free_at = rules.wait_until(queries.tries_since(session, account, now - rules.TRIES_WITHIN), now)
    if free_at is not None:
        minutes = -(-(free_at - now) // timedelta(minutes=1))
        raise DomainError("too-many-attempts", Kind.TOO_MANY, minutes=minutes)
    session.add(FailedSignIn(account=account, at=now))
    session.flush()
    return ProofAttempt(account, staff.password_hash, staff.pin_hash)


def complete_proof(session: Session, attempt: ProofAttempt) -> None:
    """Take back the tries of whoever gave the right PIN or password."""
    session.exec(delete(FailedSignIn).where(col(FailedSignIn.account) == attempt.account))
