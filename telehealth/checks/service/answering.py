"""Answers: judged in the version they were asked in, and what follows from the judgement at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from telehealth.availability.queries import station_hours
from telehealth.checks import queries
from telehealth.checks.models import CheckAnswer, CheckRound
from telehealth.checks.questions import (
    PHOTO_SENT,
    TEXT_LIMIT,
    Content,
    Judgement,
    Level,
    judge,
    read_content,
    typed_only,
    worst,
)
from telehealth.checks.rules import AMBER_WITHIN, ANSWERS_AT_MOST
from telehealth.checks.service.alarming import raise_alarm
from telehealth.checks.service.history import change, trace
from telehealth.checks.service.picturing import keep_photos
from telehealth.checks.states import OPEN, RoundCommand, RoundState
from telehealth.files.rules import Washed
from telehealth.files.storage import Storage
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


@dataclass(frozen=True, slots=True)
class Photos:
    """Washed photos by the question they answer, and the store that keeps them."""

    storage: Storage
    washed: Mapping[str, Washed]


def answer(
    session: Session,
    actor: LinkActor,
    given: Mapping[str, str],
    *,
    now: datetime,
    is_final: bool = False,
    photos: Photos | None = None,
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
    sent = dict.fromkeys(photos.washed, PHOTO_SENT) if photos else {}
    given = {**typed_by(session, row, given), **sent}
    judged = judge_round(session, row, given)
    known = queries.answers_of(session, [row.id])
    is_news = judged.level is Level.RED and row.level != Level.RED
    if sum(each.via == "link" for each in known) >= ANSWERS_AT_MOST and not is_news:
        raise ConflictError("check-answered-often")
    if judged.is_whole or is_final or judged.level is Level.RED:
        kept = keep(session, actor, row, given, judged, via="link", now=now)
        if photos:
            keep_photos(session, photos.storage, actor, row, kept, photos.washed, now=now)
    return judged


def require_open(row: CheckRound) -> None:
    """Raise `check-not-yet` before its day, `check-round-over` once it has ended."""
    if row.state == RoundState.PLANNED:
        raise ConflictError("check-not-yet")
    if row.state not in OPEN:
        raise ConflictError("check-round-over")


def judge_round(session: Session, row: CheckRound, given: Mapping[str, str]) -> Judgement:
    """Judge answers by the version the round was asked in."""
    return judge(_content(session, row), given)


def typed_by(session: Session, row: CheckRound, given: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed of answers to a round: photos only come through its link."""
    return typed_only(_content(session, row), given)


def keep(
    session: Session,
    actor: Actor,
    row: CheckRound,
    given: Mapping[str, str],
    judged: Judgement,
    *,
    via: str,
    now: datetime,
) -> CheckAnswer:
    """Write answers down and let follow what they ask for: thanks, a call in working hours, a bell."""
    sheet = _content(session, row)
    typed = {each.code: given.get(each.code, "").replace("\x00", "") for each in sheet.questions}
    words = {code: nfc(text)[:TEXT_LIMIT] for code, text in typed.items()}
    number = len(queries.answers_of(session, [row.id])) + 1
    kept = CheckAnswer(
        round_id=row.id,
        number=number,
        via=via,
        given={code: text for code, text in words.items() if text},
        level=judged.level,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        recorded_at=now,
    )
    session.add(kept)
    row.level = worst(row.level, judged.level)
    row.answered_at, row.next_at = now, None
    skip_messages(session, subject_id=row.id, reason="no-longer-true", now=now)
    trace(session, actor, "check.answer", row, {"via": via, "number": number, "level": judged.level}, now=now)
    if row.level == Level.GREEN:
        change(session, actor, row, RoundCommand.SETTLE, now=now, reason=judged.level)
        close_tasks(session, row.id, TaskOutcome.ANSWERED, now=now)
        return kept
    _flag(session, actor, row, judged, now)
    return kept


def _content(session: Session, row: CheckRound) -> Content:
    return read_content(queries.sources_of(session, [row])[row.id].source)


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
