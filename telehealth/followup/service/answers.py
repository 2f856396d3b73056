"""What a later answer asks of the station: say what the doctor wants to know, read what was answered."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.answers.events import (
    AnswerFact,
    AnswerGiven,
    AnswerOverdue,
    AnswerSettled,
    QuestionOverdue,
    QuestionReminded,
    QuestionSettled,
    StationAsked,
)
from telehealth.followup.rules import Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_tasks, open_task

READ_WITHIN: Final = timedelta(hours=4)
"""By when a station should have read an answer."""


def on_station_asked(session: Session, event: StationAsked, now: datetime) -> None:
    """Ask the station to say what the doctor wants to know."""
    _open(session, event, TaskKind.ANSWER_QUESTION, event.reply_by, now)


def on_question_reminded(session: Session, event: QuestionReminded, now: datetime) -> None:
    """Hold the question up to the station once more: the lists it stands in come anew."""
    _open(session, event, TaskKind.ANSWER_QUESTION, event.reply_by, now)


def on_question_overdue(session: Session, event: QuestionOverdue, now: datetime) -> None:
    """Tell whoever leads the station that a doctor waits for its word, and the patient for both."""
    _open(session, event, TaskKind.QUESTION_OVERDUE, now, now)


def on_question_settled(session: Session, event: QuestionSettled, now: datetime) -> None:
    """The station said it, or nobody wants to know any more."""
    for kind in (TaskKind.ANSWER_QUESTION, TaskKind.QUESTION_OVERDUE):
        close_tasks(session, event.request_id, Outcome.ANSWERED, kind=kind, now=now)


def on_answer_overdue(session: Session, event: AnswerOverdue, now: datetime) -> None:
    """Tell the station that nobody answered in time: it may wait, ring, book or refer."""
    _open(session, event, TaskKind.ANSWER_OVERDUE, now, now)


def on_answer_given(session: Session, event: AnswerGiven, now: datetime) -> None:
    """Ask the station to read what was answered."""
    _open(session, event, TaskKind.READ_ANSWER, now + READ_WITHIN, now)


def on_answer_settled(session: Session, event: AnswerSettled, now: datetime) -> None:
    """Nothing is open about the request any more."""
    close_tasks(session, event.request_id, Outcome.NOT_NEEDED, now=now)


def _open(session: Session, event: AnswerFact, kind: TaskKind, due_at: datetime, now: datetime) -> None:
    open_task(
        session,
        facility_id=event.station_facility_id,
        patient_id=event.patient_id,
        kind=kind,
        subject_kind=Subject.ANSWER_REQUEST,
        subject_id=event.request_id,
        due_at=due_at,
        now=now,
    )
