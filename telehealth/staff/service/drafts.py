"""Keys for drafts that browsers keep: what is typed and not acknowledged yet (docs/decisions/0027).

A key seals new drafts for `DRAFT_LASTS`, opens old ones as long again, and is then destroyed: with it goes
whatever was left on a machine nobody opened any more.
"""

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from sqlmodel import Session, col, delete, func, select

from telehealth.kit.crypto import Keyring, UnreadableError, keyring_of, place
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import DraftKey, Membership
from telehealth.staff.rules import DRAFT_LASTS

_TABLE = "draft_key"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class DraftSecret:
    """A key of a membership: 32 secret bytes, and the name drafts call it by."""

    id: UUID
    secret: bytes = field(repr=False)


def draft_secrets(session: Session, actor: MembershipActor, *, now: datetime) -> list[DraftSecret]:
    """Return the keys of the acting membership, the one that seals first; makes one where none is fresh.

    A key that cannot be read any more (its sealing key is gone) is left out: its drafts are lost.
    """
    # Two pages that open at once must not make two keys; a membership row is the smallest thing to hold.
    session.exec(
        select(Membership.id).where(Membership.id == actor.ref).with_for_update(key_share=True)
    ).one()
    rows = session.exec(
        select(DraftKey)
        .where(DraftKey.membership_id == actor.ref, DraftKey.made_at > now - 2 * DRAFT_LASTS)
        .order_by(col(DraftKey.made_at).desc(), col(DraftKey.id).desc())
    ).all()
    keyring = keyring_of(session)
    found = [(row, secret) for row in rows if (secret := _open(keyring, row)) is not None]
    if not found or found[0][0].made_at <= now - DRAFT_LASTS:
        found.insert(0, _make(session, keyring, actor.ref, now))
    return [DraftSecret(row.id, secret) for row, secret in found]


def forget_draft_keys(session: Session, *, now: datetime) -> int:
    """Destroy keys under which no draft is young enough to be opened; return how many."""
    return session.exec(delete(DraftKey).where(col(DraftKey.made_at) <= now - 2 * DRAFT_LASTS)).rowcount


def reseal(session: Session, keyring: Keyring, limit: int) -> int:
    """Seal up to `limit` keys with the newest key of the deployment; return how many rows."""
    key_id = keyring.sealing[0][0].encode()
    sealed_by = func.substr(col(DraftKey.secret_sealed), 1, len(key_id))
    rows = session.exec(select(DraftKey).where(sealed_by != key_id).limit(limit)).all()
    for row in rows:
        where = place(_TABLE, "secret", row.id)
        row.secret_sealed = keyring.seal(keyring.open(row.secret_sealed, where), where)
        session.add(row)
    session.flush()
    return len(rows)


def _make(session: Session, keyring: Keyring, membership_id: UUID, now: datetime) -> tuple[DraftKey, bytes]:
    secret = token_bytes(SECRET_BYTES)
    row = DraftKey(membership_id=membership_id, secret_sealed=b"", made_at=now)
    row.secret_sealed = keyring.seal(secret.hex(), place(_TABLE, "secret", row.id))
    session.add(row)
    session.flush()
    return row, secret


def _open(keyring: Keyring, row: DraftKey) -> bytes | None:
    try:
        return bytes.fromhex(keyring.open(row.secret_sealed, place(_TABLE, "secret", row.id)))
    except UnreadableError:
        return None
