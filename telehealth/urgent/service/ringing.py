"""Ringing: the press, the levels one after the other, who comes on duty meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.rules import local_day
from telehealth.duty.queries import list_on_duty
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ConflictError, NotFoundError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import instant
from telehealth.patients.queries import card_of, get_patient
from telehealth.patients.rules import AgeUnit
from telehealth.scheduling.errors import VisitHasAppointmentError
from telehealth.scheduling.queries import find_for_visit
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_working
from telehealth.urgent import queries
from telehealth.urgent.errors import AlreadyOpenError, VisitOverError
from telehealth.urgent.events import UrgentSettled, UrgentUnanswered
from telehealth.urgent.models import UrgentLevel, UrgentRequest, UrgentRing
from telehealth.urgent.rules import (
    LEVELS_AT_ONCE,
    AgeBand,
    DangerSign,
    StepKind,
    UrgentPriority,
    age_band,
    is_to_come,
)
from telehealth.urgent.service.alone import alone, require_alone
from telehealth.urgent.service.facts import facts_of
from telehealth.urgent.service.history import change, note, require_version
from telehealth.urgent.states import MACHINE, UrgentCommand, UrgentState
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.service import open_like
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a station says with the one button: for which visit, how soon, what is dangerous."""

    visit_id: UUID
    priority: UrgentPriority = UrgentPriority.URGENT
    danger_signs: tuple[DangerSign, ...] = ()


def press(session: Session, actor: MembershipActor, wanted: Press, *, now: datetime) -> UrgentRequest:
    """Ring everybody on duty in the nearest fitting pool; in an emergency on two levels.

    A level without anybody on duty is passed at once, and says so; with nobody anywhere the request is
    a case to follow from its first second. A visit whose time is still to come keeps it: it is rung for
    another one, opened with what was written (docs/decisions/0014). Raises `visit-not-found`, `visit-closed`,
    `visit-has-appointment`, `no-urgent-pool`, what `require_alone` raises, and `urgent-already-open` too
    where the visit's own request was answered by nobody: from its page it is rung again, in its place. A
    case of another visit, or of another station, keeps nobody from ringing.
    """
    check(actor, "urgent.ring")
    visit, keeps_its_time = _ringable(session, actor, wanted.visit_id, now)
    pools = queries.choose_ladder(session, station_id=actor.here, specialty=visit.specialty_code, now=now)
    band = _band_of(session, actor, visit.patient_id, now)
    with alone(session, visit.patient_id, actor.here):
        rung = open_like(session, actor, visit, now=now) if keeps_its_time else visit
        request = UrgentRequest(
            state=UrgentState.WAITING,
            priority=wanted.priority,
            pool_id=pools[0],
            patient_id=rung.patient_id,
            visit_id=rung.id,
            station_facility_id=actor.here,
            requested_by=actor.ref,
            danger_signs=[str(sign) for sign in wanted.danger_signs],
            age_band=band,
            specialty_code=rung.specialty_code,
            enqueued_at=now,
            escalate_at=now,
        )
        session.add(request)
        session.flush()
    session.add_all(
        UrgentLevel(request_id=request.id, level=level, pool_id=pool_id)
        for level, pool_id in enumerate(pools)
    )
    note(session, actor, request, StepKind.PRESSED, now=now)
    if not climb(session, request, LEVELS_AT_ONCE[request.priority], now=now):
        give_up(session, request, now=now)
    return request


def ring_next(
    session: Session, actor: Actor, request_id: UUID, *, now: datetime, version: int | None = None
) -> UrgentRequest:
    """Ring the next level at once.

    Raises `stale-version` where it went on since the `version` that was read, `invalid-transition` where
    it does not ring, `no-further-level`.
    """
    check(actor, "urgent.ring")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    require_version(request, version)
    # Asked before anything is set: a refusal leaves the row as it was.
    MACHINE.move(UrgentState(request.state), UrgentCommand.ESCALATE)
    if not _unrung(session, request):
        raise ConflictError("no-further-level")
    escalate(session, actor, request, now=now)
    return request


def ring_again(
    session: Session, actor: Actor, request_id: UUID, *, now: datetime, version: int | None = None
) -> UrgentRequest:
    """Ring everybody on every level anew for a request that nobody answered; its place stays.

    Raises `stale-version`, `invalid-transition` in any other state, `visit-closed` once the visit is signed
    or withdrawn, `visit-has-appointment` once its agreed time has come: no doctor could accept it; and what
    `require_alone` raises where the patient is rung for
    otherwise.
    """
    check(actor, "urgent.ring")
    request = queries.get_request(session, actor, request_id, now=now, lock=True)
    require_version(request, version)
    # Asked before anything is set: a refusal leaves the row as it was.
    MACHINE.move(UrgentState(request.state), UrgentCommand.RING_AGAIN)
    if session.get_one(Visit, request.visit_id, with_for_update=True).state != VisitState.OPEN:
        raise VisitOverError
    has_time_to_come(session, actor, request.visit_id, now)
    require_alone(session, request.patient_id, request.station_facility_id)
    with alone(session, request.patient_id, request.station_facility_id):
        request.escalate_at = now
        change(session, actor, request, UrgentCommand.RING_AGAIN, StepKind.RUNG_AGAIN, now=now)
    rings = queries.list_rings(session, [request.id])
    working = working_among(session, rings, now)
    for ring in (each for each in rings if each.membership_id in working):
        ring.rung_at, ring.seen_at, ring.declined_at, ring.reason = now, None, None, None
        session.add(ring)
    for level in queries.list_levels(session, request.id):
        level.rung_at, level.was_empty = None, False
        session.add(level)
    session.flush()
    publish(session, UrgentSettled(**facts_of(request)), now=now)
    if not climb(session, request, LEVELS_AT_ONCE[request.priority], now=now):
        give_up(session, request, now=now)
    return request


def escalate(session: Session, actor: Actor, request: UrgentRequest, *, now: datetime) -> None:
    """Ring one level more, the earlier ones go on ringing; without one the request is given up."""
    if _unrung(session, request):
        request.escalations += 1
        change(session, actor, request, UrgentCommand.ESCALATE, StepKind.ESCALATED, now=now)
    if not climb(session, request, 1, now=now):
        give_up(session, request, now=now)


def climb(session: Session, request: UrgentRequest, wanted: int, *, now: datetime) -> bool:
    """Ring further levels until `wanted` of them have somebody on duty; tell whether any had."""
    reached = 0
    for level in _unrung(session, request):
        if reached == wanted:
            break
        level.rung_at = now
        level.was_empty = not ring_newcomers(session, request, [level], now=now, is_first=True)
        session.add(level)
        if level.was_empty:
            note(session, SYSTEM, request, StepKind.NOBODY_ON_DUTY, pool_id=level.pool_id, now=now)
        else:
            reached += 1
            request.escalate_at = now + queries.term_of(session, level.pool_id)
    session.add(request)
    session.flush()
    return reached > 0


def ring_newcomers(
    session: Session,
    request: UrgentRequest,
    levels: Sequence[UrgentLevel],
    *,
    now: datetime,
    is_first: bool = False,
) -> bool:
    """Ring who is on duty on these levels and was not rung yet; tell whether anybody is on duty there.

    `is_first`: the level's turn has come; who was rung for a lower level already counts as there.
    """
    by_pool = {level.pool_id: level.level for level in levels}
    on_duty = list_on_duty(session, list(by_pool), now=now)
    known = {ring.membership_id for ring in queries.list_rings(session, [request.id])}
    fresh = {each.membership_id: each.pool_id for each in on_duty if each.membership_id not in known}
    for membership_id, pool_id in fresh.items():
        session.add(
            UrgentRing(
                request_id=request.id,
                membership_id=membership_id,
                level=by_pool[pool_id],
                pool_id=pool_id,
                rung_at=now,
            )
        )
        session.flush()
        note(
            session,
            SYSTEM,
            request,
            StepKind.RUNG,
            now=now,
            membership_id=membership_id,
            pool_id=pool_id,
        )
    return bool(on_duty if is_first else fresh)


def note_emptied(
    session: Session, request: UrgentRequest, levels: Sequence[UrgentLevel], *, now: datetime
) -> None:
    """Say of rung levels on which nobody who was rung works any more that nobody is on duty there."""
    rings = queries.list_rings(session, [request.id])
    staffed = {each.level for each in rings if each.membership_id in working_among(session, rings, now)}
    rung = {each.level for each in rings}
    for level in levels:
        if level.level in rung - staffed and not level.was_empty:
            level.was_empty = True
            session.add(level)
            note(session, SYSTEM, request, StepKind.NOBODY_ON_DUTY, pool_id=level.pool_id, now=now)


def working_among(session: Session, rings: Sequence[UrgentRing], now: datetime) -> set[UUID]:
    """Return who of those rung still works: nobody shut them out, their role has not ended. One statement."""
    on = policy_of(session).local_date(now)
    return list_working(session, {each.membership_id for each in rings}, on=on)


def give_up(session: Session, request: UrgentRequest, *, now: datetime) -> None:
    """Nobody answered: the request is kept, and somebody is told to follow it."""
    change(session, SYSTEM, request, UrgentCommand.GIVE_UP, StepKind.NOBODY_ANSWERED, now=now)
    publish(session, UrgentUnanswered(**facts_of(request)), now=now)


def _unrung(session: Session, request: UrgentRequest) -> list[UrgentLevel]:
    return [each for each in queries.list_levels(session, request.id) if each.rung_at is None]


def _ringable(session: Session, actor: MembershipActor, visit_id: UUID, now: datetime) -> tuple[Visit, bool]:
    """Return the visit, and whether it has a time still to come; raise what keeps it from being rung for.

    Pressed again after nobody answered: what was opened beside the time that day is rung again, no third one.
    """
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    if visit.station_facility_id != actor.here:
        raise NotFoundError("visit-not-found")
    if visit.state != VisitState.OPEN:
        raise VisitOverError
    require_alone(session, visit.patient_id, actor.here)
    keeps_its_time = has_time_to_come(session, actor, visit_id, now)
    case = queries.find_case_of(session, visit_id)
    if case is None and keeps_its_time:
        policy = policy_of(session)
        since = instant(local_day(policy.zone, policy.local_date(now)).start)
        case = queries.find_case_since(session, visit.patient_id, actor.here, since)
    if case is not None:
        raise AlreadyOpenError(case.id)
    return visit, keeps_its_time


def has_time_to_come(session: Session, actor: Actor, visit_id: UUID, now: datetime) -> bool:
    """Tell whether a visit of the actor's station has a time still to come.

    Raises `visit-has-appointment` where somebody is about to see the patient, or does.
    """
    appointment = find_for_visit(session, actor, visit_id, now=now)
    if appointment is None or appointment.status == AppointmentState.HELD:
        return False
    if not is_to_come(appointment.status, appointment.starts_at, now):
        raise VisitHasAppointmentError
    return True


def _band_of(session: Session, actor: Actor, patient_id: UUID, now: datetime) -> AgeBand:
    age = card_of(session, get_patient(session, actor, patient_id, now=now), now=now).age
    return age_band(age.count if age.unit is AgeUnit.YEARS else 0)
