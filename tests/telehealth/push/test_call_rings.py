"""The doctor a call waits for is rung on closed browsers too, without content, while it rings."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from telehealth import wiring
from telehealth.calls import queries, service
from telehealth.calls.models import CallRing
from telehealth.calls.ringing import RingWhom
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.push import service as pushes
from telehealth.push.jobs import tell_due
from telehealth.push.sender import Pusher
from tests.support.calls import BookedCall, book_call
from tests.support.push import PushService, make_pusher, push_service


@dataclass
class Missed:
    """A booked call whose doctor has closed all pages, and a push service that knows the browser."""

    database: Database
    call: BookedCall
    vendor: PushService
    pusher: Pusher

    def ring(self, whom: RingWhom) -> CallRing:
        caller = self.call.nurse if whom is RingWhom.DOCTOR else self.call.doctor
        with self.database.write() as unit:
            return service.ring_missing(unit.session, caller, self.call.appointment.id, whom, now=unit.now)

    def decline(self, ring: CallRing) -> None:
        with self.database.write() as unit:
            service.decline(unit.session, self.call.doctor, ring.id, now=unit.now)

    def tell(self) -> int:
        return tell_due(self.database, self.pusher)


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def missed(database: Database) -> Iterator[Missed]:
    with push_service() as vendor:
        pusher = make_pusher()
        with database.write() as unit:
            call, endpoint = book_call(unit.session, now=unit.now), vendor.endpoint("phone")
            how = {"hosts": pusher.hosts, "label": "Chrome", "now": unit.now}
            pushes.switch_on(unit.session, call.doctor, endpoint, **how)  # type: ignore[arg-type]
        yield Missed(database, call, vendor, pusher)


def test_the_closed_browser_of_a_doctor_who_is_missing_is_told_once_and_nothing_is_said(
    missed: Missed,
) -> None:
    assert missed.tell() == 0
    missed.ring(RingWhom.DOCTOR)
    assert (missed.tell(), missed.tell()) == (1, 0)
    [asked] = missed.vendor.asked
    assert (asked.path, asked.body) == ("/phone", b"")


def test_nothing_is_told_of_a_ring_that_was_answered_or_that_is_for_somebody_else(missed: Missed) -> None:
    missed.ring(RingWhom.STATION)
    assert missed.tell() == 0
    ring = missed.ring(RingWhom.DOCTOR)
    missed.decline(ring)
    assert missed.tell() == 0
    with missed.database.read() as unit:
        assert queries.list_ringing(unit.session, missed.call.doctor, now=unit.now) == []
