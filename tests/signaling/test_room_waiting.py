"""What those who wait are told of their wait, and what tells nothing of the call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.errors import Code
from signaling.from_client import ParticipantAdmit
from signaling.from_server import (
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Refused,
    WaitChanged,
    Waiting,
)
from signaling.parts import CloseCode, DoctorState, LeaveReason, Presence
from signaling.ports import Admission, JotKind, MemberJoined, Notice, Outlook, RoomFacts
from tests.signaling.stage import DOCTOR, PATIENT, ROOM_ID, STATION, Stage
from tests.support.clock import MONDAY_MORNING

BUSY = Outlook(ahead=2, minutes=25, is_busy=True)


def latest(stage: Stage, who: Admission = PATIENT) -> WaitChanged:
    return stage.told(who, WaitChanged)[-1]


def test_place_and_expected_wait_are_told_once_each_time_they_change() -> None:
    stage = Stage()
    stage.come(PATIENT)
    assert (latest(stage).place, latest(stage).minutes) == (1, None)
    for outlook in (BUSY, BUSY, replace(BUSY, ahead=1, minutes=12)):
        stage.play(stage.room.look_ahead(outlook))
    assert [(one.place, one.minutes) for one in stage.told(PATIENT, WaitChanged)] == [
        (1, None),
        (3, 25),
        (2, 12),
    ]
    assert all(one.seq is None for one in stage.told(PATIENT, WaitChanged))


def test_the_doctor_is_away_busy_or_here() -> None:
    stage = Stage()
    stage.come(PATIENT)
    assert latest(stage).doctor is DoctorState.AWAY
    stage.play(stage.room.look_ahead(BUSY))
    assert latest(stage).doctor is DoctorState.BUSY
    stage.come(DOCTOR)
    assert latest(stage).doctor is DoctorState.HERE
    stage.drop(DOCTOR)
    assert latest(stage).doctor is DoctorState.BUSY


def test_the_station_waits_for_the_doctor_too_and_no_longer_once_they_are_here() -> None:
    stage = Stage()
    stage.come(STATION)
    stage.play(stage.room.look_ahead(BUSY))
    assert latest(stage, STATION).minutes == 25
    stage.come(DOCTOR)
    stage.forget()
    stage.play(stage.room.look_ahead(replace(BUSY, minutes=5)))
    assert not stage.told(STATION, WaitChanged)
    assert not stage.told(DOCTOR, WaitChanged)


def test_a_word_of_the_doctor_reaches_who_waits() -> None:
    stage = Stage()
    stage.come(PATIENT)
    stage.play(stage.room.look_ahead(Outlook(minutes=5, notice=Notice(5, stage.now))))
    notice = latest(stage).notice
    assert notice is not None
    assert (notice.minutes, notice.at) == (5, MONDAY_MORNING)


def test_who_comes_back_is_told_again_and_who_was_let_in_no_more() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(PATIENT)
    stage.play(stage.room.look_ahead(BUSY))
    stage.drop(PATIENT)
    stage.forget()
    stage.come_back(PATIENT, last_seq=0)
    welcome, wait = stage.heard[PATIENT.participant_id]
    assert isinstance(welcome, Waiting)
    assert (welcome.place, latest(stage)) == (3, wait)
    stage.ask(DOCTOR, ParticipantAdmit(participant=PATIENT.participant_id))
    stage.forget()
    stage.play(stage.room.look_ahead(replace(BUSY, minutes=1)))
    assert not stage.heard[PATIENT.participant_id]


@pytest.mark.parametrize("who", [PATIENT, STATION])
def test_a_call_put_to_another_time_is_told_as_such(who: Admission) -> None:
    stage = Stage()
    stage.come(DOCTOR)
    socket = stage.come(who)
    known = stage.room.orders()
    facts = RoomFacts(ROOM_ID, epoch=1, left={who.participant_id: LeaveReason.MOVED})
    facts = replace(facts, members=())
    stage.play(stage.room.refresh(facts, known, stage.now + timedelta(seconds=1)))
    refused = stage.told(who, Refused)[-1]
    assert (refused.code, refused.retry) == (Code.CALL_MOVED, False)
    assert stage.closed[socket] is CloseCode.REMOVED
    assert not [one for one in stage.told(DOCTOR, ParticipantLeft) if one.reason is LeaveReason.REVOKED]


def test_an_outlook_for_a_call_that_is_over_tells_nobody() -> None:
    stage = Stage()
    stage.come(PATIENT)
    stage.room.abandon(Code.ROOM_MOVED, CloseCode.RESTART)
    assert stage.room.look_ahead(BUSY) == []


def test_who_waits_and_loads_the_page_again_goes_on_knocking_and_knocks_no_second_time() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    old = stage.come(PATIENT, video=False)
    for is_cut_before in (False, True):
        if is_cut_before:
            stage.drop(PATIENT)
        stage.forget()
        new = stage.come(PATIENT, video=False)
        assert [type(one) for one in stage.heard[DOCTOR.participant_id]] == [ParticipantChanged]
        assert stage.told(DOCTOR, ParticipantChanged)[-1].participant.state is Presence.WAITING
        (kept,) = stage.kept
        assert isinstance(kept, MemberJoined)
        assert kept.is_same_knock
        assert is_cut_before or stage.closed[old] is CloseCode.TAKEN_OVER
        old = new
    assert [one.detail for one in stage.jotted if one.kind is JotKind.PICTURE] == ["off"]
    stage.drop(PATIENT, on_purpose=True)
    stage.forget()
    stage.come(PATIENT)
    assert stage.told(DOCTOR, ParticipantJoined), "who left and comes again knocks again"
    (kept,) = stage.kept
    assert isinstance(kept, MemberJoined)
    assert not kept.is_same_knock
