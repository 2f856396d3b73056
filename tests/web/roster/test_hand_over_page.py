"""Handing a day over at the browser: shown first, then done, what is left stays in sight."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Day:
    """Who hands over, who is told, and three doctors: two times of the first, one of the second's at once."""

    coordinator: Browser
    nurse: Browser
    away: str
    stands_in: str
    third: str

    def page(self, taker: str, on: str = "23/11/2026") -> str:
        """Return where the day of who is away is shown in the hands of another."""
        return f"/roster/hand-over?from={self.away}&to={taker}&on={on}"

    def shown(self, taker: str) -> tuple[str, dict[str, str]]:
        """Return what is shown before handing over, and what is sent to do it."""
        text = self.coordinator.get(self.page(taker)).text
        seen = re.search(r'name="version" value="(\d+)"', text)
        assert seen
        return text, {"from": self.away, "to": taker, "on": "23/11/2026", "version": seen[1]}

    def hand_over(self, taker: str) -> str:
        """Hand over what is shown, and return the page it leads to."""
        _, sent = self.shown(taker)
        done = self.coordinator.post("/roster/hand-over", sent, page=self.page(taker))
        return self.coordinator.get(done.headers["location"]).text


@pytest.fixture
def day(database: Database, tmp_path: Path, clock: FixedClock) -> Day:
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
    return Day(coordinator, nurse, *(str(doctor.ref) for doctor in world.doctors))


def test_a_day_is_shown_and_handed_over(day: Day) -> None:
    assert "Xem trước" in day.coordinator.get("/roster/hand-over").text
    shown, data = day.shown(day.stands_in)
    assert "Giao 1 mục" in shown
    assert "Không rảnh giờ này" in shown
    assert f"from={day.away}&amp;to={day.third}" in shown
    assert re.search(r'href="/appointments/[^"]+/override">Đặt ngoài quy định', shown)
    assert "Lý Thị" not in shown  # who the patients are is none of the house's business yet

    path = day.page(day.stands_in)
    other = day.coordinator.post("/roster/hand-over", {**data, "version": "1"}, page=path)
    assert other.status_code == 412
    assert "Ngày này vừa có thay đổi" in other.text
    assert "Giao 1 mục" in other.text
    after = day.hand_over(day.stands_in)
    assert "Đã giao 1 mục. 1 mục còn lại hiện bên dưới." in after
    assert "Giao 1 mục" not in after.replace("Đã giao 1 mục", "")
    assert "BS. Trần Văn 1 khám thay BS. Trần Văn 0" in day.nurse.get("/today").text


def test_once_nothing_is_left_nothing_is_said_to_stand_below(day: Day) -> None:
    day.hand_over(day.stands_in)
    after = day.hand_over(day.third)
    assert "Đã giao 1 mục." in after
    assert "Không còn gì để giao" in after
    assert "còn lại" not in after


def test_what_cannot_be_asked_is_told_at_its_field(day: Day) -> None:
    nobody = day.coordinator.get("/roster/hand-over?from=&to=&on=23/11/2026")
    assert nobody.status_code == 422
    assert 'href="#f-from">Chọn bác sĩ vắng' in nobody.text
    assert 'href="#f-to">Chọn người làm thay' in nobody.text

    same = day.coordinator.get(day.page(day.away))
    assert same.status_code == 422
    assert "Người làm thay đang là chính bác sĩ vắng" in same.text
    assert "Ca này" not in same.text
    assert day.coordinator.get(day.page(day.third, "22/11/2026")).status_code == 422
