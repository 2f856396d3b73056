"""Where things stand on the pages of a call: who is large, what opens, that nothing lies on a picture."""

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from telehealth.orders import service as orders
from telehealth.orders.rules import OrderKind, When
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import DESKTOP, PATIENCE_MS, PHONE
from tests.support.processes import wait_until

SEEN = """(panel) => {
  const {top, bottom, left} = panel.getBoundingClientRect();
  const dock = document.querySelector(".controls").getBoundingClientRect();
  const end = left < dock.right ? dock.top : innerHeight;
  return top >= 0 && bottom <= end && panel.contains(document.activeElement);
}"""


def at_home(stage: CallStage, call: BookedCall) -> None:
    with stage.database.write() as unit:
        appointment = unit.session.get_one(Appointment, call.appointment.id)
        appointment.patient_place = PatientPlace.HOME
        unit.session.add(appointment)


def large(caller: Caller) -> str:
    """Return who is large."""
    return caller.page.locator("[data-part=tiles] > [data-place=main] [data-part=name]").inner_text()


def lie_on_each_other(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["360", "1280"])
def test_a_panel_comes_into_view_and_the_page_stands_as_before(
    call_stage: CallStage, size: ViewportSize
) -> None:
    """Given a call, when a panel is opened, then it is seen, edged and used; closed, all is as it was."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        for caller in (nurse, doctor):
            caller.page.set_viewport_size(size)
            caller.come()
        for caller in (nurse, doctor):
            assert min(caller.presented(1, wanted=5)) >= 5
            for name in ("people", "stills", "more"):
                button = caller.page.locator(f"[data-opens={name}]")
                panel = caller.page.locator(f"[data-part={name}]")
                button.click()
                wait_until(lambda at=panel: at.evaluate(SEEN), what=f"{name} in view")  # type: ignore[misc]
                if caller is doctor and size is DESKTOP:
                    edge = panel.evaluate("(each) => getComputedStyle(each).borderTopWidth")
                    assert edge == "1px", "it lies on pictures, and shows where it ends"
                button.click()
                caller.page.wait_for_function("() => scrollY === 0")
        assert nurse.errors + doctor.errors == []


def test_the_patient_is_large_and_nothing_lies_on_a_picture(call_stage: CallStage) -> None:
    """Given a patient at home, then the doctor sees them large, a tap chooses, and pictures stay free."""
    call = call_stage.book()
    at_home(call_stage, call)
    with (
        call_stage.staff(call, "nurse") as nurse,
        call_stage.staff(call, "doctor") as doctor,
        call_stage.patient(call) as patient,
    ):
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1, wanted=5)) >= 5
        assert call.nurse.full_name in large(doctor), "nobody else is there"
        patient.come()
        doctor.press("Cho vào")
        for caller in (doctor, patient):
            assert min(caller.presented(2, wanted=5)) >= 5
        assert call.patient.full_name in large(doctor)
        assert call.doctor.full_name in large(patient)
        assert call.doctor.full_name in large(nurse)
        doctor.page.locator("[data-part=tiles] > [data-place=side]").click()
        assert call.nurse.full_name in large(doctor)

        small = patient.page.locator("[data-part=tiles] > [data-place=side]")
        assert not lie_on_each_other(small, patient.page.locator("[data-part=flip]"))
        doctor.page.keyboard.press("Alt+h")
        status = patient.page.locator("[data-part=status]:visible")
        status.wait_for()
        assert not lie_on_each_other(small, status)
        assert call.nurse.full_name in large(doctor), "who was chosen stays"
        assert nurse.errors + doctor.errors + patient.errors == []


def test_the_station_is_told_what_is_decided_and_photos_stand_there_again(call_stage: CallStage) -> None:
    """Given a call, when the doctor orders something, then the nurse reads it, and later what to do.

    A photo taken in it is listed on both pages once they are loaded again.
    """
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1, wanted=5)) >= 5
        nurse.page.locator("[data-part=stills-open]").click()
        nurse.press("Chụp ảnh nét")
        expect(doctor.page.locator("[data-part=still-list] li")).to_have_count(1, timeout=2 * PATIENCE_MS)
        for caller in (nurse, doctor):
            caller.page.reload()
            expect(caller.page.locator("[data-part=still-list] li")).to_have_count(1)
        assert min(doctor.presented(1, wanted=5)) >= 5

        with call_stage.database.write() as unit:
            wanted = orders.Wanted(kind=OrderKind.OTHER, what="Đo lại huyết áp", when=When.NOW)
            orders.write(unit.session, call.doctor, call.appointment.visit_id, wanted, now=unit.now)
        nurse.page.locator(".work__news", has_text="Chỉ định: Đo lại huyết áp").wait_for()
        assert doctor.page.locator(".work__news").count() == 0

        doctor.press("Kết thúc")
        doctor.press("Kết thúc cho mọi người")
        nurse.page.get_by_role("heading", name="Việc tiếp theo").wait_for()
        expect(nurse.page.get_by_role("link", name="Chỉ định mới")).to_be_visible()
        expect(nurse.page.locator(".work__news")).to_be_hidden()
        expect(doctor.page.get_by_role("link", name="Viết tiếp và ký hồ sơ")).to_be_visible()
        assert nurse.errors + doctor.errors == []
