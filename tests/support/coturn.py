"""A TURN server of our own on loopback, with the time-limited credentials the program issues."""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
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

    @property
    def url(self) -> str:
        """The address a browser is given, over UDP."""
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    def credential(self, name: str, *, expires_at: datetime) -> tuple[str, str]:
        """Derive the user name and password that are valid until then (coturn's REST API draft)."""
        username = f"{int(expires_at.timestamp())}:{name}"
        digest = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        return username, b64encode(digest).decode()


@contextmanager
def own_turn(
    folder: Path, *, config: Path | None = None, options: Sequence[str] = ("--allow-loopback-peers",)
) -> Iterator[TurnServer]:
    """Run coturn for a test, with a configuration file of ours or none."""
    server = TurnServer(free_port(), SECRET, REALM)
    log = folder / "coturn.log"
    command = ["turnserver", *(["-c", config] if config else ["-n"])]
    command += ["--use-auth-secret", f"--static-auth-secret={SECRET}", f"--realm={REALM}"]
    command += [f"--listening-port={server.port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]
    command += ["--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--simple-log", "--fingerprint"]
    command += [f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}", *options]
    child = processes.start(command, log=log, cwd=folder)
    try:
        processes.wait_for_start(child, lambda: is_listening(server.port), log=log)
        yield server
    finally:
        processes.stop(child.pid)
