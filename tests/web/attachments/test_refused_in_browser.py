"""A photo the server refuses: said in its words, not sent again in vain, and taken off the list."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.support.chromium import open_device
from tests.web.gallery import run_gallery

WORDS = "Chỉ nhận ảnh JPEG, PNG, WebP hoặc tệp PDF."


@pytest.fixture(scope="module")
def device(chromium: Browser) -> Iterator[BrowserContext]:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        yield device


def test_a_refused_photo_can_only_be_taken_away(device: BrowserContext) -> None:
    page = device.new_page()
    refusal = json.dumps({"code": "file-refused", "detail": WORDS})
    form = page.locator("form[data-module='upload/form']")
    page.goto("/gallery/attachments/photos")
    address = str(form.get_attribute("data-announce"))
    page.route(
        f"**{address}*",
        lambda route: route.fulfill(status=422, body=refusal, content_type="application/json"),
    )
    button = form.locator(".pick__button")
    expect(button).to_have_text("Chọn ảnh")
    expect(form.locator("input[type=file]")).to_have_css("opacity", "0")
    form.locator("input[type=file]").set_input_files(
        {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"nothing"}
    )
    item = form.locator("li.upload")
    expect(item.get_by_text(WORDS)).to_be_visible()
    expect(item.get_by_text("Gửi lại")).to_be_hidden()
    expect(item.locator("progress")).to_be_hidden()
    expect(item.locator("img")).to_be_hidden()
    item.get_by_role("button", name="Bỏ tệp này").click()
    expect(item).to_have_count(0)
    expect(form.locator("[data-part=items]")).to_be_hidden()
    page.close()
