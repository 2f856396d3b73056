"""The coordinator's page of who waited how long, of a day whose figures are known."""

import re
from pathlib import Path

import pytest

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.scheduling import service
from telehealth.staff.rules import Role
from telehealth.urgent import service as urgent
from tests.support.app import Browser, build_app
from tests.support.booking import at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import make_urgent_world
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the figures are asked of both databases beside the slice


def tables(text: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table's rows by its caption."""
    found = {}
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", table, re.DOTALL)
        body = table[table.index("<tbody") :]
        rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        assert caption
        found[caption[1]] = cells
    return found


def test_the_page_prints_the_figures_of_the_day_and_another_house_sees_none(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_booking_world(session, patients=3, seats=2)
        times = (("09:30", "09:00", "09:40"), ("10:10", "10:05", "10:15"))
        for patient, (wall, arrived, started) in enumerate(times):
            row = world.book(session, at(wall), now=now, patient=patient)
            service.check_in(session, world.nurse, row.id, now=at(arrived))
            service.start(session, world.doctors[0], row.id, now=at(started))
        world.book(session, at("14:10"), now=now, patient=2)  # not begun: nobody has waited yet
        station = session.get_one(Facility, world.nurse.here)
        lead = make_member(session, station, role=Role.COORDINATOR)
        other = make_member(session, role=Role.COORDINATOR)
        place = station.short_name
    app = build_app(database, tmp_path, clock)
    clock.advance(hours=10)
    with database.write() as unit:
        tokens = [make_sign_in(unit.session, each, now=unit.now) for each in (lead, other)]
    coordinator, elsewhere = (Browser(app, token) for token in tokens)
    text = coordinator.get("/reports/waits").text
    figures = ["2", "1 giờ 40 phút", "2 giờ 15 phút", "10 phút", "40 phút", "40 phút"]
    assert tables(text) == {
        "Theo tuần": [["23/11–29/11/2026", *figures]],
        "Theo trạm": [[place, *figures]],
    }
    assert "Lý Thị" not in text
    assert "Chưa có ca khám nào trong tám tuần" in elsewhere.get("/reports/waits").text
    assert tables(elsewhere.get("/reports/waits").text) == {}


def test_the_page_prints_how_long_urgent_calls_rang(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_urgent_world(session, now=now, patients=2)
        first, _nobody = (world.press(session, now=now, visit=each) for each in range(2))
        clock.advance(seconds=75)
        urgent.accept(session, world.doctors[0][0], first.id, now=clock.now())
        token = make_sign_in(session, world.coordinator, now=now)
    app = build_app(database, tmp_path, clock)
    text = Browser(app, token).get("/reports/waits").text
    figures = ["2", "1", *["1 phút 15 giây"] * 3]
    assert tables(text)["Gọi khẩn theo tuần"] == [["23/11–29/11/2026", *figures]]
    assert [row[1:] for row in tables(text)["Gọi khẩn theo trạm"]] == [figures]
