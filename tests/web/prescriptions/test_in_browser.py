"""Two medicines prescribed, signed, seen by the station, replaced and voided, in real browsers; counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.app import Browser as Person
from tests.support.chromium import open_device, wait_until_mounted
from tests.support.practice import PIN, Practice
from tests.support.prescriptions import Pharmacy
from tests.support.serving import serve

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

MOST = 8
"""Interactions a line may take at most: a filled field or a click each."""


@dataclass
class Hands:
    """Counts what a person does: one for each field filled and each thing pressed."""

    page: Page
    count: int = 0

    def fill(self, field: Locator, text: str) -> None:
        """Type into a field."""
        self.count += 1
        field.press_sequentially(text)

    def change(self, field: Locator, text: str) -> None:
        """Type over what a field holds, and leave it."""
        self.count += 1
        field.fill(text)
        field.blur()

    def press(self, thing: Locator) -> None:
        """Press something."""
        self.count += 1
        thing.click()


@contextmanager
def signed_in(chromium: Browser, address: str, person: Person) -> Iterator[Page]:
    """Open a browser in which somebody is signed in."""
    with open_device(chromium, base_url=address) as device:
        token = person.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        yield device.new_page()


def when_a_medicine_is_added(hands: Hands, typed: str, name: str, days: str, total: str) -> None:
    page = hands.page
    before = page.locator(".rxline").count()
    hands.fill(page.locator("#f-medicine"), typed)
    hands.press(page.locator("#medicines").get_by_role("button", name=name))
    expect(page.locator(".rxline")).to_have_count(before + 1)
    expect(page.locator("#prescription-save")).to_contain_text("Đã lưu")
    hands.change(page.locator(f"#rx-days-{before}"), days)
    expect(page.locator(f"#rx-sum-{before}")).to_have_text(total)


def test_two_medicines_are_prescribed_signed_seen_replaced_and_voided(
    practice: Practice, pharmacy: Pharmacy, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    with (
        serve(practice.app) as address,
        signed_in(chromium, address, practice.doctor) as doctor,
        signed_in(chromium, address, practice.nurse) as nurse,
    ):
        doctor.goto(practice.case)
        wait_until_mounted(doctor)
        hands = Hands(doctor)
        when_a_medicine_is_added(hands, "amlo", "Amlodipin 5 mg", "14", "14 viên")
        first = hands.count
        when_a_medicine_is_added(hands, "enala", "Enalapril 10 mg", "10", "10 viên")
        assert max(first, hands.count - first) <= MOST
        with capsys.disabled():
            print(f"\nInteractions: two medicines with their days {hands.count}, of them the first {first}.")
        nurse.goto(practice.visit)
        expect(nurse.get_by_text("Đơn đang soạn")).to_be_visible()
        expect(nurse.get_by_text("Amlodipin")).to_have_count(0)
        secret = doctor.get_by_label("Mã PIN hoặc mật khẩu của anh/chị")
        hands.fill(secret, PIN)
        hands.press(doctor.get_by_role("button", name="Ký hồ sơ"))
        doctor.wait_for_url(f"**{practice.visit}?done=signed")
        # The page of the station turns by itself: who led it on now would be in its way.
        expect(nurse.get_by_text("Amlodipin 5 mg: 14 viên")).to_be_visible()
        when_the_doctor_replaces_it(doctor, practice)
        then_the_earlier_one_is_void(nurse, practice)


def when_the_doctor_replaces_it(doctor: Page, practice: Practice) -> None:
    doctor.goto(f"{practice.visit}/prescription")
    wait_until_mounted(doctor)
    doctor.get_by_role("button", name="Thay đơn").click()
    wait_until_mounted(doctor)
    doctor.get_by_role("button", name="Bỏ thuốc: Amlodipin 5 mg").click()
    expect(doctor.locator(".rxline")).to_have_count(1)
    doctor.get_by_role("link", name="Ký đính chính").click()
    doctor.get_by_label("Nội dung đính chính").fill("Ngừng amlodipin.")
    doctor.get_by_label("Lý do đính chính").fill("Phù chân")
    doctor.get_by_label("Mã PIN hoặc mật khẩu của anh/chị").fill(PIN)
    doctor.get_by_role("button", name="Ký đính chính").click()
    doctor.wait_for_url(f"**{practice.visit}?done=amended")


def then_the_earlier_one_is_void(nurse: Page, practice: Practice) -> None:
    expect(nurse.locator("del", has_text="Amlodipin 5 mg")).to_be_visible()
    expect(nurse.get_by_text("Đã thay thế").first).to_be_visible()
    nurse.goto(f"{practice.visit}/prescription")
    nurse.get_by_role("link", name="In bản đã thay thế").click()
    expect(nurse.get_by_text("KHÔNG CÒN HIỆU LỰC")).to_be_visible()


def test_a_warning_is_answered_beside_its_line_while_one_goes_on(
    practice: Practice, pharmacy: Pharmacy, chromium: Browser
) -> None:
    with serve(practice.app) as address, signed_in(chromium, address, practice.doctor) as page:
        page.goto(f"{practice.visit}/prescription")
        wait_until_mounted(page)
        page.locator("#f-medicine").press_sequentially("amoxi")
        page.locator("#medicines").get_by_role("button", name="Amoxicilin 500 mg").click()
        why = page.get_by_label("Vì sao vẫn dùng")
        expect(why).to_be_visible()
        why.press_sequentially("Đã dùng nhiều lần")
        expect(page.locator("#prescription-save")).to_contain_text("Đã lưu")
        expect(why).to_have_value("Đã dùng nhiều lần")
        page.reload()
        expect(page.get_by_label("Vì sao vẫn dùng")).to_have_value("Đã dùng nhiều lần")


def test_on_a5_paper_a_prescription_is_one_page_with_all_the_law_asks(
    practice: Practice, pharmacy: Pharmacy, chromium: Browser, tmp_path: Path
) -> None:
    with practice.database.write() as unit:
        lines = [pharmacy.line(unit.session, name) for name in ("Amlodipin", "Metformin", "Omeprazol")]
        pharmacy.issue(unit.session, lines, now=unit.now)
    with serve(practice.app) as address, signed_in(chromium, address, practice.nurse) as page:
        page.goto(f"{practice.visit}/prescription")
        page.get_by_role("link", name="In đơn thuốc").click()
        expect(page.get_by_role("img", name="Mã QR để kiểm tra đơn thuốc")).to_be_visible()
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        (tmp_path / "a5.pdf").write_bytes(paper)
    document = pypdfium2.PdfDocument(paper)
    try:
        assert len(document) == 1
        width, height = (round(points / 72 * 25.4) for points in document[0].get_size())
        assert (width, height) == (148, 210)
        text = document[0].get_textpage().get_text_bounded()
    finally:
        document.close()
    for words in ("ĐƠN THUỐC", "Amlodipin 5 mg", "30 viên", "14 viên", "Cộng khoản: 03", "Chưa ký số"):
        assert words in text
