"""How many statements a booking costs: the same however many doctors there are; more is a decision."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from telehealth.kit.db import Database, Unit
from telehealth.scheduling import service
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.pools import make_pool

pytestmark = pytest.mark.databases("sqlite")  # counted once; the statements are the same on both

HOLD, CONFIRM, RESCHEDULE = 20, 9, 21
POOLED = 14
"""What a pool's choice costs beside holding with its doctor."""


def counted(database: Database, act: Callable[[Unit], object]) -> int:
    """Run an act in a unit of its own; return how many statements it sent."""
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(database.writer, "before_cursor_execute", note)
    try:
        with database.write() as unit:
            act(unit)
    finally:
        event.remove(database.writer, "before_cursor_execute", note)
    return len([each for each in statements if not each.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))])


def make(database: Database, doctors: int) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=doctors, patients=2, seats=2, late_minutes=0)


@pytest.mark.parametrize("doctors", [1, 12])
def test_a_booking_and_its_move_cost_so_many_statements(database: Database, doctors: int) -> None:
    world = make(database, doctors)
    with database.write() as unit:
        world.hold(unit.session, at("14:30"), now=unit.now, patient=1)  # its seat and patient are known
    request = world.request(at("09:30"))
    held = [database.clock.now()]

    def hold(unit: Unit) -> None:
        held[0] = service.hold(unit.session, world.nurse, request, now=unit.now).id  # type: ignore[assignment]

    def confirm(unit: Unit) -> None:
        service.confirm(unit.session, world.nurse, held[0], version=1, now=unit.now)  # type: ignore[arg-type]

    def move(unit: Unit) -> None:
        service.reschedule(
            unit.session,
            world.nurse,
            held[0],
            starts_at=at("10:30"),
            version=2,
            now=unit.now,  # type: ignore[arg-type]
        )

    costs = [counted(database, act) for act in (hold, confirm, move)]
    assert all(cost <= most for cost, most in zip(costs, (HOLD, CONFIRM, RESCHEDULE), strict=True)), costs


def test_a_pool_of_twelve_costs_no_statement_more_than_one_of_two(database: Database) -> None:
    world = make(database, 12)
    costs = []
    for number, size in enumerate((2, 12)):
        with database.write() as unit:
            pool = make_pool(unit.session, world, range(size), name=f"Nhóm {size}")
        request = world.request(
            at("09:30", days=number), doctor_membership_id=None, pool_id=pool.id, patient=number
        )
        costs.append(
            counted(
                database, lambda unit, r=request: service.hold(unit.session, world.nurse, r, now=unit.now)
            )
        )
    assert max(costs) <= HOLD + POOLED, costs
    assert abs(costs[0] - costs[1]) <= 1, costs  # the second patient's resource is made on the way
