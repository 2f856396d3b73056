"""What keeps the button from ringing is said where it is pressed, whom to phone too; the signs stay."""

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select

from telehealth import wiring
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.urgent import service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import DeclineReason
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from tests.support.app import Browser, build_app
from tests.support.booking import make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import UrgentWorld, make_urgent_world, open_urgent_visit, version_on
from tests.support.world import make_edge, make_facility, make_hospital, make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the queries run on both elsewhere

ELSEWHERE = "Một trạm khác đang gọi bác sĩ cho người bệnh này"
NO_POOL = "Chưa có nhóm bác sĩ nào nhận cuộc gọi của trạm"
BIG_115 = re.compile(r'<a class="btn btn--urgent btn--big btn--wide" href="tel:115">')


@dataclass(frozen=True)
class Scene:
    database: Database
    world: UrgentWorld
    nurse: Browser
    other: Browser
    other_visit: UUID

    def decline_all(self) -> None:
        with self.database.write() as unit:
            request = unit.session.exec(select(UrgentRequest)).one()
            for level in self.world.doctors:
                for each in level:
                    if request.state == "waiting":
                        reason = DeclineReason.NOT_HERE
                        service.decline(unit.session, each, request.id, reason=reason, now=unit.now)

    def press(self, browser: Browser, visit_id: UUID) -> str:
        answer = browser.post(f"/visits/{visit_id}/ring", {"danger": ["breathing"]})
        assert answer.status_code == 303
        return answer.headers["location"]

    def states(self) -> list[str]:
        with self.database.read() as unit:
            rows = unit.session.exec(select(UrgentRequest.state).order_by(col(UrgentRequest.id)))
            return list(rows)


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_urgent_world(session, now=now)
        station = make_facility(session, name="Điểm trạm Vi Hương")
        nurse = make_member(session, station, name="Lý Thị Hai")
        patient = session.get_one(Visit, world.visits[0]).patient_id
        holder = {"holder_kind": HolderKind.FACILITY, "holder_id": station.id}
        open_grant(session, patient_id=patient, basis=Basis.VISIT, source_id=patient, now=now, **holder)
        visit_id = open_urgent_visit(session, nurse, patient, now=now)
        tokens = [make_sign_in(session, person, now=now) for person in (world.nurse, nurse)]
    app = build_app(database, tmp_path, clock)
    return Scene(database, world, *(Browser(app, token) for token in tokens), visit_id)


def test_another_stations_case_keeps_nobody_from_ringing(scene: Scene) -> None:
    scene.press(scene.nurse, scene.world.visits[0])
    scene.decline_all()
    path = f"/visits/{scene.other_visit}/ring"
    page = scene.other.get(path)
    assert (page.status_code, "Gọi ngay" in page.text) == (200, True)
    shown = scene.other.get(scene.press(scene.other, scene.other_visit))
    assert (shown.status_code, "Đang gọi bác sĩ trực" in shown.text) == (200, True)
    assert scene.states() == ["expired", "waiting"]


def test_the_button_and_115_stand_in_the_bar_that_stays_in_sight(scene: Scene) -> None:
    page = scene.nurse.get(f"/visits/{scene.world.visits[0]}/ring").text
    [bar] = re.findall(r'<div class="foot row">.*?</div>', page, re.S)
    assert ('href="tel:115"' in bar, "Gọi ngay" in bar) == (True, True)
    form = page.split('name="danger"')[-1].split("</form>")[0]
    assert bar in form, "the bar belongs to the form: one press sends what is ticked, without script"


def test_what_rings_elsewhere_is_said_with_the_numbers_and_the_signs_stay(scene: Scene) -> None:
    scene.press(scene.nurse, scene.world.visits[0])
    path = f"/visits/{scene.other_visit}/ring"
    for page in (scene.other.get(path), scene.other.post(path, {"danger": ["breathing"]})):
        assert page.status_code in (200, 409)
        assert ELSEWHERE in page.text
        assert BIG_115.search(page.text)
        assert page.text.count('href="tel:+84') == 3, "every hospital that may be asked"
        assert "Phủ Thông" not in page.text.split("<main")[1], "which station is nobody's business here"
    assert re.search(r'value="breathing"[^>]* checked', page.text)
    assert scene.states() == ["waiting"]


def test_a_new_visit_of_a_patient_nobody_answered_for_rings_anew(scene: Scene) -> None:
    first = scene.press(scene.nurse, scene.world.visits[0])
    scene.decline_all()
    assert scene.nurse.get(f"/visits/{scene.world.visits[0]}/ring").headers["location"] == first
    with scene.database.write() as unit:
        patient = unit.session.get_one(Visit, scene.world.visits[0]).patient_id
        visit_id = open_urgent_visit(unit.session, scene.world.nurse, patient, now=unit.now)
    second = scene.press(scene.nurse, visit_id)
    assert second != first
    assert scene.nurse.get(f"/visits/{scene.world.visits[0]}/ring").headers["location"] == second
    seen = version_on(scene.nurse.get(first).text)
    again = scene.nurse.post(f"{first}/again", seen, page="/today")
    assert again.headers["location"] == second, "ringing the old one leads to what rings"


def test_a_case_whose_visit_is_over_can_only_be_closed(scene: Scene) -> None:
    here = scene.press(scene.nurse, scene.world.visits[0])
    scene.decline_all()
    seen = scene.nurse.get(here).text
    assert "Đổ chuông lại từ đầu" in seen
    with scene.database.write() as unit:
        patient = unit.session.get_one(Visit, scene.world.visits[0]).patient_id
        visits.withdraw(
            unit.session, scene.world.nurse, scene.world.visits[0], reason="by_mistake", now=unit.now
        )
    again = scene.nurse.post(f"{here}/again", version_on(seen), page="/today")
    assert again.headers["location"] == here
    page = scene.nurse.get(here).text
    assert "Đổ chuông lại từ đầu" not in page
    assert "không bác sĩ nào nhận được nữa" in page
    assert f'href="/patients/{patient}/request"' in page
    assert "Người bệnh giờ ra sao?" in page
    assert scene.states() == ["expired"]
    refused = scene.nurse.post(f"/visits/{scene.world.visits[0]}/ring", {}, page="/today")
    assert (refused.status_code, "không bác sĩ nào nhận được nữa" in refused.text) == (409, True)


def test_a_press_for_a_visit_that_is_over_leads_to_a_new_request_and_leaves_no_button(scene: Scene) -> None:
    visit = scene.world.visits[0]
    with scene.database.write() as unit:
        patient = unit.session.get_one(Visit, visit).patient_id
        visits.withdraw(unit.session, scene.world.nurse, visit, reason="by_mistake", now=unit.now)
    shown = scene.nurse.get(f"/visits/{visit}/ring")
    refused = scene.nurse.post(f"/visits/{visit}/ring", {}, page="/today")
    assert (shown.status_code, refused.status_code) == (200, 409)
    for page in (shown.text, refused.text):
        assert "không bác sĩ nào nhận được nữa" in page
        assert f'href="/patients/{patient}/request"' in page
        assert "Gọi ngay" not in page.split("<main")[1], "nothing is left to press"
        assert BIG_115.search(page)
        assert "115: 115" not in page


def test_where_no_pool_answers_the_page_says_so_before_and_after_the_press(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session)
        above = make_hospital(unit.session, name="TTYT Bạch Thông", phone="+842093850114")
        make_edge(unit.session, "supports", get_facility(unit.session, world.nurse.here), above)
        token = make_sign_in(unit.session, world.nurse, now=unit.now)
    nurse = Browser(build_app(database, tmp_path, clock), token)
    path = f"/patients/{world.patients[0]}/request"
    form = re.search(r'name="id" value="([^"]*)"', nurse.get(path).text)
    assert form is not None
    asked = {"id": form[1], "act": "ring", "reason": "Khó thở nặng", "danger": ["breathing", "shock"]}
    address = nurse.post(path, asked).headers["location"]
    assert address.startswith("/visits/")
    assert ("breathing" in address, "shock" in address) == (False, False), "no health data in an address"
    shown = nurse.get(address)
    assert (shown.status_code, NO_POOL in shown.text) == (200, True)
    assert BIG_115.search(shown.text)
    assert 'href="tel:+842093850114"' in shown.text
    assert len(re.findall(r'name="danger"[^>]* checked', shown.text)) == 2
    plain = nurse.get(address.split("?")[0]).text
    assert (NO_POOL in plain, " checked" in plain.split("<main")[1]) == (True, False)
    assert NO_POOL in nurse.get(f"{address}x").text, "a broken address loses the signs alone"
    again = nurse.post(address.split("?")[0], {"danger": ["breathing"]})
    assert (again.status_code, NO_POOL in again.text) == (409, True)
    assert re.search(r'value="breathing"[^>]* checked', again.text)
