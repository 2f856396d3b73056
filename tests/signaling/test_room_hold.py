"""Hold, sharing, a part in the call that changes, and what the journal is told of lines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.from_client import HoldSet, MediaOffer, QualityReport, ShareSet, TrackSet
from signaling.from_server import (
    Admitted,
    HoldChanged,
    ParticipantChanged,
    QualityAdvised,
    ShareChanged,
)
from signaling.parts import Level, Role, Why
from signaling.ports import JotKind, Member, RoomFacts, RoomHeld, RoomShared
from signaling.roster import JOT_BURST
from tests.signaling.stage import DOCTOR, GUEST, PATIENT, ROOM_ID, STATION, Stage, admission, three_in_a_call

EVERYBODY = (DOCTOR, STATION, PATIENT)
INVITED = admission("invited", Role.GUEST, admitted=True)


def test_the_doctor_holds_and_goes_on_and_everybody_is_told() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(DOCTOR, HoldSet(held=True)) is None
    assert stage.ask(DOCTOR, HoldSet(held=True)) is None
    assert stage.ask(DOCTOR, HoldSet(held=False)) is None
    for who in EVERYBODY:
        assert [one.by for one in stage.told(who, HoldChanged)] == [DOCTOR.participant_id, None]
    by = DOCTOR.participant_id
    assert stage.kept == [RoomHeld(by, stage.now), RoomHeld(None, stage.now)]


def test_the_doctor_shares_and_stops_and_everybody_is_told() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(DOCTOR, ShareSet(shared=True)) is None
    assert stage.ask(DOCTOR, ShareSet(shared=False)) is None
    for who in EVERYBODY:
        assert [one.by for one in stage.told(who, ShareChanged)] == [DOCTOR.participant_id, None]
    assert stage.kept == [RoomShared(DOCTOR.participant_id, stage.now), RoomShared(None, stage.now)]


@pytest.mark.parametrize("message", [HoldSet(held=True), ShareSet(shared=True)])
def test_nobody_but_the_doctor_holds_or_shares(message: HoldSet | ShareSet) -> None:
    stage = three_in_a_call()
    stage.come(INVITED)
    stage.forget()
    for who in (STATION, PATIENT, INVITED):
        assert stage.ask(who, message) == "act-not-allowed"
    assert stage.kept == []


def test_who_comes_later_is_told_who_holds_and_shares() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.ask(DOCTOR, HoldSet(held=True))
    stage.ask(DOCTOR, ShareSet(shared=True))
    stage.come(STATION)
    told = stage.told(STATION, Admitted)[-1]
    assert (told.held_by, told.shared_by) == (DOCTOR.participant_id, DOCTOR.participant_id)
    stage.come(GUEST)
    assert stage.told(GUEST, Admitted) == []


def test_a_server_that_takes_over_knows_who_holds_and_shares() -> None:
    members = (Member(DOCTOR, 1, "hash"),)
    by = DOCTOR.participant_id
    stage = Stage(RoomFacts(ROOM_ID, 2, members, held_by=by, shared_by=by))
    stage.come(STATION)
    told = stage.told(STATION, Admitted)[-1]
    assert (told.held_by, told.shared_by) == (by, by)


def test_nobody_stays_on_hold_by_a_doctor_who_left() -> None:
    stage = three_in_a_call()
    stage.ask(DOCTOR, HoldSet(held=True))
    stage.ask(DOCTOR, ShareSet(shared=True))
    stage.drop(DOCTOR, on_purpose=True)
    assert stage.told(STATION, HoldChanged)[-1].by is None
    assert stage.told(STATION, ShareChanged)[-1].by is None


def test_a_doctor_who_lost_the_line_still_holds_until_the_place_lapses() -> None:
    stage = three_in_a_call()
    stage.ask(DOCTOR, HoldSet(held=True))
    stage.drop(DOCTOR)
    assert stage.told(STATION, HoldChanged)[-1].by == DOCTOR.participant_id
    stage.wait(120)
    assert stage.told(STATION, HoldChanged)[-1].by is None


def test_a_page_opened_anew_still_holds_but_shows_nothing() -> None:
    stage = three_in_a_call()
    stage.ask(DOCTOR, HoldSet(held=True))
    stage.ask(DOCTOR, ShareSet(shared=True))
    stage.come(DOCTOR)
    told = stage.told(DOCTOR, Admitted)[-1]
    assert (told.held_by, told.shared_by) == (DOCTOR.participant_id, None)


def hand_over(stage: Stage) -> None:
    """The facts say from now on that the guest is the doctor, and the doctor a guest."""
    now_guest = replace(DOCTOR, role=Role.GUEST, may_admit=False, may_end=False)
    now_doctor = replace(INVITED, role=Role.DOCTOR, may_admit=True, may_end=True)
    casts = {each.participant_id: each for each in (now_guest, now_doctor, STATION, PATIENT)}
    members = tuple(
        Member(replace(casts[one.id], admitted=True), one.order, one.resume_hash)
        for one in stage.room.people.values()
    )
    facts = RoomFacts(ROOM_ID, 1, members)
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))


def test_a_call_handed_over_changes_parts_and_loses_nobody() -> None:
    stage = three_in_a_call()
    stage.come(INVITED)
    stage.ask(DOCTOR, HoldSet(held=True))
    stage.forget()
    hand_over(stage)
    assert stage.told(INVITED, Admitted)[-1].role is Role.DOCTOR
    assert stage.told(DOCTOR, Admitted)[-1].may_admit is False
    roles = {one.participant.name: one.participant.role for one in stage.told(STATION, ParticipantChanged)}
    assert roles == {"doctor": Role.GUEST, "invited": Role.DOCTOR}
    assert stage.closed == {}
    assert stage.told(STATION, HoldChanged)[-1].by is None, "who is no doctor any more holds nobody"
    assert stage.ask(DOCTOR, HoldSet(held=True)) == "act-not-allowed"
    assert stage.ask(INVITED, HoldSet(held=True)) is None


def test_the_same_facts_again_tell_nobody_anything() -> None:
    stage = three_in_a_call()
    stage.come(INVITED)
    hand_over(stage)
    stage.forget()
    hand_over(stage)
    assert dict(stage.heard) == {}


def test_a_part_that_changed_while_the_line_was_down_is_told_on_return() -> None:
    stage = three_in_a_call()
    stage.drop(DOCTOR)
    stage.forget()
    stage.come_back(replace(DOCTOR, role=Role.GUEST, may_admit=False, may_end=False), last_seq=0)
    assert stage.told(DOCTOR, Admitted)[-1].role is Role.GUEST
    assert stage.told(STATION, ParticipantChanged)[-1].participant.role is Role.GUEST


def test_the_journal_is_told_of_lost_lines_and_returns_of_those_in_the_call() -> None:
    stage = three_in_a_call()
    stage.come(GUEST)
    for who in (STATION, GUEST):
        stage.drop(who)
    stage.come_back(STATION, last_seq=0)
    assert [(one.participant_id, one.kind) for one in stage.jotted] == [
        (STATION.participant_id, JotKind.LOST),
        (GUEST.participant_id, JotKind.AWAY),  # waits, and loses no call
        (STATION.participant_id, JotKind.RETURNED),
    ]
    assert {one.room_id for one in stage.jotted} == {ROOM_ID}


def test_the_journal_is_told_how_a_way_was_looked_for_anew() -> None:
    stage = three_in_a_call()
    for connection in ("k1", "k1", "k2"):
        stage.say(PATIENT, MediaOffer(to=DOCTOR.participant_id, connection=connection, sdp="v=0\r\n"))
    assert [one.kind for one in stage.jotted] == [JotKind.RESTARTED, JotKind.RENEWED]


def test_the_first_offer_to_a_page_opened_anew_mends_nothing() -> None:
    stage = three_in_a_call()
    stage.say(PATIENT, MediaOffer(to=DOCTOR.participant_id, connection="k1", sdp="v=0\r\n"))
    stage.come(DOCTOR)
    assert stage.ask(DOCTOR, MediaOffer(to=PATIENT.participant_id, connection="k2", sdp="v=0\r\n")) is None
    assert stage.jotted == []


def test_the_journal_is_told_of_steps_of_the_ladder_and_why() -> None:
    stage = three_in_a_call()
    doctor, patient = DOCTOR.participant_id, PATIENT.participant_id
    for _ in range(2):
        stage.say(STATION, QualityReport(to=doctor, level=Level.AUDIO, reason=Why.BANDWIDTH))
        stage.say(STATION, QualityReport(to=patient, level=Level.LOW, reason=Why.SHARED))
    assert [one.level for one in stage.told(DOCTOR, QualityAdvised)] == [Level.AUDIO, Level.LOW]
    assert [one.detail for one in stage.jotted] == ["audio:bandwidth:doctor"], "not of what is so by design"


def test_the_journal_is_told_that_a_page_opened_anew_gets_a_picture_again() -> None:
    stage = three_in_a_call()
    doctor = DOCTOR.participant_id
    stage.say(STATION, QualityReport(to=doctor, level=Level.AUDIO, reason=Why.BANDWIDTH))
    stage.come(DOCTOR)
    for _ in range(2):
        stage.say(STATION, QualityReport(to=doctor, level=Level.HIGH, reason=Why.RECOVERED))
    assert [one.detail for one in stage.jotted] == ["audio:bandwidth:doctor", "high:recovered:doctor"]


def test_the_journal_is_told_nothing_of_what_ends_with_a_call_of_three() -> None:
    stage = three_in_a_call()
    patient = PATIENT.participant_id
    stage.say(STATION, QualityReport(to=patient, level=Level.LOW, reason=Why.SHARED))
    stage.say(STATION, QualityReport(to=patient, level=Level.HIGH, reason=Why.RECOVERED))
    assert stage.jotted == []


def test_the_journal_is_told_that_a_picture_is_back_for_whatever_reason() -> None:
    stage = three_in_a_call()
    doctor = DOCTOR.participant_id
    stage.say(STATION, QualityReport(to=doctor, level=Level.PHONE, reason=Why.LOSS))
    stage.say(STATION, QualityReport(to=doctor, level=Level.LOW, reason=Why.SHARED))
    assert [one.detail for one in stage.jotted] == ["phone:loss:doctor", "low:shared:doctor"]


def test_the_journal_is_told_that_a_picture_came_back_while_no_server_was_there() -> None:
    stage = Stage(RoomFacts(ROOM_ID, epoch=2))
    for one in (DOCTOR, STATION):
        stage.come(one)
    for _ in range(2):
        stage.say(STATION, QualityReport(to=DOCTOR.participant_id, level=Level.HIGH, reason=Why.RECOVERED))
    assert [one.detail for one in stage.jotted] == ["high:recovered:doctor"]


def test_the_journal_is_told_what_reaches_whoever_took_a_call_over() -> None:
    stage = three_in_a_call()
    stage.come(INVITED)
    stage.say(STATION, QualityReport(to=INVITED.participant_id, level=Level.AUDIO, reason=Why.LOSS))
    hand_over(stage)
    assert [one.detail for one in stage.jotted] == ["audio:loss:guest", "audio:loss:doctor"]


def test_the_journal_is_told_of_cameras_and_of_nothing_else_that_is_switched() -> None:
    stage = three_in_a_call()
    for enabled in (False, False, True):
        stage.ask(STATION, TrackSet(kind="video", enabled=enabled))
        stage.ask(STATION, TrackSet(kind="audio", enabled=enabled))
    told = [(one.participant_id, one.kind, one.detail) for one in stage.jotted]
    station = STATION.participant_id
    assert told == [(station, JotKind.PICTURE, "off"), (station, JotKind.PICTURE, "on")]


def test_who_goes_to_and_fro_fills_no_journal() -> None:
    stage = three_in_a_call()
    for number in range(1_000):
        stage.say(PATIENT, TrackSet(kind="video", enabled=bool(number % 2)))
    assert len(stage.jotted) == JOT_BURST
    stage.say(STATION, TrackSet(kind="video", enabled=False))
    assert len(stage.jotted) == JOT_BURST + 1, "others are told of as before"
    stage.now += timedelta(minutes=1)
    stage.say(PATIENT, TrackSet(kind="video", enabled=False))
    assert len(stage.jotted) == JOT_BURST + 2


def test_the_journal_is_told_who_comes_in_or_comes_back_without_a_camera() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(STATION, video=False)
    assert [(one.participant_id, one.detail) for one in stage.jotted] == [(STATION.participant_id, "off")]
