"""A doctor's day goes to another: shown before, done part by part, everybody concerned told."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from telehealth import wiring
from telehealth.availability.models import AvailabilityException
from telehealth.availability.rules import ChangeKind, Reason, ResourceKind, Scope
from telehealth.availability.service import (
    AddException,
    Target,
    WithdrawException,
    change_hours,
    ensure_resource,
)
from telehealth.duty import queries as duty
from telehealth.duty import service as rosters
from telehealth.duty.models import Shift
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.handover import queries, service
from telehealth.handover.rules import Verdict, is_qualified, verdict_of
from telehealth.kit.db import Database, Unit
from telehealth.kit.deps import Writer
from telehealth.kit.errors import DomainError, ForbiddenError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason, RejectReason
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_hospital, make_member


@dataclass(frozen=True, slots=True)
class Ward:
    """A booking world whose house has a coordinator and a pool with a shift of the first doctor."""

    world: BookingWorld
    coordinator: MembershipActor
    shift_id: UUID
    away: MembershipActor
    stands_in: MembershipActor


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def ward(database: Database) -> Ward:
    """Three doctors; the first is booked three times today and on duty tomorrow morning."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_booking_world(session, doctors=3, patients=4, seats=4, visits=1)
        lead = make_member(session, _house(session, world), role=Role.COORDINATOR, name="Đặng Thu Trang")
        pool = rosters.add_pool(session, world.doctors[0].here, "Trực", now=now)
        for doctor in world.doctors[:2]:
            rosters.add_member(session, pool, doctor.ref, on=TODAY)
        wanted = rosters.Wanted(pool.id, world.doctors[0].ref, TODAY, 450, 690)
        shift = rosters.plan(session, lead, wanted, now=now).shift
        rosters.publish_week(session, lead, TODAY, version=None, now=now)
        return Ward(world, lead, shift.id, world.doctors[0], world.doctors[1])


def _house(session: Session, world: BookingWorld) -> Facility:
    return get_facility(session, world.doctors[0].here)


def book(database: Database, ward: Ward, *clocks: str, doctor: int = 0, first: int = 0) -> list[UUID]:
    """Book a patient of their own for each time; return the ids."""
    ids = []
    with database.write() as unit:
        for number, wall in enumerate(clocks, first):
            visit = ward.world.visits[number][0]
            row = ward.world.book(
                unit.session, at(wall), now=unit.now, patient=number, visit_id=visit, doctor=doctor
            )
            ids.append(row.id)
    return ids


def hand_over(database: Database, ward: Ward) -> service.Handed:
    return service.hand_over(Writer(database), ward.coordinator, ward.away.ref, ward.stands_in.ref, TODAY)


def test_what_can_move_moves_and_the_rest_stays_with_its_reason(database: Database, ward: Ward) -> None:
    free, taken, waits = book(database, ward, "09:10", "10:10", "14:10")
    book(database, ward, "10:10", doctor=1, first=3)
    with database.write() as unit:
        row = unit.session.get_one(Appointment, waits)
        scheduling.check_in(unit.session, ward.world.nurse, row.id, now=unit.now)

    with database.read() as unit:
        seen = queries.preview(
            unit.session, ward.coordinator, ward.away.ref, ward.stands_in.ref, TODAY, now=unit.now
        )
        verdicts = {part.appointment.id: part.verdict for part in seen.appointments}
        others = {part.appointment.id: part.others for part in seen.appointments}
    assert verdicts == {free: Verdict.MOVES, taken: Verdict.NOT_FREE, waits: Verdict.UNDER_WAY}
    assert others[taken] == (ward.world.doctors[2].ref,)

    handed = hand_over(database, ward)

    assert (handed.shifts, handed.appointments) == ((ward.shift_id,), (free,))
    assert handed.left == {taken: "not_free", waits: "under_way"}
    with database.read() as unit:
        doctors = {
            row.id: (row.doctor_membership_id, row.starts_at)
            for row in unit.session.exec(select(Appointment))
        }
        assert doctors[free] == (ward.stands_in.ref, at("09:10"))
        assert doctors[taken][0] == doctors[waits][0] == ward.away.ref
        assert unit.session.get_one(Shift, ward.shift_id).membership_id == ward.stands_in.ref


def test_everybody_concerned_is_told_and_no_patient_of_a_time_that_stays(
    database: Database, ward: Ward
) -> None:
    book(database, ward, "09:10")
    with database.read() as unit:
        texts = len(unit.session.exec(select(OutboxMessage)).all())
    hand_over(database, ward)

    def told(unit_session: Session, recipient: UUID) -> set[str]:
        return {each.kind for each in duty.list_notices(unit_session, [recipient])}

    with database.read() as unit:
        session = unit.session
        assert told(session, ward.world.nurse.here) == {"doctor_changed"}
        assert told(session, ward.stands_in.ref) == {"shift_given", "day_given"}
        assert told(session, ward.away.ref) == {"week_published", "shift_taken", "day_taken"}
        assert len(session.exec(select(OutboxMessage)).all()) == texts


def test_handing_over_twice_changes_nothing_more(database: Database, ward: Ward) -> None:
    book(database, ward, "09:10")
    hand_over(database, ward)
    again = hand_over(database, ward)
    assert (again.shifts, again.appointments, again.left) == ((), (), {})


def test_after_midnight_the_duty_that_still_runs_is_handed_over_too(
    database: Database, ward: Ward, clock: FixedClock
) -> None:
    """Given a night duty from yesterday, when today is handed over, then it goes with the day.

    It belonged to no day that could be handed over, and who had left was rung until morning.
    """
    with database.write() as unit:
        session, now = unit.session, unit.now
        pool_id = session.get_one(Shift, ward.shift_id).pool_id
        wanted = rosters.Wanted(pool_id, ward.away.ref, TODAY, 20 * 60, 30 * 60)
        night = rosters.plan(session, ward.coordinator, wanted, now=now).shift.id
        rosters.publish_week(session, ward.coordinator, TODAY, version=None, now=now)
    tomorrow = TODAY + timedelta(days=1)
    with database.read() as unit:
        ahead = queries.preview(
            unit.session, ward.coordinator, ward.away.ref, ward.stands_in.ref, tomorrow, now=unit.now
        )
    assert ahead.shifts == (), "it has not begun: it is of the day it begins on"
    clock.set(at("01:00", days=1))

    handed = service.hand_over(
        Writer(database), ward.coordinator, ward.away.ref, ward.stands_in.ref, tomorrow
    )

    assert handed.shifts == (night,)
    with database.read() as unit:
        assert unit.session.get_one(Shift, night).membership_id == ward.stands_in.ref


def test_who_waits_already_for_a_doctor_who_will_not_come_is_shown(
    database: Database, ward: Ward, clock: FixedClock
) -> None:
    """What had begun was left out: nobody saw that a patient sits at the station."""
    waits, _over = book(database, ward, "10:10", "09:10")
    clock.set(at("10:15"))
    with database.read() as unit:
        seen = queries.preview(
            unit.session, ward.coordinator, ward.away.ref, ward.stands_in.ref, TODAY, now=unit.now
        )
        parts = [(part.appointment.id, part.verdict) for part in seen.appointments]
    assert parts == [(waits, Verdict.UNDER_WAY)]
    assert hand_over(database, ward).left == {waits: "under_way"}


def test_a_doctor_of_another_specialty_does_not_stand_in(database: Database, ward: Ward) -> None:
    (booked,) = book(database, ward, "09:10")
    with database.write() as unit:
        house = _house(unit.session, ward.world)
        surgeon = make_doctor(unit.session, house, name="Bế Văn Trực", specialties=("surgery",))
    with database.read() as unit:
        seen = queries.preview(
            unit.session, ward.coordinator, ward.away.ref, surgeon.ref, TODAY, now=unit.now
        )
    (part,) = seen.appointments
    assert (part.verdict, set(part.others)) == (
        Verdict.NOT_QUALIFIED,
        {ward.world.doctors[1].ref, ward.world.doctors[2].ref},
    )
    assert [each.moves for each in seen.shifts] == [False]
    with pytest.raises(DomainError, match="not-qualified"), database.write() as unit:
        service.hand_appointment(unit.session, ward.coordinator, booked, surgeon.ref, version=2, now=unit.now)


def test_only_coordinators_and_only_for_doctors_of_their_house(database: Database, ward: Ward) -> None:
    with database.write() as unit:
        stranger = make_doctor(unit.session)
        elsewhere = make_member(unit.session, make_hospital(unit.session), role=Role.COORDINATOR)
    runner = Writer(database)
    with pytest.raises(ForbiddenError):
        service.hand_over(runner, ward.away, ward.away.ref, ward.stands_in.ref, TODAY)
    for actor, taker in ((ward.coordinator, stranger), (elsewhere, ward.stands_in)):
        with pytest.raises(NotFoundError, match="membership-not-found"):
            service.hand_over(runner, actor, ward.away.ref, taker.ref, TODAY)
    with pytest.raises(DomainError, match="taker-is-giver"):
        service.hand_over(runner, ward.coordinator, ward.away.ref, ward.away.ref, TODAY)


def test_who_may_stand_in() -> None:
    doctor = new_id()
    assert is_qualified(pool_members=None, own=("noi", "nhi"), theirs=("nhi",), doctor=doctor)
    assert not is_qualified(pool_members=None, own=("noi",), theirs=("nhi",), doctor=doctor)
    assert not is_qualified(pool_members=[], own=("noi",), theirs=("noi",), doctor=doctor)
    assert is_qualified(pool_members=[doctor], own=(), theirs=(), doctor=doctor)


@pytest.mark.parametrize("state", list(AppointmentState))
def test_only_what_is_agreed_and_not_under_way_moves(state: AppointmentState) -> None:
    verdict = verdict_of(state, is_qualified=True, is_free=True)
    assert (verdict is Verdict.MOVES) == (state is AppointmentState.BOOKED)
    assert verdict_of("booked", is_qualified=False, is_free=True) is Verdict.NOT_QUALIFIED
    assert verdict_of("booked", is_qualified=True, is_free=False) is Verdict.NOT_FREE


def leave(ward: Ward, unit: Unit) -> AddException:
    resource = ensure_resource(unit.session, ResourceKind.DOCTOR, ward.away.ref)
    return AddException(
        target=Target(Scope.RESOURCE, resource.id),
        kind=ChangeKind.CLOSED,
        starts_at=at("09:00"),
        ends_at=at("10:00"),
        reason=Reason.LEAVE,
    )


def told(database: Database, ward: Ward) -> list[int]:
    """Return how many notices of lost hours the station, the doctor and the house have not seen."""
    station, house = ward.world.nurse.here, ward.coordinator.here
    with database.read() as unit:
        return [
            sum(row.kind == "hours_lost" for row in duty.list_notices(unit.session, [each]))
            for each in (station, ward.away.ref, house)
        ]


def test_all_who_are_concerned_are_told_of_lost_hours_until_the_appointment_is_arranged(
    database: Database, ward: Ward
) -> None:
    moved, called_off, held_again = book(database, ward, "09:10", "09:30", "09:50")
    with database.write() as unit:
        change_hours(unit.session, ward.away, leave(ward, unit), now=unit.now)
    assert told(database, ward) == [3, 3, 3]
    with database.write() as unit:
        scheduling.reschedule(
            unit.session, ward.world.nurse, moved, starts_at=at("10:30"), version=None, now=unit.now
        )
    assert told(database, ward) == [2, 2, 2]
    with database.write() as unit:
        scheduling.cancel(
            unit.session,
            ward.world.nurse,
            called_off,
            reason=CancelReason.PATIENT_ASKED,
            version=None,
            now=unit.now,
        )
    assert told(database, ward) == [1, 1, 1]
    with database.write() as unit:
        row = unit.session.exec(select(AvailabilityException)).one()
        target = Target(Scope.RESOURCE, row.scope_id)
        back = WithdrawException(target=target, exception_id=row.id, version=row.version)
        change_hours(unit.session, ward.away, back, now=unit.now)
        assert unit.session.get_one(Appointment, held_again).support == "supported"
    assert told(database, ward) == [0, 0, 0]


def test_a_held_slot_without_hours_is_told_once_it_is_booked(database: Database, ward: Ward) -> None:
    """Given the doctor goes on leave while a form is filled in, then all hear of it as soon as it is booked.

    Nobody was told: whoever changed the hours had seen nothing stranded, and the patient was asked to come.
    """
    with database.write() as unit:
        visit = ward.world.visits[0][0]
        held = ward.world.hold(unit.session, at("09:10"), now=unit.now, visit_id=visit)
        change_hours(unit.session, ward.away, leave(ward, unit), now=unit.now)
    assert told(database, ward) == [0, 0, 0]
    with database.write() as unit:
        scheduling.confirm(unit.session, ward.world.nurse, held.id, version=None, now=unit.now)
    assert told(database, ward) == [1, 1, 1]


def test_a_request_told_of_before_is_not_told_of_again_when_it_is_accepted(
    database: Database, ward: Ward
) -> None:
    with database.write() as unit:
        ward.world.service.accept_mode = "doctor"
        unit.session.merge(ward.world.service)
    (asked,) = book(database, ward, "09:10")
    with database.write() as unit:
        change_hours(unit.session, ward.away, leave(ward, unit), now=unit.now)
        scheduling.accept(unit.session, ward.away, asked, version=None, now=unit.now)
    assert told(database, ward) == [1, 1, 1]


def test_a_request_that_nobody_takes_is_nothing_to_arrange_any_more(database: Database, ward: Ward) -> None:
    """Its lost hours were still told of, at three places, after it had been turned down."""
    book(database, ward, "09:10", doctor=1, first=1)  # the other of the pool is not free then
    with database.write() as unit:
        ward.world.service.accept_mode = "doctor"
        unit.session.merge(ward.world.service)
    (asked,) = book(database, ward, "09:10")
    with database.write() as unit:
        change_hours(unit.session, ward.away, leave(ward, unit), now=unit.now)
    assert told(database, ward) == [1, 1, 1]
    with database.write() as unit:
        reason = RejectReason.NOT_FREE
        over = scheduling.reject(unit.session, ward.away, asked, reason=reason, version=None, now=unit.now)
        assert over.status == "rejected"
    assert told(database, ward) == [0, 0, 0]
