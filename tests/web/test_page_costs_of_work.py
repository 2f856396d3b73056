"""Pages of urgent requests, hours, the wait list and follow-ups: few rows cost what many do."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from telehealth import wiring
from telehealth.availability.rules import ChangeKind, Scope
from telehealth.availability.service import AddException, Target, change_hours
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.scheduling import service as scheduling
from telehealth.staff.rules import Role
from telehealth.urgent import service as urgent
from tests.support.app import build_app
from tests.support.booking import TODAY, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.urgent import ESCALATE, make_urgent_world
from tests.support.world import make_member, make_patient
from tests.telehealth.followup.world import make_follow
from tests.telehealth.waitlist.world import make_wait_world
from tests.web.test_page_costs import browser, cost

pytestmark = pytest.mark.databases("sqlite")  # counted once; the statements are the same on both

NewDatabase = Callable[[], Database]


@pytest.fixture
def bus() -> Bus:
    """Let everything be told that the program tells."""
    return wiring.build_bus()


@pytest.mark.parametrize("is_taken", [False, True])
def test_the_ring_screen_costs_the_same_for_three_who_are_rung_and_for_eleven(
    new_database: NewDatabase, tmp_path: Path, clock: FixedClock, is_taken: bool
) -> None:
    costs = []
    levels: Sequence[tuple[int, ...]] = ((2, 1, 1), (6, 5, 1))
    for doctors in levels:
        database = new_database()
        with database.write() as unit:
            world = make_urgent_world(unit.session, now=unit.now, doctors=doctors)
            pressed = world.press(unit.session, now=unit.now)
            later = unit.now + timedelta(seconds=ESCALATE)
            urgent.tick(unit.session, pressed.id, now=later)
            if is_taken:
                urgent.accept(unit.session, world.doctors[0][0], pressed.id, now=later)
            path = f"/urgent/{pressed.id}"
        app = build_app(database, tmp_path / str(doctors[0]), clock)
        nurse, doctor = (browser(app, database, each) for each in (world.nurse, world.doctors[0][1]))
        assert nurse.get(path).text.count("Bác Sĩ") >= doctors[0] + doctors[1]
        costs.append((cost(app, nurse, path), cost(app, doctor, path)))
    assert costs[0] == costs[1]


def test_the_button_and_the_ring_screen_cost_the_same_for_one_level_and_for_three(
    new_database: NewDatabase, tmp_path: Path, clock: FixedClock
) -> None:
    costs = []
    for levels in (1, 3):
        database = new_database()
        with database.write() as unit:
            on_duty, doctors = (True,) * levels, (1,) * levels
            world = make_urgent_world(
                unit.session, now=unit.now, doctors=doctors, on_duty=on_duty, patients=2
            )
            pressed = world.press(unit.session, now=unit.now)
            paths = (f"/visits/{world.visits[1]}/ring", f"/urgent/{pressed.id}")
        app = build_app(database, tmp_path / str(levels), clock)
        nurse = browser(app, database, world.nurse)
        assert [nurse.get(path).text.count('href="tel:+84') for path in paths] == [levels, levels]
        costs.append([cost(app, nurse, path) for path in paths])
    assert costs[0] == costs[1]


def test_hours_cost_the_same_for_two_doctors_and_for_twelve(
    new_database: NewDatabase, tmp_path: Path, clock: FixedClock
) -> None:
    costs = []
    for doctors in (2, 12):
        database = new_database()
        with database.write() as unit:
            session, now = unit.session, unit.now
            world = make_booking_world(session, doctors=doctors, patients=doctors, seats=doctors, visits=1)
            for number in range(doctors):
                visit = {"patient": number, "visit_id": world.visits[number].pop()}
                world.book(session, at("09:30"), now=now, doctor=number, **visit)
            house = get_facility(session, world.doctors[0].here)
            lead = make_member(session, house, role=Role.COORDINATOR)
            for hour in range(9, 9 + doctors // 2):
                span = {"starts_at": at(f"{hour:02}:00"), "ends_at": at(f"{hour:02}:55")}
                target = Target(Scope.FACILITY, lead.here)
                change = AddException(target=target, kind=ChangeKind.CLOSED, **span)
                change_hours(session, lead, change, now=now)
        app = build_app(database, tmp_path / str(doctors), clock)
        coordinator = browser(app, database, lead)
        assert f"{doctors} lịch hẹn không còn giờ khám" in coordinator.get("/hours").text
        costs.append(
            [cost(app, coordinator, path) for path in ("/hours", "/hours/stranded", "/hours/opening")]
        )
    assert costs[0] == costs[1]


def test_the_wait_list_costs_the_same_for_two_and_for_eight(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_wait_world(unit.session, doctors=4, patients=8, seats=8)
    app = build_app(database, tmp_path, clock)
    pages = {
        "/waitlist": browser(app, database, world.nurse),
        "/waitlist/asked": browser(app, database, world.coordinator),
    }
    costs = []
    for waiting, offered in ((range(1), range(4, 5)), (range(1, 4), range(5, 8))):
        with database.write() as unit:
            for patient in waiting:
                world.book(unit.session, at("09:50", days=5), patient=patient, doctor=patient)
                world.join(unit.session, patient=patient, latest_on=TODAY + timedelta(days=4))
            for patient in offered:
                entry = world.join(unit.session, patient=patient)
                world.offer(unit.session, entry, at("09:30"), now=unit.now, doctor=patient - 4)
        costs.append({path: cost(app, who, path) for path, who in pages.items()})
        count = waiting.stop + offered.stop - 4
        assert pages["/waitlist"].get("/waitlist").text.count("Lý Thị") >= count
    assert costs[0] == costs[1]


def test_follow_ups_cost_the_same_for_one_and_for_six(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    follow = make_follow(database, clock)
    app = build_app(database, tmp_path, clock)
    nurse = browser(app, database, follow.booking.nurse)
    costs = []
    for count in (1, 6):
        for number in range(len(costs) and 1, count):
            with database.write() as unit:
                name = f"Hà Thị {number}"
                follow.patient_id = make_patient(unit.session, follow.booking.nurse, full_name=name).id
            follow.sign(TODAY + timedelta(days=7))
        costs.append(cost(app, nurse, "/follow-ups"))
        assert nurse.get("/follow-ups").text.count("Hà Thị") >= count
    assert costs[0] == costs[1]


def test_an_appointment_costs_the_same_with_a_short_and_a_long_history(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=4, visits=1)
        booked = world.book(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0].pop()).id
    app = build_app(database, tmp_path, clock)
    people = [browser(app, database, who) for who in (world.nurse, world.doctors[0])]
    costs = []
    for walls in (("09:50",), ("10:10", "10:30")):
        for wall in walls:
            with database.write() as unit:
                scheduling.reschedule(
                    unit.session, world.nurse, booked, starts_at=at(wall), version=None, now=unit.now
                )
        costs.append([cost(app, who, f"/appointments/{booked}") for who in people])
    assert costs[0] == costs[1]
