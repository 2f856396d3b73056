"""A TURN server of our own on loopback, with the time-limited credentials the program issues."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


@contextmanager
def own_turn(
    folder: Path, *, loopback_peers: bool = True, options: Sequence[str] = ()
) -> Iterator[TurnServer]:
    """Run coturn for a test; peers on loopback are refused unless `loopback_peers`."""
    server = TurnServer(free_port(), SECRET, REALM)
    log = folder / "coturn.log"
    command = ["turnserver", "-n", "--use-auth-secret", f"--static-auth-secret={SECRET}", f"--realm={REALM}"]
    command += [f"--listening-port={server.port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]
    command += ["--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--simple-log", "--fingerprint"]
    command += [f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'coturn.db'}"]
    if loopback_peers:
        command.append("--allow-loopback-peers")
    child = processes.start([*command, *options], log=log, cwd=folder)
    try:
        processes.wait_for_start(child, lambda: is_listening(server.port), log=log)
        yield server
    finally:
        processes.stop(child.pid)
