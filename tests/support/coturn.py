"""A TURN server of our own on loopback, with the time-limited credentials the program issues."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.support import processes
from tests.support.certificates import Certificate
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
    tls_port: int | None = None

    @property
    def url(self) -> str:
        """The address a browser is given, over UDP."""
        return f"turn:{self.host}:{self.port}?transport=udp"

    @property
    def urls(self) -> list[str]:
        """The addresses over UDP, TCP and, where there is a certificate, TLS."""
        secure = [f"turns:{self.host}:{self.tls_port}?transport=tcp"] if self.tls_port else []
        return [self.url, f"turn:{self.host}:{self.port}?transport=tcp", *secure]

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
    certificate: Certificate | None = None,
    is_open: bool = False,
    place: Place = ON_LOOPBACK,
) -> Iterator[TurnServer]:
    """Run coturn for a test, with a configuration file of ours or none; `is_open`: for anybody."""
    server = TurnServer(free_port(), SECRET, REALM, place.address, free_port() if certificate else None)
    log = folder / "coturn.log"
    command = [*place.starter, "turnserver", *(["-c", config] if config else ["-n"])]
    guarded = ["--use-auth-secret", f"--static-auth-secret={SECRET}", f"--realm={REALM}"]
    command += ["--no-auth"] if is_open else guarded
    addresses = (f"--listening-ip={place.address}", f"--relay-ip={place.address}")
    command += [f"--listening-port={server.port}", *addresses]
    command += ["--no-tls"] if certificate is None else _secure(server, certificate)
    command += ["--no-cli", "--log-file=stdout", "--simple-log", "--fingerprint"]
    command += [] if config else ["--no-dtls"]
    command += [f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}", *options]
    child = processes.start(command, log=log, cwd=folder)
    try:
        processes.wait_for_start(child, lambda: place.is_listening(server.port), log=log)
        yield server
    finally:
        processes.stop(child.pid)


def _secure(server: TurnServer, certificate: Certificate) -> list[str]:
    files = [f"--cert={certificate.chain}", f"--pkey={certificate.key}"]
    return [f"--tls-listening-port={server.tls_port}", *files]
