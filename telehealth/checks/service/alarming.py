"""The bell of a red answer: at the station in its hours, then with doctors on duty, until somebody takes it.

It never stops by itself and is no substitute for the list: the round stands there from its first second.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.availability.queries import station_hours
from telehealth.checks import queries
from telehealth.checks.models import CheckAlarm, CheckRing, CheckRound
from telehealth.checks.rules import TAKEN_WITHIN, next_step
from telehealth.checks.service.history import trace
from telehealth.checks.states import ALARM, AlarmCommand, AlarmState
from telehealth.duty.queries import list_on_duty
from telehealth.kit.changes import note_change
from telehealth.kit.clock import has_come
from telehealth.kit.errors import NotFoundError
from telehealth.push import service as push
from telehealth.staff.actors import MembershipActor
from telehealth.urgent.errors import NoPoolError
from telehealth.urgent.queries import choose_ladder, term_of


def raise_alarm(session: Session, row: CheckRound, *, now: datetime) -> CheckAlarm:
    """Ring for a red answer; one bell for a round until somebody took it."""
    for known in queries.live_alarms(session, row.id):
        if known.state != AlarmState.TAKEN:
            return known
    alarm = CheckAlarm(
        round_id=row.id,
        patient_id=row.patient_id,
        station_facility_id=row.station_facility_id,
        state=AlarmState.RESTING,
        raised_at=now,
        next_at=now,
    )
    session.add(alarm)
    session.flush()
    _step(session, alarm, now)
    return alarm


def tick_alarm(session: Session, alarm_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one alarm; tell whether another node left anything to do."""
    alarm = queries.lock_alarm(session, alarm_id)
    if alarm is None or not has_come(alarm.next_at, queries.longest_step(session), now):
        return False
    _step(session, alarm, now)
    return True


def take_alarm(session: Session, actor: MembershipActor, alarm_id: UUID, *, now: datetime) -> CheckAlarm:
    """Say that one phones this patient now: the bell is quiet, the round stays on the list.

    Whoever takes it may see the patient as long as the round lasts. Taking again what one has is once. Where
    nothing is noted of it for a while it rings anew.
    Raises `check-alarm-not-found`, `not-allowed`, `invalid-transition` for what somebody else took.
    """
    check(actor, "check.take")
    row = queries.lock_round_of_alarm(session, alarm_id)  # the round first, as whoever notes an outcome does
    alarm = queries.get_alarm(session, actor, alarm_id)
    if row is None:
        raise NotFoundError("check-round-not-found")
    if alarm.state == AlarmState.TAKEN and alarm.taken_by == actor.ref:
        return alarm
    _change(session, alarm, AlarmCommand.TAKE, now)
    alarm.taken_by, alarm.taken_at = actor.ref, now
    session.add(alarm)
    if alarm.station_facility_id != actor.facility_id:
        open_grant(
            session,
            patient_id=alarm.patient_id,
            holder_kind=HolderKind.MEMBERSHIP,
            holder_id=actor.ref,
            basis=Basis.URGENT_REQUEST,
            source_id=alarm.id,
            now=now,
        )
    row.next_at = now + TAKEN_WITHIN
    session.add(row)
    trace(session, actor, "check.take", row, {"alarm": str(alarm.id)}, now=now)
    return alarm


def settle_alarms(session: Session, round_id: UUID, *, now: datetime) -> None:
    """Let the bells of a round be quiet: somebody was reached, or a reason is recorded."""
    for alarm in queries.live_alarms(session, round_id):
        _change(session, alarm, AlarmCommand.SETTLE, now)


def _step(session: Session, alarm: CheckAlarm, now: datetime) -> None:
    is_open = station_hours(session, alarm.station_facility_id, now).is_open(now)
    ladder = _ladder(session, alarm, now)
    on_duty = list_on_duty(session, ladder, now=now)
    staffed = [any(each.pool_id == pool_id for each in on_duty) for pool_id in ladder]
    step = next_step(
        is_open=is_open,
        has_rung_station=alarm.has_rung_station,
        levels=alarm.levels,
        staffed=staffed,
        terms={level: term_of(session, pool_id) for level, pool_id in enumerate(ladder)},
    )
    alarm.levels, alarm.rings_station = step.levels, step.rings_station
    alarm.has_rung_station = alarm.has_rung_station or step.rings_station
    rung = queries.rung_for(session, alarm.id)
    reached = set(ladder[: step.levels])
    fresh = {each.membership_id for each in on_duty if each.pool_id in reached} - rung
    session.add_all(CheckRing(alarm_id=alarm.id, membership_id=each, rung_at=now) for each in fresh)
    alarm.next_at = now + step.after
    # Closed browsers are told as of an urgent request: that something rings, and nothing more.
    push.ring(session, alarm.id, rung | fresh, until_at=alarm.next_at, now=now)
    is_heard = step.rings_station or bool(rung | fresh)
    _change(session, alarm, AlarmCommand.RING if is_heard else AlarmCommand.REST, now)


def _ladder(session: Session, alarm: CheckAlarm, now: datetime) -> tuple[UUID, ...]:
    try:
        return choose_ladder(session, station_id=alarm.station_facility_id, specialty=None, now=now)
    except NoPoolError:
        return ()


def _change(session: Session, alarm: CheckAlarm, command: AlarmCommand, now: datetime) -> None:
    alarm.state = ALARM.move(AlarmState(alarm.state), command)
    if alarm.state in (AlarmState.TAKEN, AlarmState.SETTLED):
        alarm.next_at = None
        push.hush(session, alarm.id)
    alarm.version += 1
    session.add(alarm)
    session.flush()
    heard = {alarm.station_facility_id, *queries.rung_for(session, alarm.id)}
    note_change(session, "ring", alarm.id, scopes=heard, now=now)
