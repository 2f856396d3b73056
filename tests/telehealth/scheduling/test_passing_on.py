"""A running appointment goes to another doctor, and back: whose right lasts how long."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.models import Grant
from telehealth.availability.rules import Scope
from telehealth.availability.service import Target
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling import service
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service.support import affected
from tests.support.booking import at, make_booking_world


def ends(session: Session, appointment_id: UUID, holder_id: UUID, now: datetime) -> set[datetime | None]:
    """When the rights that still stand end."""
    own = select(Grant).where(Grant.source_id == appointment_id, Grant.holder_id == holder_id)
    rows = session.exec(own).all()
    return {row.until_at for row in rows if row.until_at is None or row.until_at > now}


def test_whoever_gets_a_call_back_has_the_right_of_its_doctor_again(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_booking_world(session, doctors=2)
    one, other = world.doctors
    row = world.book(session, at("08:30"), now=now)
    service.start(session, one, row.id, now=now)

    service.hand_over(session, other, row.id, now=now)
    assert ends(session, row.id, one.ref, now) == {now + policy_of(session).grant_after_visit}
    assert ends(session, row.id, other.ref, now) == {None}

    service.hand_over(session, one, row.id, now=now)
    assert ends(session, row.id, one.ref, now) == {None}
    assert ends(session, row.id, other.ref, now) == {now + policy_of(session).grant_after_visit}


def test_a_call_taken_over_rests_on_nobodys_hours(unit: Unit) -> None:
    """Given hours of the first doctor that closed meanwhile, when another takes over, then none are lost."""
    session, now = unit.session, unit.now
    world = make_booking_world(session, doctors=2)
    one, other = world.doctors
    row = world.book(session, at("08:30"), now=now)
    service.start(session, one, row.id, now=now)
    row.support = Support.UNSUPPORTED

    service.hand_over(session, other, row.id, now=now)

    assert row.support == Support.OVERRIDDEN
    assert row.id not in {each.id for each in affected(session, Target(Scope.NATIONAL), now)}
