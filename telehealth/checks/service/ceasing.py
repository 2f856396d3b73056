"""Asking no more: questions that were planned or sent are taken back, with their links and texts."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.rules import ANSWER_WITHIN, REASONS, Outcome
from telehealth.checks.service.alarming import settle_alarms
from telehealth.checks.service.history import change
from telehealth.checks.states import LISTED, RoundCommand, RoundState
from telehealth.followup.rules import Outcome as TaskOutcome
from telehealth.followup.service.tasks import close_tasks
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.links.service import revoke_links
from telehealth.messaging.service import skip_messages
from telehealth.patients.events import PatientDied
from telehealth.patients.service import note_death

UNANSWERED = (RoundState.PLANNED, RoundState.ASKED)


def withdraw_round(session: Session, actor: Actor, row: CheckRound, reason: str, now: datetime) -> None:
    """Take back a round nobody has answered yet, its link and its texts; raise `invalid-transition`."""
    row.next_at = None
    change(session, actor, row, RoundCommand.WITHDRAW, now=now, reason=reason)
    revoke_links(session, subject_id=row.id, now=now, actor=actor, reason=f"check-{reason}")
    skip_messages(session, subject_id=row.id, reason="no-longer-true", now=now)


def end_round(session: Session, actor: Actor, row: CheckRound, outcome: Outcome, now: datetime) -> None:
    """End a round on a list: somebody was reached, or `outcome` says why nobody has to be."""
    row.outcome, row.ended_by, row.ended_at = outcome, actor.ref, now
    row.next_at = None
    command = RoundCommand.CLOSE if outcome in REASONS else RoundCommand.REACH
    change(session, actor, row, command, now=now, reason=outcome)
    settle_alarms(session, row.id, now=now)
    told = TaskOutcome(outcome) if outcome in REASONS else TaskOutcome.REACHED
    close_tasks(session, row.id, told, now=now)
    revoke_links(session, subject_id=row.id, now=now, actor=actor, reason="check-ended")
    skip_messages(session, subject_id=row.id, reason="no-longer-true", now=now)
    _let_see(session, row, now)


def _let_see(session: Session, row: CheckRound, now: datetime) -> None:
    """Let whoever asked see how it ended, however long somebody was on the way."""
    series = session.get_one(CheckSeries, row.series_id)
    open_grant(
        session,
        patient_id=row.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=series.asked_by,
        basis=Basis.VISIT,
        source_id=row.id,
        until_at=now + ANSWER_WITHIN,
        now=now,
    )


def ask_no_more(session: Session, actor: Actor, told: CheckRound, outcome: Outcome, now: datetime) -> None:
    """End what the station would still ask somebody who died, moved away or does not want to be asked.

    Of the dead nothing stays on any list either. What else waits for somebody to be reached stays there.
    """
    query = _of_person(session, told.patient_id).where(
        CheckRound.station_facility_id == told.station_facility_id, CheckRound.id != told.id
    )
    _end(session, actor, query, outcome, now)
    if outcome is Outcome.DIED:
        note_death(session, actor, told.patient_id, now=now)


def on_patient_died(session: Session, event: PatientDied, now: datetime) -> None:
    """Ask nothing more, of no station, wherever it was heard."""
    _end(session, SYSTEM, _of_person(session, event.patient_id), Outcome.DIED, now)


def _of_person(session: Session, patient_id: UUID) -> SelectOfScalar[CheckRound]:
    return select(CheckRound).where(col(CheckRound.patient_id).in_(person_ids(session, patient_id)))


def _end(
    session: Session, actor: Actor, query: SelectOfScalar[CheckRound], outcome: Outcome, now: datetime
) -> None:
    locked = query.order_by(col(CheckRound.id)).with_for_update().execution_options(populate_existing=True)
    for row in session.exec(locked).all():
        if row.state in UNANSWERED:
            withdraw_round(session, actor, row, outcome, now)
        elif outcome is Outcome.DIED and row.state in LISTED:
            end_round(session, actor, row, outcome, now)
