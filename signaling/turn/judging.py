"""What the answers of a relay mean for those who call through it, worst first. Pure."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

from signaling.turn.addresses import PUBLIC, TRANSPORTS, Network, is_within, reserved_network
from signaling.turn.probe import Answer, Seen

CERTIFICATE_WARNING: Final = timedelta(days=14)


class Level(IntEnum):
    """How bad a finding is; the worst one is the exit code of `telehealth turn check`.

    0 fine, 3 works but lacks something people will need, 4 does not work for some, 5 is unsafe.
    1 is every command's "cannot begin", 2 its "wrong words".
    """

    FINE = 0
    LACKING = 3
    BROKEN = 4
    UNSAFE = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: `key` names its words."""

    level: Level
    key: str
    facts: Mapping[str, object] = field(default_factory=dict)


def judge(seen: Sequence[Seen], allowed: Sequence[Network], *, now: datetime) -> list[Finding]:
    """Return what is to be said of a relay, address by address, then of all together."""
    findings = [finding for each in seen for finding in _judge_address(each, allowed, now)]
    missing = [each for each in TRANSPORTS if each not in {one.address.transport for one in seen}]
    return findings + [Finding(Level.LACKING, f"missing_{each}") for each in missing]


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst level of findings."""
    return max((each.level for each in findings), default=Level.FINE)


def _judge_address(seen: Seen, allowed: Sequence[Network], now: datetime) -> Iterator[Finding]:
    url = seen.address.url
    if seen.trouble is not None:
        yield Finding(Level.BROKEN, f"trouble_{seen.trouble}", {"url": url, "code": seen.code})
        return
    yield from _relaying(seen, allowed)
    yield from _strangers(seen)
    yield from _peers(seen, allowed)
    if seen.certificate_ends is not None:
        ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(seen.certificate_ends), UTC)
        if ends_at - now < CERTIFICATE_WARNING:
            yield Finding(Level.LACKING, "certificate_ends", {"url": url, "day": f"{ends_at:%d/%m/%Y}"})


def _relaying(seen: Seen, allowed: Sequence[Network]) -> Iterator[Finding]:
    facts = {"url": seen.address.url, "relayed": seen.relayed, "mapped": seen.mapped}
    if seen.between is Answer.THROUGH:
        yield Finding(Level.FINE, "relays", facts)
    elif seen.between is Answer.SILENT:
        yield Finding(Level.BROKEN, "between_silent", facts)
    elif not _explained(seen.relayed, allowed):
        yield Finding(Level.BROKEN, "between_refused", facts)
    if _explained(seen.relayed, allowed):
        refused = seen.between is Answer.REFUSED
        network = reserved_network(seen.relayed)
        level, key = (Level.BROKEN, "private_refused") if refused else (Level.LACKING, "private_granted")
        yield Finding(level, key, {**facts, "network": network})
    if seen.outside is Answer.THROUGH:
        yield Finding(Level.FINE, "outside", facts)
    elif seen.outside is Answer.SILENT:
        yield Finding(Level.BROKEN, "outside_silent", facts)
    elif seen.outside is Answer.REFUSED:
        network = reserved_network(seen.mapped)
        key = "outside_refused" if network is None else "outside_private"
        yield Finding(Level.LACKING, key, {**facts, "network": network})


def _explained(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an address lies in a private network that nobody allowed on purpose."""
    return reserved_network(address) is not None and not is_within(address, allowed)


def _strangers(seen: Seen) -> Iterator[Finding]:
    url = seen.address.url
    for who in seen.let_in:
        yield Finding(Level.UNSAFE, f"let_in_{who}", {"url": url})
    if not seen.let_in:
        yield Finding(Level.FINE, "strangers_refused", {"url": url})


def _peers(seen: Seen, allowed: Sequence[Network]) -> Iterator[Finding]:
    url = seen.address.url
    if seen.granted:
        yield Finding(Level.UNSAFE, "reserved_granted", {"url": url, "peers": ", ".join(seen.granted)})
    else:
        yield Finding(Level.FINE, "reserved_refused", {"url": url})
    for peer in seen.withheld:
        if peer == PUBLIC:
            yield Finding(Level.BROKEN, "public_withheld", {"url": url, "peer": peer})
        else:
            network = next(each for each in allowed if is_within(peer, [each]))
            facts = {"url": url, "network": network, "first": network[0], "last": network[-1]}
            yield Finding(Level.BROKEN, "allowed_withheld", facts)
