"""Telling closed browsers over real HTTP: signed, without content, each ring once, none that is answered."""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlmodel import select

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.push import service as pushes
from telehealth.push.jobs import tell_due
from telehealth.push.models import PushNotice, PushSubscription
from telehealth.push.rules import LEASE, Outcome
from telehealth.push.sender import Pusher
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import service as urgent
from telehealth.urgent.jobs import ring_on
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.rules import CancelReason, DeclineReason
from tests.support.clock import FixedClock
from tests.support.push import CONTACT, PushService, make_pusher, push_service
from tests.support.urgent import ESCALATE, UrgentWorld, make_urgent_world


@dataclass
class Scene:
    """Two doctors on the first level, a browser of each, a push service that says yes."""

    database: Database
    clock: FixedClock
    world: UrgentWorld
    vendor: PushService
    pusher: Pusher

    def switch_on(self, doctor: MembershipActor, name: str) -> str:
        with self.database.write() as unit:
            return pushes.switch_on(
                unit.session,
                doctor,
                self.vendor.endpoint(name),
                hosts=self.pusher.hosts,
                label="Chrome · Android",
                now=unit.now,
            )

    def press(self) -> UUID:
        with self.database.write() as unit:
            return self.world.press(unit.session, now=unit.now).id

    def tell(self) -> int:
        return tell_due(self.database, self.pusher)

    def rows(self, table: type) -> list:  # type: ignore[type-arg]
        with self.database.read() as unit:
            found = list(unit.session.exec(select(table)).all())
            unit.session.expunge_all()
            return found


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def vendor() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def scene(database: Database, clock: FixedClock, vendor: PushService) -> Scene:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
    scene = Scene(database, clock, world, vendor, make_pusher())
    for number, doctor in enumerate(world.doctors[0]):
        scene.switch_on(doctor, f"doctor{number}")
    return scene


def test_a_ring_is_told_to_the_browsers_of_the_rung_and_once(scene: Scene) -> None:
    scene.switch_on(scene.world.doctors[1][0], "next-level")
    assert scene.tell() == 0
    scene.press()
    assert scene.tell() == 2
    assert sorted(scene.vendor.paths()) == ["/doctor0", "/doctor1"]
    scene.clock.advance(seconds=60)
    assert scene.tell() == 0, "never again after it was accepted"
    assert [each.failures for each in scene.rows(PushSubscription)] == [0, 0, 0]
    scene.clock.advance(seconds=ESCALATE)
    ring_on(scene.database)
    assert scene.tell() == 1
    assert scene.vendor.paths()[2:] == ["/next-level"]


def test_the_request_is_signed_and_says_nothing(scene: Scene) -> None:
    scene.press()
    scene.tell()
    asked = scene.vendor.asked[0]
    assert asked.body == b""
    assert (asked.headers["ttl"], asked.headers["urgency"], asked.headers["topic"]) == (
        str(ESCALATE),
        "high",
        "ring",
    )
    scheme, _, rest = asked.headers["authorization"].partition(" ")
    values = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, values["k"]) == ("vapid", scene.pusher.public_key)
    head, claims, signature = values["t"].split(".")
    raw = decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(values["k"]))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    said = json.loads(decoded(claims))
    assert (said["aud"], said["sub"]) == (scene.vendor.address, CONTACT)
    assert 0 < said["exp"] - scene.clock.now().timestamp() <= 24 * 3600
    usual = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"}
    assert set(asked.headers) - usual == {"ttl", "urgency", "topic", "authorization"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(scene: Scene, status: int) -> None:
    scene.vendor.answers["/doctor0"] = [status]
    scene.press()
    assert scene.tell() == 2
    assert [each.membership_id for each in scene.rows(PushSubscription)] == [scene.world.doctors[0][1].ref]
    assert len(scene.rows(PushNotice)) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_while_it_rings_and_no_more_once_it_took_it(
    scene: Scene, status: int
) -> None:
    scene.vendor.answers["/doctor0"] = [status, status]
    scene.press()
    assert scene.tell() == 2
    assert scene.tell() == 0, "not at once"
    scene.clock.advance(seconds=2)
    assert scene.tell() == 1
    assert max(each.failures for each in scene.rows(PushSubscription)) == 2
    scene.clock.advance(seconds=4)
    assert scene.tell() == 1
    scene.clock.advance(seconds=20)
    assert scene.tell() == 0
    assert scene.vendor.paths().count("/doctor0") == 3
    assert [each.failures for each in scene.rows(PushSubscription)] == [0, 0]


def test_a_service_that_names_a_time_is_left_alone_until_then(scene: Scene) -> None:
    scene.vendor.answers["/doctor0"], scene.vendor.retry_after["/doctor0"] = [429], "30"
    scene.press()
    scene.tell()
    scene.clock.advance(seconds=29)
    assert scene.tell() == 0
    scene.clock.advance(seconds=1)
    assert scene.tell() == 1


@pytest.mark.parametrize("status", [302, 400, 403])
def test_what_is_refused_for_good_is_not_tried_again_nor_followed(scene: Scene, status: int) -> None:
    scene.vendor.answers["/doctor0"] = [status]
    scene.press()
    scene.tell()
    scene.clock.advance(seconds=60)
    assert scene.tell() == 0
    assert sorted(scene.vendor.paths()) == ["/doctor0", "/doctor1"]
    assert sorted(each.failures for each in scene.rows(PushSubscription)) == [0, 1]


def test_a_slow_service_holds_nobody_else_up(scene: Scene) -> None:
    held = scene.vendor.held["/doctor0"] = threading.Event()
    scene.press()
    telling = threading.Thread(target=scene.tell)
    telling.start()
    try:
        while not any(each.sent_at for each in scene.rows(PushNotice)):
            held.wait(0.02)
        assert sum(each.sent_at is not None for each in scene.rows(PushNotice)) == 1
        assert scene.tell() == 0, "the slow one is leased to the attempt under way"
    finally:
        held.set()
        telling.join()
    assert all(each.sent_at for each in scene.rows(PushNotice))


def test_a_service_out_of_reach_is_tried_again(scene: Scene) -> None:
    with push_service() as other:
        dead = other.endpoint("x")
    with scene.database.write() as unit:
        doctor = scene.world.doctors[0][0]
        pushes.switch_on(unit.session, doctor, dead, hosts=scene.pusher.hosts, label="Firefox", now=unit.now)
    scene.press()
    assert scene.tell() == 3
    scene.clock.advance(seconds=2)
    assert scene.tell() == 1


def test_an_attempt_that_died_is_taken_up_after_its_lease(scene: Scene) -> None:
    scene.press()
    with scene.database.write() as unit:
        wires = pushes.lease_due(unit.session, now=unit.now, limit=16)
    assert len(wires) == 2
    assert scene.vendor.address not in repr(wires)
    assert scene.tell() == 0
    scene.clock.advance(seconds=LEASE.total_seconds())
    assert scene.tell() == 2
    with scene.database.write() as unit:
        for wire in wires:
            pushes.settle(unit.session, wire, Outcome.LATER, now=unit.now)
    scene.clock.advance(seconds=10)
    assert scene.tell() == 0, "whoever comes late with bad news changes nothing"


def test_nothing_is_told_of_what_is_answered_called_off_declined_or_seen(scene: Scene) -> None:
    first, second = scene.world.doctors[0]
    request_id = scene.press()
    with scene.database.write() as unit:
        urgent.decline(unit.session, first, request_id, reason=DeclineReason.NOT_HERE, now=unit.now)
        urgent.mark_seen(unit.session, second, request_id, now=unit.now)
    assert scene.tell() == 0
    with scene.database.write() as unit:
        urgent.cancel(unit.session, scene.world.nurse, request_id, reason=CancelReason.BETTER, now=unit.now)
    assert scene.tell() == 0
    request_id = scene.press()
    with scene.database.write() as unit:
        urgent.accept(unit.session, first, request_id, now=unit.now)
    assert scene.tell() == 0
    assert scene.vendor.asked == []


def test_what_was_busy_is_not_tried_again_once_somebody_answered(scene: Scene) -> None:
    scene.vendor.answers["/doctor0"] = [503]
    request_id = scene.press()
    scene.tell()
    with scene.database.write() as unit:
        urgent.accept(unit.session, scene.world.doctors[0][1], request_id, now=unit.now)
    scene.clock.advance(seconds=10)
    assert scene.tell() == 0


def test_ringing_anew_tells_anew(scene: Scene) -> None:
    request_id = scene.press()
    scene.tell()
    while scene.rows(UrgentRequest)[0].state == "waiting":
        scene.clock.advance(seconds=ESCALATE)
        ring_on(scene.database)
    assert scene.tell() == 0, "nobody answered: it rings no more"
    with scene.database.write() as unit:
        urgent.ring_again(unit.session, scene.world.nurse, request_id, now=unit.now)
    assert scene.tell() == 2


def test_two_nodes_tell_each_browser_once(scene: Scene) -> None:
    scene.press()
    nodes = [threading.Thread(target=scene.tell) for _ in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    scene.tell()
    assert sorted(scene.vendor.paths()) == ["/doctor0", "/doctor1"]


def test_a_host_taken_off_the_list_is_called_no_more(scene: Scene) -> None:
    scene.press()
    tell_due(scene.database, make_pusher(hosts=("fcm.googleapis.com",)))
    assert scene.vendor.asked == []
    assert scene.rows(PushSubscription) == []


def test_no_log_holds_an_address(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    root, keep = logging.getLogger(), Keep()
    root.addHandler(keep)
    before, level = root.level, logging.DEBUG
    root.setLevel(level)
    try:
        scene.vendor.answers["/doctor0"] = [500]
        scene.press()
        scene.tell()
    finally:
        root.removeHandler(keep)
        root.setLevel(before)
    out = capfd.readouterr()
    assert "push not accepted" in out.out + out.err
    text = "\n".join(seen) + out.out + out.err
    assert "doctor0" not in text
    assert scene.vendor.address.removeprefix("http://") not in text


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
