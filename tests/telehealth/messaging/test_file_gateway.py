"""The gateway made of files behaves like one of a carrier."""

from datetime import timedelta
from pathlib import Path

import pytest

from telehealth.kit.ids import new_id
from telehealth.messaging.gateways.file import REPORTS_AFTER, FileGateway, handed_over
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Outgoing
from tests.support.clock import MONDAY_MORNING as NOW


def outgoing(to: str = "+84868123456") -> Outgoing:
    return Outgoing(new_id(), to, "TYT: Lich kham 08:30 ngay 25/11")


def test_a_text_is_written_down_and_reported_later(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)
    text = outgoing()
    ref = gateway.send(text, now=NOW)
    assert [(h.to, h.text) for h in handed_over(tmp_path)] == [(text.to, text.text)]
    assert gateway.reports(now=NOW) == []
    later = NOW + REPORTS_AFTER
    assert [(r.provider_ref, r.outcome) for r in gateway.reports(now=later)] == [(ref, Outcome.DELIVERED)]
    assert gateway.reports(now=later) == []


def test_the_same_reference_is_one_text(tmp_path: Path) -> None:
    text = outgoing()
    first = FileGateway(tmp_path).send(text, now=NOW)
    again = FileGateway(tmp_path)
    assert again.find(text.reference) == first
    assert again.send(text, now=NOW) == first
    assert len(handed_over(tmp_path)) == 1
    assert again.find(new_id()) is None


def test_failure_can_be_seen(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)
    with pytest.raises(GatewayError) as refused:
        gateway.send(outgoing("+84868123499"), now=NOW)
    assert refused.value.fault is Fault.PERMANENT
    gateway.send(outgoing("+84868123498"), now=NOW)
    [report] = gateway.reports(now=NOW + timedelta(minutes=1))
    assert report.outcome is Outcome.UNDELIVERED


def test_a_restarted_process_repeats_reports_and_a_torn_line_waits(tmp_path: Path) -> None:
    gateway = FileGateway(tmp_path)
    gateway.send(outgoing(), now=NOW)
    gateway.reports(now=NOW + REPORTS_AFTER)
    with (tmp_path / "receipts.jsonl").open("ab") as file:
        file.write(b'{"provider_ref": "half')
    restarted = FileGateway(tmp_path)
    assert len(restarted.reports(now=NOW + REPORTS_AFTER)) == 1
