"""A red answer reaches doctors on duty whose pages are closed: without content, each browser once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from telehealth.checks import service
from telehealth.checks.models import CheckAlarm
from telehealth.checks.rules import LOOK_AGAIN, STATION_TERM, Outcome
from telehealth.push import service as pushes
from telehealth.push.jobs import tell_due
from telehealth.push.models import PushSubscription
from telehealth.push.rules import LEASE
from telehealth.push.sender import Pusher
from telehealth.staff.actors import MembershipActor
from tests.support.checks import RED, Checks
from tests.support.push import PushService, make_pusher, push_service


@dataclass
class Night:
    """A patient to answer at 22:00, a doctor on duty with a browser of theirs, a push service."""

    checks: Checks
    doctor: MembershipActor
    vendor: PushService
    pusher: Pusher

    def switch_on(self, name: str) -> None:
        hosts, endpoint = self.pusher.hosts, self.vendor.endpoint(name)
        self.checks.do(
            lambda s, now: pushes.switch_on(s, self.doctor, endpoint, hosts=hosts, label="Chrome", now=now)
        )

    def red(self, *, hours: float = 14) -> CheckAlarm:
        """Ask at 08:00 and let the answer be red so many hours later."""
        self.checks.ask()
        phone = self.checks.phone()
        self.checks.clock.advance(hours=hours)
        self.checks.answer(RED, by=phone)
        return self.checks.alarm()

    def tell(self) -> int:
        return tell_due(self.checks.database, self.pusher)

    def take(self, alarm: CheckAlarm) -> None:
        self.checks.do(lambda s, now: service.take_alarm(s, self.doctor, alarm.id, now=now))


@pytest.fixture
def night(checks: Checks) -> Iterator[Night]:
    with push_service() as vendor:
        night = Night(checks, checks.put_on_duty(), vendor, make_pusher())
        night.switch_on("phone")
        yield night


def test_by_night_the_closed_browser_of_the_doctor_on_duty_is_told_once_and_nothing_is_said(
    night: Night,
) -> None:
    assert night.tell() == 0
    night.red()
    assert night.tell() == 1
    [asked] = night.vendor.asked
    assert asked.body == b""
    assert (asked.headers["urgency"], asked.headers["topic"]) == ("high", "ring"), "as of an urgent request"
    night.checks.clock.advance(seconds=LOOK_AGAIN.total_seconds())
    night.checks.tick()
    assert night.tell() == 0, "never again after it was accepted"


def test_by_day_the_doctor_is_told_only_of_what_the_station_leaves_ringing(night: Night) -> None:
    night.red(hours=0)
    assert night.tell() == 0
    night.checks.clock.advance(seconds=STATION_TERM.total_seconds())
    night.checks.tick()
    assert night.tell() == 1


def test_a_browser_switched_on_while_it_rings_is_told_too(night: Night) -> None:
    night.red()
    assert night.tell() == 1
    night.switch_on("laptop")
    night.checks.clock.advance(seconds=LOOK_AGAIN.total_seconds())
    night.checks.tick()
    assert night.tell() == 1
    assert night.vendor.paths() == ["/phone", "/laptop"]


def test_nothing_is_told_of_what_somebody_took_or_what_is_done(night: Night) -> None:
    night.take(night.red())
    assert night.tell() == 0
    night.checks.answer(RED, by=night.checks.phone())
    night.checks.call(Outcome.SENT_TO_CARE)
    assert night.tell() == 0
    assert night.vendor.asked == []


def test_a_busy_service_is_asked_again_while_it_rings_and_not_once_somebody_took_it(night: Night) -> None:
    night.vendor.answers["/phone"] = [503, 503]
    alarm = night.red()
    assert night.tell() == 1
    assert night.tell() == 0, "not at once"
    night.checks.clock.advance(seconds=2)
    assert night.tell() == 1
    night.take(alarm)
    night.checks.clock.advance(seconds=30)
    assert night.tell() == 0


def test_what_was_taken_while_the_vendor_was_asked_is_not_told_again(night: Night) -> None:
    alarm = night.red()
    with night.checks.database.write() as unit:
        [wire] = pushes.lease_due(unit.session, now=unit.now, limit=8)
    night.take(alarm)
    night.checks.do(lambda s, now: pushes.settle(s, wire, pushes.Outcome.LATER, now=now))
    night.checks.clock.advance(seconds=LEASE.total_seconds() + 60)
    assert night.tell() == 0


def test_a_browser_that_is_gone_is_forgotten(night: Night) -> None:
    night.vendor.answers["/phone"] = [410]
    night.red()
    assert night.tell() == 1
    assert night.checks.rows(PushSubscription) == []


def test_four_nodes_tell_each_browser_once(night: Night) -> None:
    night.switch_on("laptop")
    night.red()
    nodes = [threading.Thread(target=night.tell) for _ in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    night.tell()
    assert sorted(night.vendor.paths()) == ["/laptop", "/phone"]
