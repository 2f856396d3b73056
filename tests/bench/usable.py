"""How soon a patient can act: Chromium with a processor four times slower, 400 kbit/s, 400 ms an answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.measure import Compared, Effort, Line, compare, show
from tests.bench.programs import baseline, product
from tests.bench.worlds import opened, scratch
from tests.support.calls import Phone, book_call, open_on_phone
from tests.support.chromium import PATIENCE_MS, SMALL_PHONE, open_browser, open_device
from tests.support.phones import link_of

LATENCY_MS, KBPS, SLOWER = 400, 400, 4
LINE: Final = {
    "offline": False,
    "latency": LATENCY_MS,
    "downloadThroughput": KBPS * 1000 / 8,
    "uploadThroughput": KBPS * 1000 / 8,
}
JOIN_AIM, WEIGHT_AIM = "<= 3.0 s", "<= 45 kB"
BARE_PATH: Final = "/today"
WATCH: Final = """(() => {
  const note = () => {
    if (document.documentElement.dataset.script === "ready") window.readyAt ??= performance.now();
    const phase = document.querySelector("[data-phase]")?.dataset.phase;
    if (phase === "waiting") window.waitingAt ??= performance.now();
  };
  new MutationObserver(note).observe(document, {
    subtree: true, attributes: true, attributeFilter: ["data-script", "data-phase"],
  });
})();"""
"""Runs before a page's own scripts: when its modules answer, and when it has a place in the waiting room."""

DONE: Final = """() => performance.getEntriesByName("first-contentful-paint").length > 0 &&
  (window.readyAt !== undefined || !document.querySelector("script[type=module]"))"""
TIMES: Final = """() => {
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  const [way] = performance.getEntriesByType("navigation");
  return [painted.startTime, Math.max(painted.startTime, window.readyAt ?? way.domContentLoadedEventEnd)];
}"""
HONEST = (
    "Usable: painted, the main button there, the modules the page names answer; from the address or tap on.",
    "All of the way counts every answer, redirects, the line's check and the ticket of the room among them.",
    "The browser adds 400 ms to each request; that TCP and TLS are set up first is not in it: two answers,",
    "0.8 s, more before a first page. Wire bytes are those that came, headers included.",
)
WITHOUT_PEERS = "MiroTalk's join page was measured at 965 kB: 19 s of this line for its bytes alone."


@dataclass(frozen=True)
class Seen:
    """One page as it came: bytes and requests on the wire, seconds till painted and till usable."""

    wire_bytes: int
    requests: int
    painted: float
    usable: float


class SlowPhone:
    """A fresh phone on the weak line; counts what each page brings, and all that ever came."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wire_bytes = self.requests = 0
        self._bytes = self._requests = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._came)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", dict(LINE))
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(WATCH)

    def open(self, address: str, button: str) -> Seen:
        """Type an address; return how the page came, once its main button can be pressed."""
        self._begin()
        self.page.goto(address)
        return self._seen(button)

    def tap(self, words: str, button: str) -> Seen:
        """Tap what leads to another page; return the same of that page, from the tap on."""
        self._begin()
        with self.page.expect_navigation():
            self.page.locator("a:visible, button:visible").filter(has_text=words).first.tap()
        return self._seen(button)

    def seconds_till_waiting(self) -> float:
        """Return when the page, since it was asked for, had its place in the waiting room."""
        self.page.wait_for_function("() => window.waitingAt !== undefined")
        at: float = self.page.evaluate("window.waitingAt")
        return at / 1000

    def _begin(self) -> None:
        self._bytes = self._requests = 0

    def _seen(self, button: str) -> Seen:
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(DONE)
        if button:
            main = self.page.locator("a:visible, button:visible, summary:visible").filter(has_text=button)
            expect(main.first).to_be_enabled(timeout=PATIENCE_MS)
        painted, usable = self.page.evaluate(TIMES)
        return Seen(self._bytes, self._requests, painted / 1000, usable / 1000)

    def _sent(self, event: dict[str, Any]) -> None:
        # What a redirect weighs is told with the request it leads to.
        if "redirectResponse" in event:
            self._came(event["redirectResponse"])

    def _came(self, event: dict[str, Any]) -> None:
        # What the browser had kept comes too, with nothing on the wire.
        came = int(event["encodedDataLength"])
        self._requests += came > 0
        self._bytes += came
        self.requests += came > 0
        self.wire_bytes += came


PAGES: Final = {
    "link": "the text's link, cold",
    "gate": "  then the birth year's page",
    "appointment": "  then the appointment",
    "check": "  then camera and microphone",
    "wait": "  then the waiting room",
    "check-cold": "join page, opened cold",
    "wait-cold": "waiting room, opened cold",
}


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        calls = _make_calls(folder, effort.rounds + 1)
        with (
            product(folder) as server,
            baseline("page", folder) as bare,
            sync_playwright() as driver,
            open_browser(driver) as browser,
        ):
            ours, bares = f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{bare.port}"
            # The first of a process fills caches that every later one finds filled.
            rounds = [_round(browser, ours, bares, link, phone) for link, phone in calls][1:]
    show(
        f"(p) Until a patient can act: {KBPS} kbit/s, {LATENCY_MS} ms, a processor {SLOWER} times slower",
        _lines(rounds),
        *HONEST,
        WITHOUT_PEERS,
    )


def _make_calls(folder: Path, count: int) -> list[tuple[str, Phone]]:
    """Book calls; return of each the link a text would hold, and a phone on which another is open already.

    One for each round: a waiting room keeps the places of phones that went away, and is full some day.
    """
    made = []
    with opened(folder) as database:
        for _ in range(count):
            with database.write() as unit:
                call = book_call(unit.session, now=unit.now)
            link = link_of(database, call)
            with database.write() as unit:
                made.append((link, open_on_phone(unit.session, call, now=unit.now)))
    return made


@dataclass(frozen=True)
class _Round:
    """How each page came, when the two waiting rooms had a place, and what the whole way brought."""

    found: dict[str, Seen]
    waiting: list[float]
    wire_bytes: int
    requests: int


def _round(browser: Browser, ours: str, bare: str, link: str, phone: Phone) -> _Round:
    """Open every page once."""
    found: dict[str, Seen] = {}
    with _slow_phone(browser, bare) as other:
        found["bare"] = other.open(BARE_PATH, "")
    with _slow_phone(browser, ours) as patient:
        found["link"] = patient.open(link, "Mở lời nhắn")
        found["gate"] = patient.tap("Mở lời nhắn", "1940 – 1949")
        patient.page.get_by_text("1940 – 1949").tap()
        found["appointment"] = patient.tap("1949", "Tôi sẽ có mặt")
        way = patient.page.locator("main a[href$='/call/check']").inner_text()
        found["check"] = patient.tap(way, "Vào phòng chờ")
        found["wait"] = patient.tap("Vào phòng chờ", "Thử lại máy")
        waiting = [patient.seconds_till_waiting()]
        way_bytes, way_requests = patient.wire_bytes, patient.requests
    for name, path, button in (
        ("check-cold", f"{phone.call}/check", "Vào phòng chờ"),
        ("wait-cold", phone.call, "Thử lại máy"),
    ):
        with _slow_phone(browser, ours, phone) as patient:
            found[name] = patient.open(path, button)
            if name == "wait-cold":
                waiting.append(patient.seconds_till_waiting())
    return _Round(found, waiting, way_bytes, way_requests)


@contextmanager
def _slow_phone(browser: Browser, address: str, phone: Phone | None = None) -> Iterator[SlowPhone]:
    """Give a phone that has kept nothing, but for the cookie of one on which the link is open."""
    with open_device(browser, base_url=address, is_phone=True, viewport=SMALL_PHONE) as context:
        if phone is not None:
            context.add_cookies([{"name": "phone", "value": phone.cookie, "url": address}])
        yield SlowPhone(context.new_page())


def _lines(all_rounds: Sequence[_Round]) -> list[Line]:
    rounds = [each.found for each in all_rounds]
    lines = []
    for name, what in PAGES.items():
        aim = JOIN_AIM if name.endswith("-cold") or name == "link" else ""
        lines.append(_compared(rounds, name).line(f"{what}: usable", "{:.2f} s", aim))
        seen = [each[name] for each in rounds]
        lines.append(
            Line("    painted; on the wire", _weight(seen), _weight([each["bare"] for each in rounds]))
        )
    for place, words in enumerate(("  on the way", "  opened cold")):
        at = median(each.waiting[place] for each in all_rounds)
        lines.append(Line(f"a place in the waiting room,{words}", f"{at:.2f} s"))
    wire = median(each.wire_bytes for each in all_rounds) / 1000
    together = f"{wire:.1f} kB, {median(each.requests for each in all_rounds):.0f} answers"
    return [*lines, Line("all of the way, till the place in the waiting room", together, aim=WEIGHT_AIM)]


def _compared(rounds: Sequence[dict[str, Seen]], name: str) -> Compared:
    return compare([each[name].usable for each in rounds], [each["bare"].usable for each in rounds])


def _weight(seen: Sequence[Seen]) -> str:
    wire = median(each.wire_bytes for each in seen) / 1000
    requests = median(each.requests for each in seen)
    return f"{median(each.painted for each in seen):.2f} s; {wire:.1f} kB, {requests:.0f} req."
