"""Calls, tries in vain, visits at home; the loop closes when a person was reached or a reason stands."""

import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from telehealth.access.models import Grant
from telehealth.checks import queries, service
from telehealth.checks.models import CheckAnswer, CheckRound
from telehealth.checks.rules import Outcome
from telehealth.followup.models import Task
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty
from telehealth.staff.actors import MembershipActor
from tests.support.booking import at
from tests.support.checks import AMBER, GOOD, RED, Checks, make_checks
from tests.support.clock import FixedClock
from tests.support.visits import make_visit_world


def on_the_list(checks: Checks) -> None:
    """Let the patient be silent until somebody has to phone."""
    checks.ask()
    for _ in range(2):
        checks.clock.advance(hours=24)
        checks.tick()


def test_not_reached_is_tried_again_and_then_somebody_goes_there(checks: Checks) -> None:
    on_the_list(checks)
    for tries in (1, 2):
        row = checks.call(Outcome.NOT_REACHED)
        assert (row.state, row.tries) == ("calling", tries)
        assert row.call_at is not None
        assert row.call_at > checks.clock.now()
        checks.clock.advance(hours=3)
    assert checks.call(Outcome.NOT_REACHED).state == "visiting"
    assert checks.call(Outcome.NOT_REACHED).state == "visiting"


def test_a_wrong_number_is_a_visit_at_once(checks: Checks) -> None:
    on_the_list(checks)
    assert checks.call(Outcome.WRONG_NUMBER).state == "visiting"
    with pytest.raises(InvalidError, match="outcome-not-offered"):
        checks.call(Outcome.WRONG_NUMBER)


def test_reached_ends_it_and_the_doctor_sees_how(checks: Checks) -> None:
    on_the_list(checks)
    row = checks.call(Outcome.WELL, note="Ăn uống được")
    assert (row.state, row.outcome, row.note) == ("reached", "well", "Ăn uống được")
    assert row.ended_by == checks.nurse.ref
    with checks.database.read() as unit:
        [seen] = queries.list_asked(unit.session, checks.doctor, now=unit.now)
        assert (seen.outcome, seen.seen_at) == ("well", None)
    checks.do(lambda s, now: service.see_round(s, checks.doctor, row.id, now=now))
    assert checks.round().seen_at is not None
    with pytest.raises(ForbiddenError):
        checks.do(lambda s, now: service.see_round(s, checks.nurse, row.id, now=now))


def test_the_doctor_sees_how_it_ended_however_long_the_way_there_was(checks: Checks) -> None:
    def end_others(session: Session, now: datetime) -> None:
        others = select(Grant).where(Grant.holder_id == checks.doctor.ref, Grant.source_id != series.id)
        for grant in session.exec(others):
            grant.until_at = now
            session.add(grant)

    series = checks.set(0)
    checks.do(end_others)
    checks.tick()
    for days in (1, 1, 9):
        checks.clock.advance(hours=24 * days)
        checks.tick()
    row = checks.call(Outcome.WELL)
    with checks.database.read() as unit:
        [seen] = queries.list_asked(unit.session, checks.doctor, now=unit.now)
        assert (seen.id, seen.outcome) == (row.id, "well")
    checks.clock.advance(hours=24 * 8)
    with checks.database.read() as unit:
        assert queries.list_asked(unit.session, checks.doctor, now=unit.now) == []


def test_a_reason_closes_it_without_anybody_reached(checks: Checks) -> None:
    on_the_list(checks)
    assert checks.call(Outcome.MOVED).state == "closed"


def test_the_task_says_with_the_round_whether_anybody_was_reached(checks: Checks) -> None:
    checks.ask()
    checks.answer(AMBER)
    checks.call(Outcome.MOVED)
    [task] = checks.rows(Task, kind="check_amber")
    assert (task.state, task.outcome) == ("done", "moved")


def test_a_red_does_not_end_with_all_is_well(checks: Checks) -> None:
    checks.ask()
    checks.answer(RED)
    with pytest.raises(InvalidError, match="outcome-not-offered"):
        checks.call(Outcome.WELL)
    assert checks.call(Outcome.NOT_REACHED).state == "calling"
    assert checks.call(Outcome.NOT_REACHED).state == "visiting"
    assert checks.alarm().state == "ringing"


def test_answers_taken_on_the_phone_are_judged_and_a_good_one_ends_it(checks: Checks) -> None:
    on_the_list(checks)
    row = checks.call(Outcome.WELL, given=GOOD)
    assert (row.state, row.level) == ("reached", "green")
    [kept] = checks.rows(CheckAnswer)
    assert (kept.via, kept.actor_ref) == ("call", checks.nurse.ref)


def test_a_red_heard_on_the_phone_stays_until_an_act_is_noted(checks: Checks) -> None:
    on_the_list(checks)
    row = checks.call(Outcome.WELL, given=RED)
    assert (row.state, row.level, row.outcome) == ("calling", "red", None)
    assert checks.alarm().state == "ringing"
    assert checks.call(Outcome.DOCTOR_SPOKE).state == "reached"
    assert checks.tasks() == []


def test_the_workers_visit_is_recorded_with_its_answers(database: Database, clock: FixedClock) -> None:
    checks = make_checks(database, clock, phone=None)
    assert checks.ask().state == "visiting"
    row = checks.call(Outcome.ADVISED, given=AMBER, note="Y tế thôn đã đến")
    assert (row.state, row.level) == ("reached", "amber")
    [kept] = checks.rows(CheckAnswer)
    assert kept.via == "visit"


def test_who_was_first_is_not_overwritten(checks: Checks) -> None:
    on_the_list(checks)
    row = checks.round()
    checks.call(Outcome.NOT_REACHED)
    said = service.Said(outcome=Outcome.WELL)
    with pytest.raises(StaleError):
        checks.do(
            lambda s, now: service.record_outcome(s, checks.nurse, row.id, said, version=row.version, now=now)
        )


def test_only_who_is_on_the_list_has_an_outcome(checks: Checks) -> None:
    checks.ask()
    with pytest.raises(ConflictError, match="check-not-listed"):
        checks.call(Outcome.WELL)


def test_a_note_has_its_limit(checks: Checks) -> None:
    on_the_list(checks)
    with pytest.raises(InvalidError, match="text-too-long"):
        checks.call(Outcome.WELL, note="x" * 501)


def test_the_doctor_does_not_note_the_stations_calls(checks: Checks) -> None:
    on_the_list(checks)
    row, said = checks.round(), service.Said(outcome=Outcome.WELL)
    with pytest.raises(ForbiddenError):
        checks.do(
            lambda s, now: service.record_outcome(
                s, checks.doctor, row.id, said, version=row.version, now=now
            )
        )


def test_the_list_has_the_red_first(checks: Checks) -> None:
    on_the_list(checks)
    checks.set(0)
    checks.tick()
    newest = checks.rows(CheckRound)[-1]
    checks.answer(RED, by=checks.phone(newest.id))
    with checks.database.read() as unit:
        rows = queries.list_listed(unit.session, checks.nurse, now=unit.now)
        assert [row.level for row in rows] == ["red", ""]


def missed(checks: Checks) -> tuple[Appointment, MembershipActor]:
    """Let another patient, booked for 09:30, not come."""
    world = checks.do(lambda s, now: make_visit_world(s, now=now, phone="0868 123 499"))
    checks.clock.advance(hours=2)
    party = AbsentParty.PATIENT
    checks.do(
        lambda s, now: scheduling.note_absence(s, world.doctor, world.appointment.id, party=party, now=now)
    )
    return world.appointment, world.doctor


def test_who_did_not_come_gets_a_kind_word_and_the_station_a_task(checks: Checks) -> None:
    appointment, _ = missed(checks)
    [queued] = checks.rows(OutboxMessage, template="missed_visit")
    assert queued.due_at == checks.clock.now() + timedelta(minutes=30)
    [task] = checks.rows(Task, kind="visit_missed")
    assert task.subject_id == appointment.id
    checks.clock.advance(minutes=31)
    checks.tick()
    [text] = [each.text for each in checks.gateway.taken.values() if "tiec chua gap duoc" in each.text]
    assert "Hen lai: http" in text
    assert re.fullmatch(r".*/k/[0-9A-Za-z]{22}", text), "its link, and nothing after it"


def test_an_absence_taken_back_is_not_told(checks: Checks) -> None:
    appointment, doctor = missed(checks)
    checks.do(lambda s, now: scheduling.undo_absence(s, doctor, appointment.id, version=None, now=now))
    checks.clock.advance(minutes=31)
    checks.tick()
    assert not any("tiec chua gap" in each.text for each in checks.gateway.taken.values())


@pytest.mark.parametrize("outcome", [Outcome.DIED, Outcome.REFUSED, Outcome.MOVED])
def test_nobody_is_asked_again_who_died_left_or_does_not_want_to_be(checks: Checks, outcome: Outcome) -> None:
    checks.set(0, 5, 9)
    checks.tick()
    for _ in range(2):
        checks.clock.advance(hours=24)
        checks.tick()
    texts = len(checks.sent())
    row = next(each for each in checks.rows(CheckRound) if each.state == "calling")
    said = service.Said(outcome=outcome)
    checks.do(
        lambda s, now: service.record_outcome(s, checks.nurse, row.id, said, version=row.version, now=now).id
    )
    for _ in range(12):
        checks.clock.advance(hours=24)
        checks.tick()
    assert len(checks.sent()) == texts
    assert [each.state for each in checks.rows(CheckRound)] == ["closed", "withdrawn", "withdrawn"]


def test_the_call_to_whoever_did_not_come_is_off_once_they_are_there(checks: Checks) -> None:
    appointment, doctor = missed(checks)
    checks.do(lambda s, now: scheduling.undo_absence(s, doctor, appointment.id, version=None, now=now).id)
    [task] = checks.rows(Task, kind="visit_missed")
    assert (task.state, task.outcome) == ("done", "not_needed")


def test_who_asked_sees_what_came_of_days_beyond_the_right_of_the_visit(checks: Checks) -> None:
    def end_visit(session: Session, now: datetime) -> None:
        scheduling.start(session, checks.doctor, checks.world.appointment.id, now=now)
        scheduling.complete(session, checks.doctor, checks.world.appointment.id, now=now)

    checks.clock.set(at("09:30"))
    checks.do(end_visit)
    checks.set(40)

    def seen() -> list[str]:
        with checks.database.read() as unit:
            return [row.state for row in queries.list_asked(unit.session, checks.doctor, now=unit.now)]

    checks.clock.set(at("10:30", days=40))
    checks.tick()
    assert seen() == ["asked"]
    checks.clock.set(at("10:30", days=47))
    assert seen() == ["asked"]
    checks.clock.set(at("10:30", days=48))
    assert seen() == [], "a week after the last day the right ends"
