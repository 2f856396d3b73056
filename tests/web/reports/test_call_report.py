"""The coordinator's page of calls, on the screen and as a file."""

import csv
import io
from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.calls.models import CallRoom
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.calls import book_call
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in
from web.reports.calls import COLUMNS
from web.reports.tables import plain


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    """The application on a fresh database."""
    return build_app(database, tmp_path, clock)


@pytest.fixture
def coordinator(app: FastAPI, database: Database) -> Browser:
    """The coordinator of a house whose doctor had a call with a station named like a formula."""
    with database.write() as unit:
        call = book_call(unit.session, now=unit.now)
        station = unit.session.get_one(Facility, call.nurse.here)
        station.short_name = "=Trạm Vi Hương"
        unit.session.add(
            CallRoom(
                appointment_id=call.appointment.id,
                visit_id=call.appointment.visit_id,
                state="ended",
                opened_at=unit.now,
                started_at=unit.now,
                ended_at=unit.now,
                end_reason="by_phone",
            )
        )
        house = unit.session.get_one(Facility, call.doctor.facility_id)
        lead = make_member(unit.session, house, role=Role.COORDINATOR)
        return Browser(app, make_sign_in(unit.session, lead, now=unit.now))


def test_the_page_tells_how_calls_went_and_leads_to_the_file(coordinator: Browser) -> None:
    page = coordinator.get("/reports/calls")
    assert page.status_code == 200
    assert "Chuyển điện thoại 1" in page.text
    assert 'href="/reports/calls.csv"' in page.text
    assert "Bàn Thị Nái" not in page.text
    assert 'href="/reports/calls"' in coordinator.get("/roster").text


def test_the_file_has_a_row_for_each_station_and_week_and_runs_nothing(coordinator: Browser) -> None:
    file = coordinator.get("/reports/calls.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.headers["content-disposition"].startswith('attachment; filename="calls-')
    head, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert len(head) == len(row) == len(COLUMNS)
    assert row[0] == "'=Trạm Vi Hương"


@pytest.mark.parametrize("cell", ["=1+1", "+84", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_would_be_a_formula_is_text(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("Trạm") == "Trạm"
