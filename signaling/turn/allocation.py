"""One allocation at a relay, over UDP, TCP or TLS, with the library's own TURN client."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from aioice import stun, turn

from signaling.turn.addresses import RelayAddress

Peer = tuple[str, int]
Client = turn.TurnClientUdpProtocol | turn.TurnClientTcpProtocol

LIFETIME: Final = 600
CONNECT_SECONDS: Final = 6.0
ANSWER_SECONDS: Final = 4.0
MAX_WAITING: Final = 64
FORBIDDEN: Final = 403
"""What coturn answers for a peer it refuses."""


@dataclass(frozen=True, slots=True)
class Credential:
    """User name and password of the relay; a stranger has none."""

    username: str | None = None
    password: str | None = None


class _Inbox(asyncio.DatagramProtocol):
    """What the relay passed on; what nobody takes out in time is dropped."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[bytes, Peer]] = asyncio.Queue(MAX_WAITING)

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        """Keep a datagram."""
        if not self.arrived.full():
            self.arrived.put_nowait((data, addr))


@dataclass
class Allocation:
    """A port at the relay that is ours: what is sent to it comes to us."""

    client: Client
    relayed: Peer
    mapped: Peer
    inbox: _Inbox = field(default_factory=_Inbox)
    _channels: "count[int]" = field(default_factory=lambda: count(turn.CHANNEL_NUMBER_MAX - 200))

    def __post_init__(self) -> None:
        self.client.receiver = self.inbox

    async def permit(self, peer: str) -> int | None:
        """Ask for permission to reach an address; return the relay's error code, None when granted."""
        request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
        request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
        return await self._ask(request)

    async def bind(self, peer: str) -> int | None:
        """Ask for a channel to an address, which is permission by another way; answers as `permit`."""
        request = stun.Message(stun.Method.CHANNEL_BIND, stun.Class.REQUEST)
        request.attributes["CHANNEL-NUMBER"] = next(self._channels)
        request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
        return await self._ask(request)

    async def send(self, data: bytes, peer: Peer) -> None:
        """Send through the relay; raise TransactionFailed for a peer it refuses, TimeoutError if silent."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.client.send_data(data, peer)

    async def receive(self, data: bytes) -> Peer | None:
        """Wait for these bytes; return who sent them, None when they do not come."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    arrived, sender = await self.inbox.arrived.get()
                    if arrived == data:
                        return sender
        except TimeoutError:
            return None

    async def _ask(self, request: stun.Message) -> int | None:
        async with asyncio.timeout(ANSWER_SECONDS):
            try:
                await self.client.request_with_retry(request)
            except stun.TransactionFailed as refusal:
                return code_of(refusal)
        return None


@asynccontextmanager
async def allocate(
    address: RelayAddress, host: str, credential: Credential, trust: ssl.SSLContext
) -> AsyncIterator[Allocation]:
    """Hold a port at the relay for the length of a block; `host` is the address its name stands for.

    Raises TransactionFailed when the relay refuses, TimeoutError when it is silent, OSError (of it
    SSLError) when no connection comes about.
    """
    async with asyncio.timeout(CONNECT_SECONDS):
        client = await _connect(address, host, credential, trust)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            relayed = await client.connect()
        try:
            yield Allocation(client, relayed, client.mapped_address or relayed)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await client.delete()
    finally:
        client.transport.close()


def code_of(refusal: stun.TransactionFailed) -> int:
    """Return the error code of a refusal; 0 for one that has none."""
    return refusal.response.error_code or 0


async def _connect(address: RelayAddress, host: str, credential: Credential, trust: ssl.SSLContext) -> Client:
    loop = asyncio.get_running_loop()
    server = (host, address.port)
    given = (server, credential.username, credential.password, LIFETIME, turn.DEFAULT_CHANNEL_REFRESH_TIME)
    client: Client
    if address.transport == "udp":
        _, client = await loop.create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(*given), remote_addr=server
        )
        return client
    secure = address.transport == "tls"
    _, client = await loop.create_connection(
        lambda: turn.TurnClientTcpProtocol(*given),
        *server,
        ssl=trust if secure else None,
        server_hostname=address.host if secure else None,
    )
    return client
