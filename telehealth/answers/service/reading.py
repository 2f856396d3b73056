"""Reading requests on record: who looked at whose."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.answers import queries
from telehealth.answers.models import AnswerRequest
from telehealth.audit.service import record
from telehealth.kit.actors import Actor


def read_request(session: Session, actor: Actor, request_id: UUID, *, now: datetime) -> AnswerRequest:
    """Return a request in scope and note that it was read. Raises `answer-not-found`."""
    request = queries.get_request(session, actor, request_id, now=now)
    record(
        session,
        actor,
        "answer.read",
        subject_kind="answer_request",
        subject_id=request.id,
        patient_id=request.patient_id,
        now=now,
    )
    return request


def note_list(session: Session, actor: Actor, requests: Sequence[AnswerRequest], *, now: datetime) -> None:
    """Note that a list was read: one row with the ids inside, none for an empty list."""
    if requests:
        ids = [str(request.id) for request in requests]
        record(session, actor, "answer.read", subject_kind="answer_request", facts={"ids": ids}, now=now)
