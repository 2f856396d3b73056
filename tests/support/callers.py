"""Browsers in a call, and what can be seen and heard of them: frames on the screen, energy of the sound."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, WebSocket

from telehealth.kit.db import Database
from telehealth.staff.actors import MembershipActor
from tests.support import world
from tests.support.calls import BookedCall, Phone, book_call, open_on_phone
from tests.support.chromium import open_device
from tests.support.processes import wait_until
from tests.support.servers import Server

WATCH_CONNECTIONS = """
if (!window.peerConnections) {
  window.peerConnections = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...settings) { super(...settings); window.peerConnections.push(this); }
  };
}
"""
"""Runs before a page's own scripts, once for each tab there is: keeps what only getStats() can tell within
reach of the test."""

PRESENTED = """async ([selector, wanted, milliseconds]) => {
  const videos = [...document.querySelectorAll(selector)];
  const counts = videos.map(() => 0);
  videos.forEach((video, index) => {
    const next = () => { counts[index] += 1; video.requestVideoFrameCallback(next); };
    video.requestVideoFrameCallback(next);
  });
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !(counts.length && Math.min(...counts) >= wanted)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return counts;
}"""

SOUND = """async () => {
  const open = window.peerConnections.filter((pc) => pc.connectionState === "connected");
  return Promise.all(open.map(async (pc) => {
    const all = [...(await pc.getStats()).values()];
    const of = (type) => all.find((each) => each.type === type && each.kind === "audio") || {};
    const heard = of("inbound-rtp"), said = of("outbound-rtp");
    return {energy: heard.totalAudioEnergy || 0, received: heard.bytesReceived || 0,
            sent: said.bytesSent || 0, target: said.targetBitrate || 0};
  }));
}"""


class Caller:
    """Somebody's page of a call, with all that ever went over its socket."""

    def __init__(self, context: BrowserContext, path: str) -> None:
        context.add_init_script(WATCH_CONNECTIONS)
        self.page: Page = context.new_page()
        self.path = path
        self.frames: list[str] = []
        self.said: list[str] = []
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("websocket", self._listen)

    def open_tab(self) -> "Caller":
        """Return another tab of the same device, before the same page."""
        return Caller(self.page.context, self.path)

    def come(self) -> None:
        """Open the page, or open it again."""
        self.page.goto(self.path)

    def presented(self, people: int, *, wanted: int = 15, seconds: float = 60) -> list[int]:
        """Return how many frames of each remote picture reached the screen, once each reached `wanted`."""
        tiles = "[data-part=tiles] > [data-still='']"
        self.page.wait_for_function(
            "([selector, people]) => document.querySelectorAll(selector).length === people",
            arg=[tiles, people],
        )
        counts: list[int] = self.page.evaluate(PRESENTED, [f"{tiles} video", wanted, seconds * 1000])
        return counts

    def sound(self) -> list[dict[str, Any]]:
        """Return what getStats() says of the sound of each open connection."""
        found: list[dict[str, Any]] = self.page.evaluate(SOUND)
        return found

    def hears(self, *, seconds: float = 60) -> None:
        """Wait until sound with energy in it arrives from everybody; TimeoutError if it does not."""
        wait_until(
            lambda: bool(self.sound()) and all(each["energy"] > 0.01 for each in self.sound()),
            what="sound",
            seconds=seconds,
        )

    def status(self) -> str:
        """Return the line that says how the call stands, as it can be read."""
        return " ".join(self.page.locator("[data-part=status]:visible").all_inner_texts())

    def press(self, name: str) -> None:
        """Press the button whose words begin so."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click()

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))
        socket.on("framesent", lambda frame: self.said.append(str(frame)))


@dataclass
class CallStage:
    """A running server, its database, and a browser that stands for everybody's devices."""

    server: Server
    database: Database
    browser: Browser

    def book(self) -> BookedCall:
        """Book a fresh call."""
        with self.database.write() as unit:
            return book_call(unit.session, now=unit.now)

    @contextmanager
    def dead_server(self) -> Iterator[None]:
        """Kill the server for the length of a block, then start it again on its data."""
        self.server.stop(how=signal.SIGKILL)
        try:
            yield
        finally:
            self.server.start()

    @contextmanager
    def staff(self, call: BookedCall, who: str, *, media: bool = True) -> Iterator[Caller]:
        """Sit the call's `nurse` or `doctor` down at a PC of their own."""
        with self.seat(getattr(call, who), call.path, media=media) as caller:
            yield caller

    @contextmanager
    def seat(self, actor: MembershipActor, path: str, *, media: bool = True) -> Iterator[Caller]:
        """Sit any member of staff down at a PC of their own, before a page."""
        with self.database.write() as unit:
            token = world.make_sign_in(unit.session, actor, now=unit.now)
        with open_device(self.browser, base_url=self.server.base_url, media=media) as context:
            context.add_cookies([{"name": "signin", "value": token, "url": self.server.base_url}])
            yield Caller(context, path)

    @contextmanager
    def patient(self, call: BookedCall, *, query: str = "", media: bool = True) -> Iterator[Caller]:
        """Give the patient a phone on which the link is open."""
        with self.database.write() as unit:
            phone: Phone = open_on_phone(unit.session, call, now=unit.now)
        with open_device(self.browser, base_url=self.server.base_url, is_phone=True, media=media) as context:
            context.add_cookies([{"name": "phone", "value": phone.cookie, "url": self.server.base_url}])
            yield Caller(context, phone.call + query)
