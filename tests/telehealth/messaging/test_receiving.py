"""Vendors' callbacks over HTTP: genuine, repeated, out of order, about strangers, and forged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.access.refusals import Refusals
from telehealth.audit.models import AuditEntry
from telehealth.kit.logs import hide
from telehealth.messaging.jobs import Post, send_due
from telehealth.messaging.models import OutboxMessage, Receipt
from telehealth.messaging.ports import one_by_one
from tests.support.app import ADDRESS, build_app
from tests.support.portal import Client
from tests.support.sms_vendors import sms_vendor
from tests.telehealth.messaging.outbox import SENDER, Outbox

SECRET = "Zx81Kq4mV0bTn7RwYc3LdP"
DONE = {"SendStatus": "5", "SendSuccess": "1", "SendFailed": "0"}
FAILED = {"SendStatus": "5", "SendSuccess": "0", "SendFailed": "1"}


class Line:
    """An application whose gateway is a stand-in eSMS, with one text on its way."""

    def __init__(self, outbox: Outbox, folder: Path, address: str) -> None:
        self.outbox = outbox
        self.app = build_app(
            outbox.database,
            folder,
            outbox.clock,
            sms_gateway="esms",
            sms_esms_url=address,
            sms_esms_key="key",
            sms_esms_secret="secret",
            sms_callback_secret=SECRET,
        )
        self.app.state.database.bus = outbox.database.bus  # whose subscribers know the tests' own subjects
        checkers = {"thing": one_by_one(outbox.still_true)}
        self.app.state.checkers = checkers
        self.client = Client(self.app, base_url=ADDRESS, raise_server_exceptions=False)
        self.message_id = outbox.queue()
        send_due(Post(outbox.database, self.app.state.gateways, SENDER, checkers))

    def call(self, *, secret: str = SECRET, gateway: str = "esms", **query: str) -> int:
        """Call as the vendor does; return the status."""
        given = {"SMSID": "sms-1", "RequestId": str(self.message_id), "TypeId": "2", **query}
        return self.client.get(f"/sms/receipts/{gateway}/{secret}", params=given).status_code

    def state(self) -> str:
        """Return where the message stands."""
        return self.outbox.message(self.message_id).state

    def count(self, table: type[Receipt] | type[OutboxMessage]) -> int:
        """Count rows."""
        with self.outbox.database.read() as unit:
            return len(unit.session.exec(select(table)).all())


@pytest.fixture
def line(outbox: Outbox, tmp_path: Path) -> Iterator[Line]:
    """A line with one text sent."""
    with sms_vendor() as vendor:
        line = Line(outbox, tmp_path, vendor.address)
        yield line
        for each in line.app.state.gateways:
            each.close()


def test_a_callback_twice_is_one_receipt(line: Line) -> None:
    assert line.state() == "sent"
    assert [line.call(**DONE), line.call(**DONE)] == [200, 200]
    assert line.state() == "delivered"
    assert line.count(Receipt) == 1


def test_a_bounce_of_what_is_untrue_by_now_asks_for_no_call(line: Line) -> None:
    line.outbox.versions[line.outbox.message(line.message_id).subject_id] = 2
    assert line.call(**FAILED) == 200
    assert line.state() == "failed"
    assert line.outbox.undelivered == []


def test_callbacks_come_in_any_order(line: Line) -> None:
    assert line.call(**FAILED) == 200
    assert line.state() == "failed"
    assert len(line.outbox.undelivered) == 1
    assert line.call(**DONE) == 200
    assert line.call(**FAILED) == 200
    assert line.state() == "delivered"


def test_what_is_not_final_changes_nothing(line: Line) -> None:
    assert line.call(SendStatus="2") == 200
    assert line.state() == "sent"
    assert line.count(Receipt) == 0


def test_a_stranger_s_id_is_harmless(line: Line) -> None:
    assert line.call(SMSID="nobodys", RequestId="", **DONE) == 200
    assert line.state() == "sent"


def test_forged_ones_are_refused_alike_and_counted(line: Line) -> None:
    wrong = SECRET[:-1] + "Q"
    answers = [
        line.call(secret=wrong, **DONE),
        line.call(secret="é", **DONE),
        line.call(gateway="gammu", **DONE),
        line.call(gateway="http", secret=wrong, **DONE),
        line.call(SMSID="", **DONE),
    ]
    assert answers == [404] * 5
    assert line.state() == "sent"
    assert line.count(Receipt) == 0
    refusals: Refusals = line.app.state.refusals
    with line.outbox.database.write() as unit:
        refusals.flush(unit.session)
        [entry] = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "message.receive")).all()
    assert entry.facts["count"] == 5
    assert SECRET not in str(entry.facts)


def test_too_long_a_body_is_refused(line: Line) -> None:
    answer = line.client.post(f"/sms/receipts/esms/{SECRET}?SMSID=sms-1&SendStatus=5", content=b"x" * 20_000)
    assert answer.status_code == 404


def test_without_a_secret_nobody_may_call(outbox: Outbox, tmp_path: Path) -> None:
    app = build_app(outbox.database, tmp_path, outbox.clock)
    client = Client(app, base_url=ADDRESS, raise_server_exceptions=False)
    assert client.get("/sms/receipts/file/x").status_code == 404
    assert client.get("/sms/receipts/file/").status_code == 404


def test_the_secret_stays_out_of_logs() -> None:
    assert SECRET not in hide(f"GET /sms/receipts/esms/{SECRET}?SMSID=1")
