"""A call in the laboratory: the server and its relay in the core, one real browser in each site."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall, book_call, open_folder
from tests.support.chromium import FAKE_MEDIA, executable, open_browser
from tests.support.coturn import Place, TurnServer, own_turn
from tests.support.laboratory import media, namespaces
from tests.support.laboratory.links import CORE_ADDRESS, NETWORK, Laboratory, Site, open_laboratory
from tests.support.laboratory.priority import FIRST
from tests.support.laboratory.recordings import Recording
from tests.support.servers import Server

RECORDER = Path(__file__).with_name("recorder.js")
TURN_CONFIG = Path(__file__).resolve().parents[3] / "deploy" / "turnserver.conf"
PORT = 8000
LISTENING = " 0A "


class LaboratoryServer(Server):
    """The program in the core; nobody outside the laboratory reaches it."""

    def __init__(self, data_dir: Path, laboratory: Laboratory, relay: TurnServer) -> None:
        self._core = laboratory.core
        address = f"http://{CORE_ADDRESS}:{PORT}"
        turn = ",".join(f'"turn:{relay.host}:{relay.port}?transport={way}"' for way in ("udp", "tcp"))
        env = {
            "TELEHEALTH_HOST": "0.0.0.0",  # noqa: S104
            "TELEHEALTH_BASE_URL": address,
            "TELEHEALTH_TURN_URLS": f"[{turn}]",
            "TELEHEALTH_TURN_SECRET": relay.secret,
        }
        super().__init__(
            data_dir, command=("serve",), env=env, port=PORT, starter=(*FIRST, *laboratory.command)
        )
        self.base_url = address

    def is_healthy(self) -> bool:
        """Tell whether the process answers, asking from within the core."""
        line = HTTPConnection("127.0.0.1", PORT, timeout=2)
        with namespaces.entered(self._core), closing(line):
            try:
                line.request("GET", "/healthz")
                return line.getresponse().status == 200
            except (OSError, HTTPException):
                return False


@dataclass
class LaboratoryStage:
    """Everything a call needs, each person behind a link of their own."""

    laboratory: Laboratory
    server: LaboratoryServer
    database: Database
    browsers: dict[str, Browser] = field(default_factory=dict)

    def site(self, name: str) -> Site:
        """Return the site of a person."""
        return self.laboratory.sites[name]

    def calm(self) -> None:
        """Give every link back what a good line has."""
        self.laboratory.forward(True)
        for site in self.laboratory.sites.values():
            site.shape(up=CALM, down=CALM)

    def book(self) -> BookedCall:
        """Book a fresh call."""
        with self.database.write() as unit:
            return book_call(unit.session, now=unit.now)

    @contextmanager
    def person(self, call: BookedCall, who: str) -> Iterator[Caller]:
        """Open the `station`'s, `doctor`'s or `patient`'s page in their site, with the recorder in it."""
        stage = CallStage(self.server, self.database, self.browsers[who])
        opened = stage.patient(call) if who == "patient" else stage.staff(call, STAFF.get(who, who))
        with opened as caller:
            caller.page.context.add_init_script(path=RECORDER)
            yield caller


STAFF = {"station": "nurse"}
CALM = {
    "rate_kbps": 10_000,
    "delay_ms": 10,
    "jitter_ms": 0,
    "loss_percent": 0,
    "burst_ms": 0,
    "burst_every_ms": 0,
    "queue_bytes": 100_000,
    "is_cut": False,
    "has_udp": True,
}
"""A good line: 10 Mbit/s both ways, a round trip of 40 ms between two sites."""


@contextmanager
def open_stage(
    folder: Path, playwright: Playwright, people: Sequence[str] = ("station", "doctor"), *, seed: int = 1
) -> Iterator[LaboratoryStage]:
    """Build it all for the length of a block; UnavailableError where there can be no laboratory."""
    with ExitStack() as undo:
        laboratory = undo.enter_context(open_laboratory(folder, people, seed=seed))
        allowed = (f"--allowed-peer-ip={NETWORK}",)
        relay = undo.enter_context(
            own_turn(folder, config=TURN_CONFIG, options=allowed, place=_in_core(laboratory))
        )
        database = undo.enter_context(open_folder(folder / "data"))
        server = LaboratoryServer(folder / "data", laboratory, relay)
        undo.callback(server.stop)
        server.start()
        stage = LaboratoryStage(laboratory, server, database)
        film, speech = media.film(folder / "film.y4m", seed=seed), media.speak(folder / "speech.wav")
        flags = [
            *FAKE_MEDIA,
            f"--use-file-for-fake-video-capture={film}",
            f"--use-file-for-fake-audio-capture={speech}",
            f"--unsafely-treat-insecure-origin-as-secure={server.base_url}",
        ]
        for name in people:
            starter = _starter(folder, laboratory.sites[name])
            browser = open_browser(playwright, flags=flags, network=(), starter=starter)
            stage.browsers[name] = undo.enter_context(browser)
        stage.calm()
        yield stage


def clock() -> float:
    """Return the time of day in milliseconds, as the recorder notes it."""
    return SystemClock().now().timestamp() * 1000


def recording_of(caller: Caller) -> Recording:
    """Take what a page's recorder noted so far."""
    return Recording.read(caller.page.evaluate("window.recorder"))


def _in_core(laboratory: Laboratory) -> Place:
    """Run the relay at the core's address; a port is probed from within."""

    def is_open(port: int) -> bool:
        with namespaces.entered(laboratory.core):
            lines = Path("/proc/thread-self/net/tcp").read_text().splitlines()
        return any(f":{port:04X} " in line and LISTENING in line for line in lines)

    return Place(CORE_ADDRESS, laboratory.command, is_open)


def _starter(folder: Path, site: Site) -> Path:
    """Write a program that starts the browser in a site; its pipe to the driver passes through."""
    path = folder / f"chromium-{site.name}"
    command = shlex.join([*FIRST, *site.command, str(executable())])
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)
    return path
