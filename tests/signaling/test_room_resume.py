"""Dropped lines, kept places, replays, restarts of the server, and facts changed elsewhere."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from signaling.errors import Code, SignalingError
from signaling.from_client import ChatSend, MediaCandidate, Ping, TrackSet
from signaling.from_server import (
    Admitted,
    CallEnded,
    ChatPosted,
    IceRenewed,
    MediaCandidateFound,
    ParticipantChanged,
    ParticipantLeft,
    Refused,
    RoomEpoch,
    TrackChanged,
    WaitChanged,
    Waiting,
)
from signaling.ice import IceSettings
from signaling.participants import MAX_KEPT_MESSAGES
from signaling.parts import CloseCode, EndReason, LeaveReason, Presence, Role
from signaling.ports import Admission, ChatEntry, Ending, JotKind, Member, RoomFacts
from tests.signaling.stage import DOCTOR, GUEST, PATIENT, ROOM_ID, STATION, Stage, three_in_a_call


def last_seq(stage: Stage, who: Admission) -> int:
    return stage.room.people[who.participant_id].log.seq


def test_a_dropped_line_keeps_its_place_and_the_others_are_told() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT)
    assert stage.told(DOCTOR, ParticipantChanged)[-1].participant.state is Presence.ABSENT
    stage.come_back(PATIENT, last_seq=last_seq(stage, PATIENT))
    assert stage.told(DOCTOR, ParticipantChanged)[-1].participant.state is Presence.PRESENT
    assert not stage.told(DOCTOR, ParticipantLeft)


def test_a_knock_says_whether_the_line_of_the_one_who_waits_is_up() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(PATIENT)
    stage.drop(PATIENT)
    assert stage.told(DOCTOR, ParticipantChanged)[-1].participant.state is Presence.AWAY
    stage.come_back(PATIENT, last_seq=0)
    assert stage.told(DOCTOR, ParticipantChanged)[-1].participant.state is Presence.WAITING


def test_what_was_missed_is_replayed_in_order_and_nothing_else() -> None:
    stage = three_in_a_call()
    stage.say(STATION, TrackSet(kind="video", enabled=False))
    seen = last_seq(stage, PATIENT)
    stage.drop(PATIENT)
    for number in range(5):
        stage.say(STATION, ChatSend(id=uuid4(), text=str(number)))
    stage.forget()
    stage.come_back(PATIENT, last_seq=seen)
    welcome, *replayed = stage.heard[PATIENT.participant_id]
    assert isinstance(welcome, Waiting)
    assert welcome.resumed
    lines = [one.line.text for one in replayed if isinstance(one, ChatPosted)]
    assert lines == ["0", "1", "2", "3", "4"]
    numbers = [one.seq for one in replayed if one.seq is not None]
    assert numbers == list(range(seen + 1, seen + 1 + len(numbers)))
    assert not stage.told(PATIENT, Admitted)
    assert not stage.told(PATIENT, TrackChanged)


def test_a_relay_credential_is_fresh_after_a_resume() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT)
    stage.come_back(PATIENT, last_seq=last_seq(stage, PATIENT))
    assert stage.told(PATIENT, IceRenewed)


def test_without_a_relay_nothing_is_renewed() -> None:
    stage = Stage(ice=IceSettings())
    stage.come(DOCTOR)
    stage.drop(DOCTOR)
    stage.come_back(DOCTOR, last_seq=1)
    stage.wait(3600)
    assert stage.told(DOCTOR, Admitted)[0].ice_servers == ()
    assert not stage.told(DOCTOR, IceRenewed)


def test_too_much_missed_gives_the_state_afresh() -> None:
    stage = three_in_a_call()
    seen = last_seq(stage, PATIENT)
    stage.drop(PATIENT)
    missed = MediaCandidate(to=PATIENT.participant_id, connection="k1", candidate=None)
    for _ in range(MAX_KEPT_MESSAGES + 1):
        stage.say(STATION, missed)
    stage.forget()
    stage.come_back(PATIENT, last_seq=seen)
    assert not stage.told(PATIENT, Waiting)[0].resumed
    assert not stage.told(PATIENT, MediaCandidateFound)
    (admitted,) = stage.told(PATIENT, Admitted)
    assert admitted.seq == last_seq(stage, PATIENT)


@pytest.mark.parametrize("claimed", [0, 10_000])
def test_a_number_that_cannot_be_is_no_reason_to_fail(claimed: int) -> None:
    stage = three_in_a_call()
    stage.say(PATIENT, Ping(last_seq=last_seq(stage, PATIENT)))
    stage.drop(PATIENT)
    stage.forget()
    stage.come_back(PATIENT, last_seq=claimed)
    assert stage.told(PATIENT, Admitted)


def test_the_place_is_kept_for_two_minutes() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT)
    stage.wait(119)
    assert PATIENT.participant_id in stage.room.people
    stage.wait(1)
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.LOST
    with pytest.raises(SignalingError) as refusal:
        stage.come_back(PATIENT, last_seq=1, secret="s" * 20)
    assert refusal.value.signal_code is Code.RESUME_REFUSED


def test_who_closed_the_page_and_did_not_come_back_has_left() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT, is_closed=True)
    changed = stage.told(DOCTOR, ParticipantChanged)[-1].participant
    assert (changed.state, changed.closed) == (Presence.ABSENT, True)
    stage.wait(120)
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.LEFT
    assert [one.kind for one in stage.jotted] == [JotKind.AWAY], "no line was lost"


def test_a_line_that_fails_after_the_page_was_loaded_anew_is_lost() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT, is_closed=True)
    stage.come_back(PATIENT, last_seq=0)
    assert not stage.told(DOCTOR, ParticipantChanged)[-1].participant.closed
    assert [one.kind for one in stage.jotted] == [JotKind.AWAY, JotKind.BACK], "no line was lost"
    stage.drop(PATIENT)
    assert not stage.told(DOCTOR, ParticipantChanged)[-1].participant.closed
    stage.wait(120)
    assert [one.kind for one in stage.jotted][2:] == [JotKind.LOST]
    assert stage.told(DOCTOR, ParticipantLeft)[-1].reason is LeaveReason.LOST


def test_who_loads_the_waiting_room_again_is_back_in_the_journal() -> None:
    stage = Stage()
    stage.come(PATIENT)
    stage.come(PATIENT)
    assert stage.jotted == [], "the old page was still there"
    stage.drop(PATIENT, is_closed=True)
    stage.come(PATIENT)
    assert [one.kind for one in stage.jotted] == [JotKind.AWAY, JotKind.BACK]


def test_the_journal_tells_when_nobody_is_at_the_page_of_one_who_waits() -> None:
    stage = Stage()
    stage.come(PATIENT)
    for is_closed in (False, True):
        stage.drop(PATIENT, is_closed=is_closed)
        stage.come_back(PATIENT, last_seq=0)
    assert [one.kind for one in stage.jotted] == [JotKind.AWAY, JotKind.BACK] * 2


def test_a_wrong_secret_is_refused() -> None:
    stage = three_in_a_call()
    stage.drop(PATIENT)
    with pytest.raises(SignalingError) as refusal:
        stage.come_back(PATIENT, last_seq=1, secret="not-the-patients-secret")
    assert refusal.value.signal_code is Code.RESUME_REFUSED


def test_resuming_while_the_old_socket_hangs_closes_it() -> None:
    stage = three_in_a_call()
    old = stage.room.people[PATIENT.participant_id].socket
    new = stage.come_back(PATIENT, last_seq=last_seq(stage, PATIENT))
    assert old is not None
    assert stage.closed[old] is CloseCode.TAKEN_OVER
    stage.play(stage.room.disconnect(old, stage.now, on_purpose=False))
    assert stage.room.people[PATIENT.participant_id].socket == new


def test_let_in_while_the_line_was_down() -> None:
    stage = Stage()
    stage.come(PATIENT)
    stage.drop(PATIENT)
    stage.come(DOCTOR)
    stage.room.admit(stage.room.people[PATIENT.participant_id], DOCTOR.participant_id, stage.now)
    stage.play(stage.room.settle())
    stage.forget()
    stage.come_back(PATIENT, last_seq=0)
    assert stage.told(PATIENT, Waiting)[0].place == 0
    assert stage.told(PATIENT, Admitted)


def test_relay_credentials_are_renewed_before_they_expire() -> None:
    stage = three_in_a_call()
    stage.wait(479)
    assert not stage.told(DOCTOR, IceRenewed)
    stage.wait(2)
    (renewed,) = stage.told(DOCTOR, IceRenewed)
    expiry = int((stage.now + timedelta(minutes=10)).timestamp())
    assert renewed.ice_servers[0].username == f"{expiry}:{DOCTOR.participant_id}"


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def restarted() -> Stage:
    """A second server opens the room from what was kept by the first."""
    entry = ChatEntry(uuid4(), DOCTOR.participant_id, "doctor", "Chào chị", Stage().now)
    members = (
        Member(DOCTOR, 1, hash_of("doctor-secret-0000")),
        Member(replace(PATIENT, admitted=True), 2, hash_of("patient-secret-000")),
        Member(GUEST, 3, hash_of("guest-secret-00000")),
    )
    return Stage(RoomFacts(ROOM_ID, epoch=2, members=members, chat=(entry,)))


def test_after_a_restart_people_come_back_to_their_places() -> None:
    stage = restarted()
    stage.come_back(PATIENT, last_seq=41, epoch=1, secret="patient-secret-000")
    welcome, epoch, admitted, *_ = stage.heard[PATIENT.participant_id]
    assert isinstance(welcome, Waiting)
    assert (welcome.epoch, welcome.resumed) == (2, False)
    assert epoch == RoomEpoch(seq=1, epoch=2)
    assert isinstance(admitted, Admitted)
    (peer,) = admitted.participants
    assert (peer.name, peer.state, peer.offers) == ("doctor", Presence.ABSENT, True)
    assert [line.text for line in admitted.chat] == ["Chào chị"]


def test_after_a_restart_who_waited_still_waits_and_learns_nothing() -> None:
    stage = restarted()
    stage.come_back(GUEST, last_seq=0, epoch=1, secret="guest-secret-00000")
    assert [type(one) for one in stage.heard[GUEST.participant_id]] == [Waiting, WaitChanged]


def test_after_a_restart_who_does_not_come_back_is_lost() -> None:
    stage = restarted()
    stage.wait(120)
    assert stage.room.is_empty
    assert len(stage.kept) == 3


def members_of(stage: Stage) -> tuple[Member, ...]:
    return tuple(
        Member(replace(one.admission, admitted=one.is_admitted), one.order, one.resume_hash)
        for one in stage.room.people.values()
    )


def test_let_in_elsewhere() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(PATIENT)
    admitted = [replace(m, admission=replace(m.admission, admitted=True)) for m in members_of(stage)]
    facts = RoomFacts(ROOM_ID, 1, tuple(admitted))
    stage.forget()
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))
    assert stage.told(PATIENT, Admitted)
    assert not stage.kept


@pytest.mark.parametrize("is_in", [True, False], ids=["in the call", "waiting"])
def test_recognised_elsewhere(is_in: bool) -> None:
    """Somebody asked the patient who they are: all pages of staff learn it, and nothing else changes."""
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(STATION)
    stage.come(replace(PATIENT, admitted=is_in))
    known = [
        replace(m, admission=replace(m.admission, confirmed=m.admission.role is Role.PATIENT))
        for m in members_of(stage)
    ]
    facts = RoomFacts(ROOM_ID, 1, tuple(known))
    stage.forget()
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))
    for who in (DOCTOR, STATION):
        assert [each.participant.confirmed for each in stage.told(who, ParticipantChanged)] == [True]
    assert not stage.heard[PATIENT.participant_id]
    stage.forget()
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))
    assert dict(stage.heard) == {}, "told once"
    stage.drop(PATIENT)
    assert stage.told(STATION, ParticipantChanged)[-1].participant.confirmed


def test_who_was_recognised_while_away_is_known_on_coming_back() -> None:
    stage = three_in_a_call()
    stage.forget()
    stage.come_back(replace(PATIENT, admitted=True, confirmed=True), last_seq=0)
    assert [each.participant.confirmed for each in stage.told(STATION, ParticipantChanged)] == [True]


def test_removed_elsewhere_but_not_who_came_in_meanwhile() -> None:
    stage = three_in_a_call()
    others = [m for m in members_of(stage) if m.admission.display_name != "patient"]
    facts = RoomFacts(ROOM_ID, 1, tuple(others))
    known = stage.room.orders()
    stage.come(GUEST)
    stage.play(stage.room.refresh(facts, known, stage.now))
    assert stage.told(PATIENT, Refused)[-1].code is Code.REMOVED_FROM_ROOM
    assert GUEST.participant_id in stage.room.people


def test_who_came_in_anew_meanwhile_is_not_judged_by_older_facts() -> None:
    stage = three_in_a_call()
    known = stage.room.orders()
    stage.drop(PATIENT, on_purpose=True)
    stage.come(PATIENT)
    stage.play(stage.room.refresh(RoomFacts(ROOM_ID, 1), known, stage.now))
    assert set(stage.room.people) == {PATIENT.participant_id}


def test_ended_elsewhere() -> None:
    stage = three_in_a_call()
    ending = Ending(None, EndReason.CANCELLED, stage.now)
    facts = RoomFacts(ROOM_ID, 1, members_of(stage), (), ending)
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))
    assert stage.told(DOCTOR, CallEnded)[-1].reason is EndReason.CANCELLED
    assert stage.room.is_empty


def test_a_server_that_lost_the_room_sends_everybody_on() -> None:
    stage = three_in_a_call()
    sockets = [one.socket for one in stage.room.people.values()]
    facts = RoomFacts(ROOM_ID, 2, members_of(stage))
    stage.play(stage.room.refresh(facts, stage.room.orders(), stage.now))
    assert {stage.closed[one] for one in sockets if one} == {CloseCode.RESTART}
    refused = stage.told(DOCTOR, Refused)[-1]
    assert (refused.code, refused.retry) == (Code.ROOM_MOVED, True)
    stage.forget()
    stage.say(DOCTOR, ChatSend(id=uuid4(), text="alo"))
    assert not stage.effects
