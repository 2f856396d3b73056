"""Let in and sent out, in browsers: nothing of the call reaches who waits or was removed; ends are told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlmodel import select

from telehealth.calls.models import CallEvent, CallRoom
from telehealth.kit.ids import new_id
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.rules import SlotSearch
from telehealth.visits.models import Attachment
from tests.support import world
from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall, open_folder
from tests.support.chromium import PATIENCE_MS
from tests.support.processes import wait_until
from tests.support.servers import Server

RELAY = "turn:127.0.0.1:9?transport=udp"
"""Nobody listens there: people on one machine meet without, and credentials are given out all the same."""

BEFORE_ADMISSION = {"waiting", "wait.changed", "pong", "error", "refused", "call.ended"}

COUNT_KNOCKS = """() => {
  window.knocks = 0;
  new MutationObserver((changes) => {
    for (const change of changes) window.knocks += change.addedNodes.length;
  }).observe(document.querySelector("[data-part=knocks]"), {childList: true});
}"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[CallStage]:
    """A server that gives out credentials for a relay."""
    folder = tmp_path_factory.mktemp("waiting")
    env = {"TELEHEALTH_TURN_URLS": json.dumps([RELAY]), "TELEHEALTH_TURN_SECRET": "of this test only"}
    with open_folder(folder) as database:
        server = Server(folder, command=("serve",), env=env)
        server.start()
        try:
            yield CallStage(server, database, chromium)
        finally:
            server.stop()


def learns_nothing(patient: Caller, call: BookedCall, *, heard: int = 0, said: int = 0) -> None:
    """Assert that nothing of the call went to the phone over any of its sockets, from there on."""
    frames = patient.frames[heard:]
    assert {json.loads(frame)["type"] for frame in frames} <= BEFORE_ADMISSION
    names = (call.nurse.full_name, call.doctor.full_name)
    for secret in (*names, "turn:", "credential", "candidate", "v=0", "ice_servers", "participants"):
        assert not any(secret in frame for frame in frames), secret
    assert {json.loads(frame)["type"] for frame in patient.said[said:]} <= {"hello", "ping"}
    assert patient.page.evaluate("window.peerConnections.length") == 0


def waits(patient: Caller) -> None:
    """Wait until the page is in the waiting room, first in the queue."""
    wait_until(lambda: "phòng chờ" in patient.status(), what="the waiting room")
    expect(patient.page.locator("[data-part=place]")).to_have_text("1")


def knocks(doctor: Caller) -> tuple[int, int]:
    """Return how many stand at the door now, and how often anybody new did since it was counted."""
    return doctor.page.locator("[data-part=knocks] > *").count(), int(doctor.page.evaluate("window.knocks"))


def send_photo(patient: Caller) -> None:
    """Send a small photo from the waiting room."""
    made = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(made, "JPEG")
    form = patient.page.locator("form[data-module='upload/form']")
    file: Any = {"name": "vet-thuong.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}
    form.locator("input[type=file]").set_input_files(file)
    expect(form.locator("li[data-state=done]")).to_have_count(1, timeout=2 * PATIENCE_MS)


def journal(stage: CallStage, call: BookedCall) -> list[str]:
    query = (
        select(CallEvent.kind)
        .join(CallRoom, CallRoom.id == CallEvent.room_id)
        .where(CallRoom.appointment_id == call.appointment.id)
    )
    with stage.database.read() as unit:
        return list(unit.session.exec(query))


def photos_of(stage: CallStage, call: BookedCall) -> list[tuple[bool, str]]:
    query = select(Attachment).where(Attachment.visit_id == call.appointment.visit_id)
    with stage.database.read() as unit:
        return [(each.is_whole, each.source) for each in unit.session.exec(query)]


def another_time(stage: CallStage, call: BookedCall) -> datetime:
    """Return a free time of the doctor on another day."""
    first_on = call.appointment.starts_at.date() + timedelta(days=1)
    search = SlotSearch(from_on=first_on, to_on=first_on + timedelta(days=2), limit=1)
    with stage.database.read() as unit:
        return find_slots(unit.session, call.nurse, search, now=unit.now)[0].starts_at


def ask(stage: CallStage, call: BookedCall, what: str, body: dict[str, Any]) -> None:
    """Let the station's program do something about the appointment."""
    with stage.database.write() as unit:
        token = world.make_token(unit.session, call.nurse, now=unit.now)
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/appointments/{call.appointment.id}"
    with httpx2.Client(base_url=stage.server.base_url, headers=bearer, timeout=60) as program:
        version = program.get(path).raise_for_status().json()["version"]
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": str(new_id())}
        program.post(f"{path}/{what}", json=body, headers=headers).raise_for_status()


def test_the_place_is_kept_through_reloads_and_nothing_of_the_call_gets_in(stage: CallStage) -> None:
    """Given a phone that waits, when its page is loaded anew, then all is kept, and there is one knock."""
    call = stage.book()
    with stage.staff(call, "doctor") as doctor, stage.patient(call) as patient:
        doctor.come()
        doctor.page.locator("[data-phase=live]").wait_for()
        doctor.page.evaluate(COUNT_KNOCKS)
        patient.come()
        waits(patient)
        wait_until(lambda: knocks(doctor) == (1, 1), what="the knock")
        doctor.press("5 phút")
        patient.page.get_by_text("xin đợi thêm khoảng 5 phút").wait_for()
        send_photo(patient)

        patient.page.reload()
        waits(patient)
        patient.page.get_by_text("xin đợi thêm khoảng 5 phút").wait_for()
        learns_nothing(patient, call)

        patient.page.goto("about:blank")
        doctor.page.get_by_text("đã đến phòng chờ, rồi đóng trang").wait_for()
        patient.come()
        waits(patient)
        patient.page.get_by_text("xin đợi thêm khoảng 5 phút").wait_for()

        tab = patient.open_tab()
        tab.come()
        waits(tab)
        wait_until(lambda: "trang khác" in patient.status(), what="the older page standing back")
        wait_until(lambda: knocks(doctor) == (1, 1), what="still the one knock")
        learns_nothing(tab, call)
        learns_nothing(patient, call)
        assert photos_of(stage, call) == [(True, "waiting")]
        assert journal(stage, call).count("knocked") == 1

        doctor.press("Cho vào")
        tab.page.locator("[data-phase=live]").wait_for()
        # The same assertions would have seen it: once let in, names and credentials are there.
        wait_until(lambda: any(RELAY in frame for frame in tab.frames), what="credentials once let in")
        assert any(call.doctor.full_name in frame for frame in tab.frames)
        assert doctor.errors + patient.errors + tab.errors == []


def test_a_cancelled_appointment_is_told_in_the_waiting_room(stage: CallStage) -> None:
    """Given a phone that waits, when the station calls it off, then the page says so: its link has ended."""
    call = stage.book()
    with stage.patient(call) as patient:
        patient.come()
        waits(patient)
        with looks_behind_its_link(patient):
            ask(stage, call, "cancel", {"reason": "patient_asked"})
        stays_with(patient, "Lịch hẹn này đã hủy")
        learns_nothing(patient, call)


def test_an_appointment_put_to_another_time_is_told_in_the_waiting_room(stage: CallStage) -> None:
    """Given a phone that waits, when the hour changes, then the page says where the new one is to be read."""
    call = stage.book()
    with stage.patient(call) as patient:
        patient.come()
        waits(patient)
        with looks_behind_its_link(patient):
            ask(stage, call, "reschedule", {"starts_at": another_time(stage, call).isoformat()})
        stays_with(patient, "tin nhắn mới nhất của trạm")
        learns_nothing(patient, call)


@contextmanager
def looks_behind_its_link(patient: Caller) -> Iterator[None]:
    """Wait, after what happens in the block, till the phone was told that its link has ended."""
    with patient.page.expect_response(lambda each: each.url.endswith("/call") and each.status >= 400):
        yield


def stays_with(patient: Caller, words: str) -> None:
    """Wait until the page says something, for good, with a number to ring and no way back in."""
    wait_until(lambda: words in patient.status(), what=words)
    assert patient.page.locator("a[href^='tel:']:visible").count() == 1
    assert patient.page.get_by_role("link", name="Vào lại").count() == 0
    check_accessibility(patient.page)
    assert words in patient.status(), "the page is still this one, not that of a dead link"
    assert patient.errors == []


def test_the_doctor_s_end_is_told_in_the_waiting_room(stage: CallStage) -> None:
    """Given a phone that waits, when the doctor ends the call, then the page says so by itself."""
    call = stage.book()
    with stage.staff(call, "doctor") as doctor, stage.patient(call) as patient:
        doctor.come()
        patient.come()
        waits(patient)
        doctor.press("Kết thúc")
        doctor.press("Kết thúc cho mọi người")
        patient.page.get_by_role("heading", name="Cuộc gọi đã kết thúc").wait_for()
        learns_nothing(patient, call)


OPEN = "window.peerConnections.filter((each) => each.connectionState !== 'closed').length"


def goes_on_for_two(doctor: Caller, nurse: Caller) -> None:
    """Wait until doctor and station have let go of everybody but each other, and see each other."""
    for caller in (doctor, nurse):
        expect(caller.page.locator("[data-part=tiles] > *")).to_have_count(1, timeout=PATIENCE_MS)
        assert caller.page.evaluate(OPEN) == 1, "the connection to who was removed is closed with the tile"
        assert min(caller.presented(1)) >= 15


def test_who_is_removed_is_dropped_by_all_and_comes_back_by_the_waiting_room_alone(stage: CallStage) -> None:
    """Given three in a call, when the doctor removes one, then that one is told, and must be let in again."""
    call = stage.book()
    with (
        stage.staff(call, "nurse") as nurse,
        stage.staff(call, "doctor") as doctor,
        stage.patient(call) as patient,
    ):
        for caller in (nurse, doctor, patient):
            caller.come()
        doctor.press("Cho vào")
        for caller in (nurse, doctor, patient):
            assert min(caller.presented(2, wanted=5)) >= 5
        assert any(RELAY in frame for frame in patient.frames), "who is in the call has credentials"

        doctor.press("Mọi người")
        doctor.press("Mời ra")
        wait_until(lambda: "mời ra khỏi phòng" in patient.status(), what="the phone being told")
        goes_on_for_two(doctor, nurse)
        assert patient.page.evaluate(OPEN) == 0
        last = json.loads(patient.frames[-1])
        assert (last["type"], last["code"]) == ("refused", "removed-from-room"), "nothing is heard after that"

        heard, said = len(patient.frames), len(patient.said)
        patient.page.reload()
        waits(patient)
        doctor.page.locator("[data-part=knocks] [data-act=admit]").wait_for()
        learns_nothing(patient, call, heard=heard, said=said)
        goes_on_for_two(doctor, nurse)

        doctor.press("Cho vào")
        for caller in (nurse, doctor, patient):
            assert min(caller.presented(2, wanted=5)) >= 5
        assert nurse.errors + doctor.errors + patient.errors == []
