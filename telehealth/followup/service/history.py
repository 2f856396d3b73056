"""Every change of a plan's or a task's state leaves a row."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.models import FollowupHistory
from telehealth.kit.actors import Actor


def remember(
    session: Session,
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: UUID,
    before: StrEnum,
    after: StrEnum,
    command: StrEnum,
    now: datetime,
    reason: str = "",
) -> None:
    """Append one change of state."""
    session.add(
        FollowupHistory(
            subject_kind=subject_kind,
            subject_id=subject_id,
            from_state=before,
            to_state=after,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            recorded_at=now,
        )
    )
    session.flush()
