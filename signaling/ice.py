"""TURN credentials that live for minutes: coturn's REST scheme (`use-auth-secret`).

Username `expiry:participant`, password base64(HMAC-SHA1(secret, username)); coturn fixes the algorithm.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from signaling.parts import IceServer

LIFETIME: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class IceSettings:
    """Where the relay is; without `turn_urls` or `secret` nobody gets a relay. No third-party default."""

    turn_urls: tuple[str, ...] = ()
    secret: str = ""
    stun_urls: tuple[str, ...] = ()
    lifetime: timedelta = LIFETIME
    relay_only: bool = False
    """Nobody in a call may learn another's address: all media goes through the relay."""


class IceIssuer:
    """Makes the `ice_servers` of one participant. A room asks only for those it has admitted."""

    def __init__(self, settings: IceSettings) -> None:
        self._settings = settings

    @property
    def has_relay(self) -> bool:
        """Whether credentials are issued at all, and so must be renewed."""
        return bool(self._settings.turn_urls and self._settings.secret)

    @property
    def relay_only(self) -> bool:
        """Whether media may take no other way than the relay."""
        return self._settings.relay_only

    @property
    def lifetime(self) -> timedelta:
        """How long a credential opens allocations."""
        return self._settings.lifetime

    def issue(self, participant_id: UUID, now: datetime) -> tuple[IceServer, ...]:
        """Return the servers for this participant, the relay's credential valid from `now` on."""
        servers = []
        if self._settings.stun_urls:
            servers.append(IceServer(urls=self._settings.stun_urls))
        if self.has_relay:
            username = f"{int((now + self.lifetime).timestamp())}:{participant_id}"
            servers.append(
                IceServer(
                    urls=self._settings.turn_urls,
                    username=username,
                    credential=self._password(username),
                )
            )
        return tuple(servers)

    def _password(self, username: str) -> str:
        mac = hmac.new(self._settings.secret.encode(), username.encode(), hashlib.sha1)
        return base64.b64encode(mac.digest()).decode()
