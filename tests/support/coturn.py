"""A TURN server of our own on loopback, with the time-limited credentials the program issues."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.support import processes
from tests.support.ports import free_port, is_listening

SECRET = "a secret of this test run only"
REALM = "telehealth.test"


@dataclass(frozen=True, slots=True)
class TurnServer:
    """A running coturn and the secret its credentials are derived from."""

    port: int
    secret: str
    realm: str
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """The address a browser is given, over UDP."""
        return f"turn:{self.host}:{self.port}?transport=udp"

    def credential(self, name: str, *, expires_at: datetime) -> tuple[str, str]:
        """Derive the user name and password that are valid until then (coturn's REST API draft)."""
        username = f"{int(expires_at.timestamp())}:{name}"
        digest = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        return username, b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a relay runs: its address, what starts it there, how to tell that it listens."""

    address: str = "127.0.0.1"
    starter: Sequence[str] = ()
    is_listening: Callable[[int], bool] = is_listening


ON_LOOPBACK = Place()


@contextmanager
def own_turn(
    folder: Path,
    *,
    config: Path | None = None,
    options: Sequence[str] = ("--allow-loopback-peers",),
    place: Place = ON_LOOPBACK,
) -> Iterator[TurnServer]:
    """Run coturn for a test, with a configuration file of ours or none."""
    server = TurnServer(free_port(), SECRET, REALM, place.address)
    log = folder / "coturn.log"
    command = [*place.starter, "turnserver", *(["-c", config] if config else ["-n"])]
    command += ["--use-auth-secret", f"--static-auth-secret={SECRET}", f"--realm={REALM}"]
    command += [
        f"--listening-port={server.port}",
        f"--listening-ip={place.address}",
        f"--relay-ip={place.address}",
    ]
    command += ["--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--simple-log", "--fingerprint"]
    command += [f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}", *options]
    child = processes.start(command, log=log, cwd=folder)
    try:
        processes.wait_for_start(child, lambda: place.is_listening(server.port), log=log)
        yield server
    finally:
        processes.stop(child.pid)
