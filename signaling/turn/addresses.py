"""Addresses of a relay as browsers write them, and the networks it must never reach. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Literal

Network = IPv4Network | IPv6Network
Transport = Literal["udp", "tcp", "tls"]
TRANSPORTS: Final[tuple[Transport, ...]] = ("udp", "tcp", "tls")

_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9a-fA-F:]+\]|[^\[\]:?/@]+)(?::(?P<port>\d{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?"
)
_PORTS: Final = {"turn": 3478, "turns": 5349}

RESERVED: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(network), peer)
    for network, peer in (
        ("0.0.0.0/8", "0.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1"),
        ("100.64.0.0/10", "100.64.0.1"),
        ("127.0.0.0/8", "127.0.0.1"),
        ("169.254.0.0/16", "169.254.169.254"),
        ("172.16.0.0/12", "172.16.0.1"),
        ("192.0.0.0/24", "192.0.0.1"),
        ("192.168.0.0/16", "192.168.1.1"),
        ("198.18.0.0/15", "198.18.0.1"),
        ("224.0.0.0/4", "224.0.0.1"),
        ("240.0.0.0/4", "255.255.255.255"),
        ("::1/128", "::1"),
        ("::ffff:0:0/96", "::ffff:127.0.0.1"),
        ("64:ff9b::/96", "64:ff9b::a00:1"),
        ("2002::/16", "2002:a00:1::1"),
        ("fc00::/7", "fd00::1"),
        ("fe80::/10", "fe80::1"),
    )
)
"""Networks that are nobody's on the internet (RFC 6890), each with an address to ask the relay for."""

PUBLIC: Final = "8.8.8.8"
"""A peer every relay must accept: permission is asked for it, nothing is sent to it."""


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """One way to the relay."""

    url: str
    host: str
    port: int
    transport: Transport


def parse_url(url: str) -> RelayAddress:
    """Read a `turn:` or `turns:` address (RFC 7065); raise ValueError for what no browser can use."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(f"not an address of a relay: {url}")
    scheme, given = found["scheme"], found["transport"]
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port < 65536 or (scheme == "turns" and given == "udp"):
        raise ValueError(f"not an address of a relay: {url}")  # TLS over UDP would be DTLS: no browser asks
    transport: Transport = "tls" if scheme == "turns" else "tcp" if given == "tcp" else "udp"
    return RelayAddress(url, found["host"].strip("[]"), port, transport)


def reserved_network(address: str) -> Network | None:
    """Return the reserved network an address lies in; None for a public one."""
    found = ip_address(address)
    return next((network for network, _ in RESERVED if found in network), None)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks."""
    found = ip_address(address)
    return any(found in network for network in networks)


def forbidden_peers(allowed: Sequence[Network]) -> tuple[str, ...]:
    """Return an address of each reserved network, without those that are allowed on purpose."""
    return tuple(peer for _, peer in RESERVED if not is_within(peer, allowed))


def wanted_peers(allowed: Sequence[Network]) -> tuple[str, ...]:
    """Return the peers that must be accepted: a public one, and one of each network allowed on purpose."""
    return (PUBLIC, *(str(network[1 if network.num_addresses > 1 else 0]) for network in allowed))
