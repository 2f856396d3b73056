"""How often a call may ring whom, and who can be asked for what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.calls.ringing import (
    AGAIN_AFTER,
    LINK_AGAIN_AFTER,
    MOST_LINKS,
    Colleague,
    RingPurpose,
    RingWhom,
    may_be_asked,
    wait_before,
)
from tests.support.clock import MONDAY_MORNING as NOW


@dataclass(frozen=True)
class Rung:
    """An earlier ring."""

    whom: str
    rung_at: datetime


def ago(seconds: float, whom: RingWhom = RingWhom.STATION) -> Rung:
    return Rung(whom, NOW - timedelta(seconds=seconds))


def test_the_first_ring_waits_for_nothing_and_others_do_not_count() -> None:
    assert wait_before(RingWhom.STATION, [], now=NOW) == timedelta()
    assert wait_before(RingWhom.STATION, [ago(1, RingWhom.DOCTOR)], now=NOW) == timedelta()


@pytest.mark.parametrize(
    ("whom", "pause"), [(RingWhom.STATION, AGAIN_AFTER), (RingWhom.PATIENT, LINK_AGAIN_AFTER)]
)
def test_the_next_one_has_its_pause(whom: RingWhom, pause: timedelta) -> None:
    assert wait_before(whom, [ago(10, whom)], now=NOW) == pause - timedelta(seconds=10)
    assert wait_before(whom, [ago(pause.total_seconds(), whom)], now=NOW) == timedelta()


def test_a_patient_gets_so_many_texts_and_no_more() -> None:
    sent = [ago(600 * number, RingWhom.PATIENT) for number in range(1, MOST_LINKS + 1)]
    assert wait_before(RingWhom.PATIENT, sent[:-1], now=NOW) == timedelta()
    assert wait_before(RingWhom.PATIENT, sent, now=NOW) is None


@given(st.lists(st.floats(0, 900), max_size=6))
def test_a_pause_is_never_negative_nor_longer_than_it_is(rings: list[float]) -> None:
    wait = wait_before(RingWhom.STATION, [ago(each) for each in rings], now=NOW)
    assert wait is not None
    assert timedelta() <= wait <= AGAIN_AFTER


def test_only_doctors_advise_and_take_over_and_whoever_is_free_comes_first() -> None:
    nurse = Colleague(UUID(int=1), "ĐD. A", "Trạm")
    doctor = Colleague(UUID(int=2), "BS. B", "Viện", is_doctor=True)
    on_duty = Colleague(UUID(int=3), "BS. C", "Viện", is_doctor=True, is_on_duty=True)
    busy = Colleague(UUID(int=4), "BS. D", "Viện", is_doctor=True, is_on_duty=True, is_in_call=True)
    assert sorted([busy, nurse, doctor, on_duty], key=lambda one: one.rank) == [on_duty, doctor, nurse, busy]
    for purpose in (RingPurpose.COLLEAGUE, RingPurpose.HAND_OVER):
        assert may_be_asked(doctor, purpose)
        assert not may_be_asked(nurse, purpose)
    assert may_be_asked(nurse, RingPurpose.INTERPRETER)
