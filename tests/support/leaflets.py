"""A signed visit and the phone its patient is told of it on."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from telehealth.kit.db import Database, Unit
from telehealth.prescriptions import service
from telehealth.visits.models import SignedRecord
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.prescriptions import Pharmacy, open_pharmacy
from tests.support.visits import FOLLOW_UP_ON, VisitWorld, make_visit_world
from tests.telehealth.followup.world import Follow
from tests.telehealth.messaging.outbox import ObedientGateway
from tests.web.links.people import Patient

PHONE = "0868 123 456"
AMLODIPIN = {"name": "Amlodipin", "strength": "5 mg", "days": 30, "instructions": "Uống buổi sáng"}


class After:
    """What a test does around one visit: signed, amended, read by its patient."""

    def __init__(
        self, database: Database, clock: FixedClock, folder: Path, *, phone: str | None = PHONE
    ) -> None:
        with database.write() as unit:
            self.world: VisitWorld = make_visit_world(unit.session, now=unit.now, phone=phone)
            self.pharmacy: Pharmacy = open_pharmacy(unit.session, self.world, now=unit.now)
        self.database = database
        follow = Follow(database, clock, ObedientGateway(), self.world.booking, self.world.patient_id)
        self.patient = Patient(follow, build_app(database, folder, clock), folder)
        self.follow = follow

    def sign(
        self, *medicines: dict[str, Any], follow_up_on: date | None = FOLLOW_UP_ON, slack_days: int = 0
    ) -> SignedRecord:
        """Write and sign the visit with what is prescribed."""
        with self.database.write() as unit:
            self.world.write(unit.session, now=unit.now, follow_up_on=follow_up_on, slack_days=slack_days)
            if medicines:
                self._write(unit, medicines)
            return self.world.sign(unit.session, now=unit.now)

    def amend(self, *medicines: dict[str, Any], text: str = "Đổi đơn.", is_replaced: bool = True) -> None:
        """Sign an amendment; with `is_replaced` the prescription becomes these medicines, or none."""
        with self.database.write() as unit:
            if is_replaced:
                service.replace_prescription(
                    unit.session, self.world.doctor, self.world.visit.id, now=unit.now
                )
                self._write(unit, medicines)
            self.pharmacy.amend(unit.session, now=unit.now, text=text)

    def phone(self, *, template: str = "after_visit") -> tuple[Browser, str]:
        """Tap the newest text of a kind on a fresh phone and give the year; return phone and place."""
        word = {"after_visit": "Loi dan", "visit_papers": "Giay to", "next_visit": "Moi kham lai"}[template]
        text = [each for each in self.patient.texts() if word in each][-1]
        phone = self.patient.phone()
        place = self.patient.tap(text.rpartition(" ")[2].removeprefix("http://127.0.0.1:8000"), phone)
        self.patient.give_year(phone, place)
        return phone, place

    def unlock(self, phone: Browser, place: str, *, to: str = "", **ticks: str) -> str:
        """Ask for a code and type it; return where it leads."""
        page = f"{place}/code?to={to}"
        assert phone.post(f"{place}/code/send", {"to": to}, page=page).status_code == 303
        answer = phone.post(f"{place}/code", {"code": self.patient.code(), "to": to, **ticks}, page=page)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def inside(self, **ticks: str) -> tuple[Browser, str]:
        """Open the doctor's words on a fresh phone through both gates."""
        phone, place = self.phone()
        self.unlock(phone, place, **ticks)
        return phone, place

    def _write(self, unit: Unit, medicines: Sequence[dict[str, Any]]) -> None:
        lines = [
            self.pharmacy.line(unit.session, each["name"], each.get("strength", ""), **_changed(each))
            for each in medicines
        ]
        self.pharmacy.write(unit.session, lines, now=unit.now)


def _changed(medicine: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in medicine.items() if name not in ("name", "strength")}


@pytest.fixture(name="after")
def unsigned_visit(database: Database, clock: FixedClock, tmp_path: Path) -> After:
    """A visit of a patient born in 1985, not yet signed."""
    return After(database, clock, tmp_path)
