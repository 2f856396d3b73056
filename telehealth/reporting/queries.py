"""Every select of reports, scoped by the actor's facility."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, case
from sqlalchemy import select as core_select
from sqlmodel import Session, and_, col, exists, func, or_, select

from telehealth.access.models import Grant
from telehealth.access.queries import held
from telehealth.calls.models import CallEvent, CallRoom
from telehealth.calls.rules import EventKind
from telehealth.checks.models import CheckRound
from telehealth.checks.states import RoundState
from telehealth.duty.models import Pool
from telehealth.followup.models import Reply, Task
from telehealth.followup.rules import Outcome
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.leaflets.models import Rating
from telehealth.lines.models import LineCheck
from telehealth.links.models import LinkOpening, LinkRefusal
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.states import DeliveryState, MessageState
from telehealth.reporting.rules import (
    WITH_PICTURE,
    CallNote,
    GatewayTries,
    HeldCall,
    Noted,
    Rated,
    TextFigures,
    UrgentWait,
    Wait,
)
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.staff.models import Membership
from telehealth.urgent.models import UrgentEvent, UrgentLevel, UrgentRequest
from telehealth.urgent.rules import StepKind
from telehealth.urgent.states import UrgentState
from telehealth.visits.models import Visit

_AFRESH = (EventKind.JOINED, EventKind.LEFT)
"""A page opened anew begins with a picture; whoever has gone is no longer there by sound alone."""

_OF_LINES = (
    EventKind.LEVEL,
    EventKind.LOST,
    EventKind.RETURNED,
    EventKind.RESTARTED,
    EventKind.RENEWED,
    *_AFRESH,
)
_AGREED = ("requested", "booked")
_SPOKEN: Final = (Outcome.REACHED, Outcome.TOLD_RELATIVE, Outcome.NEW_TIME)
_TAKEN: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
_COUNTED_AS: Final = {
    **dict.fromkeys(_TAKEN, "taken"),
    DeliveryState.REFUSED: "refused",
    DeliveryState.UNKNOWN: "lost",
}


def list_waits(session: Session, actor: Actor, *, start: datetime, end: datetime) -> list[Wait]:
    """List how long was waited for what started in a span: of stations and of doctors of the facility.

    One statement. Reads times only, nothing about patients.
    """
    at, to_status = col(AppointmentEvent.at), col(AppointmentEvent.to_status)
    agreed = func.min(case((to_status.in_(_AGREED), at)))
    arrived = func.min(case((to_status == "checked_in", at)))
    started = func.min(case((to_status == "in_progress", at)))
    own = select(Membership.id).where(Membership.facility_id == actor.facility_id)
    query = (
        select(Appointment.station_facility_id, agreed, arrived, started)
        .join(AppointmentEvent, col(AppointmentEvent.appointment_id) == Appointment.id)
        .where(
            or_(
                col(Appointment.station_facility_id) == actor.facility_id,
                col(Appointment.doctor_membership_id).in_(own),
            )
        )
        .group_by(col(Appointment.id), col(Appointment.station_facility_id))
        .having(started >= start, started < end, agreed.is_not(None))
    )
    return [Wait(*row) for row in session.exec(query)]


def list_calls(session: Session, actor: Actor, *, start: datetime, end: datetime) -> list[HeldCall]:
    """List the calls that began in a span: of stations and with doctors of the facility.

    Two statements. Reads times and codes only, nothing about patients, nothing that was said.
    """
    own = select(Membership.id).where(Membership.facility_id == actor.facility_id)
    query = (
        select(CallRoom, Appointment.station_facility_id)
        .join(Appointment, col(Appointment.id) == col(CallRoom.appointment_id))
        .where(
            col(CallRoom.started_at) >= start,
            col(CallRoom.started_at) < end,
            or_(
                col(Appointment.station_facility_id) == actor.facility_id,
                col(Appointment.doctor_membership_id).in_(own),
            ),
        )
    )
    rooms = session.exec(query).all()
    notes: dict[UUID, list[CallNote]] = {}
    told = select(CallEvent).where(
        col(CallEvent.room_id).in_([room.id for room, _ in rooms]),
        col(CallEvent.kind).in_(_OF_LINES),
        col(CallEvent.member_id).is_not(None),
    )
    for event in session.exec(told):
        level = (event.reason or "").partition(":")[0] if event.kind == EventKind.LEVEL else None
        if event.kind in _AFRESH:
            level = WITH_PICTURE
        if event.member_id is not None:
            note = CallNote(event.member_id, event.kind, event.occurred_at, level)
            notes.setdefault(event.room_id, []).append(note)
    return [
        HeldCall(station, room.started_at, room.ended_at, room.end_reason, tuple(notes.get(room.id, ())))
        for room, station in rooms
        if room.started_at is not None
    ]


def list_modes(
    session: Session, station_ids: Collection[UUID], *, start: datetime, end: datetime
) -> list[tuple[UUID, datetime, str]]:
    """List what the checks of these stations' lines advised in a span: station, when, mode; oldest first."""
    query = select(LineCheck.facility_id, LineCheck.finished_at, LineCheck.mode).where(
        col(LineCheck.facility_id).in_(station_ids),
        col(LineCheck.finished_at) >= start,
        col(LineCheck.finished_at) < end,
        col(LineCheck.mode).is_not(None),
    )
    rows = session.exec(query.order_by(col(LineCheck.finished_at)))
    return [(station, at, mode) for station, at, mode in rows if station and at and mode]


def list_urgent_waits(session: Session, actor: Actor, *, start: datetime, end: datetime) -> list[UrgentWait]:
    """List how long was rung for what was pressed in a span: of stations and of pools of the facility.

    What was called off before anybody accepted is left out. One statement. Reads times only.
    """
    accepted = func.min(case((col(UrgentEvent.kind) == StepKind.ACCEPTED, col(UrgentEvent.at))))
    reached = (
        select(UrgentLevel.request_id)
        .join(Pool, col(Pool.id) == UrgentLevel.pool_id)
        .where(Pool.facility_id == actor.facility_id, col(UrgentLevel.rung_at).is_not(None))
    )
    request = (
        col(UrgentRequest.id),
        col(UrgentRequest.station_facility_id),
        col(UrgentRequest.enqueued_at),
        col(UrgentRequest.state),
    )
    query = (
        select(UrgentRequest.station_facility_id, UrgentRequest.enqueued_at, accepted)
        .join(UrgentEvent, col(UrgentEvent.request_id) == UrgentRequest.id)
        .where(
            col(UrgentRequest.enqueued_at) >= start,
            col(UrgentRequest.enqueued_at) < end,
            or_(
                col(UrgentRequest.station_facility_id) == actor.facility_id,
                col(UrgentRequest.id).in_(reached),
            ),
        )
        .group_by(*request)
        .having(or_(col(UrgentRequest.state) != UrgentState.CANCELLED, accepted.is_not(None)))
    )
    return [UrgentWait(*row) for row in session.exec(query)]


def list_ratings(session: Session, actor: Actor, *, first: date, last: date) -> list[Rated]:
    """List how patients found their visits, first answered in a span of days.

    Of stations and of doctors of the facility. One statement. Reads steps and days, nothing about patients.
    """
    own = select(Membership.id).where(Membership.facility_id == actor.facility_id)
    query = (
        select(Rating.station_facility_id, col(Rating.rated_on), Rating.step)
        .join(Visit, col(Visit.id) == Rating.visit_id)
        .where(
            Rating.rated_on >= first,
            Rating.rated_on <= last,
            or_(
                col(Rating.station_facility_id) == actor.facility_id,
                col(Visit.doctor_membership_id).in_(own),
            ),
        )
    )
    return [Rated(*row) for row in session.exec(query)]


def list_notes(session: Session, actor: Actor, *, first: date, last: date, limit: int) -> list[Noted]:
    """List what patients wrote to the actor's own facility, the latest first; never of whom, or elsewhere."""
    query = select(col(Rating.rated_on), Rating.step, Rating.note).where(
        Rating.station_facility_id == actor.facility_id,
        Rating.rated_on >= first,
        Rating.rated_on <= last,
        Rating.note != "",
    )
    ordered = query.order_by(col(Rating.rated_on).desc(), col(Rating.id).desc()).limit(limit)
    return [Noted(*row) for row in session.exec(ordered)]


def count_texts(
    session: Session, actor: Actor, weeks: Sequence[datetime]
) -> dict[tuple[UUID, int], TextFigures]:
    """Count texts by facility and week: `weeks` are the bounds, the oldest first.

    The own facility's, and those to patients who were in scope when they were sent: what a week cost does
    not shrink when rights end.
    One statement, whatever there is to count; a text belongs to the week it was first tried in. Counted
    in the database, since eight weeks of a province are more than should be read.
    """
    week = case(*((_tried_before(end), number) for number, end in enumerate(weeks[1:])))
    facts = core_select(
        col(OutboxMessage.facility_id).label("facility_id"),
        week.label("week"),
        (col(OutboxMessage.state) == MessageState.DELIVERED).label("delivered"),
        (col(OutboxMessage.state) == MessageState.FAILED).label("failed"),
        _opened().label("opened"),
        _answered().label("answered"),
        _spoken().label("spoken"),
        col(OutboxMessage.cost).label("cost"),
    ).where(
        col(OutboxMessage.tried_at) >= weeks[0],
        _tried_before(weeks[-1]),
        or_(col(OutboxMessage.facility_id) == actor.facility_id, _had_right(actor)),
    )
    each = facts.subquery().c
    reached = or_(each.opened, each.answered, each.spoken)
    counted = (each.delivered, each.failed, each.opened, each.answered, reached)
    query = core_select(
        each.facility_id,
        each.week,
        func.count(),
        *[func.sum(case((is_so, 1), else_=0)) for is_so in counted],
        func.sum(each.cost),
    ).group_by(each.facility_id, each.week)
    rows = session.connection().execute(query)
    return {(facility_id, number): TextFigures(*figures) for facility_id, number, *figures in rows}


def _had_right(actor: Actor) -> ColumnElement[bool]:
    """Tell of a text to a patient who was in scope when it was first tried."""
    return exists().where(
        col(Grant.patient_id) == OutboxMessage.patient_id, held(actor, col(OutboxMessage.tried_at))
    )


def count_tries(session: Session, *, since: datetime) -> dict[str, GatewayTries]:
    """Count what became of all attempts begun since then, by gateway: one statement, nothing of patients."""
    query = (
        core_select(
            col(Delivery.gateway),
            col(Delivery.state),
            func.count(),
            func.sum(col(Delivery.cost)),
            func.max(col(Delivery.ended_at)),
        )
        .where(col(Delivery.started_at) >= since, col(Delivery.state) != DeliveryState.SENDING)
        .group_by(Delivery.gateway, Delivery.state)
    )
    found: dict[str, GatewayTries] = {}
    for gateway, state, count, cost, ended_at in session.connection().execute(query):
        so_far = found.get(gateway, GatewayTries())
        name = _COUNTED_AS[DeliveryState(state)]
        now = replace(so_far, cost=so_far.cost + cost, **{name: getattr(so_far, name) + count})
        if state == DeliveryState.DELIVERED:
            now = replace(now, delivered=count)
        if name == "taken":
            times = [at for at in (so_far.last_taken_at, ended_at) if at is not None]
            now = replace(now, last_taken_at=max(times, default=None))
        found[gateway] = now
    return found


def count_refusals(session: Session, *, first: date, last: date, lately: date) -> dict[str, tuple[int, int]]:
    """Count what was refused of links, codes and lost links, of the whole deployment, the most often first.

    By kind: from the day `lately` on, and from `first` to `last`. The rows name no patient.
    """
    in_all = func.sum(col(LinkRefusal.count))
    since = func.sum(case((col(LinkRefusal.refused_on) >= lately, col(LinkRefusal.count)), else_=0))
    query = (
        select(col(LinkRefusal.kind), since, in_all)
        .where(col(LinkRefusal.refused_on) >= first, col(LinkRefusal.refused_on) <= last)
        .group_by(col(LinkRefusal.kind))
        .order_by(in_all.desc(), col(LinkRefusal.kind))
    )
    return {kind: (int(new), int(total)) for kind, new, total in session.exec(query)}


def _tried_before(end: datetime) -> ColumnElement[bool]:
    return col(OutboxMessage.tried_at) < end


def _opened() -> ColumnElement[bool]:
    """Return whether the text's link was opened since it left."""
    return exists().where(
        col(LinkOpening.link_id) == OutboxMessage.link_id,
        col(LinkOpening.last_opened_at) >= OutboxMessage.tried_at,
    )


def _answered() -> ColumnElement[bool]:
    """Return whether the patient has answered since, by the text's link or to the questions it asked."""
    replied = exists().where(
        col(Reply.link_id) == OutboxMessage.link_id, col(Reply.recorded_at) >= OutboxMessage.tried_at
    )
    return or_(replied, _round_where(col(CheckRound.answered_at) >= OutboxMessage.tried_at))


def _spoken() -> ColumnElement[bool]:
    """Return whether somebody was spoken to since about the same thing, by phone or at home.

    A task the program closed because something else settled it was no talk.
    """
    phoned = exists().where(
        col(Task.subject_id) == OutboxMessage.subject_id,
        col(Task.outcome).in_(_SPOKEN),
        col(Task.done_by) != SYSTEM.ref,
        col(Task.done_at) >= OutboxMessage.tried_at,
    )
    return or_(
        phoned,
        _round_where(
            and_(
                col(CheckRound.state) == RoundState.REACHED,
                col(CheckRound.ended_at) >= OutboxMessage.tried_at,
            )
        ),
    )


def _round_where(is_so: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(col(CheckRound.id) == OutboxMessage.subject_id, is_so)
