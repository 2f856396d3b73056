"""Coming in, waiting, being let in or not: who is told what."""

import pytest

from signaling.errors import Code, SignalingError
from signaling.from_client import CallEnd, ChatSend, MediaOffer, ParticipantAdmit, ParticipantRemove, Ping
from signaling.from_server import (
    Admitted,
    CallEnded,
    Error,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Pong,
    Refused,
    WaitChanged,
    Waiting,
)
from signaling.parts import CloseCode, EndReason, LeaveReason, Presence, Role
from signaling.ports import MemberAdmitted, MemberJoined, MemberLeft, RoomEnded
from tests.signaling.stage import (
    CAMERA,
    DOCTOR,
    GUEST,
    PATIENT,
    STATION,
    Stage,
    admission,
    three_in_a_call,
)


def test_doctor_comes_straight_into_the_call() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    welcome, admitted = stage.heard[DOCTOR.participant_id]
    assert isinstance(welcome, Waiting)
    assert isinstance(admitted, Admitted)
    assert (welcome.place, welcome.seq, admitted.seq) == (0, None, 1)
    assert admitted.may_admit
    assert admitted.ice_servers[0].username is not None


def test_patient_waits_and_is_told_nothing_of_the_call() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(STATION)
    stage.come(PATIENT)
    welcome, wait = stage.heard[PATIENT.participant_id]
    assert isinstance(welcome, Waiting)
    assert isinstance(wait, WaitChanged)
    assert (welcome.place, wait.place) == (1, 1)
    frames = "".join(stage.frames[PATIENT.participant_id])
    ids = (str(DOCTOR.participant_id), str(STATION.participant_id))
    for secret in (*ids, "station", "turn:", "relay"):
        assert secret not in frames


def test_doctor_and_station_see_the_knock_a_guest_does_not() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(GUEST)
    stage.ask(DOCTOR, ParticipantAdmit(participant=GUEST.participant_id))
    stage.forget()
    stage.come(PATIENT)
    (knock,) = stage.told(DOCTOR, ParticipantJoined)
    assert knock.participant.state is Presence.WAITING
    assert not stage.heard[GUEST.participant_id]


def test_one_who_comes_late_learns_who_waits_only_if_they_may_admit() -> None:
    stage = Stage()
    stage.come(PATIENT)
    stage.come(DOCTOR)
    guest = admission("guest", Role.GUEST, admitted=True)
    stage.come(guest)
    assert stage.peers(DOCTOR)["patient"].state is Presence.WAITING
    assert set(stage.peers(guest)) == {"doctor"}


def test_being_let_in() -> None:
    stage = three_in_a_call()
    (admitted,) = stage.told(PATIENT, Admitted)
    assert {peer.name for peer in admitted.participants} == {"doctor", "station"}
    assert not admitted.may_admit
    (changed,) = stage.told(STATION, ParticipantChanged)
    assert changed.participant.state is Presence.PRESENT
    assert [type(one) for one in stage.kept][-1] is MemberAdmitted


def test_letting_in_twice_is_done_once() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(STATION, ParticipantAdmit(participant=PATIENT.participant_id)) is None
    assert not stage.kept
    assert not stage.heard[PATIENT.participant_id]


def test_a_patient_can_let_nobody_in() -> None:
    stage = three_in_a_call()
    stage.come(GUEST)
    refusal = stage.ask(PATIENT, ParticipantAdmit(participant=GUEST.participant_id))
    assert refusal == Code.ACT_NOT_ALLOWED
    assert not stage.told(GUEST, Admitted)


def test_nobody_unknown_is_let_in() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    refusal = stage.ask(DOCTOR, ParticipantAdmit(participant=PATIENT.participant_id))
    assert refusal == Code.PARTICIPANT_UNKNOWN


def test_who_waits_may_do_nothing_but_ping() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(PATIENT)
    offer = MediaOffer(to=DOCTOR.participant_id, connection="k1", sdp="v=0")
    chat = ChatSend(id=PATIENT.participant_id, text="alo")
    for message in (offer, chat, CallEnd(), ParticipantAdmit(participant=PATIENT.participant_id)):
        assert stage.ask(PATIENT, message) == Code.NOT_ADMITTED
    stage.say(PATIENT, Ping(ref=99))
    assert stage.told(PATIENT, Pong)[-1] == Pong(reply_to=99, heartbeat_seconds=25)
    assert not stage.room.chat
    assert all(error.seq is None for error in stage.told(PATIENT, Error))


def test_turned_away_from_the_waiting_room() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    socket = stage.come(PATIENT)
    assert stage.ask(DOCTOR, ParticipantRemove(participant=PATIENT.participant_id)) is None
    assert stage.told(PATIENT, Refused)[-1].code is Code.REMOVED_FROM_ROOM
    assert stage.closed[socket] is CloseCode.REMOVED
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.DECLINED


def test_removed_from_the_call() -> None:
    stage = three_in_a_call()
    assert stage.ask(STATION, ParticipantRemove(participant=PATIENT.participant_id)) is None
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.REMOVED
    left = stage.kept[-1]
    assert isinstance(left, MemberLeft)
    assert left.by == STATION.participant_id


def test_station_cannot_remove_the_doctor() -> None:
    stage = three_in_a_call()
    refusal = stage.ask(STATION, ParticipantRemove(participant=DOCTOR.participant_id))
    assert refusal == Code.ACT_NOT_ALLOWED


def test_the_room_holds_four_and_four_who_wait() -> None:
    stage = Stage()
    doctors = [admission(f"doctor{n}", Role.DOCTOR) for n in range(5)]
    for doctor in doctors[:4]:
        stage.come(doctor)
    with pytest.raises(SignalingError) as refusal:
        stage.come(doctors[4])
    assert refusal.value.signal_code is Code.ROOM_FULL
    guests = [admission(f"guest{n}", Role.GUEST) for n in range(5)]
    for guest in guests[:4]:
        stage.come(guest)
    with pytest.raises(SignalingError):
        stage.come(guests[4])
    refused = stage.ask(doctors[0], ParticipantAdmit(participant=guests[0].participant_id))
    assert refused == Code.ROOM_FULL


def test_a_page_loaded_again_takes_the_seat_over() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    old = stage.come(STATION)
    stage.forget()
    stage.come(STATION)
    assert stage.closed[old] is CloseCode.TAKEN_OVER
    assert stage.told(STATION, Refused)[0].code is Code.SEAT_TAKEN_OVER
    (left,) = stage.told(DOCTOR, ParticipantLeft)
    (joined,) = stage.told(DOCTOR, ParticipantJoined)
    assert left.reason is LeaveReason.REPLACED
    assert not joined.participant.offers
    assert stage.told(STATION, Admitted)[0].seq == 1
    assert [type(one) for one in stage.kept] == [MemberJoined]


def test_an_admitted_patient_who_loads_the_page_again_need_not_wait() -> None:
    stage = three_in_a_call()
    stage.forget()
    stage.come(PATIENT)
    assert stage.told(PATIENT, Admitted)


def test_a_phone_beside_the_station_joins_without_sound() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(CAMERA, audio=True, video=True)
    knock = stage.told(DOCTOR, ParticipantJoined)[-1].participant
    assert knock.co_located
    assert (knock.audio, knock.video) == (False, True)


def test_ending_the_call() -> None:
    stage = three_in_a_call()
    guest_socket = stage.come(GUEST)
    assert stage.ask(DOCTOR, CallEnd(reason=EndReason.COMPLETED)) is None
    for who in (DOCTOR, STATION, PATIENT):
        assert stage.told(who, CallEnded)[-1].by == DOCTOR.participant_id
    assert stage.told(GUEST, CallEnded)[-1].by is None
    assert stage.closed[guest_socket] is CloseCode.NORMAL
    assert isinstance(stage.kept[-1], RoomEnded)
    assert stage.room.is_empty
    with pytest.raises(SignalingError) as refusal:
        stage.come(DOCTOR)
    assert refusal.value.signal_code is Code.CALL_OVER


def test_a_patient_cannot_end_the_call_for_all() -> None:
    stage = three_in_a_call()
    assert stage.ask(PATIENT, CallEnd()) == Code.ACT_NOT_ALLOWED
    assert not stage.room.is_over


def test_leaving_alone() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT, on_purpose=True)
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.LEFT
    assert PATIENT.participant_id not in stage.room.people


def test_a_withdrawn_right_ends_the_stay() -> None:
    stage = three_in_a_call()
    stage.play(stage.room.revoke(frozenset({PATIENT.participant_id}), stage.now))
    assert stage.told(PATIENT, Refused)[-1].code is Code.REMOVED_FROM_ROOM
    assert stage.told(STATION, ParticipantLeft)[-1].reason is LeaveReason.REVOKED
