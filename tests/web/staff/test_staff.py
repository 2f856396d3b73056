"""Managing staff in a browser."""

import re
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Membership
from telehealth.staff.rules import Role
from tests.support.app import Browser
from tests.support.world import make_facility, make_member, make_sign_in
from tests.web.signing_in import PASSWORD, People, sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slice's own tests ask both databases

SLIP_CODE = re.compile(r"/activate/([0-9A-Za-z]{22})")


@pytest.fixture
def manager(app: FastAPI, people: People, database: Database) -> Browser:
    """The browser of the station's manager."""
    return browser_of(app, database, make(database, people, Role.MANAGER, "Hoàng Văn Khoa"))


@pytest.fixture
def admin(app: FastAPI, people: People, database: Database) -> Browser:
    """The browser of an administrator, who belongs to another facility."""
    with database.write() as unit:
        department = make_facility(unit.session, name="Sở Y tế")
        actor = make_member(unit.session, department, role=Role.ADMIN, name="Vũ Thị Quản")
    return browser_of(app, database, actor)


def make(database: Database, people: People, role: Role, name: str) -> MembershipActor:
    with database.write() as unit:
        return make_member(unit.session, people.station, role=role, name=name)


def browser_of(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, token=make_sign_in(unit.session, actor, now=unit.now))


def invitation(people: People, **changes: Any) -> dict[str, Any]:
    return {
        "full_name": "Bàn Thị Mai",
        "username": "0987 654 321",
        "facility": str(people.station.id),
        "role": "station_nurse",
        "qualification": "nurse",
        "title": "ĐD.",
        **changes,
    }


def test_the_list_shows_the_own_facility_only(manager: Browser) -> None:
    page = manager.get("/staff").text
    assert "Nông Thị Hạnh" in page
    assert "Trần Văn Minh" not in page


def test_a_manager_cannot_choose_another_facility(manager: Browser, people: People) -> None:
    page = manager.get(f"/staff?facility={people.doctor.facility_id}").text
    assert "Trần Văn Minh" not in page
    assert "Nông Thị Hạnh" in page


def test_an_administrator_chooses_any_facility(admin: Browser, people: People) -> None:
    assert "Nông Thị Hạnh" not in admin.get("/staff").text
    assert "Nông Thị Hạnh" in admin.get(f"/staff?facility={people.station.id}").text


@pytest.mark.parametrize("role", [Role.STATION_NURSE, Role.STATION_PRACTITIONER, Role.DOCTOR])
def test_others_do_not_see_it(app: FastAPI, people: People, database: Database, role: Role) -> None:
    browser = browser_of(app, database, make(database, people, role, "Ai Đó"))
    assert browser.get("/staff").status_code == 403


def test_coordinators_look_but_do_not_change(app: FastAPI, people: People, database: Database) -> None:
    browser = browser_of(app, database, make(database, people, Role.COORDINATOR, "Ma Văn Phối"))
    assert "/staff/invite" not in browser.get("/staff").text
    page = browser.get(f"/staff/{people.hanh.ref}").text
    assert "/disable" not in page
    answer = browser.post(f"/staff/{people.hanh.ref}/disable", page="/staff")
    assert answer.status_code == 403


def test_an_invitation_gives_a_slip_that_works(manager: Browser, app: FastAPI, people: People) -> None:
    answer = manager.post("/staff/invite", invitation(people))
    assert answer.status_code == 200
    assert "0987 654 321" in answer.text
    found = SLIP_CODE.search(answer.text)
    assert found is not None
    newcomer = Browser(app)
    secret = "suối chảy qua bản"
    newcomer.post(f"/activate/{found[1]}", {"password": secret, "password_repeat": secret})
    sign_in(newcomer, "0987654321", password=secret)
    assert "Bàn Thị Mai" in newcomer.get("/account").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "lan"}, "đã có người dùng"),
        ({"username": "Ấ"}, "Nhập số điện thoại, hoặc tên"),
        ({"full_name": ""}, "Nhập họ và tên"),
        ({"role": "admin"}, "chỉ người quản trị"),
        ({"role": "station_practitioner"}, "cần người được đào tạo"),
        ({"role": "station_practitioner", "qualification": "doctor"}, "số giấy phép"),
        ({"role": "king"}, "Chọn một trong các mục"),
        ({"specialty_codes": ["magic"]}, "chưa có trong danh mục"),
    ],
)
def test_a_bad_invitation_comes_back_with_everything_typed(
    manager: Browser, people: People, database: Database, changes: dict[str, Any], words: str
) -> None:
    with database.read() as unit:
        before = len(unit.session.exec(select(Membership)).all())
    answer = manager.post("/staff/invite", invitation(people, **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="ĐD."' in answer.text
    with database.read() as unit:
        assert len(unit.session.exec(select(Membership)).all()) == before


def test_a_manager_cannot_invite_elsewhere(manager: Browser, people: People) -> None:
    answer = manager.post("/staff/invite", invitation(people, facility=str(people.doctor.facility_id)))
    assert (answer.status_code, "của cơ sở mình" in answer.text) == (422, True)


def test_a_disabled_colleague_is_out_at_once_and_back_when_enabled(
    manager: Browser, app: FastAPI, people: People
) -> None:
    nurse = Browser(app)
    sign_in(nurse)
    path = f"/staff/{people.hanh.ref}"
    answer = manager.post(f"{path}/disable", page=path)
    assert answer.headers["location"] == f"{path}?done=disabled"
    assert nurse.get("/account").status_code == 303
    assert "Đã khóa" in manager.get(path).text
    manager.post(f"{path}/enable", page=path)
    sign_in(nurse)


def test_a_reset_gives_a_slip_and_takes_the_old_password(
    manager: Browser, app: FastAPI, people: People
) -> None:
    nurse, path = Browser(app), f"/staff/{people.hanh.ref}"
    sign_in(nurse)
    answer = manager.post(f"{path}/reset", page=path)
    assert SLIP_CODE.search(answer.text) is not None
    assert nurse.get("/account").status_code == 303
    again = nurse.post("/sign-in", {"username": "0868123456", "password": PASSWORD})
    assert again.status_code == 422


def test_a_move_opens_the_new_post(manager: Browser, people: People, database: Database) -> None:
    path = f"/staff/{people.hanh.ref}"
    data = invitation(people, role="coordinator", on="24/11/2026", version="1", full_name=None, username=None)
    data = {name: value for name, value in data.items() if value is not None}
    late = manager.post(f"{path}/move", {**data, "on": "22/11/2026"}, page=path)
    assert (late.status_code, "từ hôm nay trở đi" in late.text) == (422, True)
    answer = manager.post(f"{path}/move", data, page=path)
    assert answer.status_code == 303
    assert "Bắt đầu 24/11/2026" in manager.get(answer.headers["location"]).text
    with database.read() as unit:
        assert unit.session.get_one(Membership, people.hanh.ref).valid_to == date(2026, 11, 24)
    stale = manager.post(f"{path}/move", data, page=path)
    assert stale.status_code == 412


def test_a_last_day_closes_the_post(manager: Browser, people: People) -> None:
    path = f"/staff/{people.hanh.ref}"
    answer = manager.post(f"{path}/close", {"last_on": "", "version": "1"}, page=path)
    assert answer.status_code == 422
    answer = manager.post(f"{path}/close", {"last_on": "23/11/2026", "version": "1"}, page=path)
    assert answer.headers["location"] == "/staff?done=closed"
    assert manager.get(path).status_code == 404
    assert "Nông Thị Hạnh" not in manager.get("/staff").text


@pytest.mark.parametrize("act", ["disable", "enable", "reset", "move", "close"])
def test_people_of_elsewhere_are_not_there(manager: Browser, people: People, act: str) -> None:
    assert manager.get(f"/staff/{people.doctor.ref}").status_code == 404
    data = invitation(people, on="24/11/2026", last_on="24/11/2026", version="1")
    if act == "move":
        data = {k: v for k, v in data.items() if k not in ("full_name", "username", "last_on")}
    elif act == "close":
        data = {"last_on": "24/11/2026", "version": "1"}
    answer = manager.post(f"/staff/{people.doctor.ref}/{act}", data, page="/staff")
    assert answer.status_code == 404


def test_changes_need_the_token_of_the_page(manager: Browser, people: People) -> None:
    manager.get("/staff")
    for path in ("invite", *(f"{people.hanh.ref}/{act}" for act in ("disable", "reset", "move", "close"))):
        assert manager.client.post(f"/staff/{path}", data={}).status_code == 403
