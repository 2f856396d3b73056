"""What the request says of values: what cannot be, what lies far out, and when it is unsaid."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from telehealth.kit.db import Database
from telehealth.visits.ranges import RANGES
from telehealth.visits.service import approve_ranges
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.chromium import open_device, wait_until_mounted
from tests.support.clock import FixedClock
from tests.support.pregnancies import make_pregnant
from tests.support.world import make_sign_in
from tests.web.gallery import run_gallery

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=1, patients=1, seats=1, visits=1)


@pytest.fixture
def nurse(database: Database, world: BookingWorld, tmp_path: Path, clock: FixedClock) -> Browser:
    with database.write() as unit:
        token = make_sign_in(unit.session, world.nurse, now=unit.now)
    return Browser(build_app(database, tmp_path, clock), token)


def ask(nurse: Browser, world: BookingWorld, **more: str) -> Response:
    path = f"/patients/{world.patients[0]}/request"
    [key] = re.findall(r'name="id" value="([^"]*)"', nurse.get(path).text)
    given = {
        "reason": "Khó thở",
        "consult_kind": "remote_exam",
        "specialty": "internal",
        "priority": "urgent",
    }
    return nurse.post(path, {"id": key, **given, **more})


def test_all_impossible_values_are_said_at_once_before_anything_is_asked_about_them(
    nurse: Browser, world: BookingWorld
) -> None:
    wrong = {"spo2": "120", "temperature": "98", "systolic": "80", "diastolic": "120"}
    refused = ask(nurse, world, **wrong)
    assert refused.status_code == 422
    for field in ("spo2", "temperature", "diastolic"):
        assert f'href="#f-{field}"' in refused.text
    assert "Cần sửa 3 chỗ" in refused.text
    assert "Số ít gặp" not in refused.text
    assert "Rất cao" not in refused.text, "what cannot be is not high"


def test_impossible_values_are_said_together_with_what_is_missing(
    nurse: Browser, world: BookingWorld
) -> None:
    refused = ask(nurse, world, spo2="120", temperature="98", pulse="nhanh", reason="")
    assert refused.status_code == 422
    for field in ("reason", "pulse", "spo2", "temperature"):
        assert f'href="#f-{field}"' in refused.text
    assert "Cần sửa 4 chỗ" in refused.text


def test_the_pressing_one_of_both_pressures_is_judged(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        approve_ranges(unit.session, world.doctors[0], version=RANGES.version, now=unit.now)
    for typed in ({"systolic": "210", "diastolic": "80"}, {"systolic": "210"}):
        value = "/".join(typed.values())
        told = f"Rất bất thường: Huyết áp {value} mmHg: Rất cao. Nên gọi bác sĩ trực."
        assert told in ask(nurse, world, reason="", **typed).text
    usual = ask(nurse, world, reason="", systolic="120", diastolic="76").text
    assert 'data-range="ok"' in usual
    assert "Rất bất thường" not in usual
    wrong = ask(nurse, world, reason="", systolic="80", diastolic="120").text
    assert "data-range" not in wrong, "what cannot be is neither high nor low"


def test_a_pregnancy_changes_what_a_value_is_judged_by(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    high = {"reason": "", "systolic": "165", "diastolic": "95"}
    assert 'data-range="soon"' in ask(nurse, world, **high).text
    with database.write() as unit:
        make_pregnant(unit.session, world.nurse, world.visits[0][0], now=unit.now)
    assert 'data-range="urgent"' in ask(nurse, world, **high).text


def test_a_value_far_out_points_to_the_doctor_on_duty_once_the_ranges_are_approved(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    def marked() -> str:
        return ask(nurse, world, spo2="84", reason="").text

    before = marked()
    assert "SpO2 84 %: Rất thấp" in before
    assert before.count("Ngưỡng chưa được bác sĩ duyệt, chỉ để tham khảo") == 1
    assert "Nên gọi bác sĩ trực" not in before
    with database.write() as unit:
        approve_ranges(unit.session, world.doctors[0], version=RANGES.version, now=unit.now)
    after = marked()
    assert "Rất bất thường: SpO2 84 %: Rất thấp. Nên gọi bác sĩ trực." in after
    assert "chưa được bác sĩ duyệt" not in after
    assert "Nên gọi bác sĩ trực" not in ask(nurse, world, spo2="98", reason="").text


def on_the_way(nurse: Browser, world: BookingWorld, database: Database, **typed: str) -> Iterator[str]:
    """Send a request that is whole, choose a time, book it: every page that is shown on the way."""
    slots = ask(nurse, world, **typed).headers["location"]
    page = nurse.get(slots).text
    yield page
    visit = slots.removeprefix("/visits/").partition("/")[0]
    [slot, *_] = re.findall(r'name="slot" value="([^"]+)"', page)
    held = nurse.post(f"/visits/{visit}/hold", {"slot": slot, "priority": "urgent"}, page=slots)
    confirm = held.headers["location"]
    page = nurse.get(confirm).text
    yield page
    [version] = re.findall(r'name="version" value="(\d+)"', page)[:1]
    said = {"patient_place": "station", "version": version}
    booked = nurse.post(confirm, said, page=confirm).headers["location"]
    yield nurse.get(booked).text


def test_a_whole_request_with_a_value_far_out_is_told_so_on_every_page_to_the_appointment(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    pages = list(on_the_way(nurse, world, database, systolic="210", diastolic="120"))
    assert len(pages) == 3
    for page in pages:
        assert "Huyết áp 210/120 mmHg: Rất cao" in page
        assert "Gọi bác sĩ trực ngay nếu" in page
        assert "Ngưỡng chưa được bác sĩ duyệt" in page
        assert re.search(r'href="/visits/[0-9a-f-]+/ring"', page)
        assert "Nên gọi bác sĩ trực" not in page


def test_once_the_ranges_are_approved_it_is_an_alarm(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        approve_ranges(unit.session, world.doctors[0], version=RANGES.version, now=unit.now)
    for page in on_the_way(nurse, world, database, systolic="210", diastolic="120"):
        assert "Rất bất thường: Huyết áp 210/120 mmHg: Rất cao. Nên gọi bác sĩ trực." in page
        assert "chưa được bác sĩ duyệt" not in page


def test_usual_values_are_told_nowhere_on_the_way(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    for page in on_the_way(nurse, world, database, systolic="120", diastolic="76"):
        assert "mmHg: " not in page
        assert not re.search(r'href="/visits/[0-9a-f-]+/ring"', page)


def test_ranges_are_named_only_where_a_value_was_marked_by_them(nurse: Browser, world: BookingWorld) -> None:
    source = "chỉ để tham khảo"
    assert source not in nurse.get(f"/patients/{world.patients[0]}/request").text
    assert source in ask(nurse, world, reason="", systolic="120", diastolic="76").text
    assert source in ask(nurse, world, reason="", systolic="158", diastolic="94").text


def test_a_verdict_goes_when_its_value_is_changed(chromium: Chromium) -> None:
    with run_gallery() as address, open_device(chromium, base_url=address) as device:
        page = device.new_page()
        page.goto("/gallery/booking/request")
        wait_until_mounted(page)
        judged = page.locator(".vital[data-range] .state")
        before = judged.count()
        assert before
        page.locator(".vital[data-range] input").first.fill("37")
        expect(judged).to_have_count(before - 1)
