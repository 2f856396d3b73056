"""Doctor and station in a real call between real browsers."""

from sqlmodel import select

from telehealth.calls.models import CallEvent, CallMember, CallRoom, ChatMessage
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.states import AppointmentState
from tests.support.callers import CallStage
from tests.support.processes import wait_until


def test_doctor_and_station_see_hear_and_write_to_each_other(call_stage: CallStage) -> None:
    """Given a booked call, when both come, then all arrives, and the end ends it for both."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        wait_until(lambda: "Chưa có ai khác" in nurse.status(), what="the nurse being alone")
        doctor.come()

        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
        nurse.hears()
        doctor.hears()
        # The answering side was measured to stay at 6 kbps with other settings (see senders.js).
        for caller in (nurse, doctor):
            rates = lambda who=caller: [each["target"] for each in who.sound()]  # noqa: E731
            wait_until(lambda told=rates: max(told(), default=0) >= 16_000, what="the bit rate")  # type: ignore[misc]

        nurse.page.fill("#call-text", "Em vừa cho bà thở oxy 2 lít.")
        nurse.press("Gửi tin")
        doctor.page.get_by_text("Em vừa cho bà thở oxy 2 lít.").wait_for()

        nurse.press("Mic bật")
        doctor.page.locator("[data-part=tiles] [data-part=muted]:visible").wait_for()
        nurse.press("Mic tắt")
        nurse.press("Hình bật")
        doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
        nurse.press("Hình tắt")
        assert min(doctor.presented(1)) >= 15

        doctor.press("Kết thúc")
        doctor.press("Kết thúc cho mọi người")
        for caller in (doctor, nurse):
            wait_until(lambda who=caller: "đã kết thúc" in who.status(), what="the end")  # type: ignore[misc]
        nurse.come()
        wait_until(lambda: "đã kết thúc" in nurse.status(), what="the end, on a page opened later")
        assert nurse.errors + doctor.errors == []

    with call_stage.database.read() as unit:
        room = unit.session.exec(select(CallRoom).where(CallRoom.appointment_id == call.appointment.id)).one()
        kept = unit.session.exec(select(ChatMessage).where(ChatMessage.room_id == room.id)).one()
        assert (room.state, room.end_reason) == ("ended", "completed")
        assert (kept.text, kept.visit_id) == ("Em vừa cho bà thở oxy 2 lít.", call.appointment.visit_id)
        appointment = unit.session.get_one(Appointment, call.appointment.id)
        assert appointment.status == AppointmentState.FULFILLED


def test_a_page_loaded_again_is_back_in_the_call(call_stage: CallStage) -> None:
    """Given a running call, when the station reloads, then they meet again, the chat is there, and the
    journal tells of a page that came in twice, not of a line that broke.
    """
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1)) >= 15
        doctor.page.fill("#call-text", "Chào chị.")
        doctor.press("Gửi tin")

        nurse.page.reload()

        nurse.page.get_by_text("Chào chị.").wait_for()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
        nurse.hears()
    query = (
        select(CallEvent.kind)
        .join(CallMember, CallMember.id == CallEvent.member_id)
        .join(CallRoom, CallRoom.id == CallEvent.room_id)
        .where(CallRoom.appointment_id == call.appointment.id, CallMember.role == "station")
        .where(CallEvent.kind.in_(["joined", "lost"]))
    )
    with call_stage.database.read() as unit:
        assert unit.session.exec(query).all() == ["joined", "joined"]


def test_somebody_who_leaves_can_come_back(call_stage: CallStage) -> None:
    """Given a running call, when the doctor leaves the room, then the call stands and he may return."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15

        doctor.press("Kết thúc")
        doctor.press("Rời phòng")

        wait_until(lambda: "Chưa có ai khác" in nurse.status(), what="the nurse being alone again")
        wait_until(lambda: "Đã rời phòng" in doctor.status(), what="the doctor having left")
        doctor.page.get_by_role("link", name="Vào lại").click()
        assert min(nurse.presented(1)) >= 15
