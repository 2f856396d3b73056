"""Reminding many at once on the page: everybody is ticked, one press, a word on each."""

import re
from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.patients.service import allow_messages
from tests.support.app import Browser, build_app
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_patient, make_sign_in
from tests.telehealth.followup.world import Follow, make_follow
from tests.web.test_page_costs import cost

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@pytest.fixture
def follow(database: Database, clock: FixedClock) -> Follow:
    """A station with an appointment tomorrow and a next visit in a week."""
    follow = make_follow(database, clock)
    follow.book(at("15:10", days=1))
    follow.sign(follow.next_week())
    follow.send()
    return follow


@pytest.fixture
def nurse(follow: Follow, clock: FixedClock, tmp_path: Path) -> Browser:
    app = build_app(follow.database, tmp_path, clock)
    return Browser(app, token=follow.do(lambda s, now: make_sign_in(s, follow.booking.nurse, now=now)))


def ticked(page: str) -> list[str]:
    """Read whom the page has ticked."""
    return re.findall(r'name="chosen" value="([^"]+)" autocomplete="off" checked', page)


def test_one_press_reminds_everybody_and_says_so(nurse: Browser) -> None:
    assert 'href="/reminders"' in nurse.get("/follow-ups").text
    chosen = ticked(nurse.get("/reminders").text)
    assert len(chosen) == 2
    done = nurse.post("/reminders", {"chosen": chosen}, page="/reminders")
    assert done.status_code == 200
    assert "2 tin đang gửi" in done.text
    again = nurse.post("/reminders", {"chosen": chosen}, page="/follow-ups")
    assert "2 người đã được nhắc" in again.text
    page = nurse.get("/reminders").text
    assert ticked(page) == []
    assert page.count("Đã được nhắc trước đó") == 2


def test_whoever_has_no_number_is_on_the_list_of_calls(nurse: Browser, follow: Follow) -> None:
    follow.do(lambda s, now: allow_messages(s, follow.patient_id, is_allowed=False, now=now))
    chosen = ticked(nurse.get("/reminders").text)
    done = nurse.post("/reminders", {"chosen": chosen}, page="/reminders").text
    assert "2 người cần gọi" in done
    assert 'href="/checks"' in done
    assert "2 người cần gọi hoặc đến nhà" in nurse.get("/checks").text


def test_nobody_chosen_is_told_in_words(nurse: Browser) -> None:
    refused = nurse.post("/reminders", {}, page="/reminders")
    assert refused.status_code == 422
    assert "Chọn ít nhất một người" in refused.text
    assert nurse.post("/reminders", {"chosen": ["1"]}, page="/reminders").status_code == 422


def test_a_doctor_has_no_such_page(nurse: Browser, follow: Follow) -> None:
    token = follow.do(lambda s, now: make_sign_in(s, follow.booking.doctors[0], now=now))
    assert Browser(nurse.client.app, token=token).get("/reminders").status_code == 403  # type: ignore[arg-type]


def test_the_page_costs_the_same_for_two_and_for_ten(nurse: Browser, follow: Follow) -> None:
    app = nurse.client.app
    few = cost(app, nurse, "/reminders")  # type: ignore[arg-type]
    for number in range(8):
        with follow.database.write() as unit:
            name = f"Hà Thị {number}"
            follow.patient_id = make_patient(unit.session, follow.booking.nurse, full_name=name).id
        follow.sign(follow.next_week())
    assert nurse.get("/reminders").text.count("Hà Thị") == 8
    assert cost(app, nurse, "/reminders") == few  # type: ignore[arg-type]
