"""Requests and measurements that did not arrive, a browser that was killed: nothing lost, nothing twice."""

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, Route, expect
from sqlmodel import select

from telehealth.kit.ids import new_id
from telehealth.visits.models import Observation
from telehealth.visits.rules import Section
from tests.support.chromium import FLAGS, PATIENCE_MS, executable, wait_on, wait_until_mounted
from tests.support.practice import Practice
from tests.support.processes import wait_until
from tests.web.drafts.machine import (
    WORDS,
    browsers_of,
    count_visits,
    cut_off,
    is_saving,
    open_page,
    sign_in,
    stored,
    wait_until_kept,
)

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser


def test_a_request_that_never_left_comes_back_and_opens_one_visit(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    path = f"/patients/{practice.world.patient_id}/request"
    page = open_page(device, path)
    before = count_visits(practice)
    with cut_off(page):
        page.locator("#f-reason").fill(WORDS)
        page.locator("#f-temperature").fill("38,5")
        page.locator("input[name=consult_kind]").first.check(force=True)
        page.locator("#f-specialty").select_option(index=1)
        form_id = page.locator("input[name=id]").input_value()
        page.get_by_role("button", name="Chọn bác sĩ và giờ").click()
        expect(page.get_by_text("trang tự gửi lại khi có mạng")).to_be_visible()
        wait_until_kept(page)
        page.reload()
        wait_until_mounted(page)
        expect(page.locator("#f-reason")).to_have_value(WORDS)
        expect(page.locator("#f-temperature")).to_have_value("38,5")
        assert page.locator("input[name=id]").input_value() == form_id
        page.get_by_role("button", name="Chọn bác sĩ và giờ").click()
        expect(page.get_by_text("trang tự gửi lại khi có mạng")).to_be_visible()
        assert count_visits(practice) == before
    page.wait_for_url("**/slots**")
    wait_until_kept(page, 0)
    assert count_visits(practice) == before + 1


def test_a_request_whose_answer_was_lost_opens_nothing_twice(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    path = f"/patients/{practice.world.patient_id}/request"
    page = open_page(device, path)
    before = count_visits(practice)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if not is_saving(route) or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    device.route(re.compile("/request$"), lose)
    page.locator("#f-reason").fill(WORDS)
    page.locator("input[name=consult_kind]").first.check(force=True)
    page.locator("#f-specialty").select_option(index=1)
    page.get_by_role("button", name="Chọn bác sĩ và giờ").click()
    page.wait_for_url("**/slots**")
    assert lost == [204]
    assert count_visits(practice) == before + 1


def test_measurements_save_when_one_leaves_them_and_keep_the_time_they_were_taken(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-temperature").fill("38,5")
        page.locator("#f-temperature").press("Enter")
        expect(page.locator("#f-temperature")).not_to_be_focused()
        expect(page.locator("#temperature-state")).to_contain_text("đang thử lại")
        wait_until_kept(page)
        page.reload()
        wait_until_mounted(page)
        expect(page.locator("#f-temperature")).to_have_value("38,5")
    expect(page.locator("#temperature-state")).to_contain_text("Đã lưu")
    page.get_by_role("button", name="Lưu phần của trạm").click()
    page.wait_for_url("**?done=station")
    with practice.database.read() as unit:
        query = select(Observation.value).where(Observation.code == "temperature")
        assert [str(each) for each in unit.session.exec(query)] == ["38.5"]


def test_what_was_typed_and_sent_in_vain_before_the_keeper_was_there_is_kept(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    held: list[Route] = []
    device.route(re.compile("/drafts/keys$"), lambda route: held.append(route))
    page = open_page(device, f"{practice.visit}/station")
    device.route(
        re.compile("/station/"), lambda route: route.abort() if is_saving(route) else route.fallback()
    )
    page.locator("#f-temperature").fill("38,5")
    page.locator("#f-temperature").press("Enter")
    expect(page.locator("#temperature-state")).to_contain_text("đang thử lại")
    # On a busy machine the keys are asked for later than a first attempt fails.
    wait_on(page, lambda: held, what="the keys being asked for")
    for each in held:
        each.continue_()
    wait_until_kept(page)


def test_a_browser_killed_without_warning_has_the_words_when_it_is_opened_again(
    practice: Practice, address: str, playwright: Playwright, tmp_path: Path
) -> None:
    profile = tmp_path / f"profile-{new_id().hex}"
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=executable(), args=list(FLAGS), base_url=address, locale="vi-VN"
    )
    sign_in(context, practice, practice.world.nurse, address)
    page = open_page(context, f"{practice.visit}/station")
    context.route(re.compile("/station/history"), lambda route: route.abort())
    page.locator("#f-history").fill(WORDS)
    wait_until_kept(page)
    for pid in browsers_of(profile):
        with suppress(ProcessLookupError):  # the others go with the first
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not browsers_of(profile), what="the end of the browser")
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=executable(), args=list(FLAGS), base_url=address, locale="vi-VN"
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        sign_in(context, practice, practice.world.nurse, address)
        page = open_page(context, f"{practice.visit}/station")
        expect(page.locator("#f-history")).to_have_value(WORDS)
        expect(page.locator("#history-state")).to_contain_text("Đã lưu")
    finally:
        context.close()
    assert stored(practice, Section.HISTORY) == WORDS
