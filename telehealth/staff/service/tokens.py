"""API tokens: a bearer is a membership, or another program that acts for one facility."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.security import hash_token, new_token
from telehealth.kit.text import nfc
from telehealth.staff import queries
from telehealth.staff.models import ApiToken, Integration


def create_integration(
    session: Session,
    actor: Actor,
    facility_id: UUID,
    name: str,
    actions: Collection[str],
    *,
    allowed: Collection[str],
    now: datetime,
) -> Integration:
    """Let another program act for a facility.

    `allowed` is `access.rules.INTEGRATION_ACTIONS`, which lies above this slice. Raises
    `action-not-for-programs`, `facility-not-found`.
    """
    get_facility(session, facility_id)
    refused = sorted(set(actions) - set(allowed))
    if refused or not actions:
        raise InvalidError("action-not-for-programs", field="actions", actions=", ".join(refused))
    row = Integration(facility_id=facility_id, name=nfc(name), actions=sorted(set(actions)), created_at=now)
    session.add(row)
    session.flush()
    _record(session, actor, row.id, "create-integration", now)
    return row


def create_token(
    session: Session,
    actor: Actor,
    *,
    name: str,
    expires_at: datetime,
    membership_id: UUID | None = None,
    integration_id: UUID | None = None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Make a token for a membership or an integration; return the row and the text, shown once.

    Raises `membership-not-found`, `integration-not-found`, or `token-bearer` unless exactly one
    bearer is named.
    """
    if (membership_id is None) == (integration_id is None):
        raise InvalidError("token-bearer")
    if membership_id is not None:
        queries.get_membership(session, membership_id)
    elif session.get(Integration, integration_id) is None:
        raise NotFoundError("integration-not-found")
    text = new_token()
    row = ApiToken(
        token_hash=hash_token(text),
        name=nfc(name),
        membership_id=membership_id,
        integration_id=integration_id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    _record(session, actor, row.id, "create-token", now)
    return row, text


def revoke_token(session: Session, actor: Actor, token_id: UUID, *, now: datetime) -> None:
    """End a token at once; raise `token-not-found`. Revoking it again changes nothing."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFoundError("token-not-found")
    if row.revoked_at is None:
        row.revoked_at = now
        session.add(row)
        session.flush()
        _record(session, actor, row.id, "revoke-token", now)


def revoke_all_tokens(session: Session, actor: Actor, staff_id: UUID, *, now: datetime) -> int:
    """End every token of a person's memberships, as all their sign-ins end; return how many."""
    rows = queries.open_tokens(session, staff_id)
    for row in rows:
        revoke_token(session, actor, row.id, now=now)
    return len(rows)


def _record(session: Session, actor: Actor, subject_id: UUID, act: str, now: datetime) -> None:
    record(
        session,
        actor,
        "staff.manage",
        subject_kind="api_token",
        subject_id=subject_id,
        facts={"act": act},
        now=now,
    )
