"""A slot is kept for a visit only where the visit is the station's, the patient's, and still open."""

from datetime import timedelta
from uuid import UUID

import pytest

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import CancelReason, HoldRequest
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from telehealth.visits.queries import list_without_time
from tests.support import world
from tests.support.day import Day, book, make_day, request_visit


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def day(database: Database) -> Day:
    return make_day(database)


def hold(database: Database, day: Day, visit: Visit, **changes: object) -> None:
    with database.write() as unit:
        request = HoldRequest(
            **{
                "form_id": new_id(),
                "visit_id": visit.id,
                "patient_id": day.patient.id,
                "doctor_membership_id": day.doctor.ref,
                "starts_at": unit.now + timedelta(hours=4),
                "consult_kind": visit.consult_kind,
                **changes,
            }
        )
        scheduling.hold(unit.session, day.nurse, request, now=unit.now)


def test_a_visit_of_another_patient_cannot_be_booked_upon(database: Database, day: Day) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
        other = world.make_patient(unit.session, day.nurse, full_name="Bàn Thị Nái", phone="0868 999 888")
    with pytest.raises(NotFoundError, match="visit-not-found"):
        hold(database, day, visit, patient_id=other.id)


def test_a_visit_of_another_station_cannot_be_booked_upon(database: Database, day: Day) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
        stranger = world.make_member(unit.session, world.make_facility(unit.session, name="Trạm khác"))
        patient = world.make_patient(unit.session, stranger, full_name="Lò Thị Ánh", phone="0868 999 777")
    elsewhere = Day(day.station, day.hospital, stranger, day.doctor, patient, day.members)
    with pytest.raises(NotFoundError, match="visit-not-found"):
        hold(database, elsewhere, visit)
    with pytest.raises(NotFoundError, match="visit-not-found"):
        hold(database, elsewhere, visit, visit_id=new_id())


def test_the_kind_of_consultation_is_the_visits(database: Database, day: Day) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
    with pytest.raises(NotFoundError, match="visit-not-found"):
        hold(database, day, visit, consult_kind=ConsultKind.FACILITY_SUPPORT)


def test_a_withdrawn_visit_takes_no_appointment(database: Database, day: Day) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
        visits.withdraw(unit.session, day.nurse, visit.id, reason="Người bệnh về", now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        hold(database, day, visit)


def test_a_booked_visit_is_withdrawn_only_after_its_appointment_is_cancelled(
    database: Database, day: Day
) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
        booked = book(unit.session, day, visit, unit.now + timedelta(hours=4), unit.now)
        with pytest.raises(ConflictError, match="visit-has-appointment"):
            visits.withdraw(unit.session, day.nurse, visit.id, reason="Người bệnh về", now=unit.now)
        scheduling.cancel(
            unit.session,
            day.nurse,
            booked.id,
            reason=CancelReason.PATIENT_ASKED,
            version=booked.version,
            now=unit.now,
        )
        visits.withdraw(unit.session, day.nurse, visit.id, reason="Người bệnh về", now=unit.now)


def test_the_stations_own_open_visit_is_booked(database: Database, day: Day) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)
    hold(database, day, visit)


def test_a_visit_stays_among_those_without_a_time_until_it_gets_one_or_is_two_weeks_old(
    database: Database, day: Day
) -> None:
    with database.write() as unit:
        visit = request_visit(unit.session, day, unit.now)

    def untimed(after: timedelta = timedelta()) -> list[UUID]:
        with database.read() as unit:
            rows = list_without_time(unit.session, day.nurse, now=unit.now + after)
            assert list_without_time(unit.session, day.doctor, now=unit.now) == []
            return [row.id for row in rows]

    assert visit.id in untimed()
    assert untimed(timedelta(days=14)) == []
    with database.write() as unit:
        book(unit.session, day, visit, unit.now + timedelta(hours=4), unit.now)
    assert visit.id not in untimed()
