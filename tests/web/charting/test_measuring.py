"""Measurements by template, a pregnancy, trends, and who stands for the ranges."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import select

from telehealth.patients.models import Patient
from telehealth.visits import queries, service
from telehealth.visits.models import Observation, Visit
from tests.support.practice import Practice
from tests.web.charting.conftest import Post

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both


@pytest.fixture
def path(practice: Practice) -> str:
    """The page of measurements."""
    return f"{practice.visit}/measurements"


def measured(practice: Practice) -> dict[str, Decimal]:
    with practice.database.read() as unit:
        found = queries.observations_of(unit.session, practice.world.visit)
        return {code: row.value for code, row in found.items()}


def make_woman(practice: Practice) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.sex, patient.birth_date = "female", date(1998, 5, 2)
        unit.session.add(patient)


def test_what_was_measured_is_stored_and_shown_as_the_last_value(
    practice: Practice, path: str, post: Post
) -> None:
    answer = post(practice.nurse, path, path, {"weight": "61,5", "height": "158", "pain": "3"})
    assert answer.headers["location"] == f"{path}?done=measured"
    assert measured(practice)["weight"] == Decimal("61.5")
    page = practice.nurse.get(f"{path}?done=measured").text
    assert "Đã lưu số đo." in page
    assert "Lần trước 61,5, 23/11/2026" in page
    assert "24,6" in practice.nurse.get(practice.visit).text, "the body mass index is computed"


def test_a_rare_value_is_asked_about_once_and_kept_as_typed(
    practice: Practice, path: str, post: Post
) -> None:
    answer = post(practice.nurse, path, path, {"glucose_fasting": "25", "pulse": "80"})
    assert answer.status_code == 422
    assert 'value="25"' in answer.text
    assert "measured_again" in answer.text
    assert "pulse" not in measured(practice) or measured(practice)["pulse"] == Decimal(88)
    post(practice.nurse, path, path, {"glucose_fasting": "25", "measured_again": "on"})
    assert measured(practice)["glucose_fasting"] == Decimal(25)


def pains(practice: Practice) -> list[Decimal]:
    with practice.database.read() as unit:
        rows = queries.all_observations_of(unit.session, practice.world.visit, ["pain"])
        return [row.value for row in rows]


def test_a_form_that_is_sent_twice_was_measured_once(practice: Practice, path: str, post: Post) -> None:
    (seen,) = re.findall(r'name="seen" value="(\d+)"', practice.nurse.get(path).text)
    for _ in range(2):
        answer = post(practice.nurse, path, path, {"pain": "3", "seen": seen})
        assert answer.headers["location"] == f"{path}?done=measured"
    assert pains(practice) == [Decimal(3)]
    # Corrected on the same page it is another value, and from a newer page the same one was measured again.
    post(practice.nurse, path, path, {"pain": "4", "seen": seen})
    (newer,) = re.findall(r'name="seen" value="(\d+)"', practice.nurse.get(path).text)
    post(practice.nurse, path, path, {"pain": "4", "seen": newer})
    assert pains(practice) == [Decimal(3), Decimal(4), Decimal(4)]


def test_what_a_colleague_measured_too_is_two_values(practice: Practice, path: str, post: Post) -> None:
    (seen,) = re.findall(r'name="seen" value="(\d+)"', practice.nurse.get(path).text)
    for browser in (practice.practitioner, practice.nurse):
        post(browser, path, path, {"pain": "3", "seen": seen})
    assert pains(practice) == [Decimal(3), Decimal(3)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"gcs": "2"}, "chỉ nhận từ 3 đến 15"),
        ({"muac": "3,2"}, "chỉ nhận từ 5 đến 60"),
        ({"fundal_height": "abc"}, "Nhập một số"),
        ({"systolic": "80", "diastolic": "120"}, "Huyết áp tâm trương phải thấp hơn"),
        ({}, "Chưa có số đo nào"),
    ],
)
def test_what_cannot_be_explains_itself(
    practice: Practice, path: str, post: Post, data: dict[str, object], words: str
) -> None:
    before = measured(practice)
    answer = post(practice.nurse, path, path, data)
    assert answer.status_code == 422
    assert words in answer.text
    assert measured(practice) == before


def test_a_pregnancy_brings_its_template_and_its_weeks(practice: Practice, path: str, post: Post) -> None:
    make_woman(practice)
    lmp = date(2026, 11, 23) - timedelta(days=31 * 7 + 2)
    data = {"dated_by": "lmp", "dated_on": f"{lmp:%d/%m/%Y}", "gravida": "2", "para": "1", "version": "0"}
    answer = post(practice.nurse, path, f"{practice.visit}/pregnancy", data)
    assert answer.headers["location"] == f"{path}?done=dated"
    page = practice.nurse.get(path).text
    assert "Thai 31 tuần 2 ngày, dự sinh 23/01/2027" in page
    assert "Mẫu Khám thai, bản 1" in page
    assert page.index('name="fundal_height"') < page.index("Số đo khác")
    assert "Thai 31 tuần 2 ngày" in practice.doctor.get(practice.visit).text
    late = post(practice.nurse, path, f"{practice.visit}/pregnancy", {**data, "para": "0"})
    assert late.status_code == 412
    wrong = {**data, "dated_on": "01/01/2030", "version": "1"}
    refused = post(practice.nurse, path, f"{practice.visit}/pregnancy", wrong)
    assert "không thể đúng với một thai kỳ" in refused.text
    ended = post(
        practice.nurse, path, f"{practice.visit}/pregnancy/end", {"ended_on": "23/11/2026", "version": "1"}
    )
    assert ended.headers["location"] == f"{path}?done=ended"
    assert "Khám thai" not in practice.nurse.get(path).text


def test_a_man_is_not_asked_about_a_pregnancy(practice: Practice, path: str) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.sex = "male"
        unit.session.add(patient)
    assert "dated_on" not in practice.nurse.get(path).text


def add_visits(practice: Practice, count: int) -> None:
    """Earlier visits with a pressure and a weight each."""
    world = practice.world
    with practice.database.write() as unit:
        for number in range(count):
            at = unit.now - timedelta(days=10 * (number + 1))
            visit = Visit(
                patient_id=world.patient_id,
                consult_kind="remote_exam",
                station_facility_id=world.nurse.here,
                opened_by=world.nurse.ref,
                occurred_at=at,
                recorded_at=at,
            )
            unit.session.add(visit)
            unit.session.flush()
            for code, value in (("systolic", 140 + number % 30), ("diastolic", 90), ("weight", 60)):
                unit.session.add(
                    Observation(
                        visit_id=visit.id,
                        patient_id=world.patient_id,
                        code=code,
                        value=Decimal(value),
                        measured_by=world.nurse.ref,
                        occurred_at=at,
                        recorded_at=at,
                    )
                )


def test_trends_are_drawn_with_the_same_values_in_a_table(practice: Practice) -> None:
    add_visits(practice, 3)
    page = practice.doctor.get(f"/patients/{practice.world.patient_id}/trends").text
    assert page.count('<svg class="chart"') == 2, "pressure and weight; one pulse is no trend"
    assert 'role="img"' in page
    assert "158/94" in page
    assert "142/90" in page
    assert "Huyết áp: 4 lần, từ 24/10/2026 đến 23/11/2026" in page
    assert practice.stranger.get(f"/patients/{practice.world.patient_id}/trends").status_code == 404


@contextmanager
def statements(practice: Practice) -> Iterator[list[str]]:
    seen: list[str] = []

    def hear(*args: object) -> None:
        seen.append(str(args[2]))

    engines = (practice.app.state.database.writer, practice.app.state.database.reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("page", ["trends", "measurements", "examination", "background", "review"])
def test_a_page_asks_as_often_for_much_as_for_little(practice: Practice, page: str) -> None:
    address = {
        "trends": f"/patients/{practice.world.patient_id}/trends",
        "review": "/diagnosis-codes/review?list=x%C3%A3-2026.1",
    }.get(page, f"{practice.visit}/{page}")

    def cost() -> int:
        practice.doctor.get(address)
        with statements(practice) as seen:
            assert practice.doctor.get(address).status_code == 200
        return len(seen)

    few = cost()
    add_visits(practice, 40)
    assert cost() == few


def test_ranges_are_approved_by_name_and_only_then_raise_an_alarm(practice: Practice, post: Post) -> None:
    with practice.database.write() as unit:
        values = {"spo2": Decimal(85)}
        service.measure(
            unit.session, practice.world.nurse, practice.world.visit.id, values, at=unit.now, now=unit.now
        )
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.birth_date = date(1960, 1, 1)
        unit.session.add(patient)
    assert "Rất thấp" in practice.doctor.get(practice.case).text
    assert "Cần xem ngay" not in practice.doctor.get(practice.case).text
    page = practice.doctor.get("/ranges").text
    assert "Chưa báo động" in page
    assert "Fleming" in page
    assert "Đứng tên duyệt" not in practice.nurse.get("/ranges").text
    answer = post(practice.doctor, "/ranges", "/ranges/approve", {"version": "2026.2"})
    assert answer.headers["location"] == "/ranges?done=approved"
    assert practice.world.doctor.full_name in practice.nurse.get("/ranges").text
    for address in (practice.case, practice.visit):
        assert "Cần xem ngay: SpO2 85 %" in practice.doctor.get(address).text
    again = post(practice.doctor, "/ranges", "/ranges/approve", {"version": "2026.2"})
    assert again.status_code == 409
    with practice.database.read() as unit:
        approval = service.find_approval(unit.session)
        assert approval is not None
        withdrawal = f"/ranges/approvals/{approval.id}/withdraw"
    assert post(practice.doctor, "/ranges", withdrawal, {"reason": ""}).status_code == 422
    post(practice.doctor, "/ranges", withdrawal, {"reason": "Xem lại dòng trẻ em"})
    assert "Cần xem ngay" not in practice.doctor.get(practice.case).text
    assert "Xem lại dòng trẻ em" in practice.doctor.get("/ranges").text


def test_a_patients_page_leads_to_the_trends(practice: Practice) -> None:
    address = f"/patients/{practice.world.patient_id}"
    assert f'href="{address}/trends"' in practice.nurse.get(address).text
    with practice.database.read() as unit:
        assert unit.session.exec(select(Observation)).first() is not None
