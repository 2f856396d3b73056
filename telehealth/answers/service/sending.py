"""What the station does: sends a visit, says what it was asked, calls it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import close_grants
from telehealth.answers import queries
from telehealth.answers.errors import AlreadySentError
from telehealth.answers.events import AnswerSettled, QuestionSettled
from telehealth.answers.models import AnswerLevel, AnswerRequest
from telehealth.answers.rules import (
    NoteKind,
    StepKind,
    WithdrawReason,
    Within,
    timetable,
    urgency_of,
)
from telehealth.answers.service.climbing import climb
from telehealth.answers.service.facts import facts_of
from telehealth.answers.service.history import accept_words, change, note, rearm, say
from telehealth.answers.states import MACHINE, AnswerCommand, AnswerState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, NotFoundError, StaleError
from telehealth.kit.events import publish
from telehealth.patients.models import Patient
from telehealth.patients.queries import card_of
from telehealth.patients.rules import AgeUnit
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.queries import find_for_visit
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.urgent.queries import find_open_of
from telehealth.urgent.rules import AgeBand, age_band
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.rules import Modality
from telehealth.visits.service import assign_doctor, note_modality
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a station sends: which visit, by when, to whom first, what it wants to know.

    Without a pool it goes to the nearest fitting one; `doctor` sees it before any pool does.
    """

    visit_id: UUID
    within: Within = Within.HALF_DAY
    pool_id: UUID | None = None
    doctor: UUID | None = None
    wish: str = ""


def send(session: Session, actor: MembershipActor, sending: Sending, *, now: datetime) -> AnswerRequest:
    """Send an open visit of the actor's station to the doctors of a pool.

    Raises `visit-not-found`, `visit-closed`, `visit-has-appointment`, `answer-already-sent`,
    `answer-is-urgent` while the patient is rung for, `no-answer-pool`, `text-too-long`.
    """
    check(actor, "answer.ask")
    visit = get_visit(session, actor, sending.visit_id, now=now, lock=True)
    if visit.station_facility_id != actor.here:
        raise NotFoundError("visit-not-found")
    require_free(session, actor, visit, now=now)
    return open_request(session, actor, visit, sending, now=now)


def require_free(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> None:
    """Refuse a visit that is over, agreed for a time, rung for or sent already.

    Raises `visit-closed`, `visit-has-appointment`, `answer-is-urgent`, `answer-already-sent`.
    """
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    already = queries.find_open_for(session, visit.id)
    if already is not None:
        raise AlreadySentError(already.id)
    appointment = find_for_visit(session, actor, visit.id, now=now)
    if appointment is not None and appointment.status != AppointmentState.HELD:
        raise VisitHasAppointmentError
    if find_open_of(session, visit.patient_id) is not None:
        raise ConflictError("answer-is-urgent")


def open_request(
    session: Session, actor: MembershipActor, visit: Visit, sending: Sending, *, now: datetime
) -> AnswerRequest:
    """Open the request with its ladder and its clocks; the first level sees it at once."""
    pools = queries.choose_pools(
        session,
        station_id=visit.station_facility_id,
        specialty=visit.specialty_code,
        pool_id=sending.pool_id,
        now=now,
    )
    minutes = queries.respond_minutes_of(session, pools)
    terms = [minutes[pool_id] for pool_id in pools]
    terms = [terms[0], *terms] if sending.doctor else terms
    wish = accept_words(sending.wish) if sending.wish.strip() else ""
    table = timetable(now, sending.within, terms, queries.working_time(session, now))
    request = AnswerRequest(
        state=AnswerState.WAITING,
        urgency=urgency_of(sending.within),
        within=sending.within,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        station_facility_id=visit.station_facility_id,
        requested_by=actor.ref,
        age_band=_band_of(session, visit.patient_id, now),
        specialty_code=visit.specialty_code,
        sent_at=now,
        answer_by=table.answer_by,
        remind_at=table.remind_at,
        overdue_at=table.answer_by,
    )
    session.add(request)
    session.flush()
    _lay_ladder(session, request, sending.doctor, pools, table.turns, now)
    if wish:
        say(session, actor, request, NoteKind.WISH, wish, now=now)
    note_modality(session, visit.id, Modality.LATER, now=now)
    note(session, actor, request, StepKind.SENT, now=now, membership_id=sending.doctor)
    climb(session, request, now)
    rearm(session, request)
    return request


def reply(
    session: Session, actor: MembershipActor, request_id: UUID, *, text: str, version: int, now: datetime
) -> AnswerRequest:
    """Say what the doctor asked; the clocks run on from where they stood.

    Raises `answer-not-found`, `stale-version`, `invalid-transition`, `answer-text-missing`, `text-too-long`.
    """
    check(actor, "answer.ask")
    request = fetch_own(session, actor, request_id, version=version, now=now)
    MACHINE.move(AnswerState(request.state), AnswerCommand.REPLY)
    words = accept_words(text)
    paused = now - request.asked_at if request.asked_at else timedelta()
    owner = request.owner_id
    postpone(session, request, paused)
    change(session, actor, request, AnswerCommand.REPLY, StepKind.REPLY, now=now, membership_id=owner)
    say(session, actor, request, NoteKind.REPLY, words, now=now)
    publish(session, QuestionSettled(**facts_of(request)), now=now)
    return request


def withdraw(
    session: Session,
    actor: MembershipActor,
    request_id: UUID,
    *,
    reason: WithdrawReason,
    version: int,
    now: datetime,
) -> AnswerRequest:
    """Call a request off; what was written stays with the visit.

    Raises `answer-not-found`, `stale-version`, `invalid-transition`.
    """
    check(actor, "answer.ask")
    request = fetch_own(session, actor, request_id, version=version, now=now)
    owner = request.owner_id
    close(session, actor, request, reason, now=now)
    visit = session.get_one(Visit, request.visit_id)
    if owner is not None and visit.doctor_membership_id == owner:
        assign_doctor(session, visit.id, None, now=now)
    return request


def close(
    session: Session, actor: Actor, request: AnswerRequest, reason: WithdrawReason, *, now: datetime
) -> None:
    """End a locked request without an answer: the doctor's right ends with it."""
    owner = request.owner_id
    MACHINE.move(AnswerState(request.state), AnswerCommand.WITHDRAW)
    request.close_reason = reason
    change(
        session,
        actor,
        request,
        AnswerCommand.WITHDRAW,
        StepKind.WITHDRAWN,
        now=now,
        reason=reason,
        membership_id=owner,
    )
    close_grants(session, source_id=request.id, until_at=now)
    publish(session, AnswerSettled(**facts_of(request)), now=now)


def fetch_own(
    session: Session, actor: MembershipActor, request_id: UUID, *, version: int, now: datetime
) -> AnswerRequest:
    """Return a request of the actor's station, locked; raise `answer-not-found`, `stale-version`."""
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    if request.station_facility_id != actor.facility_id:
        raise NotFoundError("answer-not-found")
    if request.version != version:
        raise StaleError
    return request


def postpone(session: Session, request: AnswerRequest, by: timedelta) -> None:
    """Move what lies ahead of a request, by as long as its clocks stood still."""
    request.answer_by += by
    request.remind_at = request.remind_at + by if request.remind_at else None
    request.overdue_at = request.overdue_at + by if request.overdue_at else None
    for level in queries.list_levels(session, request.id):
        if level.reached_at is None:
            level.turn_at += by
            session.add(level)
    session.add(request)


def _lay_ladder(
    session: Session,
    request: AnswerRequest,
    doctor: UUID | None,
    pools: Sequence[UUID],
    turns: Sequence[datetime],
    now: datetime,
) -> None:
    whom: list[dict[str, UUID]] = [{"membership_id": doctor}] if doctor else []
    whom += [{"pool_id": pool_id} for pool_id in pools]
    session.add_all(
        AnswerLevel(
            request_id=request.id,
            level=level,
            turn_at=turn_at,
            reached_at=now if level == 0 else None,
            **target,
        )
        for level, (target, turn_at) in enumerate(zip(whom, turns, strict=True))
    )
    session.flush()


def _band_of(session: Session, patient_id: UUID, now: datetime) -> AgeBand:
    age = card_of(session, session.get_one(Patient, patient_id), now=now).age
    return age_band(age.count if age.unit is AgeUnit.YEARS else 0)
