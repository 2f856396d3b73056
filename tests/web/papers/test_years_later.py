"""A signed visit years later: its station renamed and merged, lists re-issued, people gone on."""

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import Session, select

from telehealth import wiring
from telehealth.examination.models import RecordTemplate
from telehealth.examination.rules import read_content
from telehealth.examination.service import save_template
from telehealth.facilities.models import Facility, FacilityEdge
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.patients.models import Patient
from telehealth.prescriptions.models import Medicine
from telehealth.staff.models import Membership, Staff
from telehealth.staff.rules import Role
from telehealth.visits.codefile import read_codes
from telehealth.visits.codes import list_in_use
from telehealth.visits.service import import_codes, use_list
from tests.support.app import Browser, api_client
from tests.support.clock import FixedClock
from tests.support.pdfs import patient_press, text_of
from tests.support.practice import Practice, open_practice
from tests.support.visits import VisitWorld
from tests.support.whole import fill
from tests.support.world import make_facility, make_member, make_sign_in, make_token

pytestmark = pytest.mark.databases("sqlite")  # what is signed is tested on both; here it is read again

NEW_LIST = "TT 99/2030"
MARK = "bản phát hành lại"
"""Stands in every name that is given later; nothing signed before may show it."""


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


def read_everywhere(practice: Practice) -> dict[str, str]:
    """Sign in anew and read the visit on its page, as text, in print, as PDF and as a FHIR document."""
    with practice.database.write() as unit:
        token = make_sign_in(unit.session, practice.world.nurse, now=unit.now)
        program = api_client(practice.app, make_token(unit.session, practice.world.nurse, now=unit.now))
    browser, visit = Browser(practice.app, token), practice.visit
    page = browser.get(visit).text
    own = {name: re.search(f'href="(/{name}/[^"/]+/print)"', page) for name in ("prescriptions", "referrals")}
    sheets = {name: found[1] for name, found in own.items() if found}
    assert set(sheets) == set(own)
    found = {name: words(browser.get(path).text) for name, path in sheets.items()}
    found |= {
        "frame": page.partition("<main")[0],
        "page": words(page),
        "print": words(browser.get(f"{visit}/print").text),
    }
    found |= {"text": words(browser.get(f"{visit}/text").text)}
    with patient_press(practice.app):
        for name in ("visit", "prescription", "referral"):
            answer = browser.get(f"{visit}/papers/{name}.pdf")
            assert answer.status_code == 200
            found[f"{name}.pdf"] = text_of(answer.content)
    document = program.get(f"/api/v1{visit}/fhir")
    assert document.status_code == 200
    found |= {"fhir": json.dumps(document.json(), ensure_ascii=False, sort_keys=True)}
    today = practice.database.clock.now().date()
    # When it was printed or exported stands on it, and is another day each time.
    return {
        name: text.replace(f"{today:%d/%m/%Y}", "hôm nay").replace(f"{today:%Y-%m-%d}", "hôm nay")
        for name, text in found.items()
    }


def words(html: str) -> str:
    """Return what is read of the document itself: the frame around it belongs to the day it is read."""
    document = re.search(r"<main.*</main>", html, re.DOTALL)
    body = document[0] if document else html.partition("<body")[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


def rename_and_merge(session: Session, world: VisitWorld, on: date) -> None:
    """The station gets another name, becomes a point of a new one, and closes."""
    heir = make_facility(session, name=f"Trạm Y tế xã Hợp Nhất ({MARK})")
    for facility in session.exec(select(Facility).where(Facility.id != heir.id)):
        facility.name, facility.short_name = f"{facility.name} ({MARK})", f"{facility.short_name} ({MARK})"
        facility.address, facility.version = f"Thôn khác ({MARK})", facility.version + 1
        session.add(facility)
    station = get_facility(session, world.nurse.here)
    session.add(FacilityEdge(kind="is_point_of", from_id=station.id, to_id=heir.id, valid_from=on))
    session.add(FacilityEdge(kind="succeeds", from_id=heir.id, to_id=station.id, valid_from=on))


def issue_lists_anew(session: Session, world: VisitWorld, *, on: date, now: datetime) -> None:
    """A new ICD-10 list in use, every template in a new version, other names for every medicine."""
    admin = make_member(session, role=Role.ADMIN)
    content = f"code,name\nI10,Tăng huyết áp gọi khác ({MARK})\nM17,Khác hẳn ({MARK})\n".encode()
    import_codes(session, NEW_LIST, read_codes(content), content, source=MARK, now=now)
    use_list(session, admin, NEW_LIST, from_on=on, now=now)
    assert list_in_use(session, on=on) == NEW_LIST
    for row in session.exec(select(RecordTemplate)).all():
        old = read_content(row.content)
        systems = tuple(replace(each, label=f"{each.label} ({MARK})", normal=MARK) for each in old.systems)
        anew = replace(old, systems=systems[::-1])
        save_template(
            session, admin, row.code, name=f"{row.name} ({MARK})", content=anew, version=row.version, now=now
        )
    for medicine in session.exec(select(Medicine)):
        medicine.generic_name, medicine.instructions = f"{medicine.generic_name} ({MARK})", MARK
        session.add(medicine)


def let_people_go_on(session: Session) -> None:
    """Everybody has another name, title and licence by then, the patient too."""
    for person in session.exec(select(Staff)):
        person.full_name = f"{person.full_name} ({MARK})"
        session.add(person)
    for membership in session.exec(select(Membership)):
        membership.title, membership.licence_number = f"{MARK}.", MARK
        session.add(membership)
    for patient in session.exec(select(Patient)):
        patient.full_name = f"{patient.full_name} ({MARK})"
        session.add(patient)


def test_a_signed_visit_reads_the_same_years_after_everything_around_it_changed(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """When facility, code list, templates, medicines and names change, not one word of it does."""
    practice = open_practice(database, tmp_path, clock)
    with database.write() as unit:
        fill(unit.session, practice.world, now=unit.now, storage=practice.app.state.storage)
        practice.world.sign(unit.session, now=unit.now)
    clock.advance(days=2)
    before = read_everywhere(practice)
    clock.advance(days=5 * 365)
    with database.write() as unit:
        on = unit.now.date()
        rename_and_merge(unit.session, practice.world, on - timedelta(days=30))
        issue_lists_anew(unit.session, practice.world, on=on, now=unit.now)
        let_people_go_on(unit.session)
    after = read_everywhere(practice)
    assert MARK in after.pop("frame"), "the bar of the day names the station as it is called by then"
    assert "Tăng huyết áp vô căn" in before["print"]
    del before["frame"]
    for name, text in before.items():
        assert MARK not in after[name], name
        assert after[name] == text, name
