"""The laboratory: a core with the server's address, sites around it, a link to each that tests control."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.laboratory import namespaces
from tests.support.laboratory.namespaces import ip
from tests.support.laboratory.relay import SITE_DEVICE

ROOT = Path(__file__).resolve().parents[3]
CORE_ADDRESS = "10.77.0.1"
NETWORK = "10.77.0.0-10.77.255.255"
"""Every address of the laboratory, as coturn writes ranges. Namespaces keep laboratories apart."""

FIRST_HOST = 2


@dataclass
class Site:
    """One end of a link: a namespace with one address, a browser's place."""

    name: str
    namespace: str
    number: int
    laboratory: "Laboratory"
    host: int = FIRST_HOST

    @property
    def address(self) -> str:
        """The address it has now."""
        return f"10.77.{self.number}.{self.host}"

    def shape(self, *, up: dict[str, Any] | None = None, down: dict[str, Any] | None = None) -> None:
        """Change what is named of each direction: fields of `shaping.Shape`. The rest stays as it is."""
        self.laboratory.order({"link": self.name, "up": up or {}, "down": down or {}})

    def cut(self) -> None:
        """Let nothing through, silently: devices stay up, as with a lost radio link."""
        self.shape(up={"is_cut": True}, down={"is_cut": True})

    def mend(self) -> None:
        """End a cut."""
        self.shape(up={"is_cut": False}, down={"is_cut": False})

    def roam(self) -> None:
        """Have another address from now on, and the old one no more: Wi-Fi was left for 4G."""
        old = self.address
        self.host += 1
        self.settle()
        ip("-n", self.namespace, "address", "delete", f"{old}/32", "dev", SITE_DEVICE)
        self.route()

    def settle(self) -> None:
        """Take the address."""
        ip("-n", self.namespace, "address", "add", f"{self.address}/32", "dev", SITE_DEVICE)

    def route(self) -> None:
        """Send everything over the link, from the address it has now."""
        where = ("default", "dev", SITE_DEVICE, "src", self.address)
        ip("-n", self.namespace, "route", "replace", *where)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return where packets of both directions went so far."""
        return self.laboratory.order({"link": self.name})

    @property
    def pids(self) -> list[int]:
        """The processes that run here."""
        return namespaces.pids(self.namespace)

    @property
    def command(self) -> list[str]:
        """What to put before a command so that it runs here."""
        return namespaces.command_in(self.namespace)


@dataclass
class Laboratory:
    """Namespaces and the relay between them."""

    core: str
    sites: dict[str, Site] = field(default_factory=dict)
    _relay: "subprocess.Popen[str] | None" = None

    @property
    def command(self) -> list[str]:
        """What to put before a command so that it runs in the core, beside the links."""
        return namespaces.command_in(self.core)

    @property
    def relay_pid(self) -> int:
        """The process that carries the packets."""
        assert self._relay
        return self._relay.pid

    def forward(self, is_on: bool) -> None:
        """Let sites reach each other, or only the core: then media needs a relay there."""
        namespaces.write(self.core, "net/ipv4/ip_forward", str(int(is_on)))

    def order(self, order: dict[str, Any]) -> dict[str, dict[str, int]]:
        """Tell the relay something and wait until it is so; return the link's counts."""
        assert self._relay
        assert self._relay.stdin
        assert self._relay.stdout
        self._relay.stdin.write(json.dumps(order) + "\n")
        self._relay.stdin.flush()
        answer: dict[str, dict[str, int]] = json.loads(self._relay.stdout.readline())
        return answer

    def start(self, seed: int, log: Path) -> None:
        """Start the relay and give every device its address."""
        links = [f"{site.name}={site.namespace},{self.core}" for site in self.sites.values()]
        command = [sys.executable, "-m", "tests.support.laboratory.relay", str(seed), *links]
        with log.open("ab") as errors:
            self._relay = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
                start_new_session=True,
            )
        assert self._relay.stdout
        if self._relay.stdout.readline() != "ready\n":
            raise RuntimeError(f"The laboratory's relay did not start:\n{log.read_text(errors='replace')}")
        ip("-n", self.core, "address", "add", f"{CORE_ADDRESS}/32", "dev", "lo")
        for site in self.sites.values():
            ip("-n", self.core, "address", "add", f"10.77.{site.number}.1/24", "dev", site.name)
            ip("-n", self.core, "link", "set", "dev", site.name, "up")
            site.settle()
            ip("-n", site.namespace, "link", "set", "dev", SITE_DEVICE, "up")
            site.route()
        self.forward(True)

    def stop(self) -> None:
        """End the relay by closing its input."""
        if self._relay is None:
            return
        with self._relay as relay:
            assert relay.stdin
            relay.stdin.close()
            try:
                relay.wait(timeout=10)
            except subprocess.TimeoutExpired:
                relay.kill()
        self._relay = None


@contextmanager
def open_laboratory(folder: Path, sites: Sequence[str], *, seed: int = 1) -> Iterator[Laboratory]:
    """Build a core and its sites for the length of a block. UnavailableError where that cannot be.

    Site names become device names: at most fifteen letters.
    """
    namespaces.clear_leftovers()
    namespaces.demand()
    with ExitStack() as undo:
        core = namespaces.create("core")
        undo.callback(namespaces.remove, core)
        laboratory = Laboratory(core)
        undo.callback(laboratory.stop)
        for number, name in enumerate(sites, start=1):
            namespace = namespaces.create(name)
            undo.callback(namespaces.remove, namespace)
            laboratory.sites[name] = Site(name, namespace, number, laboratory)
        laboratory.start(seed, folder / "relay.log")
        yield laboratory
