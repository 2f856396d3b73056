"""The patient's phone: the waiting room, a call of three, a second camera beside the station's laptop."""

import json

from sqlmodel import select

from telehealth.calls.models import CallEvent, CallMember, CallRoom
from telehealth.kit.ids import new_id
from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.processes import wait_until

OF_LINES = ("lost", "returned", "away", "back", "level", "restarted", "renewed")
"""How lines fared depends on the machine's load."""

BEFORE_ADMISSION = {"waiting", "wait.changed", "pong", "error", "refused", "call.ended"}


def journal(stage: CallStage, call: BookedCall, role: str) -> list[str]:
    """What the call's journal tells of people in a role, in order."""
    query = (
        select(CallEvent.kind)
        .join(CallMember, CallMember.id == CallEvent.member_id)
        .join(CallRoom, CallRoom.id == CallEvent.room_id)
        .where(
            CallRoom.appointment_id == call.appointment.id,
            CallMember.role == role,
            CallEvent.kind.not_in(OF_LINES),
        )
        .order_by(CallEvent.occurred_at, CallEvent.id)
    )
    with stage.database.read() as unit:
        return list(unit.session.exec(query))


def wait_for_journal(stage: CallStage, call: BookedCall, *kinds: str) -> None:
    """Wait until the journal tells this of the patient, first of all: lines are written some at a time."""
    begins = lambda: journal(stage, call, "patient")[: len(kinds)]  # noqa: E731
    wait_until(lambda: begins() == list(kinds), what=f"the journal telling {kinds}")


def wait_for_knock(caller: Caller) -> None:
    caller.page.locator("[data-part=knocks] [data-act=admit]").wait_for()


def room_below_the_buttons(caller: Caller) -> float:
    """Return the height that is left empty under the buttons of the call."""
    box = caller.page.locator(".controls").bounding_box()
    size = caller.page.viewport_size
    assert box
    assert size
    return size["height"] - box["y"] - box["height"]


def test_a_patient_learns_nothing_before_being_admitted_then_all_three_meet(call_stage: CallStage) -> None:
    """Given a call, when the patient knocks, then nothing of it reaches the phone until the doctor admits."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse") as nurse,
        call_stage.staff(call, "doctor") as doctor,
        call_stage.patient(call) as patient,
    ):
        nurse.come()
        doctor.come()
        patient.come()
        wait_for_knock(doctor)
        wait_for_knock(nurse)
        assert "Chưa xác nhận danh tính" in doctor.page.locator("[data-part=knocks]").inner_text()
        wait_until(lambda: "phòng chờ" in patient.status(), what="the waiting room")
        assert {json.loads(frame)["type"] for frame in patient.frames} <= BEFORE_ADMISSION
        for name in ("Nông Thị Hạnh", "Trần Văn Minh", "candidate", "turn:"):
            assert not any(name in frame for frame in patient.frames)
        assert patient.page.evaluate("window.peerConnections.length") == 0

        patient.page.get_by_text("Bác sĩ đã vào phòng khám").wait_for()
        doctor.press("5 phút")
        patient.page.get_by_text("xin đợi thêm khoảng 5 phút").wait_for()
        assert {json.loads(frame)["type"] for frame in patient.frames} <= BEFORE_ADMISSION

        doctor.press("Cho vào")

        for caller in (nurse, doctor, patient):
            assert min(caller.presented(2)) >= 15
            caller.hears()
        assert room_below_the_buttons(nurse) < 40, "the picture takes the room there is"
        doctor.press("Mọi người")
        doctor.press("Đã đúng người")
        for caller in (doctor, nurse):
            caller.page.locator("[data-part=unconfirmed]:visible").first.wait_for(state="hidden")

        patient.page.reload()
        assert min(patient.presented(2)) >= 15, "who was admitted is not asked to wait again"
        assert nurse.errors + doctor.errors + patient.errors == []
    wait_for_journal(call_stage, call, "knocked", "admitted", "confirmed", "joined")


def test_every_state_of_a_call_is_accessible(call_stage: CallStage) -> None:
    """Given a call, when somebody knocks, waits, speaks and leaves, then axe finds nothing to complain of."""
    call = call_stage.book()
    with call_stage.staff(call, "doctor") as doctor, call_stage.patient(call) as patient:
        doctor.come()
        patient.come()
        wait_for_knock(doctor)
        check_accessibility(doctor.page)
        check_accessibility(patient.page)
        doctor.press("Cho vào")
        patient.presented(1)
        doctor.press("Mọi người")
        check_accessibility(doctor.page)
        patient.press("Nhắn tin")
        check_accessibility(patient.page)
        patient.press("Kết thúc")
        patient.page.get_by_role("link", name="Vào lại").wait_for()
        check_accessibility(patient.page)


def test_a_phone_beside_the_laptop_is_a_second_camera_without_sound(call_stage: CallStage) -> None:
    """Given a call, when a phone of the same room joins, then it shows a picture, says and plays nothing."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse") as nurse,
        call_stage.staff(call, "doctor") as doctor,
        call_stage.patient(call, query="?beside=1") as phone,
    ):
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1)) >= 15
        phone.come()
        wait_for_knock(nurse)
        assert "Máy thứ hai" in nurse.page.locator("[data-part=knocks]").inner_text()

        nurse.press("Cho vào")

        assert min(doctor.presented(2)) >= 15
        assert min(phone.presented(2)) >= 15
        assert all(each["sent"] == 0 for each in phone.sound())
        muted = "[...document.querySelectorAll('[data-part=tiles] video')].map((each) => each.muted)"
        assert phone.page.evaluate(muted) == [True, True]
        assert phone.page.get_by_role("button", name="Mic").count() == 0
        assert doctor.page.evaluate(muted) == [False, False]


def test_a_patient_who_is_turned_away_may_knock_again(call_stage: CallStage) -> None:
    """Given a knock, when the doctor refuses, then the phone says so and offers to come in again."""
    call = call_stage.book()
    with call_stage.staff(call, "doctor") as doctor, call_stage.patient(call) as patient:
        doctor.come()
        patient.come()
        wait_for_knock(doctor)

        doctor.press("Không cho vào")

        again = patient.page.get_by_role("link", name="Vào lại")
        again.wait_for()
        wait_until(lambda: "mời ra" in patient.status(), what="the phone being told")
        again.click()
        wait_for_knock(doctor)
    wait_for_journal(call_stage, call, "knocked", "left", "knocked")


def test_an_ended_call_says_so_instead_of_a_waiting_room(call_stage: CallStage) -> None:
    """Given an ended call, when the patient opens the link again, then the page says it has ended."""
    call = call_stage.book()
    with call_stage.staff(call, "doctor") as doctor, call_stage.patient(call) as patient:
        doctor.come()
        patient.come()
        wait_for_knock(doctor)
        doctor.press("Kết thúc")
        doctor.press("Kết thúc cho mọi người")
        patient.page.get_by_role("heading", name="Cuộc gọi đã kết thúc").wait_for()

        patient.come()

        patient.page.get_by_role("heading", name="Cuộc gọi đã kết thúc").wait_for()


def test_a_stranger_finds_no_call(call_stage: CallStage) -> None:
    """Given a call, when a colleague of another station asks for it, then it looks as if there were none."""
    call, other = call_stage.book(), call_stage.book()
    with call_stage.staff(other, "nurse") as stranger:
        known = stranger.page.goto(call.path)
        unknown = stranger.page.goto(f"/calls/{new_id()}")
        assert known is not None
        assert unknown is not None
        assert (known.status, unknown.status) == (404, 404)
