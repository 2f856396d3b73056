"""Somebody removed: peers drop them at once, the relay opens no more for them, nothing brings them back."""

import pytest

from signaling.errors import Code
from signaling.from_client import Hello, IceAsk, ParticipantAdmit, ParticipantRemove
from signaling.from_server import Admitted, Error, IceRenewed, ParticipantJoined, ParticipantLeft, Refused
from signaling.ice import IceSettings
from signaling.parts import CloseCode, LeaveReason
from tests.signaling.line import serving
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, STATION, Stage, three_in_a_call


def test_fresh_credentials_are_given_to_who_asks_for_them() -> None:
    stage = three_in_a_call()
    before = len(stage.told(PATIENT, IceRenewed))
    stage.wait(60)
    assert stage.ask(PATIENT, IceAsk()) is None
    renewed = stage.told(PATIENT, IceRenewed)
    assert len(renewed) == before + 1
    expiry, participant = (renewed[-1].ice_servers[0].username or "").split(":")
    assert int(expiry) == int(stage.now.timestamp()) + 600
    assert participant == str(PATIENT.participant_id)
    assert len(stage.told(DOCTOR, IceRenewed)) == 0


def test_who_waits_is_given_none() -> None:
    stage = Stage()
    stage.come(DOCTOR)
    stage.come(PATIENT)
    assert stage.ask(PATIENT, IceAsk()) == Code.NOT_ADMITTED
    assert not stage.told(PATIENT, IceRenewed)


def test_asking_where_there_is_no_relay_is_no_fault() -> None:
    stage = Stage(ice=IceSettings())
    stage.come(DOCTOR)
    assert stage.ask(DOCTOR, IceAsk()) is None


def test_who_was_removed_is_told_nothing_more_and_gets_no_credential() -> None:
    stage = three_in_a_call()
    socket = stage.room.people[PATIENT.participant_id].socket
    assert stage.ask(DOCTOR, ParticipantRemove(participant=PATIENT.participant_id)) is None
    for peer in (DOCTOR, STATION):
        (left,) = stage.told(peer, ParticipantLeft)
        assert (left.participant, left.reason) == (PATIENT.participant_id, LeaveReason.REMOVED)
    heard = len(stage.heard[PATIENT.participant_id])
    stage.say(PATIENT, IceAsk(ref=99), socket=socket)
    for _ in range(12):
        stage.wait(60)
    assert len(stage.heard[PATIENT.participant_id]) == heard
    assert not [one for one in stage.heard[PATIENT.participant_id] if isinstance(one, IceRenewed)]


@pytest.mark.anyio
async def test_who_was_removed_comes_back_neither_by_its_place_nor_into_the_call(ports: MemoryPorts) -> None:
    async with serving(ports) as served:
        doctor, patient = await served.come(DOCTOR), await served.come(PATIENT)
        await doctor.expect(ParticipantJoined)
        await doctor.send(ParticipantAdmit(ref=1, participant=PATIENT.participant_id))
        await patient.expect(Admitted)
        await doctor.send(ParticipantRemove(ref=2, participant=PATIENT.participant_id))
        assert (await doctor.expect(ParticipantLeft)).reason is LeaveReason.REMOVED
        assert await patient.closed() == CloseCode.REMOVED
        again = await served.come_back(patient)
        assert again.heard == [Refused(code=Code.RESUME_REFUSED, retry=False)]
        # A new ticket leads into the waiting room, where there are no credentials.
        knocking = await served.open()
        await knocking.send(Hello(versions=(1,), ticket=served.ticket(PATIENT)))
        await knocking.hear()
        assert knocking.welcome.place == 1
        await knocking.send(IceAsk(ref=1))
        assert (await knocking.expect(Error)).code is Code.NOT_ADMITTED
        assert not [one for one in knocking.heard if isinstance(one, IceRenewed | Admitted)]
