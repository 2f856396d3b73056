"""Failing over, quiet hours, budgets, calls in time and wrong clocks, on both databases."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

import pytest

from telehealth.kit.ids import new_id
from telehealth.kit.policy import Policy
from telehealth.messaging.pacing import CHASE_AFTER, Budget
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Report, Traits
from telehealth.messaging.routing import CLOSES_AFTER
from telehealth.messaging.states import MessageState
from telehealth.patients.service import allow_messages
from tests.support.clock import FixedClock
from tests.telehealth.messaging.outbox import ObedientGateway, Outbox, PowerCutError


@pytest.fixture
def two(outbox: Outbox) -> Outbox:
    """An outbox with a second gateway."""
    outbox.others = [ObedientGateway("second")]
    return outbox


def busy(times: int = 1) -> list[GatewayError]:
    return [GatewayError(Fault.TEMPORARY, "busy")] * times


def taken_by(outbox: Outbox) -> tuple[int, int]:
    return len(outbox.gateway.taken), len(outbox.others[0].taken)


@pytest.mark.parametrize("fault", [Fault.TEMPORARY, Fault.PERMANENT, Fault.CONFIGURATION])
def test_a_refused_text_goes_by_the_second_gateway_at_once(two: Outbox, fault: Fault) -> None:
    two.gateway.faults = [GatewayError(fault, "refused")]
    message_id = two.queue()
    two.send()
    assert two.message(message_id).state == MessageState.SENT
    assert [each.gateway for each in two.tries()] == ["obedient", "second"]
    assert taken_by(two) == (0, 1)


def test_a_number_that_does_not_exist_is_not_tried_elsewhere(two: Outbox) -> None:
    two.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    message_id = two.queue()
    two.send()
    assert two.message(message_id).state == MessageState.FAILED
    assert taken_by(two) == (0, 0)


def test_a_lost_answer_never_goes_by_another_gateway(two: Outbox, clock: FixedClock) -> None:
    two.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout")]
    message_id = two.queue()
    two.send()
    for _ in range(5):
        clock.advance(seconds=61)
        two.send()
    assert two.message(message_id).state == MessageState.UNKNOWN
    assert taken_by(two) == (0, 0)


def test_a_vendor_that_cannot_be_asked_is_given_the_same_reference_again(
    outbox: Outbox, clock: FixedClock
) -> None:
    outbox.gateway.traits = Traits(reports=True, repeats_within=timedelta(minutes=30))
    outbox.gateway.dies = ""
    outbox.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout")]
    message_id = outbox.queue()
    outbox.send()
    clock.advance(seconds=16)
    outbox.read_reports()
    outbox.send()
    assert outbox.message(message_id).state == MessageState.SENT
    assert outbox.gateway.calls == 2
    assert list(outbox.gateway.taken) == [message_id]


def test_a_repetition_that_is_refused_leaves_it_unknown_and_somebody_phones(
    two: Outbox, clock: FixedClock
) -> None:
    two.gateway.traits = Traits(reports=True, repeats_within=timedelta(minutes=30))
    two.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout"), *busy()]
    message_id = two.queue()
    two.send()
    clock.advance(seconds=16)
    two.read_reports()
    two.send()
    assert two.message(message_id).state == MessageState.UNKNOWN
    assert taken_by(two) == (0, 0)
    clock.advance(hours=1, minutes=45)
    two.chase()
    assert [event.reason for event in two.undelivered] == ["not-in-time"]


def test_where_repeating_would_be_a_second_text_it_is_left_unknown(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway.traits = Traits()
    outbox.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout")]
    message_id = outbox.queue()
    outbox.send()
    for _ in range(9):
        clock.advance(minutes=5)
        outbox.read_reports()
        outbox.send()
    assert outbox.message(message_id).state == MessageState.UNKNOWN
    assert outbox.gateway.calls == 1


def test_a_gateway_that_fails_is_left_alone_and_tried_again_with_one_text(
    two: Outbox, clock: FixedClock
) -> None:
    two.gateway.faults = busy(99)
    for _ in range(40):
        two.queue()
    two.send()
    failed = two.gateway.calls
    assert CLOSES_AFTER <= failed < 40
    assert set(two.states()) == {MessageState.SENT}
    for _ in range(10):
        two.queue()
    two.send()
    assert two.gateway.calls == failed
    clock.advance(seconds=31)
    for _ in range(5):
        two.queue()
    two.send()
    assert two.gateway.calls == failed + 1
    two.gateway.faults.clear()
    clock.advance(minutes=6)
    two.queue()
    two.send()
    assert two.gateway.calls == failed + 2


@pytest.mark.parametrize("fault", [Fault.UNKNOWN, Fault.TEMPORARY])
def test_a_station_that_sends_now_and_then_fails_over_as_well(
    two: Outbox, clock: FixedClock, fault: Fault
) -> None:
    """A text every two minutes, for two hours of an outage: most go by the second gateway all the same."""
    two.sender = replace(two.sender, budget=Budget(1_000, 1_000))
    two.gateway.faults = [GatewayError(fault, "http-502")] * 999
    for _ in range(60):
        two.queue()
        two.send()
        clock.advance(minutes=2)
    assert len(two.others[0].taken) >= 40
    assert two.gateway.calls <= 20
    two.gateway.faults.clear()
    clock.advance(minutes=10)
    two.queue()
    two.send()
    assert two.gateway.taken, "it is noticed when it works again"


def test_with_no_gateway_open_messages_wait_and_cost_no_tries(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway.faults = [GatewayError(Fault.CONFIGURATION, "no-credit")] * 99
    for _ in range(40):
        outbox.queue(not_after_at=clock.now() + timedelta(days=2))
    for _ in range(20):
        outbox.send()
        clock.advance(minutes=1)
    assert set(outbox.states()) == {MessageState.QUEUED}
    assert outbox.gateway.calls < 60
    outbox.gateway.faults.clear()
    for _ in range(20):
        outbox.send()
        clock.advance(minutes=1)
    assert set(outbox.states()) == {MessageState.SENT}


def at_night(outbox: Outbox, clock: FixedClock) -> None:
    """Let it be ten in the evening, with the night quiet."""
    outbox.database.policy = Policy(quiet=(time(21), time(7)))
    clock.advance(hours=14)


def test_nothing_goes_at_night_but_what_is_urgent(outbox: Outbox, clock: FixedClock) -> None:
    at_night(outbox, clock)
    waits = outbox.queue(not_after_at=clock.now() + timedelta(days=2))
    urgent = outbox.queue(is_urgent=True)
    outbox.send()
    assert outbox.message(waits).state == MessageState.QUEUED
    assert outbox.message(urgent).state == MessageState.SENT
    clock.advance(hours=9)
    outbox.send()
    assert outbox.message(waits).state == MessageState.SENT


def test_what_the_night_would_make_too_late_is_phoned(outbox: Outbox, clock: FixedClock) -> None:
    at_night(outbox, clock)
    outbox.queue(not_after_at=clock.now() + timedelta(hours=8))
    outbox.chase()
    assert [event.reason for event in outbox.undelivered] == ["not-in-time"]


def test_too_many_texts_to_one_number_become_a_call(outbox: Outbox, clock: FixedClock) -> None:
    outbox.sender = replace(outbox.sender, budget=Budget(3, 100))
    ids = [outbox.queue() for _ in range(5)]
    urgent = outbox.queue(is_urgent=True)
    other = outbox.queue(template="next_visit", params={**PARAMS, "link": "x"})
    outbox.send()
    states = [outbox.message(each).state for each in ids]
    assert sorted(states) == ["sent", "sent", "sent", "skipped", "skipped"]
    assert outbox.message(urgent).state == outbox.message(other).state == MessageState.SENT
    assert [event.reason for event in outbox.undelivered] == ["over-budget"] * 2
    clock.advance(hours=25)
    later = outbox.queue()
    outbox.send()
    assert outbox.message(later).state == MessageState.SENT


PARAMS = {"facility": "TYT Phu Thong", "date": "25/11", "time": "08:30", "phone": ""}


def test_a_facility_has_a_budget_for_the_day(outbox: Outbox, clock: FixedClock) -> None:
    outbox.sender = replace(outbox.sender, budget=Budget(100, 2))
    for _ in range(4):
        outbox.queue()
    outbox.send()
    assert sorted(outbox.states()) == ["sent", "sent", "skipped", "skipped"]
    clock.advance(hours=17)  # one in the morning: another day there, not yet in UTC
    message_id = outbox.queue()
    outbox.send()
    assert outbox.message(message_id).state == MessageState.SENT


def test_parts_and_cost_are_counted_before_it_goes_and_taken_back_when_refused(two: Outbox) -> None:
    two.sender = replace(two.sender, prices={"obedient": 850, "second": 400})
    two.gateway.faults = busy()
    message = two.message(two.queue())
    assert (message.parts, message.cost) == (0, 0)
    two.send()
    message = two.message(message.id)
    assert (message.encoding, message.parts, message.cost) == ("GSM-7", 1, 400)
    assert [(each.parts, each.cost) for each in two.tries()] == [(1, 850), (1, 400)]


def test_a_withdrawn_consent_stops_what_is_queued(outbox: Outbox) -> None:
    message_id = outbox.queue()
    with outbox.database.write() as unit:
        allow_messages(unit.session, outbox.patient_id, is_allowed=False, now=unit.now)
    outbox.send()
    message = outbox.message(message_id)
    assert (message.state, message.reason) == (MessageState.SKIPPED, "no-contact")
    assert outbox.gateway.calls == 0


def test_without_a_report_somebody_phones_and_a_late_report_makes_it_needless(
    outbox: Outbox, clock: FixedClock
) -> None:
    message_id = outbox.queue(not_after_at=clock.now() + timedelta(days=5))
    outbox.send()
    assert outbox.chase() == 0
    clock.advance(hours=CHASE_AFTER / timedelta(hours=1))
    assert outbox.chase() == 1
    assert outbox.chase() == 0
    assert [event.message_id for event in outbox.undelivered] == [message_id]
    outbox.report(message_id, Outcome.DELIVERED)
    outbox.read_reports()
    assert [event.message_id for event in outbox.delivered] == [message_id]


def test_a_text_nobody_can_look_up_stops_no_other_call(outbox: Outbox, clock: FixedClock) -> None:
    odd, plain = (outbox.queue(not_after_at=clock.now() + timedelta(days=5)) for _ in range(2))
    outbox.send()
    del outbox.versions[outbox.message(odd).subject_id]
    clock.advance(hours=CHASE_AFTER / timedelta(hours=1))
    assert outbox.chase() == 1
    assert [event.message_id for event in outbox.undelivered] == [plain]


@pytest.mark.parametrize("why", ["delivered", "changed", "no reports"])
def test_nobody_phones_without_need(outbox: Outbox, clock: FixedClock, why: str) -> None:
    if why == "no reports":
        outbox.gateway.traits = Traits(can_find=True)
    message_id = outbox.queue(not_after_at=clock.now() + timedelta(days=5))
    outbox.send()
    if why == "delivered":
        outbox.report(message_id, Outcome.DELIVERED)
        outbox.read_reports()
    if why == "changed":
        outbox.versions[outbox.message(message_id).subject_id] += 1
    clock.advance(days=2)
    outbox.chase()
    assert outbox.undelivered == []


@pytest.mark.parametrize("jump", [-24.0, -1.0, 1.0, 24.0])
def test_a_clock_that_jumps_loses_nothing_and_sends_nothing_twice(
    outbox: Outbox, clock: FixedClock, jump: float
) -> None:
    late = clock.now() + timedelta(days=9)
    outbox.gateway.faults = busy()
    queued = [outbox.queue(not_after_at=late)]
    outbox.send()  # one is put off by its retry
    queued.append(outbox.queue(not_after_at=late))
    outbox.gateway.dies = "after"
    with pytest.raises(PowerCutError):
        outbox.send()  # one is leased by a worker that died
    outbox.gateway.dies = ""
    queued.append(outbox.queue(not_after_at=late))
    clock.advance(hours=jump)
    for _ in range(12):
        outbox.send()
        clock.advance(seconds=31)
        outbox.read_reports()
    assert set(outbox.states()) == {MessageState.SENT}
    assert set(outbox.gateway.taken) == set(queued)


def test_a_report_is_found_by_our_reference_where_the_answer_was_lost(outbox: Outbox) -> None:
    outbox.gateway.faults = [GatewayError(Fault.UNKNOWN, "timeout")]
    message_id: UUID = outbox.queue()
    outbox.send()
    now = outbox.clock.now()
    outbox.gateway.waiting = [
        Report("theirs", Outcome.DELIVERED, now, reference=message_id),
        Report("nobodys", Outcome.DELIVERED, now, reference=new_id()),
    ]
    outbox.read_reports()
    assert outbox.message(message_id).state == MessageState.DELIVERED
