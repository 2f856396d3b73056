"""Asking the configured TURN relay, as an operator does from outside of the server's network."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from signaling.ice import IceIssuer, IceSettings
from signaling.turn.addresses import Network, RelayAddress, parse_url
from signaling.turn.allocation import Credential
from signaling.turn.judging import Finding, Level, judge, worst
from signaling.turn.probe import Credentials, Seen, Stranger, look
from telehealth.kit.ids import new_id
from telehealth.kit.settings import Settings

__all__ = ["CannotCheckError", "Finding", "Level", "check", "worst"]

FOREIGN_SECRET = "not the secret of this relay"  # noqa: S105  (it opens nothing: that is what is asked)


class CannotCheckError(Exception):
    """There is nothing to ask, or it was named in a wrong way; `key` names the words."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def check(
    settings: Settings, allow: Sequence[str], authority: Path | None, *, now: datetime
) -> list[Finding]:
    """Ask every configured address of the relay; `allow` are private networks it may reach on purpose.

    Raises CannotCheckError when no relay is configured, or an address or a network cannot be read.
    """
    secret = settings.turn_secret.get_secret_value()
    if not settings.turn_urls or not secret:
        raise CannotCheckError("not_configured")
    addresses = [_address(url) for url in settings.turn_urls]
    allowed = [_network(text) for text in allow]
    trust = ssl.create_default_context()
    if authority is not None:
        trust.load_verify_locations(authority)
    seen = asyncio.run(_look(addresses, _credentials(secret, now), trust, allowed))
    return judge(seen, allowed, now=now)


async def _look(
    addresses: Sequence[RelayAddress],
    credentials: Credentials,
    trust: ssl.SSLContext,
    allowed: Sequence[Network],
) -> list[Seen]:
    """One after the other: the relay gives one person few ports at a time."""
    return [await look(each, credentials, trust, allowed) for each in addresses]


def _credentials(secret: str, now: datetime) -> Credentials:
    def issue(secret: str, at: datetime) -> Credential:
        settings = IceSettings(turn_urls=("turn:relay",), secret=secret)
        (server,) = IceIssuer(settings).issue(new_id(), at)
        return Credential(server.username, server.credential)

    strangers = {
        Stranger.NOBODY: Credential(),
        Stranger.FOREIGN: issue(FOREIGN_SECRET, now),
        Stranger.EXPIRED: issue(secret, now - timedelta(days=1)),
    }
    return Credentials(issue(secret, now), strangers)


def _address(url: str) -> RelayAddress:
    try:
        return parse_url(url)
    except ValueError:
        raise CannotCheckError("bad_url", url=url) from None


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise CannotCheckError("bad_network", network=text) from None
