"""Hours of one kind of support: typed and shown on the pages, offered and held for that one only."""

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI

from telehealth.availability.service import add_service_type
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.rules import Part
from tests.support.booking import BookingWorld, at, search
from tests.web.hours.test_hours_pages import LEAVE, browser, hidden, leader, own_page

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


def times(database: Database, world: BookingWorld, service_code: str, part: Part) -> set[str]:
    """Return the wall clock of what the search offers of the first doctor today, as pages ask it."""
    asked = search(doctor_membership_id=world.doctors[0].ref, days=0, limit=100, part=part)
    with database.read() as unit:
        wanted = replace(asked, service_code=service_code)
        found = find_slots(unit.session, world.nurse, wanted, now=unit.now)
    return {slot.starts_at.astimezone(DEFAULT_ZONE).strftime("%H:%M") for slot in found}


@pytest.fixture
def other(database: Database) -> str:
    """A second service, and one of what is made at once, which keeps no hours."""
    with database.write() as unit:
        add_service_type(unit.session, "urgent", min_notice_minutes=0)
        return str(add_service_type(unit.session, "hoi_chan", min_notice_minutes=10).id)


def test_weekly_hours_of_one_kind_of_support_are_typed_and_kept_from_the_others(
    app: FastAPI, database: Database, world: BookingWorld, other: str
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    chips = dict(re.findall(r'class="chip" href="([^"]+)"[^>]*>([^<]+)<', doctor.get(mine).text))
    assert set(chips.values()) == {"Mọi loại khám", "Hội chẩn chuyên khoa", "Hội chẩn thường"}
    theirs = doctor.get(f"{mine}?service={other}").text
    assert f"{mine}?service={other}#week-form" in chips
    assert "chỉ dùng để đặt Hội chẩn chuyên khoa" in theirs
    fields = dict(re.findall(r'name="(version|service|mon)"[^>]* value="([^"]*)"', theirs))
    assert (fields["service"], fields["mon"]) == (other, "")
    week = {**fields, "mon": "18:00-19:00", "valid_from": "23/11/2026"}
    week["version"] = re.findall(r'name="version" value="([^"]*)"><input type="hidden" name="serv', theirs)[0]
    preview = doctor.post(f"{mine}/week", week, page=mine)
    assert "Lịch tuần mới từ 23/11/2026 (chỉ Hội chẩn chuyên khoa)" in preview.text
    assert doctor.post(f"{mine}/week", hidden(preview), page=mine).status_code == 303
    assert "18:00–19:00 (chỉ Hội chẩn chuyên khoa)" in doctor.get(mine).text
    assert "18:00" in times(database, world, "hoi_chan", Part.AFTERNOON)
    assert not {each for each in times(database, world, "standard", Part.AFTERNOON) if each >= "18"}
    visit = world.visits[0].pop()
    with pytest.raises(DomainError, match="outside-availability"), database.write() as unit:
        world.hold(unit.session, at("18:10"), now=unit.now, visit_id=visit)
    board = browser(app, database, leader(database, world)).get("/hours").text
    assert "18:00–19:00 (chỉ Hội chẩn chuyên khoa)" in board


def test_some_hours_are_kept_for_one_kind_of_support(
    app: FastAPI, database: Database, world: BookingWorld, other: str
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    kept = {"kind": "service_only", "first_on": "23/11/2026", "first_time": "10:00", "last_time": "11:30"}
    for slip, words in (
        (kept, "Chọn loại khám mà giờ này dành cho"),
        ({**LEAVE, "service": other}, "Chỉ chọn loại khám khi giờ dành riêng"),
    ):
        refused = doctor.post(f"{mine}/exception", slip, page=mine)
        assert (refused.status_code, words in refused.text) == (422, True)
    shown = doctor.post(f"{mine}/exception", {**kept, "service": other}, page=mine)
    assert "Chỉ dành cho Hội chẩn chuyên khoa: " in shown.text
    doctor.post(f"{mine}/exception", hidden(shown), page=mine)
    assert "Chỉ dành cho Hội chẩn chuyên khoa" in doctor.get(mine).text
    assert not {"10:10", "10:30"} & times(database, world, "standard", Part.MORNING)
    assert {"10:00", "10:20"} & times(database, world, "hoi_chan", Part.MORNING)
    board = browser(app, database, leader(database, world)).get("/hours").text
    assert "Chỉ dành cho Hội chẩn chuyên khoa 10:00–11:30" in board
