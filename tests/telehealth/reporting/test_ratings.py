"""Answers counted by station and month; nobody is named, and notes stay where they were written to."""

from datetime import date, datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.kit.db import Unit
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.events import Bus
from telehealth.leaflets.models import Rating
from telehealth.links.service import issue_link
from telehealth.reporting.rules import Rated, months_back, ratings_by
from telehealth.reporting.service import report_ratings
from telehealth.staff.rules import Role
from tests.support.visits import VisitWorld, make_visit_world, subscribe_visits
from tests.support.world import make_doctor, make_member
from tests.telehealth.reporting.test_waits import lead

HERE, THERE = UUID(int=1), UUID(int=2)


@pytest.fixture
def bus() -> Bus:
    """A bus on which visits hear who will see the patient."""
    return subscribe_visits(Bus())


def test_answers_are_counted_by_station_and_month() -> None:
    rated = [
        Rated(HERE, date(2026, 11, 1), 5),
        Rated(HERE, date(2026, 11, 30), 5),
        Rated(HERE, date(2026, 12, 1), 1),
        Rated(THERE, date(2026, 11, 2), 3),
    ]
    assert ratings_by(rated) == {
        (HERE, date(2026, 11, 1)): (0, 0, 0, 0, 2),
        (HERE, date(2026, 12, 1)): (1, 0, 0, 0, 0),
        (THERE, date(2026, 11, 1)): (0, 0, 1, 0, 0),
    }


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 23), date(2026, 9, 1)),
        (date(2026, 1, 31), date(2025, 11, 1)),
        (date(2026, 2, 28), date(2025, 12, 1)),
    ],
)
def test_months_are_counted_back_over_the_turn_of_a_year(today: date, first: date) -> None:
    assert months_back(today, 2) == first


def rate(session: Session, world: VisitWorld, now: datetime, note: str = "") -> None:
    """Answer about the visit of a world, as a link would."""
    link = issue_link(
        session,
        purpose="doctors_words",
        patient_id=world.patient_id,
        subject_id=world.visit.id,
        expires_at=now,
        now=now,
    )
    row = Rating(
        visit_id=world.visit.id,
        patient_id=world.patient_id,
        station_facility_id=world.nurse.here,
        link_id=link.id,
        step=4,
        note=note,
        rated_on=now.date(),
        recorded_at=now,
    )
    session.add(row)
    session.flush()


def test_counts_reach_both_houses_of_a_visit_and_notes_only_the_station(unit: Unit) -> None:
    world = make_visit_world(unit.session, now=unit.now)
    rate(unit.session, world, unit.now, note="Dễ hiểu")
    station = report_ratings(unit.session, lead(unit, world.nurse.here), now=unit.now)
    hospital = report_ratings(unit.session, lead(unit, world.doctor.here), now=unit.now)
    counted = {(world.nurse.here, unit.now.date().replace(day=1)): (0, 0, 0, 1, 0)}
    assert station.by_station_month == hospital.by_station_month == counted
    assert [each.note for each in station.notes] == ["Dễ hiểu"]
    assert hospital.notes == []


def test_another_house_learns_nothing(unit: Unit) -> None:
    world = make_visit_world(unit.session, now=unit.now)
    rate(unit.session, world, unit.now, note="Dễ hiểu")
    elsewhere = make_doctor(unit.session, name="Phạm Thị Xa")
    found = report_ratings(unit.session, lead(unit, elsewhere.here), now=unit.now)
    assert (found.by_station_month, found.notes) == ({}, [])


def test_only_who_coordinates_or_leads_reads_them(unit: Unit) -> None:
    nurse = make_member(unit.session, role=Role.STATION_NURSE)
    with pytest.raises(ForbiddenError):
        report_ratings(unit.session, nurse, now=unit.now)
