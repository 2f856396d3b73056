"""The GSM modem behind gammu-smsd, through its tables on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telehealth.kit.ids import new_id
from telehealth.kit.text import sms_parts
from telehealth.messaging.gateways.gammu import GammuGateway
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Outgoing
from tests.support.clock import MONDAY_MORNING as NOW
from tests.support.gammu import Gammu
from tests.support.postgres import Cluster

PLAIN = "TYT: Lich kham 08:30 ngay 25/11"
MARKED = "TYT: Lịch khám 08:30 ngày 25/11 tại Trạm Y tế xã Phủ Thông. Xem: https://kham.example.vn/k/abcdefgh"


@pytest.fixture
def url(database_kind: str, tmp_path: Path) -> str:
    """The address of an empty database for the daemon."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'gammu.sqlite3'}"
    return Cluster.shared().create(f"g{new_id().hex}")


@pytest.fixture
def daemon(url: str) -> Iterator[Gammu]:
    """A daemon."""
    daemon = Gammu(url)
    yield daemon
    daemon.close()


@pytest.fixture
def gateway(url: str, daemon: Gammu) -> Iterator[GammuGateway]:
    """The gateway on its tables."""
    gateway = GammuGateway(url)
    yield gateway
    gateway.close()


def text(words: str = PLAIN) -> Outgoing:
    return Outgoing(new_id(), "+84868123456", words)


def outcomes(gateway: GammuGateway) -> list[tuple[str, Outcome]]:
    return [(each.provider_ref, each.outcome) for each in gateway.reports(now=NOW)]


def test_a_text_is_queued_once_for_each_reference(daemon: Gammu, gateway: GammuGateway) -> None:
    outgoing = text()
    ref = gateway.send(outgoing, now=NOW)
    assert gateway.send(outgoing, now=NOW) == ref
    assert daemon.queued() == [("+84868123456", PLAIN, "Default_No_Compression", "")]
    assert gateway.find(outgoing.reference) == ref
    daemon.send_all()
    assert gateway.send(outgoing, now=NOW) == gateway.find(outgoing.reference) == ref
    assert daemon.queued() == []
    assert gateway.find(new_id()) is None


def test_a_long_text_goes_in_joined_parts(daemon: Gammu, gateway: GammuGateway) -> None:
    gateway.send(text(MARKED), now=NOW)
    first, second = daemon.queued()
    assert [first[1], second[1]] == sms_parts(MARKED)
    assert {first[2], second[2]} == {"Unicode_No_Compression"}
    assert first[3] is not None
    assert second[3] is not None
    assert (first[3][:6], first[3][8:], second[3][8:]) == ("050003", "0201", "0202")
    assert first[3][6:8] == second[3][6:8]


def test_what_became_of_a_text_is_read_from_all_its_parts(daemon: Gammu, gateway: GammuGateway) -> None:
    ref = gateway.send(text(MARKED), now=NOW)
    daemon.send_all()
    assert outcomes(gateway) == []
    daemon.report("DeliveryOK")
    assert outcomes(gateway) == []
    daemon.report("DeliveryOK", place=2)
    assert outcomes(gateway) == [(ref, Outcome.DELIVERED)]
    assert outcomes(gateway) == []
    assert outcomes(gateway) == []


@pytest.mark.parametrize("status", ["SendingError", "DeliveryFailed", "Error"])
def test_a_text_that_did_not_go_is_told(daemon: Gammu, gateway: GammuGateway, status: str) -> None:
    gateway.send(text(), now=NOW)
    daemon.send_all(status)
    assert [outcome for _, outcome in outcomes(gateway)] == [Outcome.UNDELIVERED]


def test_a_process_that_was_started_anew_reads_reports_again(
    daemon: Gammu, gateway: GammuGateway, url: str
) -> None:
    gateway.send(text(), now=NOW)
    daemon.send_all("DeliveryOK")
    assert len(outcomes(gateway)) == 1
    anew = GammuGateway(url)
    assert len(outcomes(anew)) == 1
    anew.close()


def test_a_database_without_the_tables_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    gateway = GammuGateway(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(GatewayError) as refused:
        gateway.send(text(), now=NOW)
    assert refused.value.fault in (Fault.CONFIGURATION, Fault.UNKNOWN)
    gateway.close()
