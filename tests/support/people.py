"""The three people of the day at their devices: what each does on the pages, in the order of the day."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from telehealth.staff.rules import DEMO_PASSWORD
from tests.support.axe import check_accessibility
from tests.support.callers import Caller
from tests.support.chromium import open_device

GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
"""What htmx says of a request that a newer one replaced, or whose page was left; the browser itself says more
of one that failed."""


class Person:
    """Somebody at a device; every page they come to is checked for accessibility."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.page: Page = caller.page
        self.complaints: list[str] = []
        self.page.on("console", self._listen)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path)
        check_accessibility(self.page)

    def tap(self, words: str) -> None:
        """Tap a button or link by its words, and come to the next page."""
        self.button(words).click()
        self.arrive()

    def go_on(self, words: str, address: str) -> None:
        """Press the button of a form that a script sends, and come to where the answer leads."""
        self.button(words).click()
        self.page.wait_for_url(address)
        self.arrive()

    def button(self, words: str) -> Locator:
        """Find the first button, or link that looks like one, that can be seen and bears the words."""
        return self.page.locator("a:visible, button:visible").filter(has_text=re.compile(words)).first

    def arrive(self) -> None:
        """Wait for the page and look at it as a screen reader would."""
        self.page.wait_for_load_state()
        check_accessibility(self.page)

    def sees(self, words: str) -> None:
        """Wait until the words stand on the page."""
        self.page.get_by_text(re.compile(words, re.IGNORECASE)).first.wait_for()

    def main(self) -> str:
        """Return what stands on the page."""
        return self.page.locator("main").inner_text()

    def _listen(self, entry: ConsoleMessage) -> None:
        if entry.type == "error" and entry.text not in GIVEN_UP:
            self.complaints.append(entry.text)


WEEK = 7


class Staff(Person):
    """A nurse, a practitioner or a doctor."""

    def sign_in(self, username: str) -> None:
        """Sign in with the demo's password."""
        self.open("/sign-in")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", DEMO_PASSWORD)
        self.tap("Đăng nhập")

    def find_patient(self, typed: str) -> None:
        """Search for a patient and begin a request."""
        self.open("/patients")
        self.page.fill("input[type=search]", typed)
        self.tap("Tìm")
        self.tap("Yêu cầu khám")

    def write_request(self, *, consult_kind: str = "remote_exam") -> None:
        """Write why the patient came and what was measured."""
        values = {
            "reason": "Đau gối phải 3 tuần",
            "systolic": "138",
            "diastolic": "84",
            "temperature": "36,8",
        }
        for name, value in values.items():
            self.page.fill(f"[name={name}]", value)
        self.page.locator(f"[name=consult_kind][value={consult_kind}]").check(force=True)
        self.page.select_option("[name=specialty]", "noi")
        self.go_on("Chọn bác sĩ và giờ", "**/slots**")

    def take_slot(self, doctor: str) -> None:
        """Take the doctor's earliest slot, on whichever of the coming days it is."""
        slot = self.page.locator("button[name=slot]:enabled", has_text=doctor)
        for _ in range(WEEK):
            self.page.locator("main .day").first.wait_for()
            if slot.count():
                break
            with self.page.expect_navigation():
                self.page.get_by_role("link", name="Các ngày sau").click()
        with self.page.expect_navigation():
            slot.first.click()
        self.arrive()

    def enter_call(self) -> None:
        """Go into the room from the page of the appointment or the case."""
        self.button("Vào phòng khám").click()
        self.page.wait_for_url("**/calls/*")

    def write(self, section: str, text: str) -> None:
        """Write one part of the record and wait until it says that it is saved."""
        field = self.page.locator(f"#section-{section} textarea")
        with self.saving():
            field.fill(text)
            field.blur()
        self.page.locator(f"#section-{section} [data-part=saved]").get_by_text("Đã lưu").wait_for()

    def diagnose(self, typed: str) -> None:
        """Search the code list as one types, without marks, and take the first code found."""
        self.page.locator("#f-diagnosis").press_sequentially(typed, delay=20)
        with self.saving():
            self.page.locator("#codes .codes__one").first.click()
        self.page.locator(".dx").first.wait_for()

    def plan(self, words: str) -> None:
        """Choose when the patient comes back."""
        with self.saving():
            self.button(words).click()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Wait until the box to sign in knows of what is saved inside the block.

        Whoever signs before that is asked to read again, as they should be.
        """
        with self.page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "sign"):
            yield
        self.page.locator("#sign.htmx-request").wait_for(state="detached")

    def sign(self) -> None:
        """Sign with the password."""
        self.page.locator("#sign input[type=password]").fill(DEMO_PASSWORD)
        self.button("Ký").click()


@contextmanager
def staff(browser: Browser, base_url: str) -> Iterator[Staff]:
    """Sit somebody down at a PC of their own."""
    with open_device(browser, base_url=base_url) as context:
        yield Staff(Caller(context, "/"))


@contextmanager
def phone(browser: Browser, base_url: str) -> Iterator[Person]:
    """Give the patient a phone."""
    with open_device(browser, base_url=base_url, is_phone=True) as context:
        yield Person(Caller(context, "/"))
