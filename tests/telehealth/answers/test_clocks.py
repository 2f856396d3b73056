"""What time does: levels one after the other, one reminder, one word that it is late, a question waits."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from telehealth.answers import queries, service
from telehealth.answers.jobs import keep_clocks
from telehealth.answers.models import AnswerRequest, AnswerStep
from telehealth.answers.rules import Within, reply_clocks, urgency_of
from telehealth.duty.models import PoolMember
from telehealth.followup.models import Task
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.staff import service as staff
from tests.support.answers import AnswerWorld, make_answer_world
from tests.support.clock import FixedClock


@pytest.fixture
def world(database: Database) -> AnswerWorld:
    with database.write() as unit:
        return make_answer_world(unit.session, now=unit.now)


def sent(database: Database, world: AnswerWorld, within: Within = Within.HALF_DAY) -> AnswerRequest:
    with database.write() as unit:
        row = world.send(unit.session, now=unit.now, within=within)
        unit.session.flush()
        unit.session.expunge(row)
        return row


def pass_until(database: Database, clock: FixedClock, at: datetime) -> list[str]:
    """Let the ticker run every ten minutes until an instant; return the kinds of steps there are then."""
    while clock.at < at:
        clock.at = min(at, clock.at + timedelta(minutes=10))
        keep_clocks(database)
    keep_clocks(database)
    with database.read() as unit:
        steps = unit.session.exec(select(AnswerStep).order_by(AnswerStep.seq)).all()  # type: ignore[arg-type]
        return [step.kind for step in steps]


def test_every_level_sees_it_before_the_time_is_over_and_the_first_goes_on_seeing_it(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    row = sent(database, world)
    kinds = pass_until(database, clock, row.answer_by)
    assert kinds == ["sent", "reached", "reached", "reminded", "overdue"]
    with database.read() as unit:
        for doctor in (world.first, world.above, world.base.doctors[2][0]):
            found = queries.list_to_answer(unit.session, doctor, now=unit.now)
            assert [each.id for each in found] == [row.id]


def test_no_clock_goes_off_twice(database: Database, world: AnswerWorld, clock: FixedClock) -> None:
    row = sent(database, world, Within.ONE_HOUR)
    first = pass_until(database, clock, row.answer_by)
    assert pass_until(database, clock, row.answer_by + timedelta(days=3)) == first
    with database.read() as unit:
        assert unit.session.get_one(AnswerRequest, row.id).due_at is None
        assert [task.kind for task in unit.session.exec(select(Task))] == ["answer_overdue"]


def test_what_is_taken_climbs_no_further_and_is_reminded_all_the_same(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    row = sent(database, world)
    with database.write() as unit:
        service.take(unit.session, world.first, row.id, now=unit.now)
    assert pass_until(database, clock, row.answer_by) == ["sent", "taken", "reminded", "overdue"]


def test_the_doctors_clocks_stand_still_while_the_stations_runs(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    row = sent(database, world)
    with database.write() as unit:
        taken = service.take(unit.session, world.first, row.id, now=unit.now)
        service.ask_back(unit.session, world.first, row.id, text="?", version=taken.version, now=unit.now)
    asked = ["sent", "taken", "question", "reply_reminded", "reply_overdue"]
    assert pass_until(database, clock, row.answer_by + timedelta(hours=5)) == asked
    with database.write() as unit:
        service.reply(unit.session, world.nurse, row.id, text="!", version=3, now=unit.now)
    with database.read() as unit:
        moved = unit.session.get_one(AnswerRequest, row.id).answer_by
    assert pass_until(database, clock, moved)[5:] == ["reply", "reminded", "overdue"]


@pytest.mark.parametrize("within", [Within.ONE_HOUR, Within.HALF_DAY, Within.FIVE_DAYS])
def test_a_station_that_does_not_reply_is_reminded_then_told_of(
    database: Database, world: AnswerWorld, clock: FixedClock, within: Within
) -> None:
    row = sent(database, world, within)
    with database.write() as unit:
        taken = service.take(unit.session, world.first, row.id, now=unit.now)
        service.ask_back(unit.session, world.first, row.id, text="?", version=taken.version, now=unit.now)
        table = reply_clocks(unit.now, urgency_of(within), queries.working_time(unit.session, unit.now))
    assert tasks(database) == {"answer_question": ("open", table.reply_by)}
    assert pass_until(database, clock, table.remind_at)[3:] == ["reply_reminded"]
    assert pass_until(database, clock, table.reply_by)[3:] == ["reply_reminded", "reply_overdue"]
    assert tasks(database).keys() == {"answer_question", "question_overdue"}
    assert pass_until(database, clock, table.reply_by + timedelta(days=2))[5:] == []
    with database.write() as unit:
        service.reply(unit.session, world.nurse, row.id, text="!", version=3, now=unit.now)
    assert {state for state, _ in tasks(database).values()} == {"done"}


def test_a_second_question_has_clocks_of_its_own(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    row = sent(database, world, Within.FIVE_DAYS)
    with database.write() as unit:
        version = service.take(unit.session, world.first, row.id, now=unit.now).version
    for question in range(2):
        with database.write() as unit:
            now = unit.now
            service.ask_back(unit.session, world.first, row.id, text="?", version=version, now=now)
            due = reply_clocks(now, urgency_of(Within.FIVE_DAYS), queries.working_time(unit.session, now))
        assert pass_until(database, clock, due.reply_by).count("reply_overdue") == question + 1
        with database.write() as unit:
            version = service.reply(
                unit.session, world.nurse, row.id, text="!", version=version + 1, now=unit.now
            ).version


def tasks(database: Database) -> dict[str, tuple[str, datetime]]:
    with database.read() as unit:
        return {each.kind: (each.state, each.due_at) for each in unit.session.exec(select(Task))}


def test_a_pool_with_nobody_in_it_is_passed(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        nearest = world.base.pools[0].id
        for member in unit.session.exec(select(PoolMember).where(PoolMember.pool_id == nearest)):
            unit.session.delete(member)
    row = sent(database, world)
    clock.advance(seconds=1)
    keep_clocks(database)
    with database.read() as unit:
        reached = [each.reached_at is not None for each in queries.list_levels(unit.session, row.id)]
    assert reached == [True, True, False]


def test_a_pool_whose_doctors_were_all_shut_out_is_passed(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    with database.write() as unit:
        nearest = world.base.pools[0].id
        members = unit.session.exec(select(PoolMember).where(PoolMember.pool_id == nearest)).all()
        for each in members:
            staff.disable(unit.session, SYSTEM, each.membership_id, now=unit.now)
    row = sent(database, world)
    clock.advance(seconds=1)
    keep_clocks(database)
    with database.read() as unit:
        reached = [each.reached_at is not None for each in queries.list_levels(unit.session, row.id)]
    assert reached == [True, True, False]


def test_an_answered_or_withdrawn_request_ticks_no_more(
    database: Database, world: AnswerWorld, clock: FixedClock
) -> None:
    row = sent(database, world)
    with database.write() as unit:
        service.take(unit.session, world.first, row.id, now=unit.now)
        world.write(unit.session, world.first, now=unit.now)
        world.sign(unit.session, world.first, now=unit.now)
    assert pass_until(database, clock, row.answer_by) == ["sent", "taken", "answered"]
