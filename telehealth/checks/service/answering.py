"""Answers: judged in the version they were asked in, and what follows from the judgement at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlmodel import Session

from telehealth.availability.queries import station_hours
from telehealth.checks import queries
from telehealth.checks.models import CheckAnswer, CheckRound
from telehealth.checks.questions import TEXT_LIMIT, Judgement, Level, judge, read_content, worst
from telehealth.checks.rules import AMBER_WITHIN, ANSWERS_AT_MOST
from telehealth.checks.service.alarming import raise_alarm
from telehealth.checks.service.history import change, trace
from telehealth.checks.states import OPEN, RoundCommand, RoundState
from telehealth.followup.rules import Outcome as TaskOutcome
from telehealth.followup.rules import Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError
from telehealth.kit.text import nfc
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.messaging.service import skip_messages

_TASKS: Final = {Level.RED: TaskKind.CHECK_RED, Level.AMBER: TaskKind.CHECK_AMBER}


def answer(
    session: Session, actor: LinkActor, given: Mapping[str, str], *, now: datetime, is_final: bool = False
) -> Judgement:
    """Judge what a patient sent; keep it where every question is answered, it is final, or it is red.

    A red is heard before the rest is asked for. Answering again adds to what was answered: the worst
    counts, because who gets worse must be heard, and only a person takes a red back. Raises `link-closed`,
    `check-not-yet`, `check-round-over`, `check-answered-often` (for what is not a first red).
    """
    row = queries.find_round(session, actor.subject_id, lock=True)
    if row is None or row.patient_id != actor.patient_id:
        raise LinkClosedError
    require_open(row)
    judged = judge_round(session, row, given)
    known = queries.answers_of(session, [row.id])
    is_news = judged.level is Level.RED and row.level != Level.RED
    if sum(each.via == "link" for each in known) >= ANSWERS_AT_MOST and not is_news:
        raise ConflictError("check-answered-often")
    if judged.is_whole or is_final or judged.level is Level.RED:
        keep(session, actor, row, given, judged, via="link", now=now)
    return judged


def require_open(row: CheckRound) -> None:
    """Raise `check-not-yet` before its day, `check-round-over` once it has ended."""
    if row.state == RoundState.PLANNED:
        raise ConflictError("check-not-yet")
    if row.state not in OPEN:
        raise ConflictError("check-round-over")


def judge_round(session: Session, row: CheckRound, given: Mapping[str, str]) -> Judgement:
    """Judge answers by the version the round was asked in."""
    sheet = queries.sources_of(session, [row])[row.id]
    return judge(read_content(sheet.source), given)


def keep(
    session: Session,
    actor: Actor,
    row: CheckRound,
    given: Mapping[str, str],
    judged: Judgement,
    *,
    via: str,
    now: datetime,
) -> None:
    """Write answers down and let follow what they ask for: thanks, a call in working hours, a bell."""
    sheet = read_content(queries.sources_of(session, [row])[row.id].source)
    typed = {each.code: given.get(each.code, "").replace("\x00", "") for each in sheet.questions}
    words = {code: nfc(text)[:TEXT_LIMIT] for code, text in typed.items()}
    number = len(queries.answers_of(session, [row.id])) + 1
    session.add(
        CheckAnswer(
            round_id=row.id,
            number=number,
            via=via,
            given={code: text for code, text in words.items() if text},
            level=judged.level,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            recorded_at=now,
        )
    )
    row.level = worst(row.level, judged.level)
    row.answered_at, row.next_at = now, None
    skip_messages(session, subject_id=row.id, reason="no-longer-true", now=now)
    trace(session, actor, "check.answer", row, {"via": via, "number": number, "level": judged.level}, now=now)
    if row.level == Level.GREEN:
        change(session, actor, row, RoundCommand.SETTLE, now=now, reason=judged.level)
        close_tasks(session, row.id, TaskOutcome.ANSWERED, now=now)
        return
    _flag(session, actor, row, judged, now)


def _flag(session: Session, actor: Actor, row: CheckRound, judged: Judgement, now: datetime) -> None:
    is_red = row.level == Level.RED
    station = station_hours(session, row.station_facility_id, now)
    due_at = now if is_red else station.next_open(now)
    row.call_at = min(row.call_at or due_at, due_at)
    change(session, actor, row, RoundCommand.FLAG, now=now, reason=judged.level)
    kind = _TASKS[Level(row.level)]
    if is_red:
        close_tasks(session, row.id, TaskOutcome.NOT_NEEDED, kind=TaskKind.CHECK_AMBER, now=now)
    open_task(
        session,
        facility_id=row.station_facility_id,
        patient_id=row.patient_id,
        kind=kind,
        subject_kind=Subject.CHECK,
        subject_id=row.id,
        due_at=due_at if is_red else due_at + AMBER_WITHIN,
        now=now,
    )
    if judged.level is Level.RED:
        raise_alarm(session, row, now=now)
