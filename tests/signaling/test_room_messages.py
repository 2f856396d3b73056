"""Messages in the call: relayed to whom they belong, stamped by the server, refused without effect."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from signaling.errors import Code
from signaling.from_client import (
    ChatSend,
    DetailSet,
    Hello,
    MediaAnswer,
    MediaCandidate,
    MediaOffer,
    MediaRestart,
    Ping,
    QualityReport,
    TrackSet,
)
from signaling.from_server import (
    Admitted,
    ChatPosted,
    DetailChanged,
    Done,
    Error,
    MediaAnswered,
    MediaCandidateFound,
    MediaOffered,
    MediaRestartAsked,
    Pong,
    QualityAdvised,
    TrackChanged,
)
from signaling.parts import IceCandidate, Level, Why
from signaling.ports import ChatKept
from signaling.protocol import ClientMessage
from tests.signaling.stage import CAMERA, DOCTOR, GUEST, PATIENT, STATION, Stage, three_in_a_call

CANDIDATE = IceCandidate(candidate="candidate:1 1 udp 1 192.0.2.7 5000 typ host", sdp_mid="0")


def test_of_each_pair_the_later_one_offers_and_is_impolite() -> None:
    stage = three_in_a_call()
    seen = {who: stage.peers(who) for who in (DOCTOR, STATION, PATIENT)}
    assert not seen[DOCTOR]
    assert seen[STATION]["doctor"].offers
    for peer in seen[PATIENT].values():
        assert peer.offers
        assert not peer.polite
    mine = stage.room.people[DOCTOR.participant_id]
    theirs = stage.room.people[PATIENT.participant_id]
    assert theirs.seen_by(mine).polite


def test_only_the_one_who_offers_is_heard_offering() -> None:
    """A restart is under way while the page it is meant for is loaded anew: by now that one offers."""
    stage = three_in_a_call()
    to_patient = MediaOffer(to=PATIENT.participant_id, connection="k1", sdp="v=0")
    assert stage.ask(DOCTOR, to_patient) == Code.ACT_NOT_ALLOWED
    assert not stage.told(PATIENT, MediaOffered)
    to_station = MediaOffer(to=STATION.participant_id, connection="k1", sdp="v=0")
    assert stage.ask(PATIENT, to_station) is None
    stage.come(STATION)
    stage.forget()
    assert stage.ask(PATIENT, to_station) == Code.ACT_NOT_ALLOWED
    assert not stage.told(STATION, MediaOffered)
    assert stage.jotted == []


def test_offer_answer_and_candidate_reach_one_peer_with_the_senders_name() -> None:
    stage = three_in_a_call()
    stage.forget()
    to = DOCTOR.participant_id
    assert stage.ask(STATION, MediaOffer(to=to, connection="k1", sdp="v=0 offer")) is None
    assert stage.ask(STATION, MediaAnswer(to=to, connection="k1", sdp="v=0 answer")) is None
    assert stage.ask(STATION, MediaCandidate(to=to, connection="k1", candidate=CANDIDATE)) is None
    (offer,) = stage.told(DOCTOR, MediaOffered)
    (answer,) = stage.told(DOCTOR, MediaAnswered)
    (found,) = stage.told(DOCTOR, MediaCandidateFound)
    assert offer.from_ == answer.from_ == found.from_ == STATION.participant_id
    assert (offer.sdp, answer.sdp, found.candidate) == ("v=0 offer", "v=0 answer", CANDIDATE)
    assert not stage.heard[PATIENT.participant_id]


def test_done_answers_each_ref() -> None:
    stage = three_in_a_call()
    stage.say(STATION, TrackSet(ref=70, kind="video", enabled=False))
    assert stage.told(STATION, Done)[-1].reply_to == 70


def media(to: UUID) -> list[ClientMessage]:
    return [
        MediaOffer(to=to, connection="k1", sdp="v=0"),
        MediaAnswer(to=to, connection="k1", sdp="v=0"),
        MediaCandidate(to=to, connection="k1", candidate=None),
        MediaRestart(to=to, connection="k1"),
    ]


@pytest.mark.parametrize("to", [GUEST.participant_id, STATION.participant_id, uuid4()])
def test_media_goes_to_nobody_who_waits_nor_oneself_nor_a_stranger(to: UUID) -> None:
    stage = three_in_a_call()
    stage.come(GUEST)
    stage.forget()
    for message in media(to):
        assert stage.ask(STATION, message) == Code.PARTICIPANT_UNKNOWN
    assert not stage.heard[GUEST.participant_id]


def test_no_offer_to_an_absent_peer_but_what_was_begun_is_kept_for_it() -> None:
    stage = three_in_a_call()
    stage.drop(DOCTOR)
    stage.forget()
    offer, answer, candidate, restart = media(DOCTOR.participant_id)
    assert stage.ask(STATION, offer) == stage.ask(STATION, restart) == Code.PEER_ABSENT
    assert stage.told(STATION, Error)[-1].retry
    assert stage.ask(STATION, answer) is None
    assert stage.ask(STATION, candidate) is None


def test_switching_a_track() -> None:
    stage = three_in_a_call()
    assert stage.ask(STATION, TrackSet(kind="audio", enabled=False)) is None
    (changed,) = stage.told(PATIENT, TrackChanged)
    assert (changed.from_, changed.kind, changed.enabled) == (STATION.participant_id, "audio", False)
    stage.come(GUEST)
    assert not stage.room.people[STATION.participant_id].audio


def test_the_phone_beside_the_station_stays_silent() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    camera = replace(CAMERA, admitted=True)
    stage.come(camera)
    assert stage.ask(camera, TrackSet(kind="audio", enabled=True)) == Code.SOUND_STAYS_OFF
    assert stage.ask(camera, TrackSet(kind="video", enabled=False)) is None
    assert stage.told(camera, Admitted)[-1].co_located


def sent(to: UUID, level: Level, why: Why = Why.BANDWIDTH) -> QualityReport:
    return QualityReport(to=to, level=level, reason=why, outgoing_kbps=100)


def test_a_step_of_the_ladder_is_told_to_all_once_with_whom_it_is_for() -> None:
    stage = three_in_a_call()
    stage.say(PATIENT, sent(DOCTOR.participant_id, Level.HIGH))
    stage.forget()
    for _ in range(2):
        stage.say(PATIENT, sent(DOCTOR.participant_id, Level.AUDIO))
    stage.say(PATIENT, sent(STATION.participant_id, Level.LOW))
    for who in (DOCTOR, STATION, PATIENT):
        first, second = stage.told(who, QualityAdvised)
        assert first.participant == second.participant == PATIENT.participant_id
        assert (first.to, first.level, first.reason) == (DOCTOR.participant_id, Level.AUDIO, Why.BANDWIDTH)
        assert (second.to, second.level) == (STATION.participant_id, Level.LOW)


def test_the_first_word_of_a_level_is_told_whatever_it_says() -> None:
    stage = three_in_a_call()
    stage.forget()
    for _ in range(2):
        stage.say(STATION, sent(DOCTOR.participant_id, Level.HIGH))
    assert [one.level for one in stage.told(DOCTOR, QualityAdvised)] == [Level.HIGH], "it may hold another"
    assert stage.jotted == [], "nothing became better or worse"


def test_a_page_opened_anew_is_told_what_it_gets_even_if_that_is_as_before() -> None:
    stage = three_in_a_call()
    stage.say(STATION, sent(DOCTOR.participant_id, Level.AUDIO))
    stage.come(DOCTOR)
    stage.forget()
    stage.say(STATION, sent(DOCTOR.participant_id, Level.AUDIO))
    for who in (DOCTOR, STATION):
        assert [one.level for one in stage.told(who, QualityAdvised)] == [Level.AUDIO]


def test_whoever_missed_too_much_is_told_all_levels_anew() -> None:
    stage = three_in_a_call()
    stage.say(STATION, sent(DOCTOR.participant_id, Level.LOW))
    stage.say(DOCTOR, sent(STATION.participant_id, Level.LOW))
    stage.room.say_admitted(stage.room.people[DOCTOR.participant_id], stage.now)
    stage.forget()
    stage.say(STATION, sent(DOCTOR.participant_id, Level.LOW))
    stage.say(DOCTOR, sent(STATION.participant_id, Level.LOW))
    assert len(stage.told(DOCTOR, QualityAdvised)) == 2


def test_a_numbered_offer_and_its_answer_keep_their_number() -> None:
    stage = three_in_a_call()
    stage.forget()
    stage.ask(STATION, MediaOffer(to=DOCTOR.participant_id, connection="k1", offer=3, sdp="v=0"))
    stage.ask(DOCTOR, MediaAnswer(to=STATION.participant_id, connection="k1", offer=3, sdp="v=0"))
    assert [each.offer for each in stage.told(DOCTOR, MediaOffered)] == [3]
    assert [each.offer for each in stage.told(STATION, MediaAnswered)] == [3]


def test_a_step_for_somebody_who_is_gone_is_refused_and_told_to_nobody() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(PATIENT, sent(UUID(int=99), Level.LOW)) == Code.PARTICIPANT_UNKNOWN
    assert not stage.told(DOCTOR, QualityAdvised)


def test_who_sees_nothing_asks_the_one_who_offers() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(DOCTOR, MediaRestart(to=STATION.participant_id, connection="k1")) is None
    (asked,) = stage.told(STATION, MediaRestartAsked)
    assert (asked.from_, asked.connection) == (DOCTOR.participant_id, "k1")
    assert not stage.told(PATIENT, MediaRestartAsked)


def test_a_sharp_picture_may_be_asked_of_the_patient_by_staff_and_given_by_anybody() -> None:
    stage = three_in_a_call()
    stage.forget()
    mine, theirs = PATIENT.participant_id, STATION.participant_id
    assert stage.ask(DOCTOR, DetailSet(participant=mine, enabled=True)) is None
    assert stage.ask(PATIENT, DetailSet(participant=mine, enabled=False)) is None
    assert stage.ask(PATIENT, DetailSet(participant=theirs, enabled=True)) == Code.ACT_NOT_ALLOWED
    for who in (DOCTOR, STATION, PATIENT):
        told = [(each.participant, each.enabled) for each in stage.told(who, DetailChanged)]
        assert told == [(mine, True), (mine, False)]
    stage.ask(STATION, DetailSet(participant=theirs, enabled=True))
    assert stage.room.people[theirs].seen_by(stage.room.people[DOCTOR.participant_id]).detail


def test_chat_reaches_everybody_in_the_call_and_nobody_who_waits() -> None:
    stage = three_in_a_call()
    stage.come(GUEST)
    stage.forget()
    line = uuid4()
    assert stage.ask(PATIENT, ChatSend(id=line, text="  Chào bác sĩ ạ ")) is None
    for who in (DOCTOR, STATION, PATIENT):
        (posted,) = stage.told(who, ChatPosted)
        assert (posted.line.id, posted.line.text) == (line, "Chào bác sĩ ạ")
        assert posted.line.from_ == PATIENT.participant_id
    assert not stage.heard[GUEST.participant_id]
    assert [type(one) for one in stage.kept] == [ChatKept]


def test_chat_sent_twice_is_posted_once() -> None:
    stage = three_in_a_call()
    line = uuid4()
    for _ in range(2):
        assert stage.ask(PATIENT, ChatSend(id=line, text="alo")) is None
    assert len(stage.told(DOCTOR, ChatPosted)) == 1


def test_chat_of_blanks_is_refused() -> None:
    stage = three_in_a_call()
    assert stage.ask(PATIENT, ChatSend(id=uuid4(), text=" \n ")) == Code.BAD_MESSAGE


def test_who_comes_late_reads_the_latest_chat_in_one_bounded_message() -> None:
    stage = three_in_a_call()
    for number in range(40):
        stage.ask(PATIENT, ChatSend(id=uuid4(), text=f"{number} " + "ạ" * 900))
    stage.come(DOCTOR)
    chat = stage.told(DOCTOR, Admitted)[-1].chat
    assert chat[-1].text.startswith("39 ")
    assert len(stage.frames[DOCTOR.participant_id][-1].encode()) < 65_536


def test_a_repeated_ref_is_answered_and_not_carried_out_again() -> None:
    stage = three_in_a_call()
    stage.forget()
    offer = MediaOffer(ref=5000, to=DOCTOR.participant_id, connection="k1", sdp="v=0")
    stage.say(STATION, offer)
    stage.say(STATION, offer)
    assert len(stage.told(DOCTOR, MediaOffered)) == 1
    assert [done.reply_to for done in stage.told(STATION, Done)] == [5000, 5000]


def test_a_second_hello_means_nothing() -> None:
    stage = three_in_a_call()
    assert stage.ask(STATION, Hello(versions=(1,), ticket="t" * 20)) == Code.BAD_MESSAGE


def test_ping_acknowledges_and_tells_the_heartbeat() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    assert stage.told(DOCTOR, Admitted)[-1].heartbeat_seconds == 25
    stage.come(STATION)
    assert stage.told(DOCTOR, Pong)[-1] == Pong(reply_to=None, heartbeat_seconds=3)
    person = stage.room.people[DOCTOR.participant_id]
    assert person.log.kept
    stage.say(DOCTOR, Ping(ref=8, last_seq=person.log.seq))
    assert not person.log.kept
    assert stage.told(DOCTOR, Pong)[-1].reply_to == 8


def test_a_frame_that_could_not_be_read_is_answered_to_its_sender_alone() -> None:
    stage = three_in_a_call()
    stage.forget()
    socket = stage.room.people[PATIENT.participant_id].socket
    assert socket is not None
    stage.play(stage.room.complain(PATIENT.participant_id, socket, Code.BAD_MESSAGE, 3))
    assert stage.told(PATIENT, Error) == [Error(code=Code.BAD_MESSAGE, reply_to=3, retry=False)]
    assert set(stage.heard) == {PATIENT.participant_id}


def test_words_of_strangers_have_no_effect() -> None:
    stage = three_in_a_call()
    stage.forget()
    stage.say(GUEST, Ping())
    assert not stage.effects
