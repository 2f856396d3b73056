"""Pressing the button: who is rung, level by level, and what happens when nobody answers."""

from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.patients.queries import find_cards
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import CancelReason as Why
from telehealth.scheduling.service import cancel as cancel_appointment
from telehealth.scheduling.service import start
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import CancelReason, CloseReason, DeclineReason, UrgentPriority
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from tests.support.booking import TODAY
from tests.support.urgent import ESCALATE, LEASE, UrgentWorld, go_on_duty, make_urgent_world
from tests.support.world import make_doctor, make_member, make_specialty


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_urgent_world(unit.session, now=unit.now)


def rung(unit: Unit, request: UrgentRequest) -> set[object]:
    return {ring.membership_id for ring in queries.list_rings(unit.session, [request.id])}


def refs(*groups: object) -> set[object]:
    return {doctor.ref for group in groups for doctor in group}  # type: ignore[attr-defined]


def kinds(unit: Unit, request: UrgentRequest) -> list[str]:
    return [event.kind for event in queries.list_events(unit.session, request.id)]


def test_the_press_rings_everybody_on_duty_on_the_nearest_level(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)

    assert rung(unit, request) == refs(world.doctors[0])
    assert request.escalate_at == unit.now + timedelta(seconds=ESCALATE)
    assert kinds(unit, request) == ["pressed", "rung", "rung"]


@pytest.mark.parametrize(
    ("specialty", "expected"), [("cardiology", "heart"), ("surgery", "general"), (None, "general")]
)
def test_of_the_nearest_level_the_pool_of_the_specialty_rings_first_else_the_general_one(
    unit: Unit, world: UrgentWorld, specialty: str | None, expected: str
) -> None:
    session, now = unit.session, unit.now
    for code in ("cardiology", "surgery"):
        make_specialty(session, code, code)
    centre = session.get_one(Facility, world.pools[0].facility_id)
    above = session.get_one(Facility, world.pools[1].facility_id)
    pool = add_pool(
        session,
        centre.id,
        "Tim mạch",
        specialty_code="cardiology",
        escalates_to=world.pools[1].id,
        escalate_seconds=ESCALATE,
        now=now,
    )
    heart = make_doctor(session, centre, name="Hà Văn Toản", specialties=("cardiology",))
    add_member(session, pool, heart.ref, on=TODAY)
    go_on_duty(session, heart, now=now)
    # A level up there is a pool of surgeons: the nearest level comes first all the same.
    add_pool(session, above.id, "Ngoại", specialty_code="surgery", escalate_seconds=ESCALATE, now=now)
    session.get_one(Visit, world.visits[0]).specialty_code = specialty
    session.flush()

    request = world.press(session, now=now)

    groups = {"heart": {heart.ref}, "general": refs(world.doctors[0])}
    assert rung(unit, request) == groups[expected]
    service.tick(session, request.id, now=now + timedelta(seconds=ESCALATE))
    assert rung(unit, request) == groups[expected] | refs(world.doctors[1])


def test_a_specialty_without_any_pool_of_it_or_of_all_rings_whoever_there_is(
    unit: Unit, world: UrgentWorld
) -> None:
    session = unit.session
    for code in ("cardiology", "surgery"):
        make_specialty(session, code, code)
    for pool in world.pools:
        session.get_one(Pool, pool.id).specialty_code = "cardiology"
    session.get_one(Visit, world.visits[0]).specialty_code = "surgery"
    session.flush()
    assert rung(unit, world.press(session, now=unit.now)) == refs(world.doctors[0])


def test_an_emergency_rings_two_levels_at_once(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now, priority=UrgentPriority.EMERGENCY)

    assert rung(unit, request) == refs(world.doctors[0], world.doctors[1])


def test_a_level_without_anybody_on_duty_is_passed_at_once_and_says_so(unit: Unit) -> None:
    world = make_urgent_world(unit.session, now=unit.now, on_duty=(False, True, True))

    request = world.press(unit.session, now=unit.now)

    assert rung(unit, request) == refs(world.doctors[1])
    assert [level.was_empty for level in queries.list_levels(unit.session, request.id)] == [
        True,
        False,
        False,
    ]
    assert kinds(unit, request) == ["pressed", "nobody_on_duty", "rung"]


def test_with_nobody_on_duty_anywhere_it_is_a_case_from_the_first_second(unit: Unit) -> None:
    world = make_urgent_world(unit.session, now=unit.now, on_duty=(False, False, False))

    request = world.press(unit.session, now=unit.now)

    assert request.state == "expired"
    assert kinds(unit, request)[-1] == "nobody_answered"


def test_time_rings_the_next_level_and_goes_on_ringing_the_first(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    later = unit.now + timedelta(seconds=ESCALATE)

    assert service.list_due(unit.session, now=later - timedelta(seconds=1)) == []
    assert service.list_due(unit.session, now=later) == [request.id]
    service.tick(unit.session, request.id, now=later)

    assert rung(unit, request) == refs(world.doctors[0], world.doctors[1])
    assert (request.escalations, request.enqueued_at) == (1, unit.now)
    service.accept(unit.session, world.doctors[0][0], request.id, now=later)
    assert request.owner_id == world.doctors[0][0].ref


def test_nobody_answers_and_the_request_is_kept_until_somebody_closes_it(
    unit: Unit, world: UrgentWorld
) -> None:
    request = world.press(unit.session, now=unit.now)
    for step in (1, 2, 3):
        service.tick(unit.session, request.id, now=unit.now + timedelta(seconds=ESCALATE * step))
    assert request.state == "expired"
    assert queries.list_open(unit.session, world.coordinator, now=unit.now) == [request]
    assert queries.list_open(unit.session, world.nurse, now=unit.now) == [request]

    service.close(
        unit.session, world.coordinator, request.id, reason=CloseReason.REACHED_BY_PHONE, now=unit.now
    )

    assert (request.state, request.close_reason) == ("done", "reached_by_phone")
    assert queries.list_open(unit.session, world.nurse, now=unit.now) == []


def test_whoever_comes_late_may_still_accept_what_nobody_answered(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    for step in (1, 2, 3):
        service.tick(unit.session, request.id, now=unit.now + timedelta(seconds=ESCALATE * step))

    service.accept(unit.session, world.doctors[0][0], request.id, now=unit.now)

    assert request.state == "claimed"


def test_who_comes_on_duty_meanwhile_is_rung_too(unit: Unit) -> None:
    world = make_urgent_world(unit.session, now=unit.now, on_duty=(True, False, False))
    unit.session.flush()
    late = world.doctors[1][0]
    request = world.press(unit.session, now=unit.now, priority=UrgentPriority.EMERGENCY)
    assert rung(unit, request) == refs(world.doctors[0])

    go_on_duty(unit.session, late, now=unit.now)

    assert service.list_due(unit.session, now=unit.now) == [request.id]
    service.tick(unit.session, request.id, now=unit.now)
    assert rung(unit, request) == refs(world.doctors[0], [late])


def test_once_everybody_has_declined_the_next_level_rings_at_once(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    for doctor in world.doctors[0]:
        service.decline(unit.session, doctor, request.id, reason=DeclineReason.IN_SURGERY, now=unit.now)
    assert rung(unit, request) == refs(world.doctors[0], world.doctors[1])
    assert "escalated" in kinds(unit, request)


def test_the_first_to_accept_has_appointment_room_right_and_lease(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor, other = world.doctors[0]

    service.accept(unit.session, doctor, request.id, now=unit.now)

    assert (request.state, request.owner_id, request.lease_token) == ("claimed", doctor.ref, 1)
    assert request.lease_until == unit.now + timedelta(seconds=LEASE)
    appointment = unit.session.get_one(Appointment, request.appointment_id)
    assert (appointment.status, appointment.doctor_membership_id) == ("booked", doctor.ref)
    assert unit.session.get_one(Visit, request.visit_id).doctor_membership_id == doctor.ref
    with pytest.raises(DomainError, match="urgent-taken"):
        service.accept(unit.session, other, request.id, now=unit.now)
    assert service.accept(unit.session, doctor, request.id, now=unit.now).lease_token == 1


def test_a_lease_that_runs_out_puts_the_request_back_in_its_place(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor, other = world.doctors[0]
    service.accept(unit.session, doctor, request.id, now=unit.now)
    lost = request.appointment_id
    later = unit.now + timedelta(seconds=LEASE)

    with pytest.raises(DomainError, match="lease-lost"):
        service.renew(unit.session, doctor, request.id, token=1, now=later)
    service.tick(unit.session, request.id, now=later)

    assert (request.state, request.owner_id, request.enqueued_at) == ("waiting", None, unit.now)
    assert unit.session.get_one(Appointment, lost).status == "cancelled"
    assert unit.session.get_one(Visit, request.visit_id).doctor_membership_id is None
    assert not list(unit.session.exec(select(Claim).where(Claim.state == "booked")))
    service.accept(unit.session, other, request.id, now=later)
    for act in (service.renew, service.finish, service.release):
        with pytest.raises(DomainError, match="lease-lost"):
            act(unit.session, doctor, request.id, token=1, now=later)
    assert (request.owner_id, request.lease_token) == (other.ref, 2)


def test_an_open_page_keeps_the_lease(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor = world.doctors[0][0]
    service.accept(unit.session, doctor, request.id, now=unit.now)
    soon = unit.now + timedelta(seconds=LEASE - 1)

    service.renew(unit.session, doctor, request.id, token=1, now=soon)
    assert request.lease_until == soon + timedelta(seconds=LEASE)
    later = soon + timedelta(seconds=30)
    assert request.appointment_id is not None
    service.attend(unit.session, doctor, request.appointment_id, now=later)
    assert request.lease_until == later + timedelta(seconds=LEASE)


def test_the_call_begins_and_ends_the_request(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor = world.doctors[0][0]
    service.accept(unit.session, doctor, request.id, now=unit.now)
    assert request.appointment_id is not None

    start(unit.session, doctor, request.appointment_id, now=unit.now)
    assert (request.state, request.lease_until) == ("in_call", None)
    service.finish(unit.session, doctor, request.id, token=1, now=unit.now)

    assert request.state == "done"
    assert unit.session.get_one(Appointment, request.appointment_id).status == "fulfilled"


def test_a_cancelled_appointment_lets_the_request_ring_again(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor = world.doctors[0][0]
    service.accept(unit.session, doctor, request.id, now=unit.now)
    assert request.appointment_id is not None

    cancel_appointment(
        unit.session,
        doctor,
        request.appointment_id,
        reason=Why.DOCTOR_UNAVAILABLE,
        version=None,
        now=unit.now,
    )

    assert (request.state, request.appointment_id) == ("waiting", None)


def test_the_station_calls_it_off_and_the_doctor_is_free_again(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor = world.doctors[0][0]
    service.accept(unit.session, doctor, request.id, now=unit.now)

    service.cancel(unit.session, world.nurse, request.id, reason=CancelReason.BETTER, now=unit.now)

    assert (request.state, request.owner_id) == ("cancelled", None)
    assert not list(unit.session.exec(select(Claim).where(Claim.state == "booked")))


def test_a_patient_has_one_open_request(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    with pytest.raises(DomainError, match="urgent-already-open") as refused:
        world.press(unit.session, now=unit.now)
    assert refused.value.facts == {"request_id": str(request.id)}


def test_a_doctor_of_another_pool_and_another_station_see_nothing(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    for stranger in (make_doctor(unit.session), make_member(unit.session), world.doctors[1][0]):
        with pytest.raises(DomainError, match="urgent-not-found"):
            queries.get_request(unit.session, stranger, request.id, now=unit.now)


def test_a_rung_doctor_learns_who_it_is_only_by_accepting(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    doctor, other = world.doctors[0]
    assert find_cards(unit.session, doctor, [request.patient_id], now=unit.now) == {}
    service.accept(unit.session, doctor, request.id, now=unit.now)
    assert set(find_cards(unit.session, doctor, [request.patient_id], now=unit.now)) == {request.patient_id}
    assert find_cards(unit.session, other, [request.patient_id], now=unit.now) == {}


def test_nobody_is_rung_for_a_visit_that_was_withdrawn(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    visits.withdraw(unit.session, world.nurse, world.visits[0], reason="by_mistake", now=unit.now)
    assert (request.state, request.close_reason) == ("cancelled", "visit_withdrawn")
    assert request.escalate_at is None


def test_the_next_level_of_what_a_doctor_has_is_refused_and_counts_no_escalation(
    unit: Unit, world: UrgentWorld
) -> None:
    request = world.press(unit.session, now=unit.now)
    service.accept(unit.session, world.doctors[0][0], request.id, now=unit.now)
    with pytest.raises(DomainError, match="invalid-transition"):
        service.ring_next(unit.session, world.nurse, request.id, now=unit.now)
    assert request.escalations == 0


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_ran_ahead_and_was_put_right_stops_no_ladder(
    unit: Unit, world: UrgentWorld, ahead: timedelta
) -> None:
    session, now = unit.session, unit.now
    for doctor, *_ in world.doctors:
        go_on_duty(session, doctor, now=now, hours=48)
    request = world.press(session, now=now + ahead)
    assert service.list_due(session, now=now) == [request.id]
    service.tick(session, request.id, now=now)
    assert rung(unit, request) >= refs(world.doctors[1])
    while service.list_due(session, now=now):  # who came on duty meanwhile
        service.tick(session, request.id, now=now)
    assert service.list_due(session, now=now) == []
    assert request.escalate_at == now + timedelta(seconds=ESCALATE)


def test_a_lease_that_a_clock_ahead_has_written_lasts_a_term_from_now(unit: Unit, world: UrgentWorld) -> None:
    """Who is at it keeps it as long as the page is open; who never came does not have it for a day."""
    session, now = unit.session, unit.now
    request = world.press(session, now=now)
    service.accept(session, world.doctors[0][0], request.id, now=now + timedelta(days=1))
    assert service.list_due(session, now=now) == [request.id]
    service.tick(session, request.id, now=now)
    assert (request.state, request.lease_until) == ("claimed", now + timedelta(seconds=LEASE))
    assert service.list_due(session, now=now) == []
    late = now + timedelta(seconds=LEASE)
    assert service.list_due(session, now=late) == [request.id]
    service.tick(session, request.id, now=late)
    assert request.state == "waiting"
