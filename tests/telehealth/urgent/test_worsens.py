"""A patient whose time is still to come worsens: one press rings, and the time stays (decision 14)."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, add_weekly_hours, ensure_resource
from telehealth.background.rules import FactKind
from telehealth.background.service import confirm_facts
from telehealth.duty.models import Pool, PoolMember
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.scheduling import rules as scheduling_rules
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest
from telehealth.urgent import service
from telehealth.urgent.errors import AlreadyOpenError
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import CancelReason, CloseReason, DeclineReason, UrgentPriority, is_to_come
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.service import measure, write_section
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.urgent import UrgentWorld, go_on_duty, make_urgent_world
from tests.support.world import SINCE, make_doctor, make_hospital, make_sign_in

NEXT_WEEK = datetime(2026, 11, 30, 9, 30, tzinfo=DEFAULT_ZONE)


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_world(unit.session, unit.now)


def make_world(session: Session, now: datetime) -> UrgentWorld:
    """A ladder with doctors on duty, and a patient who is booked with a specialist in a week."""
    world = make_urgent_world(session, now=now)
    book_for_later(session, world, now)
    return world


def book_for_later(session: Session, world: UrgentWorld, now: datetime) -> None:
    add_service_type(
        session, "standard", duration_minutes=20, step_minutes=20, offset_minutes=10, min_notice_minutes=10
    )
    hospital = make_hospital(session)
    doctor = make_doctor(session, hospital, name="Vi Quốc Anh")
    resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
    add_weekly_hours(session, resource, range(7), ("07:30", "11:30"), valid_from=SINCE)
    ensure_resource(session, ResourceKind.SEAT, world.nurse.here, lanes=2)
    visit = session.get_one(Visit, world.visits[0])
    request = HoldRequest(
        form_id=new_id(),
        visit_id=visit.id,
        patient_id=visit.patient_id,
        doctor_membership_id=doctor.ref,
        starts_at=NEXT_WEEK,
        consult_kind=visit.consult_kind,
    )
    held = scheduling.hold(session, world.nurse, request, now=now)
    scheduling.confirm(session, world.nurse, held.id, version=held.version, now=now)


def booked(session: Session, world: UrgentWorld) -> Appointment:
    query = select(Appointment).where(Appointment.visit_id == world.visits[0])
    return session.exec(query).one()


def opened(session: Session, world: UrgentWorld) -> list[Visit]:
    query = select(Visit).where(col(Visit.id).not_in(world.visits))
    return list(session.exec(query))


def decline_all(session: Session, world: UrgentWorld, request_id: UUID, now: datetime) -> None:
    for doctor in (each for level in world.doctors for each in level):
        if session.get_one(UrgentRequest, request_id).state == "waiting":
            service.decline(session, doctor, request_id, reason=DeclineReason.NOT_HERE, now=now)


def test_one_press_rings_with_what_was_written_and_the_later_time_stays(
    unit: Unit, world: UrgentWorld, clock: FixedClock
) -> None:
    session, nurse, now = unit.session, world.nurse, unit.now
    write_section(session, nurse, world.visits[0], Section.HISTORY, "Hen từ nhỏ", version=0, now=now)
    measure(session, nurse, world.visits[0], {"pulse": Decimal(80), "spo2": Decimal(97)}, at=now, now=now)
    later = now + timedelta(days=2)
    measure(session, nurse, world.visits[0], {"spo2": Decimal(88)}, at=later, now=later)
    before = booked(session, world).model_dump()
    go_on_duty(session, world.doctors[0][0], now=later)

    request = world.press(session, now=later)

    (fresh,) = opened(session, world)
    assert (request.visit_id, request.state) == (fresh.id, "waiting")
    texts = {name: row.text for name, row in visits.sections_of(session, fresh).items()}
    assert texts == {"reason": "Khó thở tăng năm ngày", "history": "Hen từ nhỏ"}
    values = {
        code: (row.value, row.occurred_at) for code, row in visits.observations_of(session, fresh).items()
    }
    assert values == {"spo2": (Decimal(88), later)}, "only what was measured today says how the patient is"

    accepted = service.accept(session, world.doctors[0][0], request.id, now=later)
    assert session.get_one(Visit, fresh.id).appointment_id == accepted.appointment_id
    old = booked(session, world)
    assert old.model_dump() == before
    assert session.get_one(Visit, world.visits[0]).appointment_id == old.id


def test_what_was_measured_once_is_one_value_however_many_visits_it_stands_at(
    unit: Unit, world: UrgentWorld
) -> None:
    session, nurse, now = unit.session, world.nurse, unit.now
    measure(session, nurse, world.visits[0], {"spo2": Decimal(95)}, at=now, now=now)
    morning = now + timedelta(days=2)
    for minutes, pulse in ((0, 80), (5, 84), (10, 84)):
        at = morning + timedelta(minutes=minutes)
        measure(session, nurse, world.visits[0], {"pulse": Decimal(pulse)}, at=at, now=at)
    later = morning + timedelta(hours=1)
    go_on_duty(session, world.doctors[0][0], now=later)
    world.press(session, now=later)
    (fresh,) = opened(session, world)

    trend = visits.trends_of(session, nurse, fresh.patient_id, now=later)["pulse"]
    taken = [(Decimal(84), 10), (Decimal(84), 5), (Decimal(80), 0)]
    assert [(row.value, row.occurred_at) for row in trend] == [
        (value, morning + timedelta(minutes=minutes)) for value, minutes in taken
    ], "each measuring once, and twice the same is still two"
    before = visits.earlier_observations(session, nurse, fresh, now=later)
    assert [(row.value, row.occurred_at) for row in before["pulse"]] == [
        (value, morning + timedelta(minutes=minutes)) for value, minutes in taken[1:]
    ], "what it has itself is nothing of before"
    assert [row.value for row in before["spo2"]] == [Decimal(95)]


def _measured_today(session: Session, world: UrgentWorld, now: datetime) -> None:
    measure(
        session, world.nurse, world.visits[0], {"pulse": Decimal(120), "spo2": Decimal(90)}, at=now, now=now
    )


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("by_mistake", "withdrawn"),
        ("better", "withdrawn"),
        ("transferred", "open"),
        ("reached_by_phone", "open"),
    ],
)
@pytest.mark.parametrize("is_accepted", [False, True], ids=["ringing", "accepted"])
def test_called_off_for_nothing_the_visit_opened_for_it_goes_too(
    unit: Unit, world: UrgentWorld, reason: str, state: str, is_accepted: bool
) -> None:
    """Given the call is off by mistake or as the patient is better, then no open visit is left behind.

    It stayed open with what the other visit says already, until somebody withdrew it by hand.
    """
    session, now = unit.session, unit.now
    _measured_today(session, world, now)
    request = world.press(session, now=now)
    (fresh,) = opened(session, world)
    if is_accepted:
        service.accept(session, world.doctors[0][0], request.id, now=now)

    service.cancel(session, world.nurse, request.id, reason=CancelReason(reason), now=now)

    assert session.get_one(UrgentRequest, request.id).state == "cancelled"
    assert session.get_one(Visit, fresh.id).state == state
    assert session.get_one(Visit, world.visits[0]).state == "open"
    assert booked(session, world).status == "booked"


def test_a_case_in_which_the_patient_is_better_leaves_no_visit_behind(unit: Unit, world: UrgentWorld) -> None:
    session, now = unit.session, unit.now
    request = world.press(session, now=now)
    decline_all(session, world, request.id, now)
    service.close(session, world.nurse, request.id, reason=CloseReason.BETTER, now=now)
    assert [visit.state for visit in opened(session, world)] == ["withdrawn"]
    again = world.press(session, now=now)
    assert (again.state, again.visit_id != request.visit_id) == ("waiting", True)


@pytest.mark.parametrize("written", ["a word", "a value", "a diagnosis", "an answer", "no time is left"])
def test_whatever_was_written_since_keeps_the_visit_open(
    unit: Unit, world: UrgentWorld, written: str
) -> None:
    session, nurse, now = unit.session, world.nurse, unit.now
    _measured_today(session, world, now)
    request = world.press(session, now=now)
    (fresh,) = opened(session, world)
    if written == "a word":
        write_section(session, nurse, fresh.id, Section.HISTORY, "Vừa nôn", version=0, now=now)
    elif written == "a value":
        measure(session, nurse, fresh.id, {"spo2": Decimal(86)}, at=now, now=now)
    elif written == "a diagnosis":
        fresh.diagnoses_version = 1
    elif written == "an answer":
        confirm_facts(session, nurse, fresh.id, FactKind.ALLERGY, shown=set(), now=now)
    else:
        later, reason = booked(session, world), scheduling_rules.CancelReason.PATIENT_ASKED
        scheduling.cancel(session, nurse, later.id, reason=reason, version=None, now=now)

    service.cancel(session, nurse, request.id, reason=CancelReason.BY_MISTAKE, now=now)

    assert session.get_one(Visit, fresh.id).state == "open"


def test_a_visit_that_was_not_opened_for_the_call_stays(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    request = world.press(session, now=now)
    service.cancel(session, world.nurse, request.id, reason=CancelReason.BY_MISTAKE, now=now)
    assert session.get_one(Visit, request.visit_id).state == "open"


def test_pressing_again_opens_no_third_visit(unit: Unit, world: UrgentWorld) -> None:
    session, now = unit.session, unit.now
    request = world.press(session, now=now)
    with pytest.raises(AlreadyOpenError):
        world.press(session, now=now)
    decline_all(session, world, request.id, now)
    assert session.get_one(UrgentRequest, request.id).state == "expired"
    with pytest.raises(AlreadyOpenError) as refused:
        world.press(session, now=now)
    assert refused.value.request_id == request.id, "where it is rung again"
    assert len(opened(session, world)) == 1


@pytest.mark.parametrize("is_case", [False, True], ids=["while it rings", "after nobody answered"])
def test_a_time_booked_since_the_press_keeps_no_doctor_from_accepting(unit: Unit, is_case: bool) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    request = world.press(session, now=now)
    if is_case:
        decline_all(session, world, request.id, now)
    book_for_later(session, world, now)
    before = booked(session, world).model_dump()
    if is_case:
        request = service.ring_again(session, world.nurse, request.id, now=now)
    accepted = service.accept(session, world.doctors[0][0], request.id, now=now)
    (fresh,) = opened(session, world)
    assert (accepted.state, accepted.visit_id) == ("claimed", fresh.id)
    assert session.get_one(Visit, fresh.id).appointment_id == accepted.appointment_id
    assert booked(session, world).model_dump() == before


def test_once_the_agreed_time_has_come_nobody_is_rung_again_in_vain(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    request = world.press(session, now=now)
    decline_all(session, world, request.id, now)
    book_for_later(session, world, now)
    with pytest.raises(DomainError, match="visit-has-appointment"):
        service.ring_again(session, world.nurse, request.id, now=NEXT_WEEK)
    with pytest.raises(DomainError, match="visit-has-appointment"):
        service.accept(session, world.doctors[0][0], request.id, now=NEXT_WEEK)
    assert opened(session, world) == []


def test_a_refused_press_opens_nothing(unit: Unit, world: UrgentWorld) -> None:
    session = unit.session
    for pool in session.exec(select(Pool)):
        pool.is_active = False
        session.add(pool)
    for member in session.exec(select(PoolMember)):
        session.delete(member)
    session.flush()
    with pytest.raises(DomainError, match="no-urgent-pool"):
        world.press(session, now=unit.now)
    assert opened(session, world) == []


def test_whoever_is_about_to_be_seen_is_not_rung_for_beside(unit: Unit, world: UrgentWorld) -> None:
    with pytest.raises(DomainError, match="visit-has-appointment"):
        world.press(unit.session, now=NEXT_WEEK)
    assert opened(unit.session, world) == []


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [("booked", 1, True), ("requested", 1, True), ("booked", 0, False), ("booked", -1, False)]
    + [(each, 1, False) for each in ("held", "checked_in", "in_progress", "fulfilled", "cancelled")],
)
def test_which_times_are_to_come(status: str, minutes: int, expected: bool) -> None:
    assert is_to_come(status, NEXT_WEEK + timedelta(minutes=minutes), NEXT_WEEK) is expected


@pytest.mark.databases("sqlite")  # pages
def test_the_pages_say_what_becomes_of_the_later_time(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_world(unit.session, unit.now)
        token = make_sign_in(unit.session, world.nurse, now=unit.now)
    nurse = Browser(build_app(database, tmp_path, clock), token)
    ring = f"/visits/{world.visits[0]}/ring"
    assert f'href="{ring}"' in nurse.get(f"/visits/{world.visits[0]}").text
    assert "Lịch hẹn 09:30, 30/11/2026 vẫn giữ nguyên. Máy gọi cho một lượt khám mới" in nurse.get(ring).text
    pressed = nurse.post(ring, {"danger": ["breathing"]}, page=ring)
    assert pressed.status_code == 303
    shown = nurse.get(pressed.headers["location"]).text
    assert "Lịch hẹn 09:30, 30/11/2026 với BS. Vi Quốc Anh vẫn giữ nguyên." in shown
    with database.read() as unit:
        request = unit.session.exec(select(UrgentRequest)).one()
        assert request.priority == UrgentPriority.EMERGENCY
    assert nurse.get(ring).headers["location"] == pressed.headers["location"]
    clock.advance(days=7, hours=1)
    assert f'href="{ring}"' not in nurse.get(f"/visits/{world.visits[0]}").text
