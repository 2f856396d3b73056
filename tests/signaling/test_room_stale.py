"""A connection that was given up, or a page that was replaced, can do nothing any more."""

import pytest

from signaling.errors import Code, SignalingError
from signaling.from_client import CallEnd, ChatSend, ParticipantRemove, Ping
from signaling.from_server import ChatPosted, Pong
from signaling.parts import CloseCode
from signaling.protocol import ClientMessage
from tests.signaling.stage import DOCTOR, PATIENT, STATION, three_in_a_call

LATE: list[ClientMessage] = [
    CallEnd(ref=1),
    ChatSend(ref=2, id=PATIENT.participant_id, text="alo"),
    ParticipantRemove(ref=3, participant=PATIENT.participant_id),
    Ping(ref=4, last_seq=9_999),
]


@pytest.mark.parametrize("message", LATE, ids=lambda one: one.type)
@pytest.mark.parametrize("how", ["another page", "another socket"])
def test_what_a_replaced_socket_still_says_has_no_effect(message: ClientMessage, how: str) -> None:
    stage = three_in_a_call()
    old = stage.room.people[STATION.participant_id].socket
    assert old is not None
    if how == "another page":
        stage.come(STATION)
    else:
        stage.come_back(STATION, last_seq=0)
    assert stage.closed[old] is CloseCode.TAKEN_OVER
    kept = len(stage.room.people[STATION.participant_id].log.kept)
    stage.forget()
    stage.say(STATION, message, socket=old)
    stage.play(stage.room.complain(STATION.participant_id, old, Code.BAD_MESSAGE, None))
    assert not stage.effects
    assert not stage.room.is_over
    assert len(stage.room.people[STATION.participant_id].log.kept) == kept


def test_a_resume_that_a_later_one_has_overtaken_is_refused_and_takes_nothing() -> None:
    """A socket given up may still deliver its hello, after the one that replaced it."""
    stage = three_in_a_call()
    stage.drop(STATION)
    current = stage.come_back(STATION, last_seq=3, attempt=5)
    with pytest.raises(SignalingError) as refusal:
        stage.come_back(STATION, last_seq=0, attempt=4)
    assert refusal.value.signal_code is Code.CONNECTION_STALE
    assert not refusal.value.retry
    assert current not in stage.closed
    stage.say(STATION, Ping(ref=1))
    assert stage.told(STATION, Pong)[-1].reply_to == 1


def test_of_the_same_attempt_or_none_the_latest_holds() -> None:
    stage = three_in_a_call()
    first = stage.come_back(STATION, last_seq=0, attempt=0)
    second = stage.come_back(STATION, last_seq=0, attempt=0)
    assert stage.closed[first] is CloseCode.TAKEN_OVER
    assert second not in stage.closed


def test_a_new_page_counts_from_the_beginning() -> None:
    stage = three_in_a_call()
    stage.come_back(STATION, last_seq=0, attempt=7)
    stage.come(STATION)
    stage.drop(STATION)
    stage.come_back(STATION, last_seq=0, attempt=1)
    stage.say(DOCTOR, ChatSend(id=PATIENT.participant_id, text="alo"))
    assert stage.told(STATION, ChatPosted)


def test_the_secret_of_a_replaced_page_no_longer_resumes() -> None:
    stage = three_in_a_call()
    former = stage.room.people[STATION.participant_id].resume
    assert former is not None
    stage.come(STATION)
    with pytest.raises(SignalingError) as refusal:
        stage.come_back(STATION, last_seq=0, secret=former, attempt=9)
    assert refusal.value.signal_code is Code.RESUME_REFUSED
