"""How much there is to do in a routine visit: every filled field and every click counted in real browsers.

Printed at the end of every run, passed or not.
"""

import re
import time
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from telehealth.staff.rules import DEMO_PIN
from tests.support.chromium import wait_on, wait_until_mounted
from tests.support.interactions import forget, interactions, report, type_into, watch
from tests.support.people import Staff, staff
from tests.support.servers import Server

DOCTOR = "Nguyễn Đức Minh"
NURSE_AT_MOST, DOCTOR_AT_MOST = 40, 45
DIAGNOSIS = ("thoai hoa khop goi", "khớp gối")
MEDICINES = (("paracetamol 500", "Paracetamol 500 mg"), ("diclofenac", "Diclofenac"))
"""What is typed, and what is then read and taken: slow keys bring a list for their first letters first."""
UPLOADS = re.compile("/uploads")
SIX_SIGNS = {
    "systolic": "152",
    "diastolic": "92",
    "pulse": "88",
    "temperature": "37,2",
    "spo2": "97",
    "respiratory_rate": "18",
    "weight": "51,5",
}
"""Blood pressure, pulse, temperature, SpO₂, breaths, weight: six signs in seven fields."""


class Line:
    """A line on which no photo arrives until it is up."""

    def __init__(self) -> None:
        self.is_down, self.tries = True, 0

    def carry(self, route: Route) -> None:
        self.tries += 1
        if self.is_down:
            route.abort()
        else:
            route.continue_()

    def is_tried_from(self, page: Page) -> None:
        """Wait until something was on its way.

        A photo is made small first, which takes a busy machine longer than saving a few words.
        """
        wait_on(page, lambda: self.tries, what="a photo on its way")


def photo(shade: str) -> dict[str, object]:
    written = BytesIO()
    Image.new("RGB", (1600, 1200), shade).save(written, "JPEG")
    return {"name": f"{shade}.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def test_a_routine_visit_and_its_answer_take_few_interactions(
    demo: Server, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    with staff(chromium, demo.base_url) as nurse, staff(chromium, demo.base_url) as doctor:
        for person, name in ((nurse, "hanh"), (doctor, "minh")):
            watch(person.page.context)
            person.sign_in(name)
            forget(person.page)
        began = time.monotonic()
        the_nurse_writes_measures_and_books(nurse)
        the_nurse_adds_two_photos_and_waits_for_neither(nurse)
        assert (
            report("Nurse, routine visit", nurse.page, time.monotonic() - began, request.node)
            <= NURSE_AT_MOST
        )
        began = time.monotonic()
        the_doctor_answers_and_signs(doctor)
        took = time.monotonic() - began
        assert report("Doctor, answer", doctor.page, took, request.node) <= DOCTOR_AT_MOST


def test_what_is_known_is_heard_again_by_one_tap_where_the_reason_is_written(
    demo: Server, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    """Allergy, problem, medicine, history: four fields when typed again, four taps on a page of their own."""
    with staff(chromium, demo.base_url) as nurse:
        page = nurse.page
        watch(page.context)
        nurse.sign_in("sua")
        nurse.find_patient("vang thi my")
        wait_until_mounted(page)
        forget(page)
        began = time.monotonic()
        page.get_by_label("Đã hỏi lại: vẫn đúng").check()
        assert report("Nurse, what is known", page, time.monotonic() - began, request.node) == 1
        page.fill("[name=reason]", "Ho, khò khè hai ngày")
        page.locator("[name=consult_kind][value=remote_exam]").check(force=True)
        page.select_option("[name=specialty]", index=1)
        nurse.go_on("Chọn bác sĩ và giờ", "**/slots**")
        nurse.open(page.url.rpartition("/slots")[0])
        for known in ("Penicillin", "Hen phế quản", "Salbutamol xịt khi khó thở", "Hen từ nhỏ"):
            nurse.sees(known)
        nurse.open(f"{page.url}/background")
        expect(page.get_by_text("Đã hỏi lúc")).to_have_count(3)


def the_nurse_writes_measures_and_books(nurse: Staff) -> None:
    page = nurse.page
    nurse.tap("Người bệnh")
    type_into(page.locator("main input[type=search]").first, "dam thi lua")
    page.keyboard.press("Enter")
    nurse.tap("Yêu cầu khám")
    wait_until_mounted(page)
    type_into(page.locator("#f-reason"), "Đau gối phải 3 tuần")
    page.locator("#f-systolic").focus()
    for name, value in SIX_SIGNS.items():
        # Enter moves on: nobody reaches for the mouse between two numbers.
        expect(page.locator(f"#f-{name}")).to_be_focused()
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    page.locator("label", has=page.locator("[name=consult_kind][value=remote_exam]")).click()
    page.locator("#f-specialty").select_option("noi")
    nurse.go_on("Chọn bác sĩ và giờ", "**/slots**")
    nurse.take_slot(DOCTOR)
    page.get_by_text("Giữ chỗ còn").wait_for()
    nurse.tap("Xác nhận lịch hẹn")
    page.wait_for_url("**/appointments/*")


def the_nurse_adds_two_photos_and_waits_for_neither(nurse: Staff) -> None:
    page = nurse.page
    line = Line()
    page.locator("main a[href*='/visits/']").first.click()
    page.wait_for_url("**/visits/*")
    page.locator("main a[href$='/station']").first.click()
    page.wait_for_url("**/station")
    wait_until_mounted(page)
    page.context.route(UPLOADS, line.carry)
    field = page.locator("#attached input[type=file]")
    for count, shade in enumerate(("tan", "sienna"), start=1):
        field.set_input_files(photo(shade))
        expect(page.locator("#attached [data-part=items] > li")).to_have_count(count)
    # While not a byte of them has arrived, the page is written and saved.
    type_into(page.locator("#f-allergies"), "Penicillin")
    expect(page.locator("#allergies-state")).to_contain_text("Đã lưu")
    line.is_tried_from(page)
    line.is_down = False
    expect(page.locator("#attached [data-part=items] > li[data-state=done]")).to_have_count(
        2, timeout=120_000
    )


def the_doctor_answers_and_signs(doctor: Staff) -> None:
    page = doctor.page
    doctor.open("/queue")
    doctor.tap("Mở ca")
    wait_until_mounted(page)
    for section, text in (
        ("findings", "Khớp gối phải sưng nhẹ, vận động hạn chế"),
        ("advice", "Nghỉ ngơi, chườm ấm, đến ngay khi sốt hoặc sưng đỏ"),
    ):
        type_into(page.locator(f"#section-{section} textarea"), text)
    look_up(page, "#f-diagnosis", "#codes", *DIAGNOSIS)
    page.locator(".dx").first.wait_for()
    the_doctor_prescribes(page)
    page.get_by_role("button", name="1 tuần").click()
    expect(page.locator("#follow-up-state")).to_contain_text("Đã lưu")
    secret = page.locator("#sign input[type=password]")
    secret.wait_for()
    type_into(secret, DEMO_PIN)
    page.get_by_role("button", name="Ký hồ sơ").click()
    page.get_by_text("Đã ký, không sửa được").first.wait_for()
    assert any(each.words == "secret" for each in interactions(page))
    expect(page.locator("#prescription li")).to_have_count(len(MEDICINES))
    assert "ngày 2 lần. Dùng 7 ngày" in page.locator("#prescription").inner_text()


def look_up(page: Page, field: str, found: str, typed: str, words: str) -> None:
    """Type what one looks for, and take the first that bears the words."""
    type_into(page.locator(field), typed)
    page.locator(f"{found} .codes__one", has_text=re.compile(words, re.IGNORECASE)).first.click()


def the_doctor_prescribes(page: Page) -> None:
    """Find two medicines, each with its usual dose, times and days; one is wanted for longer."""
    for count, medicine in enumerate(MEDICINES, start=1):
        look_up(page, "#f-medicine", "#medicines", *medicine)
        expect(page.locator(".rxline")).to_have_count(count)
    days = page.locator("#rx-days-1")
    days.select_text()
    days.press_sequentially("7")
    expect(page.locator("#rx-sum-1")).to_contain_text("14 viên")
