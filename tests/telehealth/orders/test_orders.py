"""Orders from the doctor's pen to the station's hands, and what time does when nobody looks."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from telehealth.facilities.models import Facility
from telehealth.followup.models import Task
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.orders import queries, service
from telehealth.orders.errors import OrderNotFoundError
from telehealth.orders.models import Order, OrderStep
from telehealth.orders.rules import (
    DUE_WITHIN,
    MAX_ORDERS,
    SEEN_WITHIN,
    DeclineReason,
    OrderKind,
    When,
)
from telehealth.staff.rules import Role
from telehealth.visits import queries as visits
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_facility, make_member


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    return make_visit_world(unit.session, now=unit.now)


def order(unit: Unit, world: VisitWorld, what: str = "Công thức máu", **more: Any) -> Order:
    given = {"kind": OrderKind.LAB, "what": what, **more}
    return service.write(unit.session, world.doctor, world.visit.id, service.Wanted(**given), now=unit.now)


def tasks(unit: Unit) -> dict[str, str]:
    found = {task.kind: task.state for task in unit.session.exec(select(Task))}
    found.pop("phone_patient", None)  # the patient has no phone: the booking is told by calling
    return found


def steps(unit: Unit) -> list[str]:
    query = select(OrderStep).order_by(OrderStep.seq)  # type: ignore[arg-type]
    return [each.kind for each in unit.session.exec(query)]


def test_a_draft_is_nobodys_task_before_the_signature(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world)
    assert written.state == "draft"
    assert queries.list_pending(unit.session, world.nurse, now=unit.now) == []
    assert tasks(unit) == {}
    world.write(unit.session, now=unit.now)
    document = json.loads(world.sign(unit.session, now=unit.now).canonical)
    assert document["parts"]["orders"] == [
        {"code": None, "kind": "lab", "note": "", "what": "Công thức máu", "when": "week"}
    ]
    assert written.state == "open"
    assert [each.id for each in queries.list_pending(unit.session, world.nurse, now=unit.now)] == [written.id]
    assert tasks(unit)["see_order"] == "open"


def test_what_is_to_be_done_now_is_a_task_at_once(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, when=When.NOW)
    assert written.state == "open"
    assert written.due_by == unit.now + DUE_WITHIN[When.NOW]


def test_seen_then_done_with_a_measured_value(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, kind=OrderKind.MEASUREMENT, code="pulse", when=When.NOW)
    service.acknowledge(unit.session, world.nurse, written.id, version=written.version, now=unit.now)
    assert (written.state, written.seen_by) == ("seen", world.nurse.ref)
    assert tasks(unit) == {"see_order": "done", "do_order": "open"}
    result = service.Result(text="Tay trái, lúc nghỉ", value=Decimal(142))
    service.finish(unit.session, world.nurse, written.id, result, version=written.version, now=unit.now)
    assert (written.state, written.value, written.result) == ("done", Decimal(142), "Tay trái, lúc nghỉ")
    assert tasks(unit) == {"see_order": "done", "do_order": "done"}
    assert [each.id for each in queries.list_ended(unit.session, world.doctor, now=unit.now)] == [written.id]


def test_done_at_once_counts_as_seen(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, when=When.NOW)
    service.finish(
        unit.session, world.nurse, written.id, service.Result(), version=written.version, now=unit.now
    )
    assert written.seen_by == world.nurse.ref


def test_a_result_is_checked_before_it_is_kept(unit: Unit, world: VisitWorld) -> None:
    lab = order(unit, world, when=When.NOW)
    pulse = order(unit, world, kind=OrderKind.MEASUREMENT, code="pulse", when=When.NOW)
    for target, result, code in (
        (lab, service.Result(value=Decimal(5)), "order-value-unasked"),
        (pulse, service.Result(value=Decimal(9000)), "vital-impossible"),
        (pulse, service.Result(), "order-value-missing"),
        (lab, service.Result(attachments=(new_id(),)), "attachment-not-found"),
        (lab, service.Result(text="a" * 2001), "text-too-long"),
    ):
        with pytest.raises(InvalidError, match=code), unit.session.begin_nested():
            service.finish(unit.session, world.nurse, target.id, result, version=target.version, now=unit.now)
    with pytest.raises(InvalidError, match="order-code-unknown"):
        order(unit, world, kind=OrderKind.MEASUREMENT, code="mood")
    with pytest.raises(InvalidError, match="order-empty"):
        order(unit, world, what="  ")


def test_declining_says_why_and_the_doctor_sees_it(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, when=When.NOW)
    service.decline(
        unit.session,
        world.nurse,
        written.id,
        reason=DeclineReason.NO_MEANS,
        note="Hết que thử",
        version=written.version,
        now=unit.now,
    )
    [seen] = queries.list_ended(unit.session, world.doctor, now=unit.now)
    assert (seen.state, seen.reason, seen.result) == ("declined", "no_means", "Hết que thử")


def test_only_the_writer_takes_back_and_only_the_station_does(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, when=When.NOW)
    with pytest.raises(OrderNotFoundError):
        service.revoke(unit.session, world.practitioner, written.id, version=written.version, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.acknowledge(unit.session, world.doctor, written.id, version=written.version, now=unit.now)
    stranger = make_member(unit.session, make_facility(unit.session), name="Vi Thị Xa")
    with pytest.raises(OrderNotFoundError):
        service.acknowledge(unit.session, stranger, written.id, version=written.version, now=unit.now)
    with pytest.raises(StaleError):
        service.revoke(unit.session, world.doctor, written.id, version=99, now=unit.now)
    service.revoke(unit.session, world.doctor, written.id, version=written.version, now=unit.now)
    assert written.state == "revoked"
    assert tasks(unit) == {"see_order": "done"}
    assert queries.orders_of(unit.session, world.visit) == []


def test_a_draft_is_rewritten_and_a_task_is_not(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world)
    before = visits.content_version(unit.session, world.visit)
    changed = service.Wanted(kind=OrderKind.IMAGING, what="Điện tim", when=When.TODAY)
    service.rewrite(unit.session, world.doctor, written.id, changed, version=written.version, now=unit.now)
    assert (written.kind, written.what) == ("imaging", "Điện tim")
    assert visits.content_version(unit.session, world.visit) > before
    at_once = order(unit, world, when=When.NOW)
    with pytest.raises(ConflictError, match="order-released"):
        service.rewrite(
            unit.session, world.doctor, at_once.id, changed, version=at_once.version, now=unit.now
        )


def test_what_the_station_does_leaves_the_record_to_be_signed_as_it_was_read(
    unit: Unit, world: VisitWorld
) -> None:
    written = order(unit, world, when=When.NOW)
    before = visits.content_version(unit.session, world.visit)
    service.acknowledge(unit.session, world.nurse, written.id, version=written.version, now=unit.now)
    assert visits.content_version(unit.session, world.visit) == before


def test_a_visit_has_only_so_many(unit: Unit, world: VisitWorld) -> None:
    for _ in range(MAX_ORDERS):
        order(unit, world)
    with pytest.raises(InvalidError, match="too-many-orders"):
        order(unit, world)


def test_a_nurse_orders_nothing(unit: Unit, world: VisitWorld) -> None:
    wanted = service.Wanted(kind=OrderKind.LAB, what="Công thức máu")
    with pytest.raises(ForbiddenError):
        service.write(unit.session, world.nurse, world.visit.id, wanted, now=unit.now)
    world.write(unit.session, now=unit.now)
    world.sign(unit.session, now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        service.write(unit.session, world.doctor, world.visit.id, wanted, now=unit.now)


@pytest.mark.parametrize("when", When)
def test_unseen_it_reminds_then_climbs_then_is_late_each_once(
    unit: Unit, world: VisitWorld, when: When
) -> None:
    written = order(unit, world, when=when)
    if when is not When.NOW:
        world.write(unit.session, now=unit.now)
        world.sign(unit.session, now=unit.now)
    house = make_member(unit.session, house_of(unit, world), role=Role.COORDINATOR, name="Trang")
    term, now = SEEN_WITHIN[when], unit.now
    assert queries.list_pending(unit.session, house, now=now) == []
    for at in (now + term, now + 2 * term, now + DUE_WITHIN[when], now + timedelta(days=90)):
        for _ in range(2):
            if written.id in service.list_due(unit.session, now=at):
                service.tick(unit.session, written.id, now=at)
    assert steps(unit) == ["written", "released", "reminded", "climbed", "overdue"]
    assert written.due_at is None
    assert [each.id for each in queries.list_pending(unit.session, house, now=now)] == [written.id]


def house_of(unit: Unit, world: VisitWorld) -> Facility:
    return unit.session.get_one(Facility, world.doctor.here)


def test_what_is_seen_climbs_no_more_and_is_late_all_the_same(unit: Unit, world: VisitWorld) -> None:
    written = order(unit, world, when=When.NOW)
    service.acknowledge(unit.session, world.nurse, written.id, version=written.version, now=unit.now)
    late = unit.now + DUE_WITHIN[When.NOW]
    assert service.tick(unit.session, written.id, now=late)
    assert not service.tick(unit.session, written.id, now=late)
    assert steps(unit) == ["written", "released", "seen", "overdue"]
    service.finish(unit.session, world.nurse, written.id, service.Result(), version=written.version, now=late)
    assert (written.has_climbed, written.due_at) == (False, None)
