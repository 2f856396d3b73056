"""Reading reports: each gateway by itself, and nothing is forgotten that could not be written down."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from telehealth.messaging import jobs, service
from telehealth.messaging.ports import NOTHING, Fault, GatewayError, Outcome, Report, Waiting
from tests.support.clock import FixedClock
from tests.telehealth.messaging.outbox import ObedientGateway, Outbox


@dataclass
class TornGateway(ObedientGateway):
    """Answers what nobody can make sense of."""

    name: str = "torn"

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:
        """Fail as no gateway says it does."""
        raise ValueError("0868123456")

    def find(self, reference: UUID) -> str | None:
        """Fail likewise."""
        raise ValueError("0868123456")


def test_a_gateway_that_fails_oddly_keeps_no_other_from_being_read(outbox: Outbox) -> None:
    message_id = outbox.queue()
    outbox.send()
    outbox.report(message_id, Outcome.DELIVERED)
    outbox.others, outbox.gateway = [outbox.gateway], TornGateway()
    with capture_logs() as told:
        outbox.read_reports()
    assert outbox.message(message_id).state == "delivered"
    assert [(each["gateway"], each["error"]) for each in told] == [("torn", "ValueError")]
    assert "868" not in str(told)


def test_a_gateway_that_cannot_be_asked_is_asked_less_often(outbox: Outbox, clock: FixedClock) -> None:
    outbox.gateway = TornGateway(faults=[GatewayError(Fault.UNKNOWN, "timeout")])
    message_id = outbox.queue()
    outbox.send()
    for _ in range(3):
        clock.advance(seconds=70)
        outbox.read_reports()
    assert outbox.message(message_id).state == "unknown"
    assert [each.asked for each in outbox.tries()] == [2]


def test_what_could_not_be_written_down_is_written_at_the_next_look(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a gateway that tells of everything once."""
    message_id = outbox.queue()
    outbox.send()
    outbox.report(message_id, Outcome.DELIVERED)

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("away for a second"))

    post = outbox.post
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "run_write", away)
        for _ in range(2):
            with pytest.raises(OperationalError):
                jobs.read_reports(post)
    assert outbox.message(message_id).state == "sent"
    assert jobs.read_reports(post) == 1
    assert outbox.message(message_id).state == "delivered"
    assert jobs.read_reports(post) == 0


def test_a_report_that_cannot_be_kept_holds_up_no_other(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = outbox.queue(), outbox.queue()
    outbox.send()
    for each in (bad, good):
        outbox.report(each, Outcome.DELIVERED)
    real = service.record_report

    def record(session: object, gateway: str, report: Report, *more: object, **named: object) -> bool:
        if report.provider_ref == f"ref-{bad}":
            raise LookupError
        return real(session, gateway, report, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "record_report", record)
    outbox.read_reports()
    assert (outbox.message(bad).state, outbox.message(good).state) == ("sent", "delivered")
