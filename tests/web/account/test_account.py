"""One's own account in a browser."""

from datetime import date

import pytest
from fastapi import FastAPI

from telehealth.kit.db import Database
from telehealth.staff import service
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service import Post
from tests.support.app import Browser
from tests.support.world import make_facility
from tests.web.signing_in import PASSWORD, PIN, People, sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases

NEW = "đường về bản có mây"


@pytest.fixture
def hanh(browser: Browser) -> Browser:
    """The browser of a nurse who is signed in."""
    sign_in(browser)
    return browser


def change_password(browser: Browser, **changes: str) -> tuple[int, str]:
    data = {"current": PASSWORD, "password": NEW, "password_repeat": NEW, **changes}
    answer = browser.post("/account/password", data, page="/account")
    return answer.status_code, answer.headers.get("location", "") or answer.text


def test_a_new_password_needs_the_present_one(hanh: Browser) -> None:
    status, text = change_password(hanh, current="not the one")
    assert status == 422
    assert "Mật khẩu hiện tại chưa đúng" in text
    assert change_password(hanh) == (303, "/account?done=password")
    sign_in(hanh, password=NEW)


def test_a_new_password_signs_the_other_machines_out(hanh: Browser, app: FastAPI) -> None:
    other = Browser(app)
    sign_in(other)
    change_password(hanh)
    assert hanh.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "matkhau123"}, "nhiều người dùng"),
        ({"password": "0868123456"}, "giống tên anh/chị"),
        ({"password_repeat": "khác"}, "chưa giống nhau"),
        ({"current": ""}, "Nhập mật khẩu hiện tại"),
    ],
)
def test_a_weak_new_password_is_refused(hanh: Browser, changes: dict[str, str], words: str) -> None:
    status, text = change_password(hanh, **changes)
    assert (status, words in text) == (422, True)


def test_guessing_the_present_password_is_slowed_down(hanh: Browser) -> None:
    statuses = [change_password(hanh, current="not the one")[0] for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_a_pin_is_changed_with_the_password_and_given_up(hanh: Browser, people: People) -> None:
    data = {"proof": PASSWORD, "pin": "741963", "pin_repeat": "741963"}
    wrong = hanh.post("/account/pin", {**data, "proof": "x"}, page="/account")
    assert (wrong.status_code, "Mật khẩu hiện tại chưa đúng" in wrong.text) == (422, True)
    differs = hanh.post("/account/pin", {**data, "pin_repeat": "741964"}, page="/account")
    assert "chưa giống nhau" in differs.text
    assert hanh.post("/account/pin", data, page="/account").headers["location"] == "/account?done=pin"
    switch = {"member": str(people.hanh.ref), "pin": PIN}
    assert hanh.post("/switch", switch, page="/account").status_code == 422
    assert hanh.post("/switch", {**switch, "pin": "741963"}, page="/account").status_code == 303
    hanh.post("/account/pin/remove", page="/account")
    assert "Bỏ mã PIN" not in hanh.get("/account").text


def test_one_ends_ones_sign_in_on_another_machine(hanh: Browser, app: FastAPI) -> None:
    other = Browser(app)
    sign_in(other)
    page = hanh.get("/account").text
    path = page.split('action="/account/sign-ins/')[1].split('"')[0]
    assert page.count("Đăng xuất máy đó") == 1
    hanh.post(f"/account/sign-ins/{path}", page="/account")
    assert other.get("/account").status_code == 303
    assert hanh.get("/account").status_code == 200


def test_nobody_ends_the_sign_in_of_another(hanh: Browser, app: FastAPI) -> None:
    second, stranger = Browser(app), Browser(app)
    sign_in(second)
    sign_in(stranger, "lan")
    path = hanh.get("/account").text.split('action="/account/sign-ins/')[1].split('"')[0]
    assert stranger.post(f"/account/sign-ins/{path}", page="/account").status_code == 404
    assert second.get("/account").status_code == 200


def test_who_works_at_two_places_goes_from_one_to_the_other(
    hanh: Browser, people: People, database: Database
) -> None:
    assert "Nơi làm việc" not in hanh.get("/account").text
    with database.write() as unit:
        other = make_facility(unit.session, name="Trạm Y tế xã Cẩm Giàng")
        post = Post(other.id, Role.COORDINATOR, Qualification.NURSE, "ĐD.")
        second = service.add_membership(unit.session, people.hanh.staff_id, post, on=date(2026, 11, 23))
    answer = hanh.post("/account/workplace", {"member": str(second.id)}, page="/account")
    assert answer.headers["location"] == "/today"
    assert "Điều phối, Trạm Y tế xã Cẩm Giàng" in hanh.get("/account").text
    stranger = hanh.post("/account/workplace", {"member": str(people.lan.ref)}, page="/account")
    assert stranger.status_code == 404


def test_changes_need_the_token_of_the_page(hanh: Browser) -> None:
    for path in ("/account/password", "/account/pin", "/account/pin/remove", "/account/workplace"):
        assert hanh.client.post(path, data={}).status_code == 403
