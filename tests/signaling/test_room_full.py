"""A room with as many in it as it holds: whoever comes then is told so, and nothing else."""

import pytest

from signaling.errors import Code, SignalingError
from signaling.from_client import Hello, ParticipantAdmit
from signaling.from_server import Admitted, Refused
from signaling.parts import MAX_ADMITTED, CloseCode, Role
from signaling.ports import Admission
from signaling.rooms import MAX_WAITING
from tests.signaling.line import serving
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.stage import DOCTOR, PATIENT, STATION, Stage, admission

OTHERS = [admission(f"other{number}", Role.STATION) for number in range(MAX_ADMITTED)]
FIFTH = admission("fifth", Role.STATION)


def full_room(*more: Admission) -> Stage:
    """A call with the doctor and, unless others are named, as many of the station as it holds beside."""
    stage = Stage()
    for who in (DOCTOR, *(more or OTHERS[: MAX_ADMITTED - 1])):
        stage.come(who)
    return stage


def test_whoever_left_a_place_makes_room_for_the_next() -> None:
    stage = full_room()
    with pytest.raises(SignalingError) as refusal:
        stage.come(FIFTH)
    assert (refusal.value.signal_code, refusal.value.retry) == (Code.ROOM_FULL, True)
    stage.drop(OTHERS[0], on_purpose=True)
    stage.come(FIFTH)
    assert len(stage.peers(FIFTH)) == MAX_ADMITTED - 1


def test_whoever_only_lost_the_line_keeps_the_place_until_it_lapses() -> None:
    stage = full_room()
    stage.drop(OTHERS[0])
    with pytest.raises(SignalingError):
        stage.come(FIFTH)
    stage.come_back(OTHERS[0], last_seq=0)
    stage.drop(OTHERS[0])
    stage.wait(120)
    stage.come(FIFTH)
    assert stage.told(FIFTH, Admitted)


def test_a_page_loaded_again_in_a_full_call_is_let_in() -> None:
    stage = full_room()
    stage.forget()
    stage.come(OTHERS[0])
    assert stage.told(OTHERS[0], Admitted)


def test_a_patient_who_knocks_at_a_full_call_waits_until_there_is_a_place() -> None:
    stage = full_room()
    stage.come(PATIENT)
    admit = ParticipantAdmit(participant=PATIENT.participant_id)
    assert stage.ask(DOCTOR, admit) == Code.ROOM_FULL
    assert not stage.told(PATIENT, Admitted)
    stage.drop(OTHERS[0], on_purpose=True)
    assert stage.ask(DOCTOR, admit) is None
    assert stage.told(PATIENT, Admitted)


@pytest.mark.anyio
@pytest.mark.parametrize("role", [Role.PATIENT, Role.STATION, Role.GUEST])
async def test_the_one_too_many_hears_that_it_is_full_and_nothing_else(
    ports: MemoryPorts, role: Role
) -> None:
    number = MAX_WAITING if role is Role.PATIENT else MAX_ADMITTED - 2
    let_in = {} if role is Role.PATIENT else {"admitted": True}
    people = [admission(f"{role}{each}", role, **let_in) for each in range(number)]
    async with serving(ports) as served:
        for who in (DOCTOR, STATION, *people):
            await served.come(who)
        late = await served.open()
        ticket = served.ticket(admission("late", role, **let_in))
        await late.send(Hello(versions=(1,), ticket=ticket))
        assert await late.closed() == CloseCode.REFUSED
        assert late.heard == [Refused(code=Code.ROOM_FULL, retry=True)]
