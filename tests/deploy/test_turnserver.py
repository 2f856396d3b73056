"""The relay's configuration refuses every reserved address, relays to public ones, gives nobody too much."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aioice import stun, turn

from signaling.parts import MAX_ADMITTED
from telehealth.kit.clock import SystemClock
from tests.support.certificates import make_certificate
from tests.support.coturn import TurnServer, own_turn

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"

RESERVED = [
    "0.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "fd00::1",
    "fe80::1",
]
PUBLIC = ["203.0.113.7", "8.8.8.8"]
FORBIDDEN, UNAUTHORIZED, OTHER_FAMILY, OVER_QUOTA = 403, 401, 443, 486


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    """A relay as it is deployed, but for its addresses."""
    with own_turn(tmp_path_factory.mktemp("coturn"), config=CONFIG, options=()) as server:
        yield server


def test_reserved_addresses_are_refused_and_public_ones_are_not(relay: TurnServer) -> None:
    answers = asyncio.run(ask(relay, minutes=10, peers=[*RESERVED, *PUBLIC]))
    assert {peer: answers[peer] for peer in PUBLIC} == dict.fromkeys(PUBLIC)
    assert {peer for peer in RESERVED if answers[peer] not in (FORBIDDEN, OTHER_FAMILY)} == set()


def test_an_expired_credential_opens_nothing(relay: TurnServer) -> None:
    with pytest.raises(stun.TransactionFailed) as refusal:
        asyncio.run(ask(relay, minutes=-1, peers=[]))
    assert refusal.value.response.error_code == UNAUTHORIZED


def test_a_foreign_secret_opens_nothing(relay: TurnServer) -> None:
    foreign = TurnServer(relay.port, "another secret", relay.realm)
    with pytest.raises(stun.TransactionFailed) as refusal:
        asyncio.run(ask(foreign, minutes=10, peers=[]))
    assert refusal.value.response.error_code == UNAUTHORIZED


def test_a_person_has_so_many_ports_and_a_fresh_credential_is_no_other_person(relay: TurnServer) -> None:
    quota = int(setting("user-quota"))
    answers = asyncio.run(hold(relay, ["one"] * (quota + 1) + ["other"]))
    assert answers == [None] * quota + [OVER_QUOTA, None]


def test_a_call_of_as_many_as_may_meet_has_ports_for_everybody() -> None:
    """Through three addresses each, also while a way is looked for anew, in a page loaded again meanwhile."""
    over = ("udp", "tcp", "tls")
    assert int(setting("user-quota")) >= (MAX_ADMITTED - 1) * len(over) * 2 * 2
    assert int(setting("total-quota")) >= 3 * MAX_ADMITTED * int(setting("user-quota"))


def test_all_people_together_have_so_many_ports(tmp_path: Path) -> None:
    """With fewer than are deployed: a process of the test cannot hold as many sockets."""
    assert int(setting("total-quota")) > 0
    with own_turn(tmp_path, config=CONFIG, options=("--total-quota=6",)) as small:
        answers = asyncio.run(hold(small, [f"person{number}" for number in range(8)]))
    assert answers == [None] * 6 + [OVER_QUOTA] * 2


def setting(name: str) -> str:
    """Return what the deployed file says of a setting; ValueError where it says nothing or twice."""
    (value,) = (line.split("=")[1] for line in CONFIG.read_text().splitlines() if line.startswith(f"{name}="))
    return value


async def hold(relay: TurnServer, people: list[str]) -> list[int | None]:
    """Ask for a port for each of these people, each with a credential of another second, and hold them all.

    Returns for each the error code, or None for "given"; gives all back at the end.
    """
    loop, now = asyncio.get_running_loop(), SystemClock().now()
    clients, answers, address = [], [], ("127.0.0.1", relay.port)
    for number, person in enumerate(people):
        given = relay.credential(person, expires_at=now + timedelta(seconds=600 + number))
        make = partial(turn.TurnClientUdpProtocol, address, *given, 600, 500)
        transport, client = await loop.create_datagram_endpoint(make, remote_addr=address)
        try:
            await client.connect()
        except stun.TransactionFailed as refusal:
            transport.close()
            answers.append(refusal.response.error_code)
        else:
            clients.append((transport, client))
            answers.append(None)
    for transport, client in clients:
        await client.delete()
        transport.close()
    await asyncio.sleep(0)  # they close in the loop's next turn
    return answers


async def ask(relay: TurnServer, *, minutes: int, peers: list[str]) -> dict[str, int | None]:
    """Ask for permission to reach each peer; the answer is an error code, or None for "granted"."""
    expires_at = SystemClock().now() + timedelta(minutes=minutes)
    username, password = relay.credential("test", expires_at=expires_at)
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(
        lambda: turn.TurnClientUdpProtocol(("127.0.0.1", relay.port), username, password, 600, 500),
        remote_addr=("127.0.0.1", relay.port),
    )
    try:
        await client.connect()
        answers = {peer: await permission(client, peer) for peer in peers}
        await client.delete()
    finally:
        transport.close()
    return answers


async def permission(client: turn.TurnClientUdpProtocol, peer: str) -> int | None:
    request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
    request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
    try:
        await client.request_with_retry(request)
    except stun.TransactionFailed as refusal:
        return int(refusal.response.error_code)
    return None


def test_with_a_certificate_tls_is_offered_and_dtls_is_not(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, now=SystemClock().now())
    with own_turn(tmp_path, config=CONFIG, options=(), certificate=certificate) as server:
        port = server.tls_port
        assert port is not None
        with socket.create_connection(("127.0.0.1", port)):
            pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
            anybody.bind(("127.0.0.1", port))  # nobody listens there
