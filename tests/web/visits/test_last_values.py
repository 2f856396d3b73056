"""Beside each measurement of the station's form stands the newest value of any visit."""

from decimal import Decimal

import pytest

from telehealth.access.rules import ConsultKind
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.practice import Practice

pytestmark = pytest.mark.databases("sqlite")  # the services behind the form are tested on both


def test_the_station_sees_what_was_measured_at_earlier_visits(practice: Practice) -> None:
    world = practice.world
    with practice.database.write() as unit:
        request = VisitRequest(
            patient_id=world.patient_id,
            consult_kind=ConsultKind.REMOTE_EXAM,
            reason="Đau đầu",
            vitals={"weight": Decimal("61.5"), "systolic": Decimal(170), "diastolic": Decimal(99)},
            occurred_at=unit.now.replace(year=2025),
        )
        open_visit(unit.session, world.nurse, request, now=unit.now)
    page = practice.nurse.get(f"{practice.visit}/station").text
    assert "Lần trước 61,5, 23/11/2025" in page
    # What this visit measured is newer.
    assert "Lần trước 158/94, 23/11/2026" in page
    assert "170/99" not in page
