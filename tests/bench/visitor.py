"""A browser as far as bytes go: asks for a page and for all it names, keeps what may be kept."""

import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urljoin

from tests.bench.http_load import UnexpectedAnswerError

_CSS_URL = re.compile(r'url\("?([^")]+)"?\)')
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*"(\.[^"]+)"', re.MULTILINE)
_LATER_IMPORT = re.compile(r'(?<![{\w])import\("(\.[^"]+)"\)')  # in a comment's type it stands after a brace
_FETCHED_LINKS = {"stylesheet", "modulepreload", "preload", "icon", "manifest"}
_PROVIDED = re.compile(r'provide\("([\w/-]+)"')
_BOOT = (
    "patient.js",
    "app.js",
    "js/call.js",
)  # either loads the modules that elements name, from its own folder


@dataclass
class Weight:
    """What came over the wire: headers and bodies, as sent."""

    answers: list[tuple[str, int]] = field(default_factory=list)
    bodies: list[tuple[str, int]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests it took."""
        return len(self.answers)

    @property
    def wire_bytes(self) -> int:
        """All that came."""
        return self._bytes_of("")

    @property
    def script_bytes(self) -> int:
        """What came of scripts."""
        return self._bytes_of(".js")

    @property
    def font_bytes(self) -> int:
        """What came of fonts."""
        return self._bytes_of(".woff2")

    def note(self, address: str, size: int, body: int = 0) -> None:
        """Count one answer: all of it, and of that its body."""
        self.answers.append((address, size))
        self.bodies.append((address, body))

    def _bytes_of(self, ending: str) -> int:
        return sum(size for address, size in self.answers if address.endswith(ending))


@dataclass(frozen=True)
class _Kept:
    """A file in the browser's cache."""

    etag: str
    is_immutable: bool
    text: str


class _References(HTMLParser):
    """Collects what a page makes a browser fetch, and the modules its elements name."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.modules: list[str] = []
        self.later: list[str] = []
        self.boot = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        named = {name: value for name, value in attrs if value}
        if tag == "link" and _FETCHED_LINKS & set(named.get("rel", "").split()):
            self._take(named.get("href"))
        elif tag in {"script", "img", "source"}:
            self._take(named.get("src"))
        elif tag == "use":
            self._take(named.get("href"))
        elif tag == "meta" and named.get("name") == "htmx":
            self.later.append(named["content"])
        if named.get("src", "").endswith(_BOOT):
            self.boot = named["src"]
        if named.get("data-fetch") != "touched":
            self.modules += named.get("data-module", "").split()

    def _take(self, address: str | None) -> None:
        if address and not address.startswith(("data:", "#")):
            self.files.append(address.split("#")[0])


class Visitor:
    """A browser with its cookies and its cache."""

    def __init__(self, port: int, **cookies: str) -> None:
        self._port = port
        self._cookies = cookies
        self._kept: dict[str, _Kept] = {}

    def visit(self, path: str, *, with_later: bool = False) -> Weight:
        """Open a page with everything it names; `with_later` also what its scripts may load afterwards."""
        weight = Weight()
        found = _References()
        found.feed(self._fetch(path, weight))
        waiting, seen = [*found.files, *(found.later if with_later else [])], set[str]()
        while waiting:
            address = waiting.pop(0)
            if address not in seen:
                seen.add(address)
                text = self._fetch(address, weight)
                waiting += _named_in(address, text, with_later=with_later)
                if address == found.boot:
                    brought = set(_PROVIDED.findall(text))
                    waiting += [
                        urljoin(address, f"{name}.js") for name in found.modules if name not in brought
                    ]
        return weight

    def _fetch(self, address: str, weight: Weight) -> str:
        """Return the text of an address, from the cache if it may be; raise UnexpectedAnswerError."""
        kept = self._kept.get(address)
        if kept is not None and kept.is_immutable:
            return kept.text
        headers = {"Accept-Encoding": "gzip", "Accept-Language": "vi"}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if kept is not None and kept.etag:
            headers["If-None-Match"] = kept.etag
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        line = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
        weight.note(address, len(line) + len(answer.headers.as_bytes()) + len(body), len(body))
        if answer.status == 304 and kept is not None:
            return kept.text
        if answer.status != 200:
            raise UnexpectedAnswerError(f"GET {address}: {answer.status}")
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        text = body.decode("utf-8", "replace")
        rule = answer.headers.get("Cache-Control", "")
        if "no-store" not in rule:
            self._kept[address] = _Kept(answer.headers.get("ETag", ""), "immutable" in rule, text)
        return text


def _named_in(address: str, text: str, *, with_later: bool) -> Iterable[str]:
    """Return what a stylesheet or a script makes a browser fetch besides."""
    if address.endswith(".css"):
        return [urljoin(address, name) for name in _CSS_URL.findall(text) if not name.startswith("data:")]
    if address.endswith(".js"):
        later = _LATER_IMPORT.findall(text) if with_later else []
        return [urljoin(address, name) for name in [*_IMPORT.findall(text), *later]]
    return []
