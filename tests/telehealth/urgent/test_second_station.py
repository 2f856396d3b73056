"""A patient nobody answered for stands at another station, or comes again: the button rings all the same."""

from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth import wiring
from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.answers import service as answers
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRequest, UrgentRing
from telehealth.urgent.rules import CancelReason, CloseReason, DeclineReason
from telehealth.visits.models import Visit
from tests.support.answers import AnswerWorld, make_answer_world
from tests.support.urgent import UrgentWorld, make_urgent_world, open_urgent_visit
from tests.support.world import make_facility, make_member


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def world(unit: Unit) -> UrgentWorld:
    return make_urgent_world(unit.session, now=unit.now)


@pytest.fixture
def elsewhere(unit: Unit, world: UrgentWorld) -> tuple[MembershipActor, UUID]:
    """A nurse of another station before whom the same patient sits now, and the visit she opened."""
    return second_station(unit, world)


def second_station(unit: Unit, world: UrgentWorld) -> tuple[MembershipActor, UUID]:
    session = unit.session
    station = make_facility(session, name="Điểm trạm Vi Hương")
    nurse = make_member(session, station, name="Lý Thị Hai")
    patient = session.get_one(Visit, world.visits[0]).patient_id
    open_grant(
        session,
        patient_id=patient,
        holder_kind=HolderKind.FACILITY,
        holder_id=station.id,
        basis=Basis.VISIT,
        source_id=patient,
        now=unit.now,
    )
    return nurse, open_urgent_visit(session, nurse, patient, now=unit.now)


def decline_all(unit: Unit, world: UrgentWorld, request: UrgentRequest) -> None:
    for level in world.doctors:
        for each in level:
            if request.state == "waiting":
                service.decline(unit.session, each, request.id, reason=DeclineReason.NOT_HERE, now=unit.now)
    assert request.state == "expired"


def take_back(unit: Unit, request: UrgentRequest, doctor: MembershipActor) -> None:
    """As if the doctor had never declined: somebody who was rung and may come late."""
    ring = unit.session.get_one(UrgentRing, (request.id, doctor.ref))
    ring.declined_at = ring.reason = None
    unit.session.flush()


def press(session: Session, nurse: MembershipActor, visit_id: UUID, unit: Unit) -> UrgentRequest:
    return service.press(session, nurse, service.Press(visit_id=visit_id), now=unit.now)


def test_what_nobody_answered_elsewhere_keeps_nobody_from_ringing(
    unit: Unit, world: UrgentWorld, elsewhere: tuple[MembershipActor, UUID]
) -> None:
    case = world.press(unit.session, now=unit.now)
    decline_all(unit, world, case)
    pressed = press(unit.session, *elsewhere, unit)
    assert (pressed.state, case.state) == ("waiting", "expired")
    assert service.accept(unit.session, world.doctors[0][0], pressed.id, now=unit.now).state == "claimed"
    service.close(unit.session, world.nurse, case.id, reason=CloseReason.SEEN_LATER, now=unit.now)
    assert (pressed.state, case.state) == ("claimed", "done")


@pytest.mark.parametrize("is_taken", [False, True])
def test_while_one_rings_elsewhere_no_second_does_and_whose_it_is_stays_unsaid(
    unit: Unit, world: UrgentWorld, elsewhere: tuple[MembershipActor, UUID], is_taken: bool
) -> None:
    first = world.press(unit.session, now=unit.now)
    if is_taken:
        service.accept(unit.session, world.doctors[0][0], first.id, now=unit.now)
    with pytest.raises(DomainError, match="urgent-open-elsewhere") as refused:
        press(unit.session, *elsewhere, unit)
    assert refused.value.facts == {}


def test_a_new_visit_rings_anew_and_the_same_visit_leads_to_its_own_case(
    unit: Unit, world: UrgentWorld
) -> None:
    case = world.press(unit.session, now=unit.now)
    decline_all(unit, world, case)
    with pytest.raises(DomainError, match="urgent-already-open") as refused:
        world.press(unit.session, now=unit.now)
    assert refused.value.facts == {"request_id": str(case.id)}
    again = open_urgent_visit(unit.session, world.nurse, case.patient_id, now=unit.now)
    pressed = press(unit.session, world.nurse, again, unit)
    assert pressed.state == "waiting"
    with pytest.raises(DomainError, match="urgent-already-open") as refused:
        press(
            unit.session,
            world.nurse,
            open_urgent_visit(unit.session, world.nurse, case.patient_id, now=unit.now),
            unit,
        )
    assert refused.value.facts == {"request_id": str(pressed.id)}


def test_pressing_again_leads_to_what_a_doctor_has(unit: Unit, world: UrgentWorld) -> None:
    request = world.press(unit.session, now=unit.now)
    service.accept(unit.session, world.doctors[0][0], request.id, now=unit.now)
    with pytest.raises(DomainError, match="urgent-already-open"):
        world.press(unit.session, now=unit.now)


def test_a_case_is_not_rung_again_nor_accepted_while_another_request_of_the_patient_lives(
    unit: Unit, world: UrgentWorld, elsewhere: tuple[MembershipActor, UUID]
) -> None:
    case = world.press(unit.session, now=unit.now)
    decline_all(unit, world, case)
    doctor = world.doctors[0][0]
    assert case not in queries.list_ringing(unit.session, doctor), "declined"
    take_back(unit, case, doctor)
    assert queries.list_ringing(unit.session, doctor) == [case]
    pressed = press(unit.session, *elsewhere, unit)
    assert queries.list_ringing(unit.session, doctor) == [pressed]
    with pytest.raises(DomainError, match="urgent-open-elsewhere"):
        service.ring_again(unit.session, world.nurse, case.id, now=unit.now)
    with pytest.raises(DomainError, match="urgent-taken"):
        service.accept(unit.session, doctor, case.id, now=unit.now)
    assert (case.state, case.owner_id, pressed.state) == ("expired", None, "waiting")
    service.cancel(unit.session, elsewhere[0], pressed.id, reason=CancelReason.BY_MISTAKE, now=unit.now)
    assert service.ring_again(unit.session, world.nurse, case.id, now=unit.now).state == "waiting"


@pytest.fixture
def signed(unit: Unit) -> tuple[AnswerWorld, UrgentRequest]:
    """A request that nobody answered, whose visit was answered in writing and signed since."""
    world = make_answer_world(unit.session, now=unit.now)
    row = world.send(unit.session, now=unit.now)
    answers.take(unit.session, world.first, row.id, now=unit.now)
    request = world.base.press(unit.session, now=unit.now)
    decline_all(unit, world.base, request)
    world.write(unit.session, world.first, now=unit.now)
    world.sign(unit.session, world.first, now=unit.now)
    return world, request


def test_nobody_is_rung_again_for_a_visit_that_is_signed(
    unit: Unit, signed: tuple[AnswerWorld, UrgentRequest]
) -> None:
    world, request = signed
    take_back(unit, request, world.second)
    assert queries.list_ringing(unit.session, world.second) == [], "no doctor could accept it"
    with pytest.raises(DomainError, match="visit-closed"):
        service.ring_again(unit.session, world.base.nurse, request.id, now=unit.now)
    assert request.state == "expired"
    anew = open_urgent_visit(unit.session, world.base.nurse, request.patient_id, now=unit.now)
    pressed = press(unit.session, world.base.nurse, anew, unit)
    assert queries.list_ringing(unit.session, world.second) == [pressed]
    assert service.accept(unit.session, world.second, pressed.id, now=unit.now).state == "claimed"
    service.close(unit.session, world.base.nurse, request.id, reason=CloseReason.BETTER, now=unit.now)
    assert request.state == "done"
