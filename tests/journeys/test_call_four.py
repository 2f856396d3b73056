"""A call with as many in it as it holds: all four meet by name, and one more is told that it is full."""

import json

from telehealth.calls import service
from telehealth.calls.ringing import RingPurpose
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from tests.support import world
from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.processes import wait_until

FULL = "Phòng gọi đã đủ người"


def ask_in(stage: CallStage, call: BookedCall) -> MembershipActor:
    """Let the doctor ring an interpreter, who accepts."""
    with stage.database.write() as unit:
        house = unit.session.get_one(world.Facility, call.doctor.facility_id)
        guest = world.make_doctor(unit.session, house, name=f"Lường Thu Hà {new_id().hex[-4:]}")
    with stage.database.write() as unit:
        wanted = (call.appointment.id, guest.ref, RingPurpose.INTERPRETER)
        ring = service.ask_in(unit.session, call.doctor, *wanted, now=unit.now)
        service.accept(unit.session, guest, ring.id, now=unit.now)
    return guest


def another_of_the_station(stage: CallStage, call: BookedCall) -> MembershipActor:
    """Give the station one more nurse."""
    with stage.database.write() as unit:
        station = unit.session.get_one(world.Facility, call.nurse.facility_id)
        return world.make_member(unit.session, station, name="Hoàng Thị Sen")


def sees(caller: Caller) -> set[str]:
    """Return who a page shows: name and part of everybody else, as the tiles say them."""
    return set(caller.page.locator("[data-part=tiles] [data-part=name]").all_inner_texts())


def wait_for_full(caller: Caller) -> None:
    wait_until(lambda: FULL in caller.status(), what="the page saying that the call is full", seconds=60)


def leave(caller: Caller) -> None:
    """Leave the call for oneself alone, as staff do."""
    caller.press("Kết thúc")
    caller.press("Rời phòng")


def all_meet(people: dict[str, Caller]) -> None:
    """Everybody sees and hears everybody else, and knows who they are."""
    for label, caller in people.items():
        others = set(people) - {label}
        wait_until(lambda who=caller, all_=others: sees(who) == all_, what="names and parts", seconds=90)  # type: ignore[misc]
        # Between those who are not the doctor pictures are small and few, on a busy machine fewer yet.
        assert min(caller.presented(len(others), wanted=3, seconds=90)) >= 3
        wait_until(lambda who=caller: len(who.sound()) == 3, what="three voices", seconds=60)  # type: ignore[misc]
        caller.hears(seconds=90)


def a_fifth_is_told(doctor: Caller, patient: Caller, fifth: Caller) -> None:
    """One more colleague hears that it is full; a place left is theirs; then the phone is told."""
    fifth.come()
    wait_for_full(fifth)
    check_accessibility(fifth.page)
    assert {json.loads(frame)["type"] for frame in fifth.frames} == {"refused"}
    assert fifth.page.evaluate("window.peerConnections.length") == 0

    patient.press("Kết thúc")
    fifth.page.locator("[data-phase=live]").wait_for()
    wait_until(lambda: len(sees(fifth)) == 3, what="the fifth in the call", seconds=60)
    patient.page.get_by_role("link", name="Vào lại").click()
    wait_for_full(patient)
    assert "Mất mạng" not in patient.status()
    assert patient.page.locator("a[href^='tel:']:visible").count() == 1
    check_accessibility(patient.page)

    leave(fifth)
    patient.page.locator("[data-phase=live]").wait_for()
    wait_until(lambda: any("Người bệnh" in each for each in sees(doctor)), what="the phone back", seconds=60)


def one_who_knocks_waits(doctor: Caller, guest: Caller, camera: Caller) -> None:
    """A second phone knocks: the doctor is told why nobody can be let in, until there is a place."""
    camera.come()
    knock = doctor.page.locator("[data-part=knocks]")
    knock.get_by_text("đã đủ 4 máy").wait_for()
    admit = knock.get_by_role("button", name="Cho vào", exact=True)
    assert admit.is_disabled()
    check_accessibility(doctor.page)
    leave(guest)
    knock.get_by_text("đã đủ 4 máy").wait_for(state="hidden")
    admit.click()
    wait_until(lambda: len(sees(camera)) == 3, what="the second phone in the call", seconds=60)


def test_four_meet_and_one_more_is_told_that_the_call_is_full(call_stage: CallStage) -> None:
    """Given a call of four, when others come, then they are told, and get a place that is left."""
    call = call_stage.book()
    fifth = another_of_the_station(call_stage, call)
    with (
        call_stage.staff(call, "nurse") as nurse,
        call_stage.staff(call, "doctor") as doctor,
        call_stage.patient(call) as patient,
    ):
        for caller in (nurse, doctor, patient):
            caller.come()
        doctor.press("Cho vào")
        doctor.presented(2, wanted=1)
        interpreter = ask_in(call_stage, call)
        with call_stage.seat(interpreter, call.path) as guest:
            guest.come()
            all_meet(
                {
                    f"ĐD. {call.nurse.full_name} · Trạm y tế": nurse,
                    f"BS. {call.doctor.full_name} · Bác sĩ": doctor,
                    f"{call.patient.full_name} · Người bệnh": patient,
                    f"BS. {interpreter.full_name} · Khách": guest,
                }
            )
            with call_stage.seat(fifth, call.path, media=False) as late:
                a_fifth_is_told(doctor, patient, late)
            with call_stage.patient(call, query="?beside=1") as camera:
                one_who_knocks_waits(doctor, guest, camera)
            assert nurse.errors + doctor.errors + patient.errors + guest.errors == []
