"""Calls and visits at home: tried again, handed on, ended when somebody was reached or a reason stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.queries import station_hours
from telehealth.checks import queries
from telehealth.checks.models import CheckRound
from telehealth.checks.questions import Level
from telehealth.checks.rules import (
    ENDS_ALL,
    IN_VAIN,
    NOTE_LIMIT,
    TAKEN_WITHIN,
    TRY_AGAIN,
    Outcome,
    is_enough,
    outcomes_for,
)
from telehealth.checks.service.alarming import raise_alarm
from telehealth.checks.service.answering import judge_round, keep, typed_by
from telehealth.checks.service.ceasing import ask_no_more, end_round
from telehealth.checks.service.history import change, trace
from telehealth.checks.states import LISTED, RoundCommand, RoundState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.text import paragraphs
from telehealth.patients.service import note_wrong_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of a call or a visit: the outcome, words, and answers where the questions were asked."""

    outcome: Outcome
    note: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


def record_outcome(
    session: Session, actor: Actor, round_id: UUID, said: Said, *, version: int, now: datetime
) -> CheckRound:
    """Note what came of a call or a visit at home: the station, or whoever took the alarm.

    In vain: again after a while, and after enough tries somebody goes there. Answers taken meanwhile are
    judged as those of the patient; a red one rings and stays on the list until an act is recorded with it.
    Raises `check-round-not-found`, `not-allowed`, `stale-version`, `check-not-listed`, `outcome-not-offered`,
    `text-too-long`.
    """
    check(actor, "check.take")
    row = queries.get_round(session, actor, round_id, now=now, lock=True)
    if not queries.may_note_outcome(session, actor, [row]):
        raise ForbiddenError
    if row.version != version:
        raise StaleError
    if row.state not in LISTED:
        raise ConflictError("check-not-listed")
    is_home = row.state == RoundState.VISITING
    note = paragraphs(said.note)
    if len(note) > NOTE_LIMIT:
        raise InvalidError("text-too-long", field="note", limit=NOTE_LIMIT)
    if said.outcome not in outcomes_for(row.level, is_home=is_home):
        raise InvalidError("outcome-not-offered", field="outcome")
    row.note = note or row.note
    facts: dict[str, object] = {"outcome": said.outcome, "place": "home" if is_home else "phone"}
    trace(session, actor, "check.call", row, facts, now=now)
    if said.outcome in IN_VAIN:
        _in_vain(session, actor, row, said.outcome, now)
        return row
    if said.given:
        given = typed_by(session, row, said.given)
        judged = judge_round(session, row, given)
        keep(session, actor, row, given, judged, via="visit" if is_home else "call", now=now)
        if said.outcome not in outcomes_for(row.level, is_home=is_home):
            return row  # a red wants an act: it rings and stays on the list
    end_round(session, actor, row, said.outcome, now)
    if said.outcome in ENDS_ALL:
        ask_no_more(session, actor, row, said.outcome, now)
    return row


def see_round(session: Session, actor: Actor, round_id: UUID, *, now: datetime) -> CheckRound:
    """Note that whoever asked has seen how it stands. Raises `check-round-not-found`, `not-allowed`."""
    check(actor, "check.read")
    row = queries.get_round(session, actor, round_id, now=now, lock=True)
    if queries.series_by_id(session, {row.series_id})[row.series_id].asked_by != actor.ref:
        raise ForbiddenError
    row.seen_at = now
    session.add(row)
    session.flush()
    return row


def read_round(session: Session, actor: Actor, round_id: UUID, *, now: datetime) -> CheckRound:
    """Return a round in scope and note that it was read. Raises `check-round-not-found`."""
    row = queries.get_round(session, actor, round_id, now=now)
    trace(session, actor, "check.read", row, {}, now=now)
    return row


def _in_vain(session: Session, actor: Actor, row: CheckRound, outcome: Outcome, now: datetime) -> None:
    row.tries += 1
    station = station_hours(session, row.station_facility_id, now)
    again_at = now + TRY_AGAIN[row.level]
    row.call_at = again_at if row.level == Level.RED else station.next_open(again_at)
    is_handed_on = row.state == RoundState.CALLING and (
        outcome is Outcome.WRONG_NUMBER or is_enough(row.level, row.tries)
    )
    if is_handed_on:
        row.call_at = now if row.level == Level.RED else station.next_open(now)
    command = RoundCommand.SEND_HOME if is_handed_on else RoundCommand.MISS
    if row.level == Level.RED:
        row.next_at = (row.call_at or now) + TAKEN_WITHIN
    change(session, actor, row, command, now=now, reason=outcome)
    if is_handed_on and row.level == Level.RED:
        raise_alarm(session, row, now=now)  # whoever took it could only phone; somebody has to go there
    if outcome is Outcome.WRONG_NUMBER:
        station_id = row.station_facility_id
        note_wrong_number(session, actor, row.patient_id, facility_id=station_id, now=now)
