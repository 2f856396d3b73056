"""The one way a round changes: state, version, step, and the change that live pages read."""

from datetime import datetime

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.checks.models import CheckRound, CheckSeries, CheckStep
from telehealth.checks.states import ROUND, RoundCommand, RoundState
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change


def change(
    session: Session, actor: Actor, row: CheckRound, command: RoundCommand, *, now: datetime, reason: str = ""
) -> None:
    """Let a command change a locked round; raise `invalid-transition`. Whoever asked has not seen it yet."""
    before = RoundState(row.state)
    row.state = ROUND.move(before, command)
    row.version += 1
    row.seen_at = None
    session.add(row)
    session.add(
        CheckStep(
            round_id=row.id,
            from_state=before,
            to_state=row.state,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
        )
    )
    session.flush()
    tell(session, row, now=now)


def tell(session: Session, row: CheckRound, *, now: datetime) -> None:
    """Let the pages of the station and of whoever asked print anew."""
    asked_by = session.get_one(CheckSeries, row.series_id).asked_by
    note_change(session, "check", row.id, scopes={row.station_facility_id, asked_by}, now=now)


def trace(
    session: Session, actor: Actor, action: str, row: CheckRound, facts: dict[str, object], *, now: datetime
) -> None:
    """Put an act about a round on record; the facts hold codes only."""
    record(
        session,
        actor,
        action,
        subject_kind="check",
        subject_id=row.id,
        patient_id=row.patient_id,
        facts=facts,
        now=now,
    )
