"""Whom a red answer rings, by day and by night; nobody is ever left out of the list meanwhile."""

from datetime import datetime

import pytest
from sqlmodel import Session

from telehealth.checks import queries, service
from telehealth.checks.models import CheckAlarm
from telehealth.checks.rules import LOOK_AGAIN, STATION_TERM, TAKEN_WITHIN, Outcome
from telehealth.kit.errors import ConflictError, ForbiddenError, NotFoundError
from telehealth.staff.actors import MembershipActor
from tests.support.checks import RED, Checks
from tests.support.world import make_doctor, make_member


def ringing_for(checks: Checks, actor: object) -> int:
    with checks.database.read() as unit:
        return len(queries.list_ringing(unit.session, actor))  # type: ignore[arg-type]


def red(checks: Checks, *, hours: float = 0) -> CheckAlarm:
    """Ask at 08:00 and let the patient answer so many hours later."""
    checks.ask()
    phone = checks.phone()
    checks.clock.advance(hours=hours)
    checks.answer(RED, by=phone)
    return checks.alarm()


def test_by_day_it_rings_at_the_station_alone(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    red(checks)
    assert ringing_for(checks, checks.nurse) == 1
    assert ringing_for(checks, doctor) == 0


def test_what_the_station_leaves_ringing_rings_the_doctor_on_duty_too(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    red(checks)
    checks.clock.advance(seconds=STATION_TERM.total_seconds())
    checks.tick()
    assert ringing_for(checks, doctor) == 1
    assert ringing_for(checks, checks.nurse) == 1


@pytest.mark.parametrize("ahead", [0.5, 1, 24], ids=["half an hour", "an hour", "a day"])
def test_a_clock_that_ran_ahead_and_was_put_right_stops_no_chain(checks: Checks, ahead: float) -> None:
    doctor = checks.put_on_duty()
    checks.ask()
    phone, real = checks.phone(), checks.clock.now()
    checks.clock.advance(hours=ahead)
    checks.answer(RED, by=phone)
    checks.clock.set(real)
    checks.tick()
    checks.clock.advance(seconds=STATION_TERM.total_seconds())
    checks.tick()
    assert ringing_for(checks, doctor) == 1
    steps = checks.alarm().version
    checks.tick()
    assert checks.alarm().version == steps  # no step at each tick


def test_by_night_it_rings_the_doctor_on_duty_at_once_and_not_the_empty_station(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    red(checks, hours=14)
    assert ringing_for(checks, doctor) == 1
    assert ringing_for(checks, checks.nurse) == 0


def test_at_night_with_nobody_on_duty_it_rests_on_the_list_and_rings_in_the_morning(checks: Checks) -> None:
    alarm = red(checks, hours=14)
    assert (alarm.state, checks.listed()) == ("resting", ["calling"])
    assert ringing_for(checks, checks.nurse) == 0
    checks.clock.advance(hours=9, minutes=5)
    checks.tick()
    assert checks.alarm().state == "ringing"
    assert ringing_for(checks, checks.nurse) == 1


def test_who_comes_on_duty_meanwhile_is_rung(checks: Checks) -> None:
    red(checks, hours=14)
    doctor = checks.put_on_duty()
    checks.clock.advance(seconds=LOOK_AGAIN.total_seconds())
    checks.tick()
    assert ringing_for(checks, doctor) == 1


def test_whoever_takes_it_quiets_the_bell_and_sees_the_patient(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    alarm = red(checks, hours=14)
    stranger = checks.do(lambda s, now: make_doctor(s))
    with pytest.raises(NotFoundError, match="check-alarm-not-found"):
        checks.do(lambda s, now: service.take_alarm(s, stranger, alarm.id, now=now))
    checks.do(lambda s, now: service.take_alarm(s, doctor, alarm.id, now=now))
    checks.do(lambda s, now: service.take_alarm(s, doctor, alarm.id, now=now))
    assert ringing_for(checks, doctor) == 0
    assert checks.alarm().taken_by == doctor.ref
    assert checks.listed() == ["calling"]
    with checks.database.read() as unit:
        assert queries.get_round(unit.session, doctor, alarm.round_id, now=unit.now).level == "red"
    with pytest.raises(ConflictError, match="invalid-transition"):
        checks.do(lambda s, now: service.take_alarm(s, checks.nurse, alarm.id, now=now))


def test_whoever_took_it_notes_what_came_of_the_call_and_nobody_else_elsewhere(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    alarm = red(checks, hours=14)
    row = checks.round()

    def note(actor: MembershipActor, outcome: Outcome, version: int) -> None:
        said = service.Said(outcome=outcome)
        checks.do(lambda s, now: service.record_outcome(s, actor, row.id, said, version=version, now=now))

    with pytest.raises(ForbiddenError):  # who asked sees the round, and has not taken its alarm
        note(checks.doctor, Outcome.SENT_TO_CARE, row.version)
    checks.do(lambda s, now: service.take_alarm(s, doctor, alarm.id, now=now))
    note(doctor, Outcome.NOT_REACHED, row.version)
    assert checks.alarm().state == "taken"
    note(doctor, Outcome.SENT_TO_CARE, checks.round().version)
    assert (checks.round().state, checks.alarm().state) == ("reached", "settled")
    with pytest.raises(ForbiddenError):
        note(doctor, Outcome.SENT_TO_CARE, checks.round().version)


def test_a_second_red_after_it_was_taken_rings_anew(checks: Checks) -> None:
    checks.ask()
    phone = checks.phone()
    checks.answer(RED, by=phone)
    alarm = checks.alarm()
    checks.do(lambda s, now: service.take_alarm(s, checks.nurse, alarm.id, now=now))
    checks.answer(RED, by=phone)
    assert [each.state for each in checks.rows(CheckAlarm)] == ["taken", "ringing"]


def test_the_bell_ends_with_the_outcome(checks: Checks) -> None:
    red(checks)
    checks.call(Outcome.SENT_TO_CARE)
    assert checks.alarm().state == "settled"
    checks.clock.advance(days=1)
    checks.tick()
    assert checks.alarm().state == "settled"


def test_a_colleague_at_another_station_hears_nothing(checks: Checks) -> None:
    red(checks)
    other = checks.do(lambda s, now: make_member(s))
    assert ringing_for(checks, other) == 0


def test_two_ticks_ring_nobody_twice(checks: Checks) -> None:
    checks.put_on_duty()
    alarm = red(checks, hours=14)

    def both(session: Session, now: datetime) -> None:
        assert not service.tick_alarm(session, alarm.id, now=now)

    checks.do(both)
    checks.clock.advance(minutes=10)
    checks.tick()
    checks.tick()
    with checks.database.read() as unit:
        assert len(queries.rung_for(unit.session, alarm.id)) == 1


def note(checks: Checks, doctor: MembershipActor, outcome: Outcome) -> None:
    """Let whoever took it note what came of a call."""
    row, said = checks.round(), service.Said(outcome=outcome)
    checks.do(lambda s, now: service.record_outcome(s, doctor, row.id, said, version=row.version, now=now))


def test_a_red_nobody_reached_at_night_does_not_wait_for_the_morning(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    alarm = red(checks, hours=14)
    checks.do(lambda s, now: service.take_alarm(s, doctor, alarm.id, now=now))
    assert ringing_for(checks, doctor) == 0
    for _ in range(2):
        checks.clock.advance(minutes=15)
        note(checks, doctor, Outcome.NOT_REACHED)
    row = checks.round()
    assert (row.state, row.call_at) == ("visiting", checks.clock.now())
    assert ringing_for(checks, doctor) == 1, "somebody has to go there: it rings anew"


def test_a_red_that_was_taken_and_of_which_nothing_is_noted_rings_anew(checks: Checks) -> None:
    doctor = checks.put_on_duty()
    alarm = red(checks, hours=14)
    checks.do(lambda s, now: service.take_alarm(s, doctor, alarm.id, now=now))
    checks.clock.advance(seconds=TAKEN_WITHIN.total_seconds() - 1)
    checks.tick()
    assert ringing_for(checks, doctor) == 0
    checks.clock.advance(seconds=1)
    checks.tick()
    assert ringing_for(checks, doctor) == 1
    note(checks, doctor, Outcome.SENT_TO_CARE)
    checks.clock.advance(hours=1)
    checks.tick()
    assert ringing_for(checks, doctor) == 0
