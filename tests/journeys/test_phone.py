"""A link on a small phone with a touch screen: confirmed, given another time, and the call joined at it.

The station's page stands open beside it and tells each step by itself.
"""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import AbsentParty
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import PATIENCE_MS
from tests.support.phones import fits, link_of, small_phone


def tap(page: Page, words: str) -> None:
    """Tap a button, or a link that looks like one, with a finger."""
    page.locator("a:visible, button:visible").filter(has_text=words).first.tap()


def come_in(page: Page, link: str) -> None:
    """Open the text's link and give the year 1949."""
    page.goto(link)
    fits(page)
    tap(page, "Mở lời nhắn")
    expect(page.get_by_role("heading", name="Người bệnh sinh năm nào?")).to_be_visible()
    assert "Bàn Thị Nái" not in page.locator("main").inner_text()
    fits(page)
    page.get_by_text("1940 – 1949").tap()
    tap(page, "1949")
    expect(page.get_by_text("Bàn Thị Nái").first).to_be_visible()
    fits(page)


def open_appointment(nurse: Caller, call: BookedCall) -> str:
    """Let the nurse look at the appointment; return its time as her page says it."""
    nurse.page.set_default_timeout(PATIENCE_MS)
    nurse.page.goto(f"/appointments/{call.appointment.id}")
    return nurse.page.locator("h1").inner_text()


def confirm(patient: Page, nurse: Page) -> None:
    """Say "I will be there"; the station's open page tells it without being reloaded."""
    tap(patient, "Tôi sẽ có mặt")
    expect(patient.get_by_text("Trạm đã biết")).to_be_visible()
    fits(patient)
    expect(nurse.get_by_text("Người bệnh trả lời")).to_be_visible()
    expect(nurse.get_by_text(re.compile("^sẽ đến", re.IGNORECASE))).to_be_visible()


def take_another_time(patient: Page, nurse: Page, before: str) -> None:
    """Choose a free time; the phone goes on with it, and the station's page shows it by itself."""
    tap(patient, "Xin giờ khác")
    expect(patient.get_by_role("heading", name="Xin giờ khác")).to_be_visible()
    fits(patient)
    tap(patient, "Đổi sang giờ này")
    expect(patient.get_by_text("Chọn một trong các giờ còn trống").first).to_be_visible()
    fits(patient)
    choice = patient.locator("label.choice", has=patient.locator("[name=slot]")).nth(1)
    time = choice.locator(".strong").inner_text()
    choice.tap()
    tap(patient, "Đổi sang giờ này")
    expect(patient.get_by_text("Đã đổi sang giờ mới")).to_be_visible()
    expect(patient.locator(".slip__time")).to_have_text(time)
    fits(patient)
    expect(nurse.locator("h1")).to_have_text(time)
    expect(nurse.get_by_text("người bệnh tự làm trên máy")).to_be_visible()
    assert before != ""


def join(patient: Caller, doctor: Caller) -> None:
    """Try the device, wait, be admitted; both see each other."""
    page = patient.page
    page.locator("main a[href$='/call/check']").tap()
    expect(page.get_by_role("heading", name="Thử máy")).to_be_visible()
    fits(page)
    tap(page, "Vào phòng chờ")
    page.wait_for_url("**/call")
    expect(page.get_by_role("heading", name="Phòng chờ")).to_be_visible()
    fits(page)
    doctor.press("Cho vào")
    for caller in (patient, doctor):
        assert min(caller.presented(1)) >= 15
        caller.hears()
    fits(page)


def test_a_patient_confirms_takes_another_time_and_joins_on_a_small_phone(call_stage: CallStage) -> None:
    """Given a text, when its link is tapped on 360 px, then each step is told to the station by itself."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        call_stage.staff(call, "doctor") as doctor,
        small_phone(call_stage) as patient,
    ):
        before = open_appointment(nurse, call)
        come_in(patient.page, link_of(call_stage.database, call))
        confirm(patient.page, nurse.page)
        take_another_time(patient.page, nurse.page, before)
        doctor.come()
        join(patient, doctor)
        assert nurse.errors + doctor.errors + patient.errors == []


def test_a_time_somebody_else_took_is_told_and_others_are_offered(call_stage: CallStage) -> None:
    """Given offered times on a phone, when one goes to somebody else, then the agreed time stays."""
    call = call_stage.book()
    with small_phone(call_stage) as patient:
        page = patient.page
        come_in(page, link_of(call_stage.database, call))
        agreed = page.locator(".slip__time").inner_text()
        tap(page, "Xin giờ khác")
        choice = page.locator("[name=slot]").first
        choice.evaluate(
            "(each) => { each.value = String(Number(each.value) + 60); }"
        )  # no start of anybody's
        page.locator("label.choice", has=page.locator("[name=slot]")).first.tap()
        tap(page, "Đổi sang giờ này")
        expect(page.get_by_text("Giờ đã hẹn vẫn giữ").first).to_be_visible()
        assert page.locator("[name=slot]").count() > 1
        fits(page)
        tap(page, "Quay lại")
        expect(page.locator(".slip__time")).to_have_text(agreed)


def test_a_wish_becomes_the_stations_task(call_stage: CallStage) -> None:
    """Given that no offered time suits, when the patient asks to be called, then the station has a task."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        small_phone(call_stage) as patient,
    ):
        nurse.page.set_default_timeout(PATIENCE_MS)
        nurse.page.goto("/tasks")
        come_in(patient.page, link_of(call_stage.database, call))
        tap(patient.page, "Xin giờ khác")
        patient.page.get_by_text("Trạm gọi cho tôi rồi bàn").tap()
        tap(patient.page, "Gửi cho trạm")
        expect(patient.page.get_by_text("sẽ gọi lại")).to_be_visible()
        fits(patient.page)
        expect(nurse.page.get_by_text("Trạm gọi cho tôi rồi bàn").first).to_be_visible()
        expect(nurse.page.get_by_text("Bàn Thị Nái").first).to_be_visible()


def miss(stage: CallStage, call: BookedCall) -> None:
    """Note, an hour on, that the patient did not come."""
    with stage.database.write() as unit:
        later = unit.now + timedelta(hours=1)
        party = AbsentParty.PATIENT
        scheduling.note_absence(unit.session, call.nurse, call.appointment.id, party=party, now=later)


def test_who_did_not_come_chooses_a_new_time_or_asks_to_be_called(call_stage: CallStage) -> None:
    """Given a missed visit, when its text's link is tapped on 360 px, then a tap makes a new appointment."""
    call = call_stage.book()
    miss(call_stage, call)
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        small_phone(call_stage) as patient,
    ):
        page = patient.page
        nurse.page.set_default_timeout(PATIENCE_MS)
        nurse.page.goto("/tasks")
        expect(nurse.page.get_by_text("Bàn Thị Nái").first).to_be_visible()
        come_in(page, link_of(call_stage.database, call))
        expect(page.get_by_role("heading", name="Chọn giờ khám khác")).to_be_visible()
        tap(page, "Nhờ trạm gọi cho tôi")
        expect(page.get_by_text("sẽ gọi cho ông/bà")).to_be_visible()
        fits(page)
        expect(nurse.page.get_by_text("Trạm gọi cho tôi rồi bàn").first).to_be_visible()
        choice = page.locator("label.choice", has=page.locator("[name=slot]")).nth(1)
        time = choice.locator(".strong").inner_text()
        choice.tap()
        tap(page, "Hẹn giờ này")
        expect(page.get_by_text("Đã đổi sang giờ mới")).to_be_visible()
        expect(page.locator(".slip__time")).to_have_text(time)
        fits(page)
        expect(nurse.page.get_by_text("Trạm gọi cho tôi rồi bàn")).to_have_count(0)
        assert nurse.errors + patient.errors == []
