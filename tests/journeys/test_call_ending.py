"""What a page has to do when its call begins badly or ends: modules fetched again, photos sent first."""

import re

from playwright.sync_api import Route, expect

from tests.journeys.test_call_stills import kept, take
from tests.support.callers import Caller, CallStage

SENDING = re.compile("Đang gửi ảnh")


def end(doctor: Caller) -> None:
    """End the call for everybody."""
    doctor.page.locator("[data-dialog=end-call]").click()
    doctor.page.locator("[data-part=end]").click()


class Gate:
    """Parts of photos do not pass while it is shut."""

    def __init__(self, caller: Caller) -> None:
        self.is_shut = True
        caller.page.route("**/uploads/*", self.let)

    def let(self, route: Route) -> None:
        """Let one part through, or drop it."""
        if self.is_shut:
            route.abort("internetdisconnected")
        else:
            route.continue_()


def the_call_ends_with_a_photo_on_its_way(patient: Caller, doctor: Caller) -> None:
    patient.come()
    doctor.come()
    doctor.press("Cho vào")
    assert min(doctor.presented(1)) >= 15
    take(patient)
    expect(patient.page.locator("[data-part=still-state]")).to_contain_text("mạng")
    end(doctor)


def test_a_patient_s_photo_is_sent_before_the_page_goes_on(call_stage: CallStage) -> None:
    """Given a photo on its way, when the doctor ends the call, then the page stays until it has arrived."""
    call = call_stage.book()
    with call_stage.patient(call) as patient, call_stage.staff(call, "doctor") as doctor:
        gate = Gate(patient)
        the_call_ends_with_a_photo_on_its_way(patient, doctor)
        line = patient.page.locator("[data-part=status]:visible")
        expect(line).to_have_text(SENDING)
        expect(patient.page.get_by_role("button", name="Rời trang")).to_be_visible()
        gate.is_shut = False
        patient.page.get_by_role("heading", name="Cuộc gọi đã kết thúc").wait_for()
        assert len(kept(call_stage, call.appointment.visit_id)) == 1
        assert patient.errors == []


def test_whoever_does_not_want_to_wait_for_a_photo_leaves(call_stage: CallStage) -> None:
    """Given a photo that does not get through, when leaving is pressed, then nothing asks again."""
    call = call_stage.book()
    with call_stage.patient(call) as patient, call_stage.staff(call, "doctor") as doctor:
        Gate(patient)
        asked: list[str] = []
        patient.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        the_call_ends_with_a_photo_on_its_way(patient, doctor)
        patient.press("Rời trang")
        patient.page.get_by_role("heading", name="Cuộc gọi đã kết thúc").wait_for()
        assert asked == []


def test_a_call_comes_about_though_the_link_drops_its_modules(call_stage: CallStage) -> None:
    """Given a link that drops the call's script, when a nurse comes, then she gets into the call."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        dropped: list[str] = []

        def drop(route: Route) -> None:
            if len(dropped) < 3:
                dropped.append(route.request.url)
                route.abort("internetdisconnected")
            else:
                route.continue_()

        nurse.page.route(re.compile(r"/call/live\.js"), drop)
        doctor.come()
        nurse.come()
        assert min(nurse.presented(1)) >= 15
        nurse.hears()
        assert len(dropped) == 3
        assert nurse.errors + doctor.errors == []
