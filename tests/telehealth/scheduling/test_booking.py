"""Holding, confirming and what follows: what changes, what is refused, what is left behind."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.access.models import Grant
from telehealth.access.queries import is_visible
from telehealth.audit.models import AuditEntry
from telehealth.facilities.queries import get_facility
from telehealth.kit.changes import Change
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError, ForbiddenError, NotFoundError, StaleError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.scheduling import queries, service
from telehealth.scheduling.errors import HoldExpiredError, SlotTakenError
from telehealth.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentHeld,
    AppointmentStarted,
)
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import AbortReason, AbsentParty, CancelReason, PatientPlace
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.world import make_facility, make_member, make_patient

FACTS = (AppointmentHeld, AppointmentBooked, AppointmentCancelled, AppointmentStarted, AppointmentCompleted)


@pytest.fixture
def published() -> list[Any]:
    return []


@pytest.fixture
def bus(published: list[Any]) -> Bus:
    bus = Bus()
    for fact in FACTS:
        bus.subscribe(fact, lambda _session, event, _now: published.append(event))
    return bus


@pytest.fixture
def world(unit: Unit) -> BookingWorld:
    return make_booking_world(unit.session, doctors=2, patients=3, seats=2)


def live_claims(session: Session, appointment: Appointment) -> list[Claim]:
    query = select(Claim).where(Claim.appointment_id == appointment.id, col(Claim.state) != "released")
    return list(session.exec(query))


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_a_hold_claims_doctor_seat_and_patient_for_five_minutes(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    claims = live_claims(unit.session, held)
    assert (held.status, held.version) == ("held", 1)
    assert held.hold_expires_at == unit.now + timedelta(minutes=5)
    assert len({claim.resource_id for claim in claims}) == 3
    assert {(claim.busy_start, claim.busy_end) for claim in claims} == {
        (int(at("09:30").timestamp()), int(at("09:50").timestamp()))
    }
    assert [type(event) for event in published] == [AppointmentHeld]


def test_buffers_are_claimed_too(unit: Unit) -> None:
    world = make_booking_world(unit.session, buffer_before_minutes=5, buffer_after_minutes=10)
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    spans = {(claim.busy_start, claim.busy_end) for claim in live_claims(unit.session, held)}
    assert spans == {(int(at("09:25").timestamp()), int(at("10:00").timestamp()))}


def test_confirming_books_it_and_lets_the_doctor_see_the_patient(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    assert not is_visible(unit.session, world.doctors[0], held.patient_id, now=unit.now)
    booked = service.confirm(
        unit.session, world.nurse, held.id, version=1, now=unit.now, patient_place=PatientPlace.HOME
    )
    assert (booked.status, booked.version, booked.patient_place) == ("booked", 2, "home")
    assert booked.hold_expires_at is None
    assert {claim.state for claim in live_claims(unit.session, booked)} == {"booked"}
    assert is_visible(unit.session, world.doctors[0], held.patient_id, now=unit.now)
    assert not is_visible(unit.session, world.doctors[1], held.patient_id, now=unit.now)
    assert queries.get_appointment(unit.session, world.doctors[0], held.id, now=unit.now) is booked
    event = published[-1]
    assert isinstance(event, AppointmentBooked)
    assert (event.appointment_id, event.version, event.visit_id) == (booked.id, 2, booked.visit_id)


def test_a_second_hold_of_the_same_form_moves_it(unit: Unit, world: BookingWorld) -> None:
    first = world.request(at("09:30"))
    held = service.hold(unit.session, world.nurse, first, now=unit.now)
    later = world.request(at("10:10"), doctor=1, form_id=first.form_id, visit_id=first.visit_id)
    moved = service.hold(unit.session, world.nurse, later, now=unit.now)
    assert (moved.id, moved.version, moved.starts_at) == (held.id, 2, at("10:10"))
    assert len(live_claims(unit.session, moved)) == 3
    assert world.hold(unit.session, at("09:30"), now=unit.now, patient=1).status == "held"


def test_holding_the_same_slot_again_changes_nothing(unit: Unit, world: BookingWorld) -> None:
    request = world.request(at("09:30"))
    held = service.hold(unit.session, world.nurse, request, now=unit.now)
    again = service.hold(unit.session, world.nurse, request, now=unit.now + timedelta(minutes=2))
    assert (again.id, again.version, again.hold_expires_at) == (held.id, 1, unit.now + timedelta(minutes=5))


def test_a_taken_slot_is_refused_with_the_next_three_and_nothing_changes(
    unit: Unit, world: BookingWorld
) -> None:
    world.book(unit.session, at("09:30"), now=unit.now)
    before = unit.session.exec(select(Claim.id)).all()
    with pytest.raises(SlotTakenError) as taken:
        world.hold(unit.session, at("09:30"), now=unit.now, patient=1, specialty="internal")
    offered = [(slot.starts_at, slot.doctor_membership_id) for slot in taken.value.alternatives]
    assert offered == [
        (at("09:30"), world.doctors[1].ref),
        (at("09:50"), world.doctors[0].ref),
        (at("09:50"), world.doctors[1].ref),
    ]
    assert taken.value.facts["alternatives"][0] == taken.value.alternatives[0].as_fact()
    assert unit.session.exec(select(Claim.id)).all() == before


def test_a_refused_move_leaves_the_old_hold(unit: Unit, world: BookingWorld) -> None:
    world.book(unit.session, at("10:10"), now=unit.now)
    request = world.request(at("09:30"), patient=1)
    held = service.hold(unit.session, world.nurse, request, now=unit.now)
    with pytest.raises(SlotTakenError):
        world.hold(
            unit.session,
            at("10:10"),
            now=unit.now,
            patient=1,
            form_id=request.form_id,
            visit_id=request.visit_id,
        )
    assert (held.starts_at, held.version, len(live_claims(unit.session, held))) == (at("09:30"), 1, 3)


def test_the_patient_cannot_be_in_two_places(unit: Unit, world: BookingWorld) -> None:
    world.book(unit.session, at("09:30"), now=unit.now)
    with pytest.raises(SlotTakenError):
        world.hold(unit.session, at("09:30"), now=unit.now, doctor=1)


def test_a_station_has_as_many_calls_as_seats(unit: Unit) -> None:
    world = make_booking_world(unit.session, doctors=3, patients=3, seats=2)
    lanes = [
        world.book(unit.session, at("09:30"), now=unit.now, doctor=number, patient=number)
        for number in range(2)
    ]
    assert {claim.lane for each in lanes for claim in live_claims(unit.session, each)} == {0, 1}
    with pytest.raises(SlotTakenError):
        world.hold(unit.session, at("09:30"), now=unit.now, doctor=2, patient=2)


@pytest.mark.parametrize(
    ("wall", "days"),
    [("11:30", 0), ("09:35", 0), ("08:00", 0), ("07:30", 0), ("09:30", 40), ("12:10", 0)],
    ids=["ends after hours", "off the step", "no notice", "past", "beyond the horizon", "at noon"],
)
def test_times_that_are_not_offered_are_refused(
    unit: Unit, world: BookingWorld, wall: str, days: int
) -> None:
    with refused("outside-availability"):
        world.hold(unit.session, at(wall, days=days), now=unit.now)


def test_somebody_who_is_no_doctor_cannot_be_booked(unit: Unit, world: BookingWorld) -> None:
    with refused("outside-availability"):
        world.hold(unit.session, at("09:30"), now=unit.now, doctor_membership_id=world.nurse.ref)
    with refused("outside-availability"):
        world.hold(unit.session, at("09:30"), now=unit.now, doctor_membership_id=new_id())


def test_a_hold_cannot_be_confirmed_once_it_ran_out(unit: Unit, world: BookingWorld) -> None:
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    late = unit.now + timedelta(minutes=5)
    with pytest.raises(HoldExpiredError):
        service.confirm(unit.session, world.nurse, held.id, version=1, now=late)
    service.expire_due(unit.session, now=late)
    with pytest.raises(HoldExpiredError):
        service.confirm(unit.session, world.nurse, held.id, version=2, now=late)


def test_an_expired_hold_gives_way_without_the_sweeper(unit: Unit, world: BookingWorld) -> None:
    first = world.hold(unit.session, at("09:30"), now=unit.now)
    late = unit.now + timedelta(minutes=5)
    second = world.hold(unit.session, at("09:30"), now=late, patient=1)
    assert (first.status, second.status) == ("expired", "held")
    assert live_claims(unit.session, first) == []


def test_the_sweeper_expires_what_ran_out_and_nothing_else(unit: Unit, world: BookingWorld) -> None:
    old = world.hold(unit.session, at("09:30"), now=unit.now)
    soon = unit.now + timedelta(minutes=3)
    young = world.hold(unit.session, at("10:30"), now=soon, patient=1)
    assert service.expire_due(unit.session, now=unit.now + timedelta(minutes=5)) == 1
    assert (old.status, young.status) == ("expired", "held")


def test_another_station_can_neither_see_nor_confirm_a_hold(unit: Unit, world: BookingWorld) -> None:
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    stranger = make_member(unit.session, make_facility(unit.session, name="Trạm Y tế xã Cẩm Thanh"))
    for act in (
        lambda: service.confirm(unit.session, stranger, held.id, version=1, now=unit.now),
        lambda: service.release(unit.session, stranger, held.id, now=unit.now),
        lambda: queries.get_appointment(unit.session, stranger, held.id, now=unit.now),
    ):
        with pytest.raises(NotFoundError, match="appointment-not-found"):
            act()
    theirs = make_patient(unit.session, stranger, full_name="Ngô Văn Tám", phone=None)
    with pytest.raises(NotFoundError, match="patient-not-found"):
        service.hold(
            unit.session, world.nurse, world.request(at("10:10"), patient_id=theirs.id), now=unit.now
        )


def test_a_doctor_does_not_book(unit: Unit, world: BookingWorld) -> None:
    with pytest.raises(ForbiddenError):
        service.hold(unit.session, world.doctors[0], world.request(at("09:30")), now=unit.now)


def test_a_visit_has_one_live_appointment(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("visit-has-appointment"):
        world.hold(unit.session, at("10:30"), now=unit.now, visit_id=booked.visit_id)
    service.cancel(
        unit.session,
        world.nurse,
        booked.id,
        reason=CancelReason.PATIENT_ASKED,
        version=booked.version,
        now=unit.now,
    )
    assert world.hold(unit.session, at("10:30"), now=unit.now, visit_id=booked.visit_id).status == "held"


def test_a_hold_does_not_move_to_a_visit_that_is_booked(unit: Unit, world: BookingWorld) -> None:
    taken = world.book(unit.session, at("08:30"), now=unit.now, patient=1).visit_id
    form = world.hold(unit.session, at("09:10"), now=unit.now).form_id
    with refused("visit-has-appointment"):
        world.hold(unit.session, at("09:30"), now=unit.now, form_id=form, visit_id=taken)


def test_the_same_slot_for_another_visit_is_a_move(unit: Unit, world: BookingWorld) -> None:
    held = world.hold(unit.session, at("09:10"), now=unit.now)
    again = {"form_id": held.form_id, "visit_id": world.service.id}
    assert world.hold(unit.session, held.starts_at, now=unit.now, **again).visit_id == world.service.id


def test_nobody_keeps_too_many_slots_from_others(unit: Unit) -> None:
    world = make_booking_world(unit.session, patients=1, seats=1)
    for number in range(10):
        world.hold(unit.session, at("07:30", days=1 + number), now=unit.now)
    with refused("too-many-holds"):
        world.hold(unit.session, at("07:50", days=1), now=unit.now)


def test_a_cancelled_slot_is_free_at_once_and_the_doctors_right_ends(
    unit: Unit, world: BookingWorld, published: list[Any]
) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    reason = CancelReason.DOCTOR_UNAVAILABLE
    service.cancel(unit.session, world.nurse, booked.id, reason=reason, version=2, now=unit.now)
    assert (booked.status, booked.cancel_reason, booked.cancelled_by) == (
        "cancelled",
        reason,
        world.nurse.ref,
    )
    assert not is_visible(unit.session, world.doctors[0], booked.patient_id, now=unit.now)
    assert isinstance(published[-1], AppointmentCancelled)
    assert world.book(unit.session, at("09:30"), now=unit.now, patient=1).status == "booked"


def test_a_given_back_hold_tells_nobody(unit: Unit, world: BookingWorld, published: list[Any]) -> None:
    held = world.hold(unit.session, at("09:30"), now=unit.now)
    service.release(unit.session, world.nurse, held.id, version=1, now=unit.now)
    assert (held.status, held.cancel_reason) == ("cancelled", "released")
    assert [type(event) for event in published] == [AppointmentHeld]


def test_the_day_runs_from_check_in_to_the_end(unit: Unit, world: BookingWorld, published: list[Any]) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    doctor = world.doctors[0]
    service.check_in(unit.session, world.nurse, booked.id, now=unit.now)
    service.start(unit.session, doctor, booked.id, now=unit.now)
    service.complete(unit.session, doctor, booked.id, now=unit.now)
    assert (booked.status, booked.version) == ("fulfilled", 5)
    assert live_claims(unit.session, booked) == []
    assert [type(event) for event in published[-2:]] == [AppointmentStarted, AppointmentCompleted]
    history = queries.list_events(unit.session, booked)
    assert [row.command for row in history] == ["hold", "confirm", "check_in", "start", "complete"]
    assert [row.seq for row in history] == [row.version for row in history] == [1, 2, 3, 4, 5]


def test_a_broken_call_is_aborted_and_the_visit_booked_again(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    service.start(unit.session, world.doctors[0], booked.id, now=unit.now)
    service.abort(unit.session, world.nurse, booked.id, reason=AbortReason.NETWORK, now=unit.now)
    assert (booked.status, booked.cancel_reason) == ("aborted", "network")
    again = world.book(unit.session, at("09:30"), now=unit.now, visit_id=booked.visit_id)
    assert again.status == "booked"


def test_absence_is_noted_by_party_and_only_after_the_start(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with refused("too-early"):
        service.note_absence(unit.session, world.nurse, booked.id, party=AbsentParty.PATIENT, now=at("09:39"))
    service.note_absence(unit.session, world.nurse, booked.id, party=AbsentParty.DOCTOR, now=at("09:40"))
    assert (booked.status, booked.no_show_party) == ("no_show", "doctor")
    grant = unit.session.exec(select(Grant).where(Grant.source_id == booked.id)).one()
    assert grant.until_at == at("09:40") + timedelta(days=30)


def test_nobody_is_checked_in_a_day_early(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30", days=2), now=unit.now)
    with refused("too-early"):
        service.check_in(unit.session, world.nurse, booked.id, now=unit.now)


def test_who_read_an_older_version_writes_nothing(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with pytest.raises(StaleError):
        service.cancel(
            unit.session,
            world.nurse,
            booked.id,
            reason=CancelReason.PATIENT_ASKED,
            version=1,
            now=unit.now,
        )
    assert booked.status == "booked"


def test_what_the_machine_does_not_list_is_refused(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    with pytest.raises(ConflictError, match="invalid-transition"):
        service.complete(unit.session, world.doctors[0], booked.id, now=unit.now)


def test_every_change_leaves_an_audit_row_and_wakes_both_sides(unit: Unit, world: BookingWorld) -> None:
    booked = world.book(unit.session, at("09:30"), now=unit.now)
    rows = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == booked.id)).all()
    assert [(row.action, row.facts["command"]) for row in rows] == [
        ("appointment.book", "hold"),
        ("appointment.book", "confirm"),
    ]
    scopes = unit.session.exec(select(Change.scope_id).where(Change.subject_id == booked.id)).all()
    assert sorted(scopes) == sorted([world.nurse.here, world.doctors[0].ref])


def test_lists_of_the_day_show_agreed_times_in_order(unit: Unit, world: BookingWorld) -> None:
    later = world.book(unit.session, at("10:10"), now=unit.now)
    sooner = world.book(unit.session, at("09:30"), now=unit.now, patient=1)
    world.hold(unit.session, at("14:10"), now=unit.now, patient=2)
    world.book(unit.session, at("09:30", days=1), now=unit.now)
    day = at("09:30").date()
    assert queries.list_for_station(unit.session, world.nurse, day, now=unit.now) == [sooner, later]
    assert queries.list_for_doctor(unit.session, world.doctors[0], day, now=unit.now) == [sooner, later]
    assert queries.list_for_doctor(unit.session, world.doctors[1], day, now=unit.now) == []


def test_a_coordinator_of_the_station_books_too(unit: Unit, world: BookingWorld) -> None:
    facility = get_facility(unit.session, world.nurse.here)
    coordinator = make_member(unit.session, facility, role=Role.COORDINATOR, name="Hoàng Văn Páo")
    held = service.hold(unit.session, coordinator, world.request(at("09:30")), now=unit.now)
    assert service.confirm(unit.session, world.nurse, held.id, version=1, now=unit.now).status == "booked"


def test_the_own_hold_does_not_hide_its_slot_from_its_form(unit: Unit, world: BookingWorld) -> None:
    request = world.request(at("09:30"))
    service.hold(unit.session, world.nurse, request, now=unit.now)

    def starts(form: UUID | None) -> list[datetime]:
        wanted = search(days=0, form_id=form, doctor_membership_id=world.doctors[0].ref)
        return [slot.starts_at for slot in find_slots(unit.session, world.nurse, wanted, now=unit.now)]

    assert at("09:30") not in starts(None)
    assert at("09:30") in starts(request.form_id)
