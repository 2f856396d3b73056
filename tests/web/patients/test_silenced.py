"""The patient's page says that no text goes out any more, and takes a mistaken death back."""

from pathlib import Path

import pytest

from telehealth.kit.db import Database
from telehealth.patients import service
from telehealth.patients.models import Patient
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_patient, make_sign_in

pytestmark = pytest.mark.databases("sqlite")


def test_a_death_is_said_and_taken_back_with_one_tap(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient_id = make_patient(unit.session, nurse).id
        service.note_death(unit.session, nurse, patient_id, now=unit.now)
        browser = Browser(app, make_sign_in(unit.session, nurse, now=unit.now))
    page = f"/patients/{patient_id}"
    assert "người bệnh đã mất" in browser.get(page).text
    answer = browser.post(f"{page}/death/take-back", {}, page=page)
    after = browser.get(answer.headers["location"]).text
    assert "Đã bỏ ghi nhận" in after
    assert "người bệnh đã mất" not in after
    with database.read() as unit:
        assert unit.session.get_one(Patient, patient_id).died_noted_at is None


def test_a_wrong_number_is_told_from_one_that_takes_texts(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient_id = make_patient(unit.session, nurse).id
        here = nurse.here
        service.note_wrong_number(unit.session, nurse, patient_id, facility_id=here, now=unit.now)
        browser = Browser(app, make_sign_in(unit.session, nurse, now=unit.now))
    page = browser.get(f"/patients/{patient_id}").text
    assert "số này đã báo sai, cần sửa" in page
    assert "Không nhận tin nhắn" in page
