"""Signing in and out in a browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.staff.models import SignIn, Staff
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.web.signing_in import FAST, PASSWORD, People, sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases

WRONG = {"username": "0868 123 456", "password": "not the one", "remember": "on"}


def test_a_right_password_leads_to_where_the_day_begins(browser: Browser, app: FastAPI) -> None:
    answer = browser.post("/sign-in", {"username": "0868 123 456", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    doctor = Browser(app).post("/sign-in", {"username": "MINH", "password": PASSWORD})
    assert doctor.headers["location"] == "/queue"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.post("/sign-in", {"username": "lan", "password": PASSWORD})
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("signin="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie


def test_over_tls_the_cookies_belong_to_the_host(make_app: Callable[..., FastAPI], people: People) -> None:
    app = make_app(base_url="https://kham.example", trusted_hosts=("127.0.0.1",))
    browser = Browser(app)
    browser.client.base_url = "https://kham.example"
    data = {"username": "lan", "password": PASSWORD, "remember": "on"}
    answer = browser.post("/sign-in", data)
    assert answer.status_code == 303
    cookies = answer.headers.get_list("set-cookie")
    for name in ("__Host-signin=", "__Host-device="):
        cookie = next(each for each in cookies if each.startswith(name))
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_a_wrong_password_keeps_the_name_and_says_nothing_more(browser: Browser) -> None:
    known = browser.post("/sign-in", WRONG)
    unknown = browser.post("/sign-in", {**WRONG, "username": "nobody"})
    assert known.status_code == unknown.status_code == 422
    words = "Tên đăng nhập hoặc mật khẩu chưa đúng."
    assert words in known.text
    assert words in unknown.text
    assert 'value="0868 123 456"' in known.text
    assert "not the one" not in known.text


def test_an_empty_form_says_what_is_missing(browser: Browser) -> None:
    answer = browser.post("/sign-in", {"username": "", "password": ""})
    assert answer.status_code == 422
    assert "Nhập mật khẩu" in answer.text


def test_after_five_wrong_passwords_the_right_one_waits_too(browser: Browser, clock: FixedClock) -> None:
    for _ in range(5):
        browser.post("/sign-in", WRONG)
    answer = browser.post("/sign-in", {**WRONG, "password": PASSWORD})
    assert answer.status_code == 429
    assert "15 phút" in answer.text
    clock.advance(minutes=15)
    sign_in(browser)


def test_a_form_without_its_token_is_refused(browser: Browser) -> None:
    browser.get("/sign-in")
    answer = browser.client.post("/sign-in", data={"username": "lan", "password": PASSWORD})
    assert answer.status_code == 403
    assert "signin" not in browser.client.cookies


def test_a_form_of_another_site_is_refused(browser: Browser) -> None:
    browser.client.headers["Origin"] = "https://elsewhere.example"
    assert browser.post("/sign-in", {"username": "lan", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/patients", "/patients"),
        ("//elsewhere.example", "/today"),
        ("/\\elsewhere.example", "/today"),
        ("https://elsewhere.example/", "/today"),
        ("javascript:alert(1)", "/today"),
        ("/a\nb", "/today"),
    ],
)
def test_one_is_led_to_pages_of_this_server_only(browser: Browser, wanted: str, target: str) -> None:
    answer = browser.post("/sign-in", {"username": "lan", "password": PASSWORD, "next": wanted})
    assert answer.headers["location"] == target


def test_the_page_asked_for_comes_after_signing_in(browser: Browser) -> None:
    answer = browser.get("/account")
    assert answer.headers["location"] == "/sign-in?next=/account"
    assert 'name="next" value="/account"' in browser.get(answer.headers["location"]).text


def test_an_idle_machine_signs_out_and_says_so(browser: Browser, clock: FixedClock) -> None:
    sign_in(browser)
    clock.advance(minutes=15)
    assert browser.get("/account").status_code == 200
    clock.advance(minutes=15, seconds=1)
    answer = browser.get("/account")
    assert answer.headers["location"] == "/sign-in?next=/account&why=idle"
    assert "Điều đã lưu vẫn còn" in browser.get(answer.headers["location"]).text


def test_a_sign_in_in_use_ends_after_twelve_hours(browser: Browser, clock: FixedClock) -> None:
    sign_in(browser)
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        assert browser.get("/account").status_code == 200
    clock.advance(minutes=10)
    assert browser.get("/account").status_code == 303


def test_a_disabled_person_is_out_with_the_next_request(
    browser: Browser, database: Database, people: People
) -> None:
    sign_in(browser)
    with database.write() as unit:
        staff = unit.session.get_one(Staff, people.hanh.staff_id)
        staff.disabled_at = unit.now
        unit.session.add(staff)
    assert browser.get("/account").status_code == 303
    answer = browser.post("/sign-in", {"username": "0868 123 456", "password": PASSWORD})
    assert answer.status_code == 403
    assert "đã bị khóa" in answer.text


def test_signing_out_ends_it_for_a_copied_cookie_too(browser: Browser, app: FastAPI) -> None:
    sign_in(browser)
    copied = Browser(app, token=browser.client.cookies["signin"])
    answer = browser.post("/sign-out", page="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "signin" not in browser.client.cookies
    assert copied.get("/account").status_code == 303


def test_the_first_address_leads_home(browser: Browser) -> None:
    assert browser.get("/").headers["location"] == "/sign-in"
    sign_in(browser)
    assert browser.get("/").headers["location"] == "/today"


def test_an_old_hash_is_made_anew_at_sign_in(app: FastAPI, database: Database, people: People) -> None:
    app.state.passwords = type(FAST)(memory_kib=16, time_cost=1)
    sign_in(Browser(app), "lan")
    with database.read() as unit:
        stored = unit.session.get_one(Staff, people.lan.staff_id).password_hash
    assert stored is not None
    assert "m=16" in stored


def test_the_token_is_stored_as_its_hash_only(browser: Browser, database: Database) -> None:
    sign_in(browser)
    with database.read() as unit:
        row = unit.session.exec(select(SignIn)).one()
        assert browser.client.cookies["signin"] not in row.model_dump_json()
        assert row.expires_at == unit.now + timedelta(hours=12)


def test_demo_accounts_are_shown_in_a_demo_only(
    make_app: Callable[..., FastAPI], people: People, database: Database
) -> None:
    with database.write() as unit:
        staff = unit.session.get_one(Staff, people.lan.staff_id)
        staff.is_demo = True
        unit.session.add(staff)
    shown, hidden = (Browser(make_app(demo=demo)).get("/sign-in").text for demo in (True, False))
    assert "Lý Thị Lan" in shown
    assert "Nông Thị Hạnh" not in shown
    assert "Lý Thị Lan" not in hidden
