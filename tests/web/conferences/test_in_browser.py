"""Minutes and the list in the workspace, in a real browser: fetched, saved, signed, converted."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from telehealth.access.rules import ConsultKind
from telehealth.conditions.service import import_list
from telehealth.visits.models import Visit
from tests.support import app
from tests.support.chromium import open_device, wait_until_mounted
from tests.support.practice import PIN, Practice
from tests.support.serving import serve

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser

LIST = "code,name,source\nJ00,Viêm mũi họng cấp,x\n"


@pytest.fixture
def address(practice: Practice) -> Iterator[str]:
    """The application, served."""
    with serve(practice.app) as address:
        yield address


@contextmanager
def opened(chromium: Browser, address: str, person: app.Browser, path: str) -> Iterator[Page]:
    """Open a page as somebody, on a device of their own."""
    with open_device(chromium, base_url=address) as device:
        token = person.client.cookies["signin"]
        device.add_cookies([{"name": "signin", "value": token, "url": address}])
        page = device.new_page()
        page.goto(path)
        wait_until_mounted(page)
        yield page


def sign_minutes(page: Page) -> None:
    part = page.locator("#part-minutes")
    part.get_by_label("Mã PIN hoặc mật khẩu của anh/chị").fill(PIN)
    part.get_by_role("button", name="Ký biên bản").click()


def write_minutes(page: Page) -> None:
    part = page.locator("#part-minutes")
    part.get_by_role("button", name="Lập biên bản").click()
    for name, label in (
        ("discussion", "Thảo luận"),
        ("conclusion", "Kết luận"),
        ("plan", "Hướng xử trí"),
    ):
        part.get_by_label(label).fill(f"Nội dung {label}")
        expect(page.locator(f"#minutes-{name}-state")).to_contain_text("Đã lưu")


def test_minutes_are_written_in_the_workspace_and_signed_by_both(
    practice: Practice, chromium: Browser, address: str
) -> None:
    with opened(chromium, address, practice.practitioner, f"{practice.visit}/write") as page:
        expect(page.locator("#sign")).to_contain_text("Biên bản hội chẩn")
        write_minutes(page)
        expect(page.locator("#sign")).to_contain_text("Chữ ký biên bản hội chẩn")
    with opened(chromium, address, practice.doctor, practice.case) as page:
        sign_minutes(page)
        expect(page.locator("#part-minutes")).to_contain_text("Đã ký")
        expect(page.locator("#part-minutes").get_by_label("Kết luận")).to_have_count(0)
    with opened(chromium, address, practice.nurse, f"{practice.visit}/minutes") as page:
        sign_minutes(page)
        expect(page.locator("#part-minutes")).to_contain_text("Biên bản đã đủ chữ ký")
    with opened(chromium, address, practice.practitioner, f"{practice.visit}/write") as page:
        expect(page.locator("#part-minutes")).to_contain_text("Biên bản đã đủ chữ ký")
        page.locator("#sign-secret").get_by_label("Mã PIN").fill(PIN)
        page.get_by_role("button", name="Ký hồ sơ").click()
        expect(page.get_by_text("Đã ký, không sửa được")).to_be_visible()
        expect(page.get_by_role("heading", name="Biên bản hội chẩn")).to_be_visible()


def test_a_colleague_from_outside_gets_a_row_of_their_own(
    practice: Practice, chromium: Browser, address: str
) -> None:
    with opened(chromium, address, practice.nurse, f"{practice.visit}/minutes") as page:
        part = page.locator("#part-minutes")
        part.get_by_role("button", name="Lập biên bản").click()
        part.get_by_label("Họ tên").first.fill("Lê Thị Hoa")
        part.get_by_role("button", name="Thêm một người").click()
        expect(part.get_by_label("Họ tên")).to_have_count(2)
        expect(part.get_by_label("Họ tên").first).to_have_value("Lê Thị Hoa")
        expect(page.locator("#minutes-seal")).to_contain_text("Lê Thị Hoa")


def test_outside_the_list_the_visit_is_converted_with_all_that_was_written(
    practice: Practice, chromium: Browser, address: str
) -> None:
    with practice.database.write() as unit:
        visit = unit.session.get_one(Visit, practice.world.visit.id)
        visit.consult_kind = ConsultKind.REMOTE_EXAM
        unit.session.add(visit)
        import_list(unit.session, LIST, "Danh mục thử", now=unit.now)
    with opened(chromium, address, practice.doctor, practice.case) as page:
        part = page.locator("#part-remote_list")
        expect(part).to_contain_text("Không có trong danh mục Danh mục thử")
        part.get_by_label("Lý do chuyển").fill("Ngoài danh mục")
        part.get_by_role("button", name="Chuyển thành hội chẩn").click()
        expect(page.locator("#part-minutes")).to_contain_text("Lập biên bản")
        expect(page.locator("#sign")).to_contain_text("chịu trách nhiệm và ký hồ sơ")
        expect(page.get_by_label("Lời dặn")).not_to_have_value("")
