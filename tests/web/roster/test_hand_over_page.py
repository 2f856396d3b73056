"""Handing a day over at the browser: shown first, then done, what is left stays in sight."""

import re
from pathlib import Path

import pytest

from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases


def test_a_day_is_shown_and_handed_over(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_booking_world(session, doctors=3, patients=3, seats=3, visits=1)
        house = get_facility(session, world.doctors[0].here)
        lead = make_member(session, house, role=Role.COORDINATOR, name="Đặng Thu Trang")
        for number, (wall, doctor) in enumerate((("09:10", 0), ("10:10", 0), ("10:10", 1))):
            visit = world.visits[number][0]
            world.book(session, at(wall), now=now, patient=number, visit_id=visit, doctor=doctor)
        tokens = [make_sign_in(session, each, now=now) for each in (lead, world.nurse)]
    app = build_app(database, tmp_path, clock)
    coordinator, nurse = (Browser(app, token) for token in tokens)
    away, stands_in, third = (str(doctor.ref) for doctor in world.doctors)

    path = f"/roster/hand-over?from={away}&to={stands_in}&on=23/11/2026"
    assert "Xem trước" in coordinator.get("/roster/hand-over").text
    shown = coordinator.get(path).text
    assert "Giao 1 mục" in shown
    assert "Không rảnh giờ này" in shown
    assert f"from={away}&amp;to={third}" in shown
    assert re.search(r'href="/appointments/[^"]+/override">Đặt ngoài quy định', shown)
    assert "Lý Thị" not in shown  # who the patients are is none of the house's business yet

    seen = re.search(r'name="version" value="(\d+)"', shown)
    assert seen
    data = {"from": away, "to": stands_in, "on": "23/11/2026", "version": seen[1]}
    other = coordinator.post("/roster/hand-over", {**data, "version": "1"}, page=path)
    assert other.status_code == 412
    assert "Ngày này vừa có thay đổi" in other.text
    assert "Giao 1 mục" in other.text
    done = coordinator.post("/roster/hand-over", data, page=path)
    after = coordinator.get(done.headers["location"]).text
    assert "Đã giao 1 mục." in after
    assert "Giao 1 mục" not in after.replace("Đã giao 1 mục", "")
    assert "BS. Trần Văn 1 khám thay BS. Trần Văn 0" in nurse.get("/today").text

    nobody = coordinator.get("/roster/hand-over?from=&to=&on=23/11/2026")
    assert nobody.status_code == 422
    assert 'href="#f-from">Chọn bác sĩ vắng' in nobody.text
    assert 'href="#f-to">Chọn người làm thay' in nobody.text

    same = coordinator.get(f"/roster/hand-over?from={away}&to={away}&on=23/11/2026")
    assert same.status_code == 422
    gone = coordinator.get(f"/roster/hand-over?from={away}&to={third}&on=22/11/2026")
    assert gone.status_code == 422
