"""Approving a version of the ranges: who stands for it, when, for which figures; without it no alarm."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.text import nfc
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import RangeApproval
from telehealth.visits.ranges import RANGES, RangeSet
from telehealth.visits.service.codes import signed_name


def digest_of(ranges: RangeSet) -> str:
    """Return the SHA-256 of all rows of a version: an approval is for these figures and no others."""
    rows = [
        f"{row.code} {row.from_age} {row.to_age} {row.normal} {row.soon} {row.source}"
        for row in (*ranges.rows, *ranges.pregnant)
    ]
    return sha256("\n".join([ranges.version, *rows]).encode()).hexdigest()


def find_approval(session: Session, *, ranges: RangeSet = RANGES) -> RangeApproval | None:
    """Find the approval in force for exactly these ranges."""
    query = select(RangeApproval).where(
        RangeApproval.version == ranges.version,
        RangeApproval.sha256 == digest_of(ranges),
        col(RangeApproval.withdrawn_at).is_(None),
    )
    return session.exec(query).first()


def list_approvals(session: Session) -> list[RangeApproval]:
    """List every approval there was, the latest first."""
    return list(session.exec(select(RangeApproval).order_by(col(RangeApproval.approved_at).desc())))


def approve_ranges(session: Session, actor: MembershipActor, *, version: str, now: datetime) -> RangeApproval:
    """Stand for the ranges of this release by name; `version` is the one that was read.

    Raises `not-allowed` (needs a qualification to treat and a licence), `ranges-changed` (another version was
    read), `ranges-approved` (somebody stands for it already).
    """
    check(actor, "ranges.approve")
    if version != RANGES.version:
        raise ConflictError("ranges-changed")
    live = select(RangeApproval).where(
        RangeApproval.version == version, col(RangeApproval.withdrawn_at).is_(None)
    )
    standing = session.exec(live).first()
    if standing is not None and standing.sha256 == digest_of(RANGES):
        raise ConflictError("ranges-approved")
    if standing is not None:
        # The figures changed under the same label: the old approval is not for these.
        _withdraw(session, standing, actor, "figures changed", now)
    approval = RangeApproval(
        version=version,
        sha256=digest_of(RANGES),
        approved_by=actor.ref,
        approved_name=signed_name(actor),
        approved_at=now,
    )
    session.add(approval)
    session.flush()
    _note(session, actor, approval, "approve", now)
    return approval


def withdraw_approval(
    session: Session, actor: MembershipActor, approval_id: UUID, *, reason: str, now: datetime
) -> RangeApproval:
    """Take an approval back with a reason: no alarms from then on.

    Raises `not-allowed`, `approval-not-found`, `withdrawal-reason-missing`.
    """
    check(actor, "ranges.approve")
    approval = session.get(RangeApproval, approval_id)
    if approval is None or approval.withdrawn_at is not None:
        raise NotFoundError("approval-not-found")
    why = nfc(reason)[:300]
    if not why:
        raise InvalidError("withdrawal-reason-missing", field="reason")
    _withdraw(session, approval, actor, why, now)
    _note(session, actor, approval, "withdraw", now)
    return approval


def _withdraw(
    session: Session, approval: RangeApproval, actor: MembershipActor, reason: str, now: datetime
) -> None:
    approval.withdrawn_at, approval.withdrawn_by, approval.withdrawn_reason = now, actor.ref, reason
    session.add(approval)
    session.flush()


def _note(session: Session, actor: MembershipActor, approval: RangeApproval, act: str, now: datetime) -> None:
    facts = {"version": approval.version, "act": act}
    record(
        session,
        actor,
        "ranges.approve",
        subject_kind="ranges",
        subject_id=approval.id,
        facts=facts,
        now=now,
    )
