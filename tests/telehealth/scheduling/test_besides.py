"""Many appointments asked at once when they could be instead: as if each were asked by itself."""

import pytest

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import ensure_resource
from telehealth.kit.db import Unit
from telehealth.scheduling import service
from telehealth.scheduling.service.claiming import free_after, place_of, without_notice
from tests.support.booking import at, make_booking_world

MORE = 3


@pytest.mark.parametrize("seat_max", [None, 4])
def test_asked_together_each_appointment_gets_what_it_gets_alone(unit: Unit, seat_max: int | None) -> None:
    """A station that takes four a day and has four: each can be instead only by leaving itself out."""
    session, now = unit.session, unit.now
    world = make_booking_world(session, doctors=3, patients=4, buffer_after_minutes=10)
    seat = ensure_resource(session, ResourceKind.SEAT, world.nurse.here)
    seat.daily_max = seat_max
    times = (("09:10", 0), ("10:10", 1), ("14:10", 0), ("16:10", 2))
    rows = [
        world.book(session, at(wall), now=now, patient=number, doctor=doctor)
        for number, (wall, doctor) in enumerate(times)
    ]
    session.merge(world.service).buffer_after_minutes = 0  # what was claimed keeps the buffer of its time
    session.flush()
    wanted = [
        (row, [each.ref for each in world.doctors if each.ref != row.doctor_membership_id]) for row in rows
    ]

    together = service.free_instead(session, wanted, now=now, more=MORE)

    for row, doctors in wanted:
        place = without_notice(place_of(session, row))
        limit = len(doctors) + MORE
        alone = free_after(session, place, doctors, now=now, limit=limit, besides=row.id)
        assert together[row.id] == alone
        assert {slot.starts_at for slot in alone[:2]} == {row.starts_at}
