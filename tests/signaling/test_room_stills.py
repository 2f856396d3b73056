"""Photos taken in a call: who is told of them, who may ask for one."""

from uuid import uuid4

from signaling.errors import Code
from signaling.from_client import ParticipantAdmit, StillAsk, StillShow
from signaling.from_server import StillAsked, StillShown
from tests.signaling.stage import DOCTOR, GUEST, PATIENT, STATION, Stage


def three_in_a_call() -> Stage:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(STATION)
    stage.come(PATIENT)
    stage.say(DOCTOR, ParticipantAdmit(participant=PATIENT.participant_id))
    return stage


def test_doctor_and_station_are_told_of_a_photo_and_no_patient() -> None:
    stage = three_in_a_call()
    for sender, told in ((PATIENT, {DOCTOR, STATION}), (STATION, {DOCTOR}), (DOCTOR, {STATION})):
        stage.forget()
        photo = uuid4()
        assert stage.ask(sender, StillShow(attachment=photo)) is None
        for who in (DOCTOR, STATION, PATIENT):
            shown = [(each.from_, each.attachment) for each in stage.told(who, StillShown)]
            assert shown == ([(sender.participant_id, photo)] if who in told else [])


def test_who_waits_neither_tells_of_a_photo_nor_hears_of_one() -> None:
    stage = three_in_a_call()
    stage.come(GUEST)
    stage.forget()
    assert stage.ask(GUEST, StillShow(attachment=uuid4())) == Code.NOT_ADMITTED
    assert stage.ask(DOCTOR, StillShow(attachment=uuid4())) is None
    assert stage.told(GUEST, StillShown) == []
    assert stage.ask(DOCTOR, StillAsk(to=GUEST.participant_id)) == Code.PARTICIPANT_UNKNOWN


def test_a_doctor_asks_the_station_for_a_photo_and_a_patient_asks_nobody() -> None:
    stage = three_in_a_call()
    stage.forget()
    assert stage.ask(DOCTOR, StillAsk(to=STATION.participant_id)) is None
    (asked,) = stage.told(STATION, StillAsked)
    assert asked.from_ == DOCTOR.participant_id
    assert stage.told(PATIENT, StillAsked) == []
    assert stage.ask(PATIENT, StillAsk(to=DOCTOR.participant_id)) == Code.ACT_NOT_ALLOWED
    assert stage.ask(DOCTOR, StillAsk(to=uuid4())) == Code.PARTICIPANT_UNKNOWN


def test_a_photo_told_of_while_the_line_is_down_is_heard_of_afterwards() -> None:
    stage = three_in_a_call()
    heard = max(each.seq or 0 for each in stage.heard[DOCTOR.participant_id])
    stage.drop(DOCTOR)
    stage.forget()
    photo = uuid4()
    assert stage.ask(STATION, StillShow(attachment=photo)) is None
    stage.come_back(DOCTOR, last_seq=heard)
    assert [each.attachment for each in stage.told(DOCTOR, StillShown)] == [photo]
