"""A pool asked instead of a doctor: who is chosen, why, and that it fills exactly."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.duty.models import PoolMember
from telehealth.duty.rules import PoolPolicy
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.ids import new_id
from telehealth.kit.retries import run_write
from telehealth.scheduling import queries, service
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Candidate, rank
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.pools import ask_pool, make_pool

A, B, C = (UUID(int=n) for n in (1, 2, 3))
EARLIER, LATER = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)


def of(doctor: UUID, **values: Any) -> Candidate:
    return Candidate(doctor_membership_id=doctor, **values)


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [
        (PoolPolicy.LEAST_LOADED, of(B, minutes=20), of(A, minutes=40)),
        (PoolPolicy.LEAST_LOADED, of(B, minutes=60, weight=2), of(A, minutes=40)),
        (PoolPolicy.LEAST_LOADED, of(B, minutes=20), of(A, credit_minutes=40)),
        (PoolPolicy.LEAST_LOADED, of(B, minutes=20, priority=9), of(A, minutes=40)),
        (PoolPolicy.LEAST_LOADED, of(B, minutes=20), of(A, minutes=40, knows_patient=True)),
        (PoolPolicy.LEAST_LOADED, of(B), of(A, last_at=EARLIER)),
        (PoolPolicy.LEAST_LOADED, of(B, last_at=EARLIER), of(A, last_at=LATER)),
        (PoolPolicy.LEAST_LOADED, of(A), of(B)),
        (PoolPolicy.PRIORITY, of(B, priority=0, minutes=90), of(A, priority=1)),
        (PoolPolicy.PRIORITY, of(B, minutes=20), of(A, minutes=40, knows_patient=True)),
        (PoolPolicy.CONTINUITY_FIRST, of(B, knows_patient=True, priority=5, minutes=90), of(A)),
        (PoolPolicy.CONTINUITY_FIRST, of(B, priority=0, minutes=90), of(A, priority=1)),
    ],
)
def test_a_pool_asks_in_the_order_its_policy_says(
    policy: PoolPolicy, first: Candidate, second: Candidate
) -> None:
    assert rank(policy, [first, second]) == rank(policy, [second, first]) == [first, second]


candidates = st.builds(
    Candidate,
    doctor_membership_id=st.sampled_from([A, B, C]),
    weight=st.integers(1, 10),
    priority=st.integers(0, 2),
    minutes=st.sampled_from([0, 20, 40]),
    last_at=st.sampled_from([None, EARLIER, LATER]),
    knows_patient=st.booleans(),
)


@given(
    st.lists(candidates, max_size=3, unique_by=lambda each: each.doctor_membership_id),
    st.sampled_from(PoolPolicy),
)
def test_the_order_does_not_depend_on_how_the_rows_came(found: list[Candidate], policy: PoolPolicy) -> None:
    assert len({tuple(rank(policy, each)) for each in permutations(found)}) == 1


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=3, patients=6, seats=6)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_the_choice_is_kept_with_what_spoke_for_it(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 1])
    world.book(unit.session, at("08:30"), now=unit.now, doctor=0)
    booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, patient=1)
    assert (booked.pool_id, booked.doctor_membership_id) == (pool.id, world.doctors[1].ref)
    kept = queries.list_events(unit.session, booked)[0].data
    assert (kept["policy"], kept["window_days"]) == ("least_loaded", 30)
    assert [(each["doctor"], each["minutes"]) for each in kept["ranking"]] == [
        (str(world.doctors[1].ref), 0),
        (str(world.doctors[0].ref), 20),
    ]


def test_whoever_saw_the_patient_before_is_asked_first_if_the_pool_wants_it(
    unit: Unit, world: BookingWorld
) -> None:
    seen = world.book(unit.session, at("08:30"), now=unit.now, doctor=1)
    for act in (service.start, service.complete):
        act(unit.session, world.doctors[1], seen.id, now=at("08:30"))
    pool = make_pool(unit.session, world, [0, 1, 2], policy="continuity_first")
    booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    assert booked.doctor_membership_id == world.doctors[1].ref
    assert queries.list_events(unit.session, booked)[0].data["ranking"][0]["knows_patient"]


def test_nobody_is_hidden_for_fairness(unit: Unit, world: BookingWorld) -> None:
    """The most loaded doctor is asked where nobody else is free."""
    pool = make_pool(unit.session, world, [0, 1])
    world.book(unit.session, at("08:30"), now=unit.now, doctor=0)
    world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=1)
    booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, patient=2)
    assert booked.doctor_membership_id == world.doctors[0].ref
    with refused("slot-taken") as caught:
        ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, patient=3)
    assert [slot.starts_at for slot in caught.value.alternatives] == [at("09:50"), at("09:50"), at("10:10")]
    assert {slot.doctor_membership_id for slot in caught.value.alternatives} <= {
        each.ref for each in world.doctors[:2]
    }


def test_who_has_left_or_cannot_be_asked_is_not_chosen(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 1])
    member = unit.session.get_one(PoolMember, (pool.id, world.doctors[0].ref))
    member.left_on = at("07:00").date()
    unit.session.add(member)
    booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now)
    assert booked.doctor_membership_id == world.doctors[1].ref
    with refused("slot-taken"):
        ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, patient=1)


def test_the_same_form_keeps_what_the_pool_chose_and_may_go_on_to_another_time(
    unit: Unit, world: BookingWorld
) -> None:
    pool = make_pool(unit.session, world, [0, 1])
    request = world.request(at("09:30"), doctor_membership_id=None, pool_id=pool.id)
    held = service.hold(unit.session, world.nurse, request, now=unit.now)
    assert service.hold(unit.session, world.nurse, request, now=unit.now).version == held.version == 1
    other = world.request(
        at("10:30"),
        doctor_membership_id=None,
        pool_id=pool.id,
        form_id=request.form_id,
        visit_id=request.visit_id,
    )
    moved = service.hold(unit.session, world.nurse, other, now=unit.now)
    assert (moved.id, moved.version, moved.starts_at) == (held.id, 2, at("10:30"))


@pytest.mark.parametrize(
    "named", [{"doctor_membership_id": None}, {"pool_id": new_id()}], ids=["none", "both"]
)
def test_either_a_doctor_or_a_pool_is_asked(unit: Unit, world: BookingWorld, named: dict[str, Any]) -> None:
    with refused("doctor-or-pool"):
        service.hold(unit.session, world.nurse, world.request(at("09:30"), **named), now=unit.now)


def test_a_pool_out_of_use_or_unknown_is_not_asked(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0], is_active=False)
    for pool_id in (pool.id, new_id()):
        request = world.request(at("09:30"), doctor_membership_id=None, pool_id=pool_id)
        with refused("pool-not-found"):
            service.hold(unit.session, world.nurse, request, now=unit.now)


def test_a_pool_is_searched_as_one(unit: Unit, world: BookingWorld) -> None:
    pool = make_pool(unit.session, world, [0, 2])
    found = find_slots(unit.session, world.nurse, search(pool_id=pool.id, limit=4), now=unit.now)
    assert {slot.doctor_membership_id for slot in found} == {world.doctors[0].ref, world.doctors[2].ref}


def test_equal_doctors_get_equal_shares(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=3, patients=8, seats=8, step_minutes=20)
    pool = make_pool(unit.session, world, [0, 1, 2])
    for number in range(8):
        booked = ask_pool(unit.session, world, pool, at("09:30", days=number), now=unit.now, patient=number)
        assert booked.status == "booked"
        shares = Counter(unit.session.exec(select(Appointment.doctor_membership_id)))
        counts = [shares[doctor.ref] for doctor in world.doctors]
        assert max(counts) - min(counts) <= 1


def test_at_double_demand_a_pool_fills_exactly(database: Database) -> None:
    """Invariant 14: nobody is told "full" while somebody is free, and nobody is booked twice."""
    starts = [at("08:30"), at("08:50"), at("09:10")]
    doctors, wanted = 4, 2 * 4 * len(starts)
    with database.write() as unit:
        world = make_booking_world(unit.session, doctors=doctors, patients=wanted, seats=wanted)
        pool = make_pool(unit.session, world, range(doctors))

    def ask(number: int) -> str:
        start = starts[number % len(starts)]
        try:
            run_write(
                database,
                lambda unit: ask_pool(unit.session, world, pool, start, patient=number, now=unit.now).id,
            )
        except DomainError as error:
            return error.code
        return "booked"

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(ask, range(wanted)))
    assert outcomes == {"booked": doctors * len(starts), "slot-taken": doctors * len(starts)}
    with database.read() as unit:
        rows = unit.session.exec(select(Appointment.doctor_membership_id, Appointment.starts_at)).all()
    assert len(rows) == len(set(rows)) == doctors * len(starts)
