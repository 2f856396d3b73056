"""Colleagues who share a machine."""

import pytest

from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.web.signing_in import PIN, People, sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases


def test_both_who_used_the_machine_come_back_with_their_pins(browser: Browser, people: People) -> None:
    sign_in(browser)
    sign_in(browser, "lan")
    page = browser.get("/switch").text
    assert "Nông Thị Hạnh" in page
    assert "Lý Thị Lan" in page
    answer = browser.post("/switch", {"member": str(people.hanh.ref), "pin": PIN}, page=to(people.hanh.ref))
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    assert "Nông Thị Hạnh" in browser.get("/account").text


def to(member: object) -> str:
    return f"/switch?member={member}"


def test_another_browser_knows_nobody(app: object, browser: Browser, people: People) -> None:
    sign_in(browser)
    stranger = Browser(app)  # type: ignore[arg-type]
    assert "Nông Thị Hạnh" not in stranger.get("/sign-in").text
    answer = stranger.post("/switch", {"member": str(people.hanh.ref), "pin": PIN}, page="/sign-in")
    assert answer.status_code == 403
    assert "signin" not in stranger.client.cookies


def test_a_machine_that_was_not_to_remember_knows_nobody(browser: Browser) -> None:
    sign_in(browser, remember="")
    assert "Đã dùng máy này" not in browser.get("/sign-in").text


def test_a_wrong_pin_says_so_and_five_ask_for_the_password(browser: Browser, people: People) -> None:
    sign_in(browser)
    wrong = {"member": str(people.hanh.ref), "pin": "111111"}
    for _ in range(4):
        answer = browser.post("/switch", wrong, page=to(people.hanh.ref))
        assert answer.status_code == 422
        assert "Mã PIN chưa đúng" in answer.text
    for pin in ("111111", PIN):
        answer = browser.post("/switch", {**wrong, "pin": pin}, page="/sign-in")
        assert answer.status_code == 403
        assert 'value="0868 123 456"' in answer.text
    sign_in(browser)
    assert "Nhập PIN" in browser.get("/sign-in").text


def test_after_twelve_hours_the_password_is_asked_for(
    browser: Browser, people: People, clock: FixedClock
) -> None:
    sign_in(browser)
    clock.advance(hours=12)
    page = browser.get("/sign-in").text
    assert f"/sign-in?member={people.hanh.ref}" in page
    assert 'value="0868 123 456"' in browser.get(f"/sign-in?member={people.hanh.ref}").text
    answer = browser.post("/switch", {"member": str(people.hanh.ref), "pin": PIN}, page="/sign-in")
    assert answer.status_code == 403


def test_an_idle_machine_takes_the_pin_again(browser: Browser, people: People, clock: FixedClock) -> None:
    sign_in(browser)
    clock.advance(minutes=30)
    assert browser.get("/account").status_code == 303
    browser.post("/switch", {"member": str(people.hanh.ref), "pin": PIN}, page=to(people.hanh.ref))
    assert browser.get("/account").status_code == 200


def test_a_name_can_be_taken_off_the_machine(browser: Browser, people: People) -> None:
    sign_in(browser)
    browser.post("/switch/forget", {"member": str(people.hanh.ref)}, page=to(people.hanh.ref))
    assert "Nông Thị Hạnh" not in browser.get("/sign-in").text


def test_a_made_up_colleague_is_nobody(browser: Browser) -> None:
    sign_in(browser)
    answer = browser.post("/switch", {"member": "nobody", "pin": PIN}, page="/sign-in")
    assert answer.status_code in (403, 422)
