"""The opening hours of a house: what it means that none are recorded; other seats beside those there are."""

import re

import pytest
from fastapi import FastAPI

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import ensure_resource
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from tests.support.app import Browser
from tests.support.booking import BookingWorld
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

PAGE = "/hours/opening"


@pytest.fixture
def lead(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    """Who looks after the hours of the station, which has two seats."""
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        ensure_resource(unit.session, ResourceKind.SEAT, station.id).lanes = 2
        member = make_member(unit.session, station, role=Role.COORDINATOR)
        return Browser(app, make_sign_in(unit.session, member, now=unit.now))


def test_a_house_that_recorded_no_hours_is_not_said_to_be_closed(lead: Browser) -> None:
    shown = lead.get(PAGE).text
    assert "Chưa ghi giờ mở cửa" in shown
    assert ("<dd>chưa ghi" in shown, "<dd>nghỉ" in shown) == (True, False)
    assert "Ví dụ 30/11/2026" in shown, "a day to come"
    version = re.findall(r'name="version" value="(\d+)"', shown)[0]
    week = {"valid_from": "23/11/2026", "mon": "07:30-16:30", "version": version, "sure": "1"}
    assert lead.post(f"{PAGE}/week", week, page=PAGE).status_code == 303
    shown = lead.get(PAGE).text
    assert ("Chưa ghi giờ mở cửa" in shown, "<dd>nghỉ" in shown) == (False, True)


def test_other_seats_are_shown_beside_those_there_are(lead: Browser) -> None:
    version = re.findall(r'name="version" value="(\d+)"', lead.get(PAGE).text)[-1]
    preview = lead.post(f"{PAGE}/seats", {"seats": "3", "version": version}, page=PAGE).text
    assert "đang là 2, sẽ là 3" in preview
