"""The GSM modem behind gammu-smsd, through its tables on both databases."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from telehealth.kit.ids import new_id
from telehealth.kit.text import sms_parts
from telehealth.messaging import jobs, queries
from telehealth.messaging.gateways.gammu import GammuGateway
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Outgoing, Waiting
from tests.support.clock import MONDAY_MORNING as NOW
from tests.support.gammu import Gammu
from tests.support.ports import free_port
from tests.support.postgres import Cluster
from tests.telehealth.messaging.outbox import ObedientGateway, Outbox

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


def take(gateway: GammuGateway, words: str = PLAIN) -> Waiting:
    """Hand over a text; return it as one that is asked about."""
    outgoing = text(words)
    return {gateway.send(outgoing, now=NOW): outgoing.reference}


def outcomes(gateway: GammuGateway, waiting: Waiting) -> list[tuple[str, Outcome]]:
    return [(each.provider_ref, each.outcome) for each in gateway.reports(waiting, now=NOW)]


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
    [ref] = waiting = take(gateway, MARKED)
    daemon.send_all()
    assert outcomes(gateway, waiting) == []
    daemon.report("DeliveryOK")
    assert outcomes(gateway, waiting) == []
    daemon.report("DeliveryOK", place=2)
    assert outcomes(gateway, waiting) == [(ref, Outcome.DELIVERED)]
    assert outcomes(gateway, {}) == []


def test_a_part_that_has_arrived_is_no_text_while_others_wait(daemon: Gammu, gateway: GammuGateway) -> None:
    [ref] = waiting = take(gateway, MARKED)
    daemon.send_part(int(ref), "DeliveryOK")
    assert outcomes(gateway, waiting) == []


@pytest.mark.parametrize("status", ["SendingError", "DeliveryFailed", "Error"])
def test_a_text_that_did_not_go_is_told(daemon: Gammu, gateway: GammuGateway, status: str) -> None:
    waiting = take(gateway)
    daemon.send_all(status)
    assert [outcome for _, outcome in outcomes(gateway, waiting)] == [Outcome.UNDELIVERED]


def test_texts_are_told_of_in_whatever_order_the_modem_sends_them(
    daemon: Gammu, gateway: GammuGateway
) -> None:
    waiting = {**take(gateway), **take(gateway), **take(gateway)}
    first, second, third = waiting
    daemon.send_one(int(third), "DeliveryOK")
    daemon.send_one(int(first))
    assert outcomes(gateway, waiting) == [(third, Outcome.DELIVERED)]
    daemon.send_one(int(second), "DeliveryFailed")
    assert outcomes(gateway, waiting) == [(second, Outcome.UNDELIVERED), (third, Outcome.DELIVERED)]
    daemon.report("DeliveryOK")
    assert (first, Outcome.DELIVERED) in outcomes(gateway, waiting)


def test_a_daemon_whose_tables_were_made_anew_tells_nothing_of_ours(
    daemon: Gammu, gateway: GammuGateway
) -> None:
    [ref] = take(gateway)
    daemon.send_all("DeliveryOK")
    assert outcomes(gateway, {ref: new_id()}) == []
    assert outcomes(gateway, {"not-a-number": new_id()}) == []


@pytest.fixture
def modem(outbox: Outbox, gateway: GammuGateway) -> Outbox:
    """An outbox whose texts leave by the modem."""
    outbox.gateway = gateway  # type: ignore[assignment]
    return outbox


def test_a_text_of_a_lower_number_is_heard_of_though_it_went_later(modem: Outbox, daemon: Gammu) -> None:
    first, second = modem.queue(), modem.queue()
    modem.send()
    numbers = {each.message_id: int(each.provider_ref or "") for each in modem.tries()}
    early, late = sorted((first, second), key=lambda each: -numbers[each])
    daemon.send_one(numbers[early], "DeliveryOK")
    modem.read_reports()
    assert (modem.message(early).state, modem.message(late).state) == ("delivered", "sent")
    daemon.send_one(numbers[late], "DeliveryOK")
    modem.read_reports()
    assert modem.message(late).state == "delivered"


def test_a_report_that_could_not_be_written_down_is_read_again(
    modem: Outbox, daemon: Gammu, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = modem.queue()
    modem.send()
    daemon.send_all("DeliveryOK")

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("away for a second"))

    post = modem.post
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "run_write", away)
        with pytest.raises(OperationalError):
            jobs.read_reports(post)
    assert modem.message(message_id).state == "sent"
    jobs.read_reports(post)
    assert modem.message(message_id).state == "delivered"


def test_a_process_that_was_started_anew_hears_of_what_the_one_before_sent(
    modem: Outbox, daemon: Gammu, gateway: GammuGateway, url: str
) -> None:
    message_id = modem.queue()
    modem.send()
    modem.read_reports()
    gateway.close()
    daemon.send_all("DeliveryOK")
    modem.gateway = anew = GammuGateway(url)  # type: ignore[assignment]
    modem.read_reports()
    assert modem.message(message_id).state == "delivered"
    anew.close()


def test_more_texts_than_are_asked_about_at_once_have_their_turn(
    modem: Outbox, daemon: Gammu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phones that stay off do not hide those behind them."""
    listed = queries.list_waiting
    monkeypatch.setattr(queries, "list_waiting", partial(listed, limit=2))
    for _ in range(5):
        modem.queue()
    modem.send()
    numbers = sorted(int(each.provider_ref or "") for each in modem.tries())
    daemon.send_one(numbers[-1], "DeliveryOK")
    post = modem.post
    for _ in range(3):
        jobs.read_reports(post)
    assert sorted(modem.states()) == ["delivered", "sent", "sent", "sent", "sent"]
    daemon.send_one(numbers[0], "DeliveryOK")
    for _ in range(3):
        jobs.read_reports(post)
    assert modem.states().count("delivered") == 2


def test_a_database_without_the_tables_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    gateway = GammuGateway(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(GatewayError) as refused:
        gateway.send(text(), now=NOW)
    assert (refused.value.fault, refused.value.code) == (Fault.CONFIGURATION, "tables-unusable")
    gateway.close()


def test_a_daemon_whose_database_is_away_has_taken_nothing(outbox: Outbox) -> None:
    """So that the text may go another way at once: nothing was ever queued there."""
    gateway = GammuGateway(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/smsd")
    with pytest.raises(GatewayError) as refused:
        gateway.send(text(), now=NOW)
    assert (refused.value.fault, refused.value.code) == (Fault.TEMPORARY, "not-reached")
    second = ObedientGateway("second")
    outbox.gateway, outbox.others = gateway, [second]  # type: ignore[assignment]
    for _ in range(9):
        outbox.queue()
        outbox.send()
    assert set(outbox.states()) == {"sent"}
    assert len(second.taken) == 9
    gateway.close()


def test_a_commit_whose_answer_is_lost_is_asked_about(gateway: GammuGateway) -> None:
    def lost(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the line dropped"))

    event.listen(gateway._engine, "commit", lost)
    with pytest.raises(GatewayError) as refused:
        gateway.send(text(), now=NOW)
    assert (refused.value.fault, refused.value.code) == (Fault.UNKNOWN, "answer-lost")
