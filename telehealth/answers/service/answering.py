"""What a doctor does: takes a request, asks the station back, gives it back, answers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.rules import ConsultKind, can, check
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.answers import queries
from telehealth.answers.errors import AnswerNotFoundError, TakenError
from telehealth.answers.events import AnswerGiven, AnswerSettled, QuestionSettled, StationAsked
from telehealth.answers.models import AnswerRequest
from telehealth.answers.rules import NoteKind, StepKind
from telehealth.answers.service.facts import facts_of
from telehealth.answers.service.history import accept_words, change, reply_clocks_of, say
from telehealth.answers.service.sending import postpone
from telehealth.answers.states import MACHINE, OPEN, OWNED, AnswerCommand, AnswerState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import sections_of
from telehealth.visits.rules import Section
from telehealth.visits.service import assign_doctor


def take(session: Session, actor: MembershipActor, request_id: UUID, *, now: datetime) -> AnswerRequest:
    """Take a request that reached the actor: the right to the data and the visit's record come with it.

    Whoever has it already is answered as before. Raises `answer-not-found`, `answer-taken`, `not-allowed`
    for one who may not write the record.
    """
    check(actor, "answer.give")
    check(actor, "visit.write")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    if request.owner_id == actor.ref and request.state in OWNED:
        return request
    require_reached(session, actor, request, now=now)
    if request.state != AnswerState.WAITING:
        raise TakenError
    assign(session, actor, request, now=now)
    return request


def assign(session: Session, actor: MembershipActor, request: AnswerRequest, *, now: datetime) -> None:
    """Give a locked, waiting request to a doctor, with the right to the patient's data."""
    MACHINE.move(AnswerState(request.state), AnswerCommand.TAKE)
    request.owner_id, request.taken_at = actor.ref, now
    change(session, actor, request, AnswerCommand.TAKE, StepKind.TAKEN, now=now, membership_id=actor.ref)
    open_grant(
        session,
        patient_id=request.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=actor.ref,
        basis=Basis.ANSWER,
        source_id=request.id,
        now=now,
    )
    assign_doctor(session, request.visit_id, actor.ref, now=now)


def release(
    session: Session, actor: MembershipActor, request_id: UUID, *, version: int, now: datetime
) -> AnswerRequest:
    """Give a request back to the queue, its place unchanged; a coordinator may do so for an overdue one.

    Raises `answer-not-found`, `not-allowed`, `stale-version`, `invalid-transition`.
    """
    check(actor, "answer.give" if can(actor, "answer.give") else "answer.follow")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    owner = request.owner_id
    if owner != actor.ref and not (can(actor, "answer.follow") and request.answer_by <= now):
        raise AnswerNotFoundError if can(actor, "answer.give") else ConflictError("answer-not-overdue")
    if request.version != version:
        raise StaleError
    MACHINE.move(AnswerState(request.state), AnswerCommand.RELEASE)
    was_asked = request.state == AnswerState.ASKED
    if request.asked_at is not None:
        postpone(session, request, now - request.asked_at)
    change(session, actor, request, AnswerCommand.RELEASE, StepKind.RELEASED, now=now, membership_id=owner)
    close_grants(session, source_id=request.id, until_at=now)
    assign_doctor(session, request.visit_id, None, now=now)
    if was_asked:
        publish(session, QuestionSettled(**facts_of(request)), now=now)
    return request


def ask_back(
    session: Session, actor: MembershipActor, request_id: UUID, *, text: str, version: int, now: datetime
) -> AnswerRequest:
    """Ask the station; until it replies the doctors' clocks stand still, and its own runs.

    Raises `answer-not-found`, `stale-version`, `invalid-transition`, `answer-text-missing`, `text-too-long`.
    """
    request = _fetch_taken(session, actor, request_id, version=version, now=now)
    MACHINE.move(AnswerState(request.state), AnswerCommand.ASK)
    words = accept_words(text)
    request.asked_at = now
    change(session, actor, request, AnswerCommand.ASK, StepKind.QUESTION, now=now, membership_id=actor.ref)
    say(session, actor, request, NoteKind.QUESTION, words, now=now)
    reply_by = reply_clocks_of(session, request, now).reply_by
    publish(session, StationAsked(**facts_of(request), reply_by=reply_by), now=now)
    return request


def answer(
    session: Session, actor: MembershipActor, request_id: UUID, *, version: int, now: datetime
) -> AnswerRequest:
    """Say that the opinion is written, where the station's practitioner signs and not the doctor.

    Raises `answer-not-found`, `stale-version`, `invalid-transition`, `answer-by-signing` for a remote
    examination, `answer-empty` while neither opinion nor advice is written.
    """
    request = _fetch_taken(session, actor, request_id, version=version, now=now)
    visit = session.exec(select(Visit).where(Visit.id == request.visit_id)).one()
    if visit.consult_kind == ConsultKind.REMOTE_EXAM:
        raise ConflictError("answer-by-signing")
    written = sections_of(session, visit)
    if not any(name in written and written[name].text for name in (Section.OPINION, Section.ADVICE)):
        raise InvalidError("answer-empty", field="opinion")
    conclude(session, actor, request, now=now)
    return request


def conclude(session: Session, actor: Actor, request: AnswerRequest, *, now: datetime) -> None:
    """Mark a locked request as answered; the doctor's right runs out as after any visit."""
    change(
        session,
        actor,
        request,
        AnswerCommand.ANSWER,
        StepKind.ANSWERED,
        now=now,
        membership_id=request.owner_id,
    )
    close_grants(session, source_id=request.id, until_at=now + policy_of(session).grant_after_visit)
    publish(session, AnswerSettled(**facts_of(request)), now=now)
    publish(session, AnswerGiven(**facts_of(request)), now=now)


def require_reached(
    session: Session, actor: MembershipActor, request: AnswerRequest, *, now: datetime
) -> None:
    """Raise `answer-not-found` where a request did not reach the doctor, whatever else they may see."""
    reached = select(AnswerRequest.id).where(
        AnswerRequest.id == request.id, queries.reached_for(session, actor, now)
    )
    if session.exec(reached).first() is None:
        raise AnswerNotFoundError


def _fetch_taken(
    session: Session, actor: MembershipActor, request_id: UUID, *, version: int, now: datetime
) -> AnswerRequest:
    check(actor, "answer.give")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    if request.state in OPEN and request.owner_id != actor.ref:
        raise TakenError
    if request.version != version:
        raise StaleError
    return request
