"""What breaks in a call, and what goes on: the server killed, devices refused or missing."""

from playwright.sync_api import Playwright, Route

from tests.support.callers import CallStage
from tests.support.chromium import PATIENCE_MS, open_browser
from tests.support.processes import wait_until


def test_media_goes_on_while_the_server_is_dead_and_signalling_comes_back(call_stage: CallStage) -> None:
    """Given a call, when the server is killed and started again, then nobody loses sight or sound."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15

        with call_stage.dead_server():
            for caller in (nurse, doctor):
                wait_until(lambda who=caller: "Mất kết nối" in who.status(), what="the page saying so")  # type: ignore[misc]
                assert min(caller.presented(1, wanted=20)) >= 20, "the picture goes on without the server"
                assert caller.page.evaluate("window.peerConnections.length") == 1

        for caller in (nurse, doctor):
            wait_until(lambda who=caller: who.status() == "", what="signalling being back")  # type: ignore[misc]
        nurse.page.fill("#call-text", "Anh còn nghe em không?")
        nurse.press("Gửi tin")
        doctor.page.get_by_text("Anh còn nghe em không?").wait_for()
        assert min(doctor.presented(1)) >= 15
        assert doctor.page.evaluate("window.peerConnections.length") == 1, "running media was not touched"


def test_a_refused_camera_and_microphone_leave_a_call_to_watch(
    call_stage: CallStage, playwright: Playwright
) -> None:
    """Given no permission, when a nurse joins, then the page says how to allow it, and she sees and hears."""
    call = call_stage.book()
    with open_browser(playwright, flags=("--use-fake-device-for-media-stream",)) as strict:
        refusing = CallStage(call_stage.server, call_stage.database, strict)
        with refusing.staff(call, "nurse", media=False) as nurse, call_stage.staff(call, "doctor") as doctor:
            nurse.come()
            doctor.come()

            wait_until(lambda: "Chưa được phép dùng micro" in nurse.status(), what="the way to allow it")
            assert min(nurse.presented(1)) >= 15
            nurse.hears()
            doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
            doctor.page.locator("[data-part=tiles] [data-part=muted]:visible").wait_for()


def test_a_patient_may_come_by_sound_alone(call_stage: CallStage) -> None:
    """Given a phone without a usable camera, when audio only is chosen, then voices go both ways."""
    call = call_stage.book()
    with call_stage.staff(call, "doctor") as doctor, call_stage.patient(call, query="?audio=1") as patient:
        doctor.come()
        patient.come()
        doctor.press("Cho vào")

        assert min(patient.presented(1)) >= 15
        patient.hears()
        # The invented microphone beeps only while the same browser's camera runs: bytes must do.
        voices = lambda: [each["received"] for each in doctor.sound()]  # noqa: E731
        wait_until(lambda: max(voices(), default=0) > 2_000, what="the patient's voice")
        doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()


def test_a_phone_gets_the_stage_of_the_call_though_the_first_requests_for_it_fail(
    call_stage: CallStage,
) -> None:
    """Given a link that drops what the waiting room fetches ahead, when admitted, then the call is shown.

    And a page opened anew in the midst of a call, which fetches all at once, shows it too.
    """
    call = call_stage.book()
    with call_stage.patient(call) as patient, call_stage.staff(call, "doctor") as doctor:
        dropped: list[str] = []

        def drop(route: Route) -> None:
            if len(dropped) < 4:
                dropped.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        patient.page.route("**/call/stage", drop)
        with patient.page.expect_event("requestfailed", timeout=PATIENCE_MS):
            patient.come()
        doctor.come()
        assert patient.page.locator("[data-part=tiles]").count() == 0
        doctor.press("Cho vào")
        assert min(patient.presented(1)) >= 15
        assert len(dropped) == 4
        patient.come()
        assert min(patient.presented(1)) >= 15
        patient.hears()
        assert patient.page.locator("#stage").count() == 1
        assert doctor.errors + patient.errors == []


def test_the_device_check_works_and_says_how_to_allow(call_stage: CallStage, playwright: Playwright) -> None:
    """Given a phone, when it is tried, then picture and level show; refused, the way to allow it."""
    call = call_stage.book()
    with call_stage.patient(call, query="/check") as patient:
        patient.come()
        patient.page.locator("[data-part=camera][data-state=ok]").wait_for()
        patient.page.locator("[data-part=microphone][data-state=ok]").wait_for()
        patient.press("Nghe thử")
        patient.press("Nghe được")
        patient.page.locator("[data-part=speaker][data-state=ok]").wait_for()
        patient.page.get_by_role("link", name="Vào phòng chờ").click()
        wait_until(lambda: "phòng chờ" in patient.status(), what="the waiting room")

    with open_browser(playwright, flags=("--use-fake-device-for-media-stream",)) as strict:
        refusing = CallStage(call_stage.server, call_stage.database, strict)
        with refusing.patient(call, query="/check", media=False) as patient:
            patient.come()
            patient.page.get_by_text("Cách cho phép máy ảnh và micro").wait_for()
            patient.page.get_by_role("link", name="Chỉ dùng tiếng").wait_for()
