"""A next visit for which a doctor is asked first: it counts as booked until nobody takes it."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session, select

from telehealth.availability.models import ServiceType
from telehealth.followup import queries
from telehealth.kit.db import Database
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.jobs import escalate_overdue
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason, HoldRequest, RejectReason
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.telehealth.followup.test_windows import book, plan_of


def _ask_first(session: Session, world: VisitWorld, plan_id: UUID, now: datetime) -> Appointment:
    session.exec(select(ServiceType).where(ServiceType.code == "standard")).one().accept_mode = "doctor"
    return book(session, world, plan_id, now)


@pytest.mark.parametrize("ends", ["called off", "declined", "unanswered"])
def test_a_plan_whose_request_came_to_nothing_is_to_be_booked_again(
    database: Database, signed: tuple[VisitWorld, UUID], clock: FixedClock, ends: str
) -> None:
    """Given a next visit a doctor is asked for first, when nobody takes it, then it does not count as booked.

    It once stayed booked for ever: on no list, and nobody phoned once its last day was over.
    """
    world, plan_id = signed
    with database.write() as unit:
        asked = _ask_first(unit.session, world, plan_id, unit.now)
        assert (asked.status, plan_of(unit.session, plan_id).state) == ("requested", "booked")
    if ends == "unanswered":
        clock.advance(days=5)
        assert escalate_overdue(database) == 1
    else:
        with database.write() as unit:
            session, now = unit.session, unit.now
            if ends == "declined":
                scheduling.reject(
                    session, world.doctor, asked.id, reason=RejectReason.NOT_FREE, version=None, now=now
                )
            else:
                reason = CancelReason.PATIENT_ASKED
                scheduling.cancel(session, world.nurse, asked.id, reason=reason, version=None, now=now)
    with database.read() as unit:
        assert plan_of(unit.session, plan_id).state == "planned"
        assert queries.count_due(unit.session, world.nurse, now=unit.now) == 1


def test_a_plan_asked_for_from_the_list_of_times_counts_as_booked_until_it_is_declined(
    database: Database, signed: tuple[VisitWorld, UUID]
) -> None:
    world, plan_id = signed
    with database.write() as unit:
        asked = _ask_first(unit.session, world, plan_id, unit.now)
        reason = CancelReason.PATIENT_ASKED
        scheduling.cancel(unit.session, world.nurse, asked.id, reason=reason, version=None, now=unit.now)
    with database.write() as unit:
        request = HoldRequest(
            form_id=asked.visit_id,
            visit_id=asked.visit_id,
            patient_id=asked.patient_id,
            doctor_membership_id=world.doctor.ref,
            starts_at=at("10:10", days=6),
            consult_kind=asked.consult_kind,
        )
        held = scheduling.hold(unit.session, world.nurse, request, now=unit.now)
        again = scheduling.confirm(unit.session, world.nurse, held.id, version=None, now=unit.now)
        assert (again.status, plan_of(unit.session, plan_id).state) == ("requested", "booked")
