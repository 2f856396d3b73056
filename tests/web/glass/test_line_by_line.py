"""Opening a record in an emergency, through pages: each line of what was promised about it.

Proof of who asks, a reason of ten letters, one patient, one hour, a red banner, everybody told at once,
a review by somebody else, and a trail without a clinical word.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.patients.models import BrokenGlass
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.practice import HASHES, PASSWORD
from tests.support.world import make_facility, make_hospital, make_member, make_patient, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the service runs on both in tests/telehealth/patients

WHO, WHY = "Triệu Thị Mẩy 1966", "Co giật, không nói được"
SECRET_WORD = "Viêm gan B mạn"
CANDIDATE = re.compile(r'name="chosen" value="([0-9a-f-]{36})"|value="([0-9a-f-]{36})"[^>]*name="chosen"')


class Emergency:
    """A doctor at a hospital; a patient of a far station with a secret; all who must hear of it."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database = database
        with database.write() as unit:
            session = unit.session
            hospital, station = make_hospital(session), make_facility(session, name="Trạm Y tế xã La Bằng")
            self.doctor = self.member(session, hospital, Role.DOCTOR, "Trần Văn Minh")
            self.colleague = self.member(session, hospital, Role.DOCTOR, "Lò Thị Mai")
            self.lead = self.member(session, hospital, Role.COORDINATOR, "Hoàng Văn Nam")
            self.nurse = self.member(session, station, Role.STATION_NURSE, "Nông Thị Hạnh")
            self.elsewhere = self.member(session, make_hospital(session), Role.COORDINATOR, "Vi Thị Én")
            person: dict[str, Any] = {"full_name": "Triệu Thị Mẩy", "birth": "1966", "phone": None}
            self.patient = str(make_patient(session, self.nurse, address=SECRET_WORD, **person).id)
            self.other = str(make_patient(session, self.nurse, full_name="Vàng A Sử", phone=None).id)
        self.app = build_app(database, folder, clock)

    @staticmethod
    def member(session: Any, facility: Facility, role: Role, name: str) -> MembershipActor:
        password, pin = HASHES
        return make_member(session, facility, role=role, name=name, password_hash=password, pin_hash=pin)

    def browser(self, actor: MembershipActor) -> Browser:
        with self.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))

    def open(self, browser: Browser, **typed: str) -> Any:
        """Send the second step of the form, all of it right but what is typed otherwise."""
        right = {"text": WHO, "reason_code": "danger", "reason": WHY, "chosen": self.patient}
        return browser.post("/break-glass", {**right, "secret": PASSWORD, "act": "open", **typed})

    def status(self, browser: Browser, patient: str | None = None) -> list[int]:
        """How the record, its timeline and its changes answer."""
        at = f"/patients/{patient or self.patient}"
        return [browser.get(f"{at}{rest}").status_code for rest in ("", "/timeline")]


@pytest.fixture
def bus() -> Bus:
    """Whoever must be told is told."""
    return wiring.build_bus()


@pytest.fixture
def emergency(database: Database, tmp_path: Path, clock: FixedClock) -> Emergency:
    return Emergency(database, tmp_path, clock)


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": ""},
        {"secret": "sai mat khau roi"},
        {"reason": "Nguy kịch"},
        {"reason": " . . . . . . "[:9]},
        {"reason_code": ""},
        {"text": "mẩy"},
        {"text": "Vàng A Sử"},
    ],
    ids=["no secret", "a wrong secret", "nine letters", "blanks", "no kind", "half a name", "another's name"],
)
def test_nothing_opens_without_proof_reason_and_the_right_name(
    emergency: Emergency, wrong: dict[str, str]
) -> None:
    doctor = emergency.browser(emergency.doctor)
    assert emergency.open(doctor, **wrong).status_code in (404, 422)
    assert emergency.status(doctor) == [404, 404]
    with emergency.database.read() as unit:
        assert unit.session.exec(select(BrokenGlass)).first() is None


def test_one_patient_is_open_to_one_person_under_a_red_banner_for_an_hour(
    emergency: Emergency, clock: FixedClock
) -> None:
    doctor = emergency.browser(emergency.doctor)
    opened = emergency.open(doctor)
    assert opened.headers["location"] == f"/patients/{emergency.patient}?done=glass", opened.text
    record = doctor.get(f"/patients/{emergency.patient}").text
    assert re.search(r'class="banner banner--urgent"[^>]*>.*?Hồ sơ mở khẩn cấp đến 09:00', record, re.DOTALL)
    assert emergency.status(doctor) == [200, 200]
    assert emergency.status(doctor, emergency.other) == [404, 404]
    for nobody in (emergency.colleague, emergency.lead, emergency.elsewhere):
        assert emergency.status(emergency.browser(nobody)) == [404, 404]
    clock.advance(minutes=29)
    assert emergency.status(doctor) == [200, 200]
    clock.advance(minutes=29)
    assert emergency.status(doctor) == [200, 200]
    clock.advance(minutes=2)
    assert emergency.status(doctor) == [404, 404]


def test_the_coordinator_and_the_patients_station_are_told_in_the_same_moment(emergency: Emergency) -> None:
    lead, nurse = emergency.browser(emergency.lead), emergency.browser(emergency.nurse)
    before = [browser.get(path).text for browser, path in ((lead, "/today"), (nurse, "/tasks"))]
    assert emergency.open(emergency.browser(emergency.doctor)).status_code == 303
    assert "1 lần mở hồ sơ khẩn cấp chờ xem xét" in lead.get("/today").text
    assert "1 lần mở hồ sơ khẩn cấp" not in before[0]
    told = nurse.get("/tasks").text
    assert ("Triệu Thị Mẩy" in told, "Triệu Thị Mẩy" in before[1]) == (True, False)
    assert "chờ xem xét" not in emergency.browser(emergency.elsewhere).get("/today").text


def test_somebody_else_of_the_facility_reviews_and_says_why_not(emergency: Emergency) -> None:
    assert emergency.open(emergency.browser(emergency.doctor)).status_code == 303
    with emergency.database.read() as unit:
        glass = unit.session.exec(select(BrokenGlass.id)).one()
    address, page = f"/break-glass/{glass}/review", "/break-glass/reviews"
    lead, elsewhere = emergency.browser(emergency.lead), emergency.browser(emergency.elsewhere)
    listed = lead.get(page).text
    assert WHY in listed
    assert "M*** (1966)" in listed
    assert "Triệu Thị Mẩy" not in listed
    assert emergency.patient not in elsewhere.get(page).text
    assert WHY not in elsewhere.get(page).text
    token = {
        "csrf_token": re.findall(r'name="csrf_token"\s+value="([^"]+)"', elsewhere.get("/patients").text)[0]
    }
    stranger = elsewhere.client.post(address, data={**token, "verdict": "justified"})
    missing = elsewhere.client.post(
        address.replace(str(glass), emergency.patient), data={**token, "verdict": "justified"}
    )
    assert (stranger.status_code, missing.status_code) == (404, 404)
    assert lead.post(address, {"verdict": "not_justified"}, page=page).status_code == 422
    note = {"verdict": "not_justified", "note": "Người bệnh không ở đây"}
    assert lead.post(address, note, page=page).status_code == 303
    reviewed = lead.get(page).text
    assert "Người bệnh không ở đây" in reviewed
    assert f'action="{address}"' not in reviewed
    assert "chờ xem xét" not in lead.get("/today").text


def test_the_trail_names_who_when_and_whose_and_holds_no_clinical_word(emergency: Emergency) -> None:
    doctor = emergency.browser(emergency.doctor)
    assert emergency.open(doctor).status_code == 303
    doctor.get(f"/patients/{emergency.patient}")
    with emergency.database.read() as unit:
        query = select(AuditEntry).where(AuditEntry.actor_ref == emergency.doctor.ref)
        trail = list(unit.session.exec(query))
        of_patient = [each for each in trail if str(each.patient_id) == emergency.patient]
        acts = [each.action for each in of_patient]
        written = " ".join(str(each.facts) for each in trail)
    assert acts.count("glass.break") == 2, "that somebody looked, and that it was opened"
    assert "patient.read" in acts
    for word in (WHY, "Co giật", SECRET_WORD, "Triệu Thị Mẩy"):
        assert word not in written
