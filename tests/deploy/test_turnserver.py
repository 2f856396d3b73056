"""The relay's configuration refuses every reserved address, and still relays to public ones."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aioice import stun, turn

from telehealth.kit.clock import SystemClock
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
FORBIDDEN, UNAUTHORIZED, OTHER_FAMILY = 403, 401, 443


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
