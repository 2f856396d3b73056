"""The national calendar: what an import does, and what it does to hours."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from telehealth import operations
from telehealth.availability.models import NationalDay, Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.schemas import HolidayImport, NationalDayIn
from telehealth.availability.service import Imported, add_weekly_hours, ensure_resource, import_holidays
from telehealth.kit.actors import SYSTEM
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database, Unit
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.world import SINCE, make_doctor

SATURDAY = TODAY + timedelta(days=5)


def special(day: date, works_as: int | None = None, name: str = "Tết") -> NationalDayIn:
    return NationalDayIn(day=day, name=name, source="thông báo thử", works_as=works_as)


def load(unit: Unit, *days: NationalDayIn, years: tuple[int, ...] = (2026,)) -> Imported:
    return import_holidays(
        unit.session, SYSTEM, HolidayImport(years=list(years), days=list(days)), now=unit.now
    )


def office_doctor(session: Session, *, works_holidays: bool = False) -> tuple[BookingWorld, MembershipActor]:
    """Add a doctor who works from Monday to Friday, in the afternoon on Fridays only."""
    world = make_booking_world(session)
    doctor = make_doctor(session)
    resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=doctor.here)
    resource.works_holidays = works_holidays
    add_weekly_hours(session, resource, range(4), ("08:10", "08:30"), valid_from=SINCE)
    add_weekly_hours(session, resource, [4], ("14:10", "14:30"), valid_from=SINCE)
    return world, doctor


def offered(unit: Unit, world: BookingWorld, doctor: MembershipActor, *, days: int = 6) -> list[str]:
    wanted = search(days=days, limit=100, doctor_membership_id=doctor.ref)
    found = find_slots(unit.session, world.nurse, wanted, now=unit.now)
    return [f"{slot.starts_at.astimezone(DEFAULT_ZONE):%a %H:%M}" for slot in found]


def test_a_holiday_closes_the_day_and_a_make_up_saturday_follows_fridays_hours(unit: Unit) -> None:
    world, doctor = office_doctor(unit.session)
    load(unit, special(TODAY + timedelta(days=1)), special(SATURDAY, works_as=4, name="Làm bù"))
    assert offered(unit, world, doctor) == [
        "Mon 08:10",
        "Wed 08:10",
        "Thu 08:10",
        "Fri 14:10",
        "Sat 14:10",
    ]


def test_duty_that_runs_over_holidays_knows_no_national_calendar(unit: Unit) -> None:
    world, doctor = office_doctor(unit.session, works_holidays=True)
    load(unit, special(TODAY + timedelta(days=1)), special(SATURDAY, works_as=4))
    assert offered(unit, world, doctor) == [
        "Mon 08:10",
        "Tue 08:10",
        "Wed 08:10",
        "Thu 08:10",
        "Fri 14:10",
    ]


def test_duty_begun_on_the_eve_of_a_holiday_runs_out(unit: Unit) -> None:
    world = make_booking_world(unit.session)
    doctor = make_doctor(unit.session)
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, doctor.ref, facility_id=doctor.here)
    add_weekly_hours(unit.session, resource, range(7), ("23:30", "00:30"), valid_from=SINCE)
    load(unit, special(TODAY + timedelta(days=1)))
    assert offered(unit, world, doctor, days=2) == [
        "Mon 23:30",
        "Mon 23:50",
        "Tue 00:10",
        "Wed 23:30",
        "Wed 23:50",
    ]


def test_a_second_import_changes_nothing_and_a_later_notice_moves_days(unit: Unit) -> None:
    new_year, tet = special(date(2026, 1, 1)), special(date(2026, 2, 16))
    load(unit, special(date(2027, 1, 1)), years=(2027,))
    assert load(unit, new_year, tet) == Imported(added=2)
    assert load(unit, new_year, tet).is_nothing
    assert load(unit, new_year.model_copy(update={"name": "Tết Dương lịch"})) == Imported(
        changed=1, removed=1
    )
    days = unit.session.exec(select(NationalDay.day).order_by(NationalDay.day)).all()
    assert days == [date(2026, 1, 1), date(2027, 1, 1)]


def test_a_file_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        HolidayImport(years=[2026], days=[special(TODAY), special(TODAY)])
    with pytest.raises(ValidationError, match="outside"):
        HolidayImport(years=[2027], days=[special(TODAY)])


def test_the_calendar_that_comes_with_the_program_is_whole(unit: Unit) -> None:
    data = operations.read_national_calendar(operations.HOLIDAYS)
    assert import_holidays(unit.session, SYSTEM, data, now=unit.now).added == len(data.days)
    fixed = [(1, 1), (4, 30), (5, 1), (9, 2)]
    rows = {row.day: row for row in unit.session.exec(select(NationalDay))}
    for year in (2026, 2027):
        assert all(rows[date(year, *day)].kind == "closed" for day in fixed)
        assert sum(day.year == year and row.name == "Tết Nguyên đán" for day, row in rows.items()) == 5
    moving = [row for row in rows.values() if "Tết Ng" in row.name or "Giỗ Tổ" in row.name]
    assert all(row.is_provisional for row in moving)
    assert all(row.source for row in rows.values())
    # A make-up day is a day of rest worked; a holiday swapped for it is in the same file.
    assert all(row.day.weekday() > 4 for row in rows.values() if row.kind == "works_as")


def test_what_a_calendar_would_strand_is_named_and_nothing_kept(database: Database, tmp_path: Path) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session)
        booked = world.book(unit.session, at("09:30", days=1), now=unit.now)
        code, booked_id = booked.code, booked.id
    file = tmp_path / "tet.toml"
    day = (TODAY + timedelta(days=1)).isoformat()
    file.write_text(f'years = [2026]\n[[days]]\nday = {day}\nname = "Tết"\nsource = "thử"\n')
    assert operations.stranded_by_calendar(database, file) == [f"{code}  24/11/2026 09:30"]
    with database.read() as unit:
        assert unit.session.exec(select(NationalDay)).first() is None
        assert unit.session.get_one(Appointment, booked_id).support == "supported"


@pytest.mark.databases("postgresql")  # there is one writer at a time on the other
def test_nothing_is_booked_while_a_calendar_is_imported(database: Database) -> None:
    with database.write() as unit:
        make_booking_world(unit.session)
    with database.write() as unit:
        load(unit, special(TODAY + timedelta(days=1)))
        locked = select(Resource).where(Resource.kind == ResourceKind.DOCTOR).with_for_update(nowait=True)
        with pytest.raises(OperationalError, match="lock"), database.write() as other:
            other.session.exec(locked).all()
