"""Setting a first password with the code from the slip."""

import pytest
from fastapi import FastAPI

from telehealth.kit.db import Database
from telehealth.staff import service
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service import Post
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.world import make_member
from tests.web.signing_in import People, sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases

GOOD = {"password": "suối chảy qua bản", "password_repeat": "suối chảy qua bản", "pin": "741963"}


@pytest.fixture
def code(app: FastAPI, people: People, database: Database) -> str:
    """The code of a colleague who was just invited."""
    with database.write() as unit:
        manager = make_member(unit.session, people.station, role=Role.MANAGER)
        post = Post(people.station.id, Role.STATION_NURSE, Qualification.NURSE, "ĐD.")
        invited = service.invite(
            unit.session, manager, full_name="Bàn Thị Mai", username="mai", post=post, now=unit.now
        )
    return invited.code


def test_a_new_colleague_sets_a_password_and_signs_in(browser: Browser, code: str) -> None:
    assert "Bàn Thị Mai" in browser.get(f"/activate/{code}").text
    answer = browser.post(f"/activate/{code}", GOOD)
    assert answer.headers["location"] == "/sign-in?why=activated"
    sign_in(browser, "mai", password=GOOD["password"])
    assert "Bỏ mã PIN" in browser.get("/account").text


def test_looking_does_not_use_the_code_up_setting_does(browser: Browser, code: str) -> None:
    assert [browser.get(f"/activate/{code}").status_code for _ in range(2)] == [200, 200]
    browser.post(f"/activate/{code}", GOOD)
    assert browser.get(f"/activate/{code}").status_code == 410
    answer = browser.post(f"/activate/{code}", GOOD, page="/sign-in")
    assert answer.status_code == 410


def test_an_old_code_and_a_made_up_one_look_alike(browser: Browser, code: str, clock: FixedClock) -> None:
    clock.advance(hours=24)
    old, made_up = browser.get(f"/activate/{code}"), browser.get("/activate/made-up")
    assert (old.status_code, old.text) == (410, made_up.text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "ngắn", "password_repeat": "ngắn"}, "ít nhất 8 ký tự"),
        ({"password": "matkhau123", "password_repeat": "matkhau123"}, "nhiều người dùng"),
        ({"password": "BanThiMai2026", "password_repeat": "BanThiMai2026"}, "giống tên anh/chị"),
        ({"password_repeat": "khác"}, "chưa giống nhau"),
        ({"pin": "123456"}, "dễ đoán"),
        ({"pin": "12"}, "đúng 6 chữ số"),
        ({"password": ""}, "Nhập mật khẩu mới"),
    ],
)
def test_weak_secrets_are_refused_and_the_code_stays_good(
    browser: Browser, code: str, changes: dict[str, str], words: str
) -> None:
    answer = browser.post(f"/activate/{code}", {**GOOD, **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert browser.get(f"/activate/{code}").status_code == 200


def test_spaces_at_the_ends_are_part_of_a_password(browser: Browser, code: str) -> None:
    spaced = " suối chảy qua bản "
    browser.post(f"/activate/{code}", {"password": spaced, "password_repeat": spaced})
    trimmed = browser.post("/sign-in", {"username": "mai", "password": spaced.strip()})
    assert trimmed.status_code == 422
    sign_in(browser, "mai", password=spaced)
