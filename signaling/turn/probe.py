"""What a stranger finds out about one address of a relay, step by step; `judging` says what it means."""

import asyncio
import secrets
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aioice import stun

from signaling.turn.addresses import Network, RelayAddress, forbidden_peers, wanted_peers
from signaling.turn.allocation import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    FORBIDDEN,
    Allocation,
    Credential,
    Peer,
    allocate,
    code_of,
)

UNAUTHORIZED: Final = 401
OVER_QUOTA: Final = 486


class Trouble(StrEnum):
    """Why no port was given to somebody who has the right to one."""

    UNRESOLVED = "unresolved"
    SILENT = "silent"
    CLOSED = "closed"
    CERTIFICATE = "certificate"
    CREDENTIAL = "credential"
    QUOTA = "quota"
    REFUSED = "refused"


class Answer(StrEnum):
    """Whether data came through."""

    THROUGH = "through"
    REFUSED = "refused"
    SILENT = "silent"


class Stranger(StrEnum):
    """Somebody who has no right to a port."""

    NOBODY = "nobody"
    FOREIGN = "foreign"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the check tries: one the relay must take, and those it must not."""

    valid: Credential
    strangers: dict[Stranger, Credential]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one address of the relay did. `outside` is asked over UDP only: None elsewhere."""

    address: RelayAddress
    trouble: Trouble | None = None
    code: int | None = None
    relayed: str = ""
    mapped: str = ""
    certificate_ends: str | None = None
    between: Answer = Answer.SILENT
    outside: Answer | None = None
    let_in: tuple[Stranger, ...] = ()
    granted: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


async def look(
    address: RelayAddress, credentials: Credentials, trust: ssl.SSLContext, allowed: Sequence[Network]
) -> Seen:
    """Try an address of the relay; never raises for what the relay or the network does."""
    try:
        host = await _resolve(address)
    except (OSError, TimeoutError):
        return Seen(address=address, trouble=Trouble.UNRESOLVED)
    try:
        async with (
            allocate(address, host, credentials.valid, trust) as first,
            allocate(address, host, credentials.valid, trust) as second,
        ):
            between = await _between(first, second)
            outside = await _outside(first) if address.transport == "udp" else None
            granted, withheld = await _peers(first, allowed)
            certificate = first.client.transport.get_extra_info("peercert") or {}
        let_in = [
            who for who, what in credentials.strangers.items() if await _opens(address, host, what, trust)
        ]
    except stun.TransactionFailed as refusal:
        code = code_of(refusal)
        known = {UNAUTHORIZED: Trouble.CREDENTIAL, OVER_QUOTA: Trouble.QUOTA}
        return Seen(address=address, trouble=known.get(code, Trouble.REFUSED), code=code)
    except ssl.SSLError:
        return Seen(address=address, trouble=Trouble.CERTIFICATE)
    except (TimeoutError, stun.TransactionTimeout):
        return Seen(address=address, trouble=Trouble.SILENT)
    except OSError:
        return Seen(address=address, trouble=Trouble.CLOSED)
    return Seen(
        address=address,
        relayed=first.relayed[0],
        mapped=first.mapped[0],
        certificate_ends=certificate.get("notAfter"),
        between=between,
        outside=outside,
        let_in=tuple(let_in),
        granted=granted,
        withheld=withheld,
    )


async def _resolve(address: RelayAddress) -> str:
    async with asyncio.timeout(CONNECT_SECONDS):
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port)
    return str(found[0][4][0])


async def _between(first: Allocation, second: Allocation) -> Answer:
    """Send from one port of the relay to the other and back, as two people do who both need it."""
    there, back = secrets.token_bytes(16), secrets.token_bytes(16)
    try:
        await first.send(b"", second.relayed)
        await second.send(there, first.relayed)
        await first.send(back, second.relayed)
    except stun.TransactionFailed:
        return Answer.REFUSED
    came = await first.receive(there) is not None and await second.receive(back) is not None
    return Answer.THROUGH if came else Answer.SILENT


async def _outside(allocation: Allocation) -> Answer:
    """Send to a port of the relay without its help and back: so a firewall before those ports is found."""
    there, back = secrets.token_bytes(16), secrets.token_bytes(16)
    loop = asyncio.get_running_loop()
    plain = _Plain()
    try:
        socket, _ = await loop.create_datagram_endpoint(lambda: plain, remote_addr=allocation.relayed)
    except OSError:
        return Answer.SILENT
    try:
        await allocation.send(b"", (allocation.mapped[0], socket.get_extra_info("sockname")[1]))
        socket.sendto(there)
        sender = await allocation.receive(there)
        if sender is None:
            return Answer.SILENT
        await allocation.send(back, sender)
        return Answer.THROUGH if await plain.receives(back) else Answer.SILENT
    except stun.TransactionFailed:
        return Answer.REFUSED
    finally:
        socket.close()


async def _peers(
    allocation: Allocation, allowed: Sequence[Network]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the reserved peers the relay grants, and the wanted ones it withholds."""
    granted = [peer for peer in forbidden_peers(allowed) if None in await _ask(allocation, peer)]
    asked = [(peer, await _ask(allocation, peer)) for peer in wanted_peers(allowed)]
    return tuple(granted), tuple(peer for peer, codes in asked if FORBIDDEN in codes)


async def _ask(allocation: Allocation, peer: str) -> Iterable[int | None]:
    return (await allocation.permit(peer), await allocation.bind(peer))


async def _opens(address: RelayAddress, host: str, credential: Credential, trust: ssl.SSLContext) -> bool:
    try:
        async with allocate(address, host, credential, trust):
            return True
    except (stun.TransactionError, OSError, TimeoutError):
        return False


class _Plain(asyncio.DatagramProtocol):
    """A socket that knows nothing of the relay."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue(16)

    def datagram_received(self, data: bytes, addr: Peer) -> None:  # noqa: ARG002  (asyncio calls it so)
        if not self._arrived.full():
            self._arrived.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """A closed port answers so; the silence that follows says it."""

    async def receives(self, data: bytes) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while await self._arrived.get() != data:
                    pass
        except TimeoutError:
            return False
        return True
