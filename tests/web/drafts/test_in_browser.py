"""What is typed and not acknowledged survives, in a real browser, and only its writer gets it back."""

import re

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from sqlmodel import select

from telehealth.staff.models import DraftKey
from telehealth.visits.rules import Section
from tests.support.chromium import wait_until_mounted
from tests.support.practice import Practice
from tests.web.drafts.machine import (
    WORDS,
    cut_off,
    end_sign_ins,
    kept,
    open_page,
    sign_in,
    stored,
    wait_until_kept,
    write,
)

pytestmark = pytest.mark.databases("sqlite")  # what is shown here happens in the browser


def test_unsent_words_come_back_after_a_reload_and_are_sent_when_the_line_is_back(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        expect(page.locator("#history-state")).to_contain_text("đang thử lại")
        page.reload()
        wait_until_mounted(page)
        expect(page.locator("#f-history")).to_have_value(WORDS)
        expect(page.locator("#section-history [data-part=restored]")).to_have_text(
            re.compile(r"Chưa gửi, viết lúc \d\d:\d\d.*: đã khôi phục")
        )
        assert stored(practice, Section.HISTORY) != WORDS
    expect(page.locator("#history-state")).to_contain_text("Đã lưu")
    assert stored(practice, Section.HISTORY) == WORDS
    wait_until_kept(page, 0)


def test_what_others_wrote_meanwhile_stands_beside_restored_words(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        write(practice, Section.HISTORY, "Hen phế quản", version=1)
        page.reload()
        wait_until_mounted(page)
    state = page.locator("#history-state")
    expect(state).to_contain_text("Hoàng Văn Dũng")
    expect(state).to_contain_text("Hen phế quản")
    expect(state).to_contain_text(WORDS)
    state.get_by_role("button", name="Giữ cả hai").click()
    expect(page.locator("#f-history")).to_have_value(f"Hen phế quản\n{WORDS}")
    assert stored(practice, Section.HISTORY) == f"Hen phế quản\n{WORDS}"
    wait_until_kept(page, 0)


def test_an_expired_sign_in_loses_nothing_and_one_signs_in_beside_the_page(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        end_sign_ins(practice)
    bar = page.locator("#live-state")
    expect(bar).to_contain_text("Phiên đăng nhập đã hết")
    expect(bar.get_by_role("link", name="Đăng nhập lại")).to_have_attribute("target", "_blank")
    wait_until_kept(page)
    expect(page.locator("#f-history")).to_have_value(WORDS)
    sign_in(device, practice, practice.world.nurse, address)
    expect(page.locator("#history-state")).to_contain_text("Đã lưu")
    expect(bar).to_be_empty()
    assert stored(practice, Section.HISTORY) == WORDS


def test_words_typed_on_an_expired_page_come_back_after_signing_in_anew(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        end_sign_ins(practice)
        page.close()
    sign_in(device, practice, practice.world.nurse, address)
    again = open_page(device, f"{practice.visit}/station")
    expect(again.locator("#history-state")).to_contain_text("Đã lưu")
    expect(again.locator("#f-history")).to_have_value(WORDS)


def test_a_colleague_on_the_same_machine_gets_nothing_and_saves_nothing_of_it(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        [sealed] = kept(page)
        # Whoever signs in now, the nurse's open page sends nothing in their name once the line is back.
        sign_in(device, practice, practice.world.practitioner, address)
    expect(page.locator("#live-state")).to_contain_text("người khác đăng nhập")
    page.close()
    assert WORDS.encode() not in bytes(sealed["sealed"])  # type: ignore[arg-type]
    assert not re.search(
        r"[0-9a-f]{8}-[0-9a-f]{4}|visits|Lý", str({**sealed, "id": "", "key": "", "sealed": ""})
    )
    colleague = open_page(device, f"{practice.visit}/station")
    expect(colleague.locator("html[data-script=ready]")).to_be_attached()
    colleague.locator("#f-medicines").fill("Amlodipin 5 mg")
    expect(colleague.locator("#medicines-state")).to_contain_text("Đã lưu")
    assert WORDS not in colleague.content()
    expect(colleague.locator("#drafts")).to_be_hidden()
    assert stored(practice, Section.HISTORY) != WORDS
    colleague.close()
    # It is still there for the nurse.
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    expect(page.locator("#history-state")).to_contain_text("Đã lưu")
    expect(page.locator("#f-history")).to_have_value(WORDS)


def test_elsewhere_it_is_told_what_is_left_unsent_and_it_can_be_thrown_away(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        page.goto("/today")
        left = page.locator("#drafts")
        expect(left).to_contain_text("Chưa gửi, còn giữ trên máy này")
        left.locator("summary").first.click()
        expect(left).to_contain_text(WORDS)
        expect(left.get_by_role("link")).to_have_attribute("href", f"{practice.visit}/station")
        left.locator("summary", has_text="Bỏ").click()
        wait_until_kept(page)
        left.get_by_role("button", name="Bỏ những chữ này").click()
        wait_until_kept(page, 0)


def test_words_for_a_record_that_was_signed_meanwhile_can_still_be_read(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        with practice.database.write() as unit:
            practice.world.sign(unit.session, now=unit.now)
    expect(page.locator("#history-state")).to_contain_text("đã ký hoặc đã đóng")
    page.reload()
    wait_until_mounted(page)
    left = page.locator("#drafts")
    left.locator("summary").first.click()
    expect(left).to_contain_text(WORDS)


def test_writing_on_after_a_lost_answer_is_no_conflict_with_oneself(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    device.route(re.compile("/station/history$"), lose)
    page.locator("#f-history").fill("Ho ra")
    expect(page.locator("#history-state")).to_contain_text("đang thử lại")
    page.locator("#f-history").fill(WORDS)
    expect(page.locator("#history-state")).to_contain_text("Đã lưu")
    assert lost == [200]
    assert stored(practice, Section.HISTORY) == WORDS
    assert page.locator(".clash").count() == 0


def test_a_line_that_is_down_when_the_page_asks_for_its_key_is_asked_again(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    asked: list[Route] = []
    is_warned = False

    def drop_first(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.abort()
        elif is_warned:
            route.continue_()

    device.route(re.compile("/drafts/keys$"), drop_first)
    page = open_page(device, f"{practice.visit}/station")
    warning = page.get_by_text("không giữ được chữ chưa gửi")
    expect(warning).to_be_visible()
    is_warned = True
    for each in asked[1:]:  # asked again before the warning was seen
        each.continue_()
    expect(warning).to_be_hidden()
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)


def test_a_lost_key_is_said_plainly_and_its_drafts_are_gone(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    page = open_page(device, f"{practice.visit}/station")
    with cut_off(page):
        page.locator("#f-history").fill(WORDS)
        wait_until_kept(page)
        with practice.database.write() as unit:
            for each in unit.session.exec(select(DraftKey)):
                unit.session.delete(each)
        page.goto("/today")
        expect(page.locator("#drafts")).to_contain_text("1 bản nháp cũ trên máy này không mở được nữa")
        wait_until_kept(page, 0)


def test_a_browser_that_keeps_nothing_says_so(
    practice: Practice, device: BrowserContext, address: str
) -> None:
    sign_in(device, practice, practice.world.nurse, address)
    device.add_init_script("indexedDB.open = () => { throw new DOMException('no', 'InvalidStateError') }")
    page = open_page(device, f"{practice.visit}/station")
    expect(page.locator("#drafts")).to_contain_text("không giữ được chữ chưa gửi")
    page.locator("#f-history").fill(WORDS)
    expect(page.locator("#history-state")).to_contain_text("Đã lưu")
