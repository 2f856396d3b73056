"""Sending: once, only what still holds, and never losing track when the process dies."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database
from telehealth.messaging import queries, service
from telehealth.messaging.jobs import AT_ONCE, KEPT_FREE
from telehealth.messaging.models import Delivery, OutboxMessage, OutboxMessageHistory
from telehealth.messaging.ports import Claimed, Fault, GatewayError, Outcome, Outgoing, one_by_one
from telehealth.messaging.states import MessageState
from tests.support.clock import FixedClock
from tests.support.processes import wait_until
from tests.support.world import make_member, make_patient
from tests.telehealth.messaging.outbox import SENDER, Outbox, PowerCutError


def test_a_queued_message_is_sent_and_delivered(outbox: Outbox) -> None:
    message_id = outbox.queue()
    assert outbox.send() == 1
    sent = outbox.gateway.taken[message_id]
    assert sent.to == "+84868123456"
    assert sent.text.startswith("TYT: Lich kham 08:30 ngay 25/11 tai TYT Phu Thong da huy.")
    assert outbox.message(message_id).state == MessageState.SENT
    outbox.report(message_id, Outcome.DELIVERED)
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.DELIVERED
    with outbox.database.read() as unit:
        steps = [each.to_state for each in unit.session.exec(select(OutboxMessageHistory))]
    assert steps == ["leased", "sent", "delivered"]


def test_the_number_is_sealed_in_the_row(outbox: Outbox) -> None:
    message = outbox.message(outbox.queue())
    assert message.phone_masked == "0868 ••• 456"
    assert b"868123456" not in (message.phone_sealed or b"")


def test_the_same_key_is_queued_once(outbox: Outbox) -> None:
    assert outbox.queue(dedupe_key="once") == outbox.queue(dedupe_key="once")


def test_a_message_waits_until_it_is_due(outbox: Outbox, clock: FixedClock) -> None:
    outbox.queue(due_at=clock.now() + timedelta(minutes=5))
    assert outbox.send() == 0
    clock.advance(minutes=5)
    assert outbox.send() == 1


def test_nothing_is_sent_that_is_no_longer_true(outbox: Outbox) -> None:
    message_id = outbox.queue()
    outbox.versions[outbox.message(message_id).subject_id] = 2
    outbox.send()
    message = outbox.message(message_id)
    assert (message.state, message.reason) == (MessageState.SKIPPED, "no-longer-true")
    assert outbox.gateway.calls == 0
    assert outbox.undelivered == []


def test_what_came_too_late_is_told_to_a_person(outbox: Outbox, clock: FixedClock) -> None:
    message_id = outbox.queue()
    clock.advance(hours=3)
    outbox.send()
    message = outbox.message(message_id)
    assert (message.state, message.reason) == (MessageState.SKIPPED, "too-late")
    assert [event.message_id for event in outbox.undelivered] == [message_id]


@pytest.mark.parametrize("phone", [None, "0209 3850 123"])
def test_without_a_phone_that_takes_texts_the_log_says_so(outbox: Outbox, phone: str | None) -> None:
    with outbox.database.write() as unit:
        nurse = make_member(unit.session)
        patient_id = make_patient(unit.session, nurse, full_name="Triệu Văn Bảo", phone=phone).id
    message = outbox.message(outbox.queue(patient_id=patient_id))
    assert message.state == MessageState.SKIPPED
    assert message.reason == ("not-textable" if phone else "no-contact")


def test_a_passing_fault_is_tried_again_after_a_while(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway.faults = [GatewayError(Fault.TEMPORARY, "busy")] * 2
    message_id = outbox.queue()
    outbox.send()
    assert outbox.send() == 0
    clock.advance(seconds=30)
    outbox.send()
    clock.advance(seconds=119)
    assert outbox.send() == 0
    clock.advance(seconds=1)
    outbox.send()
    message = outbox.message(message_id)
    assert (message.state, message.attempts) == (MessageState.SENT, 3)


def test_tries_used_up_become_a_task(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway.faults = [GatewayError(Fault.TEMPORARY, "busy")] * 9
    message_id = outbox.queue()
    for _ in range(6):
        outbox.send()
        clock.advance(minutes=6)
    message = outbox.message(message_id)
    assert (message.state, message.attempts) == (MessageState.FAILED, 4)
    assert [event.reason for event in outbox.undelivered] == ["busy"]


def test_a_final_refusal_is_not_repeated(outbox: Outbox) -> None:
    outbox.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    message_id = outbox.queue()
    outbox.send()
    assert outbox.message(message_id).state == MessageState.FAILED
    assert [event.reason for event in outbox.undelivered] == ["no-such-number"]


def test_a_lost_answer_is_asked_about_not_repeated(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout")]
    message_id = outbox.queue()
    outbox.send()
    assert outbox.message(message_id).state == MessageState.UNKNOWN
    assert outbox.send() == 0
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.UNKNOWN
    clock.advance(seconds=16)
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.QUEUED


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_crash_while_sending_sends_once(outbox: Outbox, clock: FixedClock, dies: str) -> None:
    message_id = outbox.queue()
    outbox.gateway.dies = dies
    with pytest.raises(PowerCutError):
        outbox.send()
    outbox.gateway.dies = ""
    assert outbox.send() == 0
    clock.advance(seconds=61)
    outbox.send()
    assert outbox.message(message_id).state == MessageState.UNKNOWN
    clock.advance(seconds=16)
    outbox.read_reports()
    clock.advance(seconds=31)
    outbox.send()
    assert outbox.message(message_id).state == MessageState.SENT
    assert list(outbox.gateway.taken) == [message_id]


def test_an_answer_that_comes_after_the_lease_puts_the_message_right(
    outbox: Outbox, clock: FixedClock
) -> None:
    message_id = outbox.queue()
    with outbox.database.write() as unit:
        health = queries.measure_health(unit.session, ["obedient"], now=unit.now)
        checkers = {"thing": one_by_one(outbox.still_true)}
        [prepared], _ = service.take_due(unit.session, SENDER, health, checkers, now=unit.now, limit=5)
    clock.advance(seconds=61)
    outbox.send()
    assert outbox.message(message_id).state == MessageState.UNKNOWN
    with outbox.database.write() as unit:
        accepted = [(prepared.attempt_id, "late", outbox.gateway.traits)]
        service.record_all_accepted(unit.session, accepted, checkers, now=unit.now)
    assert outbox.message(message_id).state == MessageState.SENT
    assert outbox.gateway.calls == 0


def test_reports_come_early_twice_late_and_about_strangers(outbox: Outbox, clock: FixedClock) -> None:
    message_id = outbox.queue()
    outbox.report(message_id, Outcome.UNDELIVERED)
    outbox.report(message_id, Outcome.UNDELIVERED)
    outbox.report(outbox.facility_id, Outcome.DELIVERED)
    outbox.read_reports()
    outbox.send()
    assert outbox.message(message_id).state == MessageState.FAILED
    assert len(outbox.undelivered) == 1
    outbox.report(message_id, Outcome.DELIVERED)
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.DELIVERED
    outbox.report(message_id, Outcome.UNDELIVERED)
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.DELIVERED


def test_two_workers_send_each_message_once(outbox: Outbox) -> None:
    for _ in range(30):
        outbox.queue()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            outbox.send()
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    outbox.send()
    assert failed == []
    assert outbox.gateway.calls == 30
    assert set(outbox.states()) == {MessageState.SENT}
    with outbox.database.read() as unit:
        assert {each.number for each in unit.session.exec(select(Delivery))} == {1}


def test_numbers_are_sealed_again_after_a_rotation(outbox: Outbox) -> None:
    message_id = outbox.queue()
    old: Keyring = outbox.database.keyring
    new = old.rotated()
    with outbox.database.write() as unit:
        assert service.reseal(unit.session, new, 10) == 1
        assert service.reseal(unit.session, new, 10) == 0
        row = unit.session.get_one(OutboxMessage, message_id)
        sealed = row.phone_sealed or b""
    assert new.is_current(sealed)
    assert not old.is_current(sealed)


def test_a_patient_who_wants_no_texts_gets_none(database: Database) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse, no_sms=True)
        wanted = service.Wanted(
            template="appointment_cancelled",
            params={"facility": "TYT", "date": "25/11", "time": "08:30"},
            facility_id=nurse.here,
            patient_id=patient.id,
            dedupe_key="x",
            subject_kind="thing",
            subject_id=patient.id,
            subject_version=1,
            due_at=unit.now,
            not_after_at=unit.now + timedelta(hours=1),
        )
        message = service.queue_message(unit.session, wanted, now=unit.now)
        assert (message.state, message.reason) == (MessageState.SKIPPED, "no-contact")


def test_a_message_that_cannot_be_read_holds_up_no_other_and_becomes_a_call(outbox: Outbox) -> None:
    broken, sound = outbox.queue(), outbox.queue()
    subject = outbox.message(broken).subject_id
    checker = outbox.still_true

    def still_true(session: Session, claimed: Claimed, now: datetime) -> bool:
        if claimed.subject_id == subject:
            raise ValueError("a row nobody foresaw")
        return checker(session, claimed, now)

    outbox.still_true = still_true  # type: ignore[method-assign]
    outbox.send()
    assert outbox.message(sound).state == MessageState.SENT
    message = outbox.message(broken)
    assert (message.state, message.reason) == (MessageState.SKIPPED, "unreadable")
    assert [event.message_id for event in outbox.undelivered] == [broken]
    assert broken not in outbox.gateway.taken


@pytest.mark.parametrize("others", [1, AT_ONCE + 2])
def test_a_gateway_that_does_not_answer_holds_up_no_code_somebody_waits_for(
    outbox: Outbox, others: int
) -> None:
    stuck, lets_go = {outbox.queue() for _ in range(others)}, threading.Event()
    held = min(others, AT_ONCE - KEPT_FREE)
    take = outbox.gateway.send

    def send(outgoing: Outgoing, *, now: datetime) -> str:
        if outgoing.reference in stuck:
            assert lets_go.wait(30)
        return take(outgoing, now=now)

    outbox.gateway.send = send  # type: ignore[method-assign]
    working = threading.Thread(target=outbox.send)
    working.start()
    try:
        wait_until(lambda: outbox.states().count(MessageState.LEASED) == held, what="a full worker")
        code = outbox.queue(is_urgent=True)
        wait_until(lambda: outbox.message(code).state == MessageState.SENT, what="the code")
        assert outbox.states().count(MessageState.LEASED) == held
    finally:
        lets_go.set()
        working.join()
    assert outbox.states() == ["sent"] * (others + 1)
