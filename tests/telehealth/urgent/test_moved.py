"""A coordinator agrees another time for what a doctor has accepted: the request has its answer."""

from datetime import timedelta

from sqlmodel import Session

from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import OverrideReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.urgent import service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.queries import list_events
from tests.support.urgent import UrgentWorld, make_urgent_world
from tests.support.world import make_member


def coordinator_of(session: Session, world: UrgentWorld) -> MembershipActor:
    house = get_facility(session, world.doctors[0][0].here)
    return make_member(session, house, role=Role.COORDINATOR, name="Đặng Thu Trang")


def test_a_later_time_ends_the_ringing_and_outlasts_the_lease(unit: Unit) -> None:
    """Given the time is moved past the rules, when the lease runs out, then the new time stands.

    It was given up without a word, after the patient had been told to come.
    """
    session, now = unit.session, unit.now
    world = make_urgent_world(session, now=now)
    request = service.accept(session, world.doctors[0][0], world.press(session, now=now).id, now=now)
    later = now + timedelta(hours=3)
    scheduling.override_move(
        session,
        coordinator_of(session, world),
        request.appointment_id,  # type: ignore[arg-type]
        starts_at=later,
        reason=OverrideReason.DOCTOR_AGREED,
        version=None,
        now=now,
    )

    for minutes in (2, 5):
        service.tick(session, request.id, now=now + timedelta(minutes=minutes))

    row = session.get_one(UrgentRequest, request.id)
    appointment = session.get_one(Appointment, request.appointment_id)
    assert (appointment.status, appointment.starts_at) == ("booked", later)
    assert (row.state, list_events(session, row.id)[-1].kind) == ("done", "done")
