"""Sending a visit, taking it, asking back, answering, and who sees what of it meanwhile."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.access.models import Grant
from telehealth.access.queries import is_visible
from telehealth.access.rules import ConsultKind
from telehealth.answers import queries, service
from telehealth.answers.errors import AlreadySentError, AnswerNotFoundError, TakenError
from telehealth.answers.models import AnswerNote, AnswerStep
from telehealth.answers.rules import WithdrawReason
from telehealth.followup.models import Task
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from tests.support.answers import AnswerWorld, make_answer_world, opinion
from tests.support.world import make_facility, make_member


@pytest.fixture
def world(unit: Unit) -> AnswerWorld:
    return make_answer_world(unit.session, now=unit.now)


def tasks(unit: Unit) -> dict[str, str]:
    return {task.kind: task.state for task in unit.session.exec(select(Task))}


def test_the_nearest_pool_sees_it_at_once_and_not_whose_it_is(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now, wish="Có cần chuyển không?")
    for doctor in (world.first, world.second):
        assert [each.id for each in queries.list_to_answer(unit.session, doctor, now=unit.now)] == [sent.id]
        assert not is_visible(unit.session, doctor, sent.patient_id, now=unit.now)
    assert queries.list_to_answer(unit.session, world.above, now=unit.now) == []
    with pytest.raises(AnswerNotFoundError):
        queries.get_request(unit.session, world.above, sent.id, now=unit.now)
    assert [each.id for each in queries.list_open(unit.session, world.nurse, now=unit.now)] == [sent.id]
    assert [each.id for each in queries.list_open(unit.session, world.base.coordinator, now=unit.now)] == [
        sent.id
    ]


def test_another_station_does_not_know_of_it(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    stranger = make_member(unit.session, make_facility(unit.session), name="Vi Thị Xa")
    with pytest.raises(AnswerNotFoundError):
        queries.get_request(unit.session, stranger, sent.id, now=unit.now)
    with pytest.raises(NotFoundError):
        service.send(unit.session, stranger, service.Sending(visit_id=world.base.visits[0]), now=unit.now)


def test_taking_gives_the_right_to_the_data_and_the_record(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    assert is_visible(unit.session, world.first, sent.patient_id, now=unit.now)
    assert not is_visible(unit.session, world.second, sent.patient_id, now=unit.now)
    assert unit.session.get_one(Visit, sent.visit_id).doctor_membership_id == world.first.ref
    again = service.take(unit.session, world.first, sent.id, now=unit.now)
    assert again.version == sent.version, "who has it already is answered as before"
    with pytest.raises(TakenError):
        service.take(unit.session, world.second, sent.id, now=unit.now)


def test_signing_answers_and_the_right_runs_out(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now, wish="Có cần chuyển không?")
    service.take(unit.session, world.first, sent.id, now=unit.now)
    world.write(unit.session, world.first, now=unit.now)
    document = json.loads(world.sign(unit.session, world.first, now=unit.now))
    assert sent.state == "answered"
    assert sent.owner_id == world.first.ref
    assert document["modalities"] == ["later"]
    assert [each["text"] for each in document["parts"]["answer"]["thread"]] == ["Có cần chuyển không?"]
    grant = unit.session.exec(select(Grant).where(Grant.source_id == sent.id)).one()
    assert grant.until_at is not None
    assert grant.until_at > unit.now + timedelta(days=1)
    assert tasks(unit) == {"read_answer": "open"}


def test_a_question_is_a_task_until_the_station_replies_and_the_clocks_wait(
    unit: Unit, world: AnswerWorld
) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    by, now = sent.answer_by, unit.now
    service.ask_back(
        unit.session, world.first, sent.id, text="Đau từ khi nào?", version=sent.version, now=now
    )
    assert sent.due_at == now + timedelta(hours=1), "the station's own clock, of two hours"
    assert tasks(unit) == {"answer_question": "open"}
    later = now + timedelta(hours=2)
    service.reply(unit.session, world.nurse, sent.id, text="Từ hôm qua.", version=sent.version, now=later)
    assert (sent.state, sent.owner_id) == ("taken", world.first.ref)
    assert sent.answer_by == by + timedelta(hours=2)
    assert sent.due_at is not None
    assert tasks(unit) == {"answer_question": "done"}
    said = [(each.kind, each.text) for each in queries.notes_of(unit.session, sent.visit_id)]
    assert said == [("question", "Đau từ khi nào?"), ("reply", "Từ hôm qua.")]


def test_words_are_needed_to_ask_and_to_reply(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    for text, code in ((" ", "answer-text-missing"), ("a" * 4001, "text-too-long")):
        with pytest.raises(InvalidError, match=code), unit.session.begin_nested():
            service.ask_back(
                unit.session, world.first, sent.id, text=text, version=sent.version, now=unit.now
            )
    with pytest.raises(StaleError):
        service.ask_back(unit.session, world.first, sent.id, text="?", version=99, now=unit.now)


def test_given_back_it_waits_again_and_the_right_is_gone(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    place = sent.sent_at
    service.take(unit.session, world.first, sent.id, now=unit.now)
    service.ask_back(unit.session, world.first, sent.id, text="?", version=sent.version, now=unit.now)
    service.release(unit.session, world.first, sent.id, version=sent.version, now=unit.now)
    assert (sent.state, sent.owner_id, sent.sent_at) == ("waiting", None, place)
    assert not is_visible(unit.session, world.first, sent.patient_id, now=unit.now)
    assert unit.session.get_one(Visit, sent.visit_id).doctor_membership_id is None
    assert tasks(unit) == {"answer_question": "done"}
    service.take(unit.session, world.second, sent.id, now=unit.now)


def test_a_coordinator_gives_back_what_is_overdue_and_nothing_before(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    boss = world.base.coordinator
    with pytest.raises(ConflictError, match="answer-not-overdue"):
        service.release(unit.session, boss, sent.id, version=sent.version, now=unit.now)
    service.release(unit.session, boss, sent.id, version=sent.version, now=sent.answer_by)
    assert sent.state == "waiting"


def test_one_visit_is_sent_once_at_a_time(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    with pytest.raises(AlreadySentError):
        world.send(unit.session, now=unit.now)
    service.withdraw(
        unit.session,
        world.nurse,
        sent.id,
        reason=WithdrawReason.BETTER,
        version=sent.version,
        now=unit.now,
    )
    assert world.send(unit.session, now=unit.now).id != sent.id


def test_who_is_rung_for_is_not_written_about(unit: Unit, world: AnswerWorld) -> None:
    world.base.press(unit.session, now=unit.now)
    with pytest.raises(ConflictError, match="answer-is-urgent"):
        world.send(unit.session, now=unit.now)


def test_a_visit_that_is_closed_takes_its_request_with_it(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    visits.withdraw(unit.session, world.nurse, sent.visit_id, reason="nhầm", now=unit.now)
    assert (sent.state, sent.close_reason) == ("withdrawn", "visit_closed")
    with pytest.raises(ConflictError, match="visit-closed"):
        world.send(unit.session, now=unit.now)


def test_where_the_station_signs_the_doctor_says_that_the_opinion_is_written(unit: Unit) -> None:
    world = make_answer_world(unit.session, now=unit.now, kind=ConsultKind.FACILITY_SUPPORT)
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    with pytest.raises(InvalidError, match="answer-empty"):
        service.answer(unit.session, world.first, sent.id, version=sent.version, now=unit.now)
    opinion(unit.session, world.first, sent.visit_id, now=unit.now)
    service.answer(unit.session, world.first, sent.id, version=sent.version, now=unit.now)
    assert sent.state == "answered"
    assert unit.session.get_one(Visit, sent.visit_id).state == "open"


def test_a_remote_examination_is_answered_by_signing(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.take(unit.session, world.first, sent.id, now=unit.now)
    with pytest.raises(ConflictError, match="answer-by-signing"):
        service.answer(unit.session, world.first, sent.id, version=sent.version, now=unit.now)


def test_only_a_station_sends_and_only_a_doctor_takes(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.take(unit.session, world.nurse, sent.id, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.send(unit.session, world.first, service.Sending(visit_id=world.base.visits[0]), now=unit.now)


def test_steps_hold_no_words_about_the_patient(unit: Unit, world: AnswerWorld) -> None:
    sent = world.send(unit.session, now=unit.now, wish="Nhìn như lao")
    service.take(unit.session, world.first, sent.id, now=unit.now)
    service.ask_back(
        unit.session, world.first, sent.id, text="Ho ra máu?", version=sent.version, now=unit.now
    )
    steps = unit.session.exec(select(AnswerStep)).all()
    assert [each.kind for each in steps] == ["sent", "taken", "question"]
    assert "lao" not in repr(steps)
    assert "máu" not in repr(steps)
    assert len(unit.session.exec(select(AnswerNote)).all()) == 2
