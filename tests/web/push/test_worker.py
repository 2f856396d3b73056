"""The browser's worker in a real Chromium, woken by the DevTools as a vendor would wake it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.chromium import open_device
from tests.support.processes import wait_until
from tests.web.gallery import run_gallery

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map((each) => [each.title, each.body]);
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with run_gallery() as address:
        yield address


@pytest.fixture
def device(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    with open_device(chromium, base_url=address) as device:
        device.grant_permissions(["notifications"], origin=address)
        yield device


def test_a_push_without_content_shows_the_fixed_words(device: BrowserContext, address: str) -> None:
    page = device.new_page()
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto("/gallery/queue/queue")
    devtools = device.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate("async () => { await navigator.serviceWorker.register('/sw.js'); }")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    wait_until(lambda: bool(page.evaluate("1") and found), what="the worker's registration", seconds=60)
    message = {"origin": address, "registrationId": found[0], "data": ""}

    def is_shown() -> bool:
        # The browser drops what comes before the registration is on its disk, and nothing tells when it is;
        # a vendor's second message takes the place of the first, because both carry one tag.
        devtools.send("ServiceWorker.deliverPushMessage", message)
        page.wait_for_timeout(1_000)
        return bool(page.evaluate(SHOWN))

    # wait_for_function takes the promise of an async function for its answer.
    wait_until(is_shown, what="the notification", seconds=60)
    assert page.evaluate(SHOWN) == [["Có trạm đang gọi khẩn", "Chạm để mở và nhận."]]
    assert refused == []


def test_a_browser_whose_vendor_is_out_of_reach_says_so_and_sends_nothing(device: BrowserContext) -> None:
    page = device.new_page()
    page.goto("/gallery/queue/queue")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    switch(page).click()
    expect(page.get_by_text("Trình duyệt này không báo được khi đã đóng trang")).to_be_visible()
    assert sent == []


def switch(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("button", name="Bật trên trình duyệt này")
