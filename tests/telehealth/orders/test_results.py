"""What came of an order before the signature is signed, measured, and known to every later visit."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.orders import queries, service
from telehealth.orders.errors import OrderNotFoundError
from telehealth.orders.models import Order
from telehealth.orders.rules import DeclineReason, OrderKind, When
from telehealth.visits import queries as visits
from tests.support.visits import VisitWorld, make_visit_world


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    return make_visit_world(unit.session, now=unit.now)


def order(unit: Unit, world: VisitWorld, **more: Any) -> Order:
    given = {"kind": OrderKind.MEASUREMENT, "what": "Đo lại", "when": When.NOW, **more}
    return service.write(unit.session, world.doctor, world.visit.id, service.Wanted(**given), now=unit.now)


def finish(unit: Unit, world: VisitWorld, row: Order, **result: Any) -> None:
    said = service.Result(**result)
    service.finish(unit.session, world.nurse, row.id, said, version=row.version, now=unit.now)


def signed_orders(unit: Unit, world: VisitWorld) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    world.write(unit.session, now=unit.now)
    document = json.loads(world.sign(unit.session, now=unit.now).canonical)
    return document, document["parts"]["orders"]


def test_a_value_taken_before_the_signature_is_signed_and_measured(unit: Unit, world: VisitWorld) -> None:
    row = order(unit, world, code="glucose")
    finish(unit, world, row, value=Decimal("27.3"), text="Mao mạch")
    measured = visits.observations_of(unit.session, world.visit)["glucose"]
    assert (measured.value, measured.measured_by) == (Decimal("27.3"), world.nurse.ref)
    assert measured.occurred_at == unit.now
    document, [signed] = signed_orders(unit, world)
    result = signed["result"]
    assert (result["state"], result["value"], result["unit"], result["text"]) == (
        "done",
        "27.3",
        "mmol/L",
        "Mao mạch",
    )
    assert result["by"]["membership_id"] == str(world.nurse.ref)
    assert result["by"]["name"]
    assert [each["value"] for each in document["observations"] if each["code"] == "glucose"] == ["27.3"]


def test_a_blood_pressure_is_kept_as_both_its_numbers(unit: Unit, world: VisitWorld) -> None:
    row = order(unit, world, code="systolic")
    finish(unit, world, row, value=Decimal(158), other=Decimal(94), text="Tay trái")
    assert row.result == "158/94 mmHg\nTay trái"
    found = visits.observations_of(unit.session, world.visit)
    assert (found["systolic"].value, found["diastolic"].value) == (Decimal(158), Decimal(94))


@pytest.mark.parametrize(
    ("code", "given", "refused"),
    [
        ("systolic", {"value": Decimal(90), "other": Decimal(95)}, "pressure-reversed"),
        ("systolic", {"other": Decimal(95)}, "order-value-missing"),
        ("systolic", {"value": Decimal(158)}, "order-value-missing"),
        ("diastolic", {"value": Decimal(95)}, "order-value-missing"),
        ("glucose", {"value": Decimal(9), "other": Decimal(95)}, "order-value-unasked"),
    ],
)
def test_what_is_refused_is_measured_nowhere(
    unit: Unit, world: VisitWorld, code: str, given: dict[str, Decimal], refused: str
) -> None:
    before = visits.observations_of(unit.session, world.visit)
    row = order(unit, world, code=code)
    with pytest.raises(InvalidError, match=refused):
        finish(unit, world, row, **given)
    assert visits.observations_of(unit.session, world.visit).keys() == before.keys()


def test_who_signs_has_read_the_result(unit: Unit, world: VisitWorld) -> None:
    row = order(unit, world, kind=OrderKind.LAB)
    world.write(unit.session, now=unit.now)
    read = visits.content_version(unit.session, world.visit)
    finish(unit, world, row, text="Hb 70")
    assert visits.content_version(unit.session, world.visit) > read


def test_why_nothing_was_done_is_signed(unit: Unit, world: VisitWorld) -> None:
    row, now = order(unit, world, kind=OrderKind.LAB), unit.now
    reason = DeclineReason.NO_MEANS
    service.decline(unit.session, world.nurse, row.id, reason=reason, version=row.version, now=now)
    _, [signed] = signed_orders(unit, world)
    assert (signed["result"]["state"], signed["result"]["reason"]) == ("declined", "no_means")


def test_what_comes_after_the_signature_is_measured_and_changes_nothing_signed(
    unit: Unit, world: VisitWorld
) -> None:
    row = order(unit, world, code="pulse", when=When.TODAY)
    document, [signed] = signed_orders(unit, world)
    assert "result" not in signed
    later, said = unit.now + timedelta(hours=2), service.Result(value=Decimal(132))
    service.finish(unit.session, world.nurse, row.id, said, version=row.version, now=later)
    trend = visits.trends_of(unit.session, world.nurse, world.patient_id, now=later)["pulse"]
    assert (trend[0].value, trend[0].occurred_at) == (Decimal(132), later)
    [record] = visits.records_of(unit.session, world.visit)
    assert json.loads(record.canonical) == document


def test_sent_again_it_is_one_task(unit: Unit, world: VisitWorld) -> None:
    first = order(unit, world, id=new_id())
    assert order(unit, world, id=first.id) is first
    assert len(queries.orders_of(unit.session, world.visit)) == 1
    with pytest.raises(ConflictError, match="order-released"):
        order(unit, world, id=first.id, what="Đo SpO2")
    draft = order(unit, world, id=new_id(), when=When.WEEK)
    assert order(unit, world, id=draft.id, when=When.WEEK, what="Công thức máu").what == "Công thức máu"
    service.revoke(unit.session, world.doctor, first.id, version=first.version, now=unit.now)
    with pytest.raises(ConflictError, match="id-taken"):
        order(unit, world, id=first.id)
    with pytest.raises(InvalidError, match="id-not-v7"):
        order(unit, world, id=UUID(int=7))


def test_an_id_is_taken_for_everybody_else(unit: Unit, world: VisitWorld) -> None:
    row = order(unit, world, id=new_id())
    wanted = service.Wanted(id=row.id, kind=OrderKind.MEASUREMENT, what="Đo lại", when=When.NOW)
    with pytest.raises(ConflictError, match="id-taken"):
        service.write(unit.session, world.practitioner, world.visit.id, wanted, now=unit.now)


def test_who_signs_takes_out_drafts_of_others_and_nothing_that_is_under_way(
    unit: Unit, world: VisitWorld
) -> None:
    def write(when: When) -> Order:
        wanted = service.Wanted(kind=OrderKind.LAB, what="X", when=when)
        return service.write(unit.session, world.practitioner, world.visit.id, wanted, now=unit.now)

    draft, released = write(When.WEEK), write(When.NOW)
    for actor in (world.nurse, world.other_doctor):
        with pytest.raises(DomainError, match=r"order-not-found|not-allowed"):
            service.revoke(unit.session, actor, draft.id, version=draft.version, now=unit.now)
    with pytest.raises(StaleError):
        service.revoke(unit.session, world.doctor, draft.id, version=99, now=unit.now)
    service.revoke(unit.session, world.doctor, draft.id, version=draft.version, now=unit.now)
    assert draft.state == "revoked"
    with pytest.raises(OrderNotFoundError):
        service.revoke(unit.session, world.doctor, released.id, version=released.version, now=unit.now)
