"""The coordinator's page of whom texts reached, on the screen and as a file."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.links.service import CodeRefusal, count_refusal
from telehealth.staff.rules import Role
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in, make_token
from tests.telehealth.reporting.test_texts import Texts, note_try
from web.i18n import has_text, t
from web.reports.texts import FIGURES


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    """The application on a fresh database, at the evening of the day of the texts."""
    return build_app(database, tmp_path, clock)


@pytest.fixture
def coordinator(app: FastAPI, database: Database) -> Browser:
    """The coordinator of a station that sent three texts, one of which arrived, and has one gateway."""
    with database.write() as unit:
        texts = Texts(unit)
        texts.text("delivered", tried_at=unit.now)
        texts.text("failed", tried_at=unit.now)
        note_try(texts, "file", "accepted", unit.now)
        house = unit.session.get_one(Facility, texts.facility_id)
        lead = make_member(unit.session, house, role=Role.COORDINATOR)
        return Browser(app, make_sign_in(unit.session, lead, now=unit.now))


def test_the_page_tells_how_far_texts_came_what_they_cost_and_how_gateways_do(coordinator: Browser) -> None:
    page = coordinator.get("/reports/texts")
    assert page.status_code == 200
    assert "1 (33 %)" in page.text
    assert "2.550 đ" in page.text
    assert "Đang chạy" in page.text
    assert "Bàn Thị Nái" not in page.text
    for where in ("/roster", "/messages"):
        assert 'href="/reports/texts"' in coordinator.get(where).text


def test_the_file_has_plain_numbers_by_station_and_week(coordinator: Browser) -> None:
    file = coordinator.get("/reports/texts.csv")
    assert file.headers["content-disposition"].startswith('attachment; filename="texts-')
    head, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert len(head) == len(row) == len(FIGURES) + 2
    assert row[2:] == ["3", "1", "1", "0", "0", "0", "2550"]


def test_what_was_refused_of_links_and_codes_is_told_with_words_for_each_kind(
    app: FastAPI, database: Database, clock: FixedClock
) -> None:
    kinds = ["year", "code_wrong", "code_ended", "lost_many", "lost_number", "lost_facility"]
    kinds += [f"code_{each}" for each in CodeRefusal if each is not CodeRefusal.NO_PHONE]
    now = clock.at
    with database.write() as unit:
        lead = make_member(unit.session, role=Role.COORDINATOR)
        browser = Browser(app, make_sign_in(unit.session, lead, now=now))
        client = api_client(app, make_token(unit.session, lead, now=now))
        count_refusal(unit.session, "year", now=now - timedelta(weeks=9))
        for kind in kinds:
            count_refusal(unit.session, kind, now=now - timedelta(weeks=1))
            count_refusal(unit.session, kind, facility_id=lead.here, now=now)
    page = browser.get("/reports/texts").text
    for kind in kinds:
        assert has_text(f"reports.texts.refusals.{kind}")
        assert t(f"reports.texts.refusals.{kind}") in page
    found = client.get("/api/v1/reports/texts").json()["refusals"]
    assert {each["kind"]: (each["this_week"], each["in_all"]) for each in found} == {
        kind: (1, 2) for kind in kinds
    }


def test_before_anything_was_sent_the_page_says_so(app: FastAPI, database: Database) -> None:
    with database.write() as unit:
        lead = make_member(unit.session, role=Role.COORDINATOR)
        browser = Browser(app, make_sign_in(unit.session, lead, now=unit.now))
    page = browser.get("/reports/texts").text
    assert "Chưa gửi tin nào trong tám tuần" in page
    assert "Tám tuần qua không có gì bị từ chối." in page


def test_the_api_tells_the_same(app: FastAPI, database: Database) -> None:
    with database.write() as unit:
        texts = Texts(unit)
        texts.text("delivered", tried_at=unit.now)
        client = api_client(app, make_token(unit.session, texts.lead, now=unit.now))
    found = client.get("/api/v1/reports/texts").json()
    (row,) = found["by_facility_week"]
    assert (row["sent"], row["delivered"], row["reached"], row["cost"]) == (1, 1, 0, 850)
    assert [(each["name"], each["standing"]) for each in found["gateways"]] == [("file", "open")]
