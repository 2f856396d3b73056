"""A station with its coordinator and manager, doctors, patients: what calendars are made of."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth import wiring
from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.world import make_member

STARTS = ("08:30", "09:10", "09:50", "10:30", "11:10", "13:50", "14:30", "15:10")


@dataclass(frozen=True)
class Place:
    """Who books, who coordinates, who manages."""

    booking: BookingWorld
    coordinator: MembershipActor
    manager: MembershipActor

    @property
    def doctor(self) -> MembershipActor:
        """The first doctor."""
        return self.booking.doctors[0]

    def hold(self, session: Session, wall: str, *, now: datetime, days: int = 0, **who: int) -> Appointment:
        """Hold a slot for one of the opened visits of a patient."""
        visit: UUID = self.booking.visits[who.get("patient", 0)].pop()
        return self.booking.hold(session, at(wall, days=days), now=now, visit_id=visit, **who)

    def book(self, session: Session, wall: str, *, now: datetime, days: int = 0, **who: int) -> Appointment:
        """Hold a slot and confirm it."""
        held = self.hold(session, wall, now=now, days=days, **who)
        return service.confirm(session, self.booking.nurse, held.id, version=held.version, now=now)

    def cancel(self, session: Session, appointment: Appointment, *, now: datetime) -> None:
        """Call an appointment off, or a hold."""
        reason = CancelReason.PATIENT_ASKED
        service.cancel(session, self.booking.nurse, appointment.id, reason=reason, version=None, now=now)


def make_place(session: Session) -> Place:
    """Build the station and its people."""
    booking = make_booking_world(session, doctors=2, patients=3, seats=3, visits=3)
    station = session.get_one(Facility, booking.nurse.here)
    return Place(
        booking,
        make_member(session, station, role=Role.COORDINATOR, name="Hoàng Văn Điều"),
        make_member(session, station, role=Role.MANAGER, name="Triệu Thị Quản"),
    )


@pytest.fixture
def bus() -> Bus:
    """What happens after an act happens here too."""
    return wiring.build_bus()


@pytest.fixture
def place(database: Database) -> Place:
    """The station, committed."""
    with database.write() as unit:
        return make_place(unit.session)
