"""Later answers over the API. Sending needs an Idempotency-Key, every change the version it was read at."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.access.queries import is_visible
from telehealth.answers import queries, service
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import WithdrawReason
from telehealth.answers.schemas import (
    AnswerDetail,
    AnswerIn,
    AnswerLevelOut,
    AnswerOut,
    AnswerStepOut,
    NoteOut,
    TurnIn,
    WithdrawIn,
    WordsIn,
)
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling.api import OnceKey
from telehealth.scheduling.service import act_once
from telehealth.staff.actors import as_person

router = APIRouter(prefix="/api/v1", tags=["answers"])

Asker = Annotated[Actor, AllowToken("answer.ask")]
Reader = Annotated[Actor, AllowToken("answer.read")]
Giver = Annotated[Actor, AllowToken("answer.give")]
Turner = Annotated[Actor, AllowToken("answer.turn")]


@router.post("/answer-requests", status_code=201)
def create_answer_request(
    actor: Asker, writer: WriteRuns, key: OnceKey, body: AnswerIn, response: Response
) -> AnswerOut:
    """Send an open visit to the doctors of a pool, to be answered within a term."""
    sending = service.Sending(**body.model_dump())

    def act(unit: Unit) -> AnswerOut:
        sent = service.send(unit.session, as_person(actor), sending, now=unit.now)
        return _out(unit, actor, sent)

    answer = act_once(writer, actor, key, "answer-requests", body, act)
    set_version(response, answer.body["version"])
    return AnswerOut.model_validate(answer.body)


@router.post("/answer-requests/turned", status_code=201)
def turn_visit_to_later(actor: Turner, unit: WriteUnit, body: TurnIn, response: Response) -> AnswerOut:
    """Let a live visit go on in writing, with its own doctor first."""
    request = service.turn_to_later(
        unit.session, as_person(actor), body.visit_id, within=body.within, now=unit.now
    )
    return _answer(unit, actor, request, response)


@router.get("/answer-requests")
def list_answer_requests(actor: Reader, unit: WriteUnit) -> list[AnswerOut]:
    """List the requests in scope that still want an answer, those wanted first at the head."""
    rows = queries.list_open(unit.session, actor, now=unit.now)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return [_out(unit, actor, row) for row in rows]


@router.get("/answer-requests/{answer_id}")
def get_answer_request(actor: Reader, unit: WriteUnit, answer_id: UUID, response: Response) -> AnswerDetail:
    """Return a request with its ladder, steps and thread; reading it is on record."""
    row = service.read_request(unit.session, actor, answer_id, now=unit.now)
    set_version(response, row.version)
    may_read = is_visible(unit.session, actor, row.patient_id, now=unit.now)
    notes = queries.list_notes(unit.session, row.id) if may_read else []
    levels, steps = queries.list_levels(unit.session, row.id), queries.list_steps(unit.session, row.id)
    return AnswerDetail(
        **_fields(unit, actor, row),
        levels=[AnswerLevelOut.model_validate(each, from_attributes=True) for each in levels],
        steps=[AnswerStepOut.model_validate(each, from_attributes=True) for each in steps],
        thread=[NoteOut.model_validate(each, from_attributes=True) for each in notes],
    )


@router.post("/answer-requests/{answer_id}/take")
def take_answer_request(actor: Giver, unit: WriteUnit, answer_id: UUID, response: Response) -> AnswerOut:
    """Take a request: the first doctor has it, with the right to the patient's data."""
    return _answer(
        unit, actor, service.take(unit.session, as_person(actor), answer_id, now=unit.now), response
    )


@router.post("/answer-requests/{answer_id}/release")
def release_answer_request(
    actor: Reader, unit: WriteUnit, answer_id: UUID, version: IfMatch, response: Response
) -> AnswerOut:
    """Give a request back, its place unchanged; a coordinator may do so with an overdue one."""
    row = service.release(unit.session, as_person(actor), answer_id, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/answer-requests/{answer_id}/question")
def ask_station(
    actor: Giver, unit: WriteUnit, answer_id: UUID, body: WordsIn, version: IfMatch, response: Response
) -> AnswerOut:
    """Ask the station back; the clocks stand still until it replies."""
    row = service.ask_back(
        unit.session, as_person(actor), answer_id, text=body.text, version=version, now=unit.now
    )
    return _answer(unit, actor, row, response)


@router.post("/answer-requests/{answer_id}/reply")
def reply_to_doctor(
    actor: Asker, unit: WriteUnit, answer_id: UUID, body: WordsIn, version: IfMatch, response: Response
) -> AnswerOut:
    """Say what the doctor asked."""
    row = service.reply(
        unit.session, as_person(actor), answer_id, text=body.text, version=version, now=unit.now
    )
    return _answer(unit, actor, row, response)


@router.post("/answer-requests/{answer_id}/answer")
def answer_request(
    actor: Giver, unit: WriteUnit, answer_id: UUID, version: IfMatch, response: Response
) -> AnswerOut:
    """Say that the opinion is written; a remote examination is answered by signing it."""
    row = service.answer(unit.session, as_person(actor), answer_id, version=version, now=unit.now)
    return _answer(unit, actor, row, response)


@router.post("/answer-requests/{answer_id}/withdraw")
def withdraw_answer_request(
    actor: Asker, unit: WriteUnit, answer_id: UUID, body: WithdrawIn, version: IfMatch, response: Response
) -> AnswerOut:
    """Call a request off; what was written stays with the visit."""
    row = service.withdraw(
        unit.session,
        as_person(actor),
        answer_id,
        reason=WithdrawReason(body.reason),
        version=version,
        now=unit.now,
    )
    return _answer(unit, actor, row, response)


def _answer(unit: Unit, actor: Actor, request: AnswerRequest, response: Response) -> AnswerOut:
    set_version(response, request.version)
    return _out(unit, actor, request)


def _out(unit: Unit, actor: Actor, request: AnswerRequest) -> AnswerOut:
    return AnswerOut(**_fields(unit, actor, request))


def _fields(unit: Unit, actor: Actor, request: AnswerRequest) -> dict[str, Any]:
    """Return a request as the actor may see it: who the patient is only with a right to their data."""
    fields = {name: getattr(request, name) for name in AnswerOut.model_fields if hasattr(request, name)}
    if not is_visible(unit.session, actor, request.patient_id, now=unit.now):
        fields |= {"patient_id": None, "visit_id": None}
    return {**fields, "owner_membership_id": request.owner_id}
