"""Holidays and closures of the whole country in a browser: seen before they hold, by admins only."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.availability.models import AvailabilityException, NationalDay
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser
from tests.support.booking import BookingWorld
from tests.support.world import make_member, make_sign_in
from tests.web.hours.seen import hidden, support

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

PAGE = "/hours/national"
HOLIDAY = {"day": "23/11/2026", "becomes": "closed", "name": "Ngày lễ đột xuất"}
CLOSURE = {"kind": "closed", "first_on": "23/11/2026", "reason": "other"}


def browser(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def member(app: FastAPI, database: Database, world: BookingWorld, role: Role) -> Browser:
    with database.write() as unit:
        house = get_facility(unit.session, world.doctors[0].here)
        actor = make_member(unit.session, house, role=role)
    return browser(app, database, actor)


def days(database: Database) -> dict[str, int | None]:
    with database.read() as unit:
        return {f"{row.day}": row.weekday for row in unit.session.exec(select(NationalDay))}


def test_a_holiday_shows_what_it_strands_before_it_holds_and_is_taken_back(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    admin = member(app, database, world, Role.ADMIN)
    assert f'href="{PAGE}"' in admin.get("/hours").text
    preview = admin.post(f"{PAGE}/day", HOLIDAY, page=PAGE)
    assert preview.status_code == 200
    for words in ("1 lịch hẹn sẽ không còn giờ khám", "09:30", "Thứ Hai, 23/11/2026: Ngày nghỉ"):
        assert words in preview.text
    assert "Lý Thị" not in preview.text
    assert (support(database), days(database)) == ("supported", {})
    saved = admin.post(f"{PAGE}/day", hidden(preview), page=PAGE)
    assert (saved.headers["location"], support(database)) == (f"{PAGE}?done=saved", "unsupported")
    after = admin.get(saved.headers["location"]).text
    assert "Đã lưu lịch nghỉ chung." in after
    assert "Đã lưu giờ làm việc." not in after
    assert "Ngày lễ đột xuất" in after
    ordinary = {"day": "23/11/2026", "becomes": "ordinary"}
    seen = admin.post(f"{PAGE}/day", ordinary, page=PAGE).text
    assert "1 lịch hẹn có lại giờ khám" in seen
    assert "Không lịch hẹn nào bị ảnh hưởng" not in seen
    admin.post(f"{PAGE}/day", {**ordinary, "sure": "1"}, page=PAGE)
    assert (support(database), days(database)) == ("supported", {})


def test_a_make_up_day_works_by_the_hours_of_another(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    admin = member(app, database, world, Role.ADMIN)
    made_up = {"day": "28/11/2026", "becomes": "works_as", "weekday": "0", "name": "Làm bù", "sure": "1"}
    admin.post(f"{PAGE}/day", made_up, page=PAGE)
    assert days(database) == {"2026-11-28": 0}
    assert "Làm bù như Thứ Hai" in admin.get(PAGE).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Ghi tên ngày nghỉ"),
        ({"becomes": "works_as"}, "Chọn thứ cho ngày làm bù"),
        ({"weekday": "0"}, "Chọn thứ cho ngày làm bù"),
        ({"day": "22/11/2026"}, "đã qua"),
        ({"day": ""}, "Nhập ngày"),
    ],
)
def test_a_day_that_says_too_little_or_is_over_is_refused_and_kept_typed(
    app: FastAPI, database: Database, world: BookingWorld, wrong: dict[str, str], words: str
) -> None:
    admin = member(app, database, world, Role.ADMIN)
    refused = admin.post(f"{PAGE}/day", {**HOLIDAY, **wrong, "sure": "1"}, page=PAGE)
    assert (refused.status_code, days(database)) == (422, {})
    assert words in refused.text


def test_a_day_of_the_calendar_is_taken_into_the_form_to_be_changed(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    admin = member(app, database, world, Role.ADMIN)
    made_up = {"day": "28/11/2026", "becomes": "works_as", "weekday": "2", "name": "Làm bù", "sure": "1"}
    admin.post(f"{PAGE}/day", made_up, page=PAGE)
    way = f"{PAGE}?day=2026-11-28"
    assert f'href="{way}#day-form"' in admin.get(PAGE).text
    form = admin.get(way).text
    assert 'id="day-form"' in form
    assert re.search(r'name="day"[^>]* value="28/11/2026"', form)
    assert re.search(r'value="works_as"[^>]* checked', form)
    assert re.search(r'<option value="2" selected', form)
    assert re.search(r'name="name"[^>]* value="Làm bù"', form)
    for other in ("2026-11-29", "no day"):
        assert 'value="28/11/2026"' not in admin.get(f"{PAGE}?day={other}").text
    reader = member(app, database, world, Role.MANAGER)
    assert "#day-form" not in reader.get(PAGE).text


def test_a_name_is_not_called_optional_where_most_days_want_one(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    form = member(app, database, world, Role.ADMIN).get(PAGE).text
    label = form[form.index('for="f-name"') :].split("</label>")[0]
    assert "không bắt buộc" not in label


def test_the_country_is_not_on_leave(app: FastAPI, database: Database, world: BookingWorld) -> None:
    admin = member(app, database, world, Role.ADMIN)
    form = admin.get(PAGE).text
    offered = re.findall(r'<option value="(\w+)"', form[form.index('name="reason"') :])
    assert offered == ["meeting", "equipment", "other"]
    for reason in offered:
        assert admin.post(f"{PAGE}/exception", {**CLOSURE, "reason": reason}, page=PAGE).status_code == 200
    for reason in ("leave", "training", "duty"):
        sent = {**CLOSURE, "reason": reason, "sure": "1"}
        assert admin.post(f"{PAGE}/exception", sent, page=PAGE).status_code == 422
    admin.post(f"{PAGE}/exception", {"kind": "closed", "first_on": "23/11/2026", "sure": "1"}, page=PAGE)
    with database.read() as unit:
        assert unit.session.exec(select(AvailabilityException)).one().reason == "other"


def test_closing_the_whole_country_is_seen_first_and_can_be_withdrawn(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    admin = member(app, database, world, Role.ADMIN)
    preview = admin.post(f"{PAGE}/exception", CLOSURE, page=PAGE)
    assert "1 lịch hẹn sẽ không còn giờ khám" in preview.text
    typed = admin.post(f"{PAGE}/exception", {**CLOSURE, "edit": "1"}, page=PAGE).text
    assert re.search(r'name="first_on"[^>]* value="23/11/2026"', typed)
    admin.post(f"{PAGE}/exception", hidden(preview), page=PAGE)
    assert support(database) == "unsupported"
    with database.read() as unit:
        row = unit.session.exec(select(AvailabilityException)).one()
        assert (row.scope, row.scope_id) == ("national", None)
        back = f"{PAGE}/exceptions/{row.id}/withdraw"
    assert back in admin.get(PAGE).text
    seen = admin.post(back, {"version": "1"}, page=PAGE)
    assert seen.status_code == 200
    for words in (
        "Trước khi bỏ",
        "Nghỉ: 23/11/2026",
        "Bỏ thay đổi này",
        "Giữ nguyên",
        "1 lịch hẹn có lại giờ khám",
    ):
        assert words in seen.text
    for words in ("Trước khi lưu", "Lưu thay đổi", "Không đổi gì", "Quay lại sửa"):
        assert words not in seen.text
    admin.post(back, hidden(seen), page=PAGE)
    assert support(database) == "supported"
    turned = {**CLOSURE, "first_on": "05/12/2026", "last_on": "04/12/2026"}
    refused = admin.post(f"{PAGE}/exception", turned, page=PAGE)
    assert (refused.status_code, "Ngày cuối phải từ ngày đầu trở đi" in refused.text) == (422, True)
    assert "bước 5 phút" not in refused.text
    past = {**CLOSURE, "first_on": "20/11/2026"}
    assert admin.post(f"{PAGE}/exception", past, page=PAGE).status_code == 422


def test_days_off_that_end_before_they_begin_are_told_at_the_last_day(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = doctor.get("/hours").headers["location"]
    turned = {"kind": "closed", "first_on": "05/12/2026", "last_on": "04/12/2026", "reason": "leave"}
    refused = doctor.post(f"{mine}/exception", {**turned, "sure": "1"}, page=mine)
    assert refused.status_code == 422
    assert "Ngày cuối phải từ ngày đầu trở đi" in refused.text
    assert "bước 5 phút" not in refused.text
    one_day = {**turned, "last_on": "05/12/2026", "sure": "1"}
    assert doctor.post(f"{mine}/exception", one_day, page=mine).status_code == 303


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MANAGER])
def test_others_read_it_and_change_nothing(
    app: FastAPI, database: Database, world: BookingWorld, role: Role
) -> None:
    reader = member(app, database, world, role)
    assert f'action="{PAGE}' not in reader.get(PAGE).text
    for path, sent in (("day", HOLIDAY), ("exception", CLOSURE)):
        assert reader.post(f"{PAGE}/{path}", {**sent, "sure": "1"}, page=PAGE).status_code == 403
    assert (support(database), days(database)) == ("supported", {})
