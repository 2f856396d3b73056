"""Static files: bundled stylesheets and modules, addresses that change with the content, compression.

An address is `/static/<folder>/<hash>/<rest>`; the hash is over the folder, so that script modules may
import each other by relative path and still be kept by browsers for a year.
`python -m web.assets` prints what everything weighs.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from web.modules import bundle_modules

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static/"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"

_ANY = ("button", "form", "banner", "tag", "card", "progress")
BUNDLES: Final = {
    "app.css": (
        "tokens", "fonts", "base", "components/shell", "components/gate",
        *(f"components/{name}" for name in (*_ANY, "desk", "stepper", "dialog")),
        *(f"components/{name}" for name in ("table", "tabs", "trail", "slots", "vitals", "queue", "record")),
        "components/writing", "components/details", "components/filter",
        "components/duty", "components/rings",
    ),
    "patient.css": (
        "tokens", "base", *(f"components/{name}" for name in _ANY), "components/table",
        "components/patient", "components/years", "components/upload", "components/checks", "components/tile",
    ),
    "call.css": ("components/tile", "components/call", "components/panels", "components/work"),
    "stage.css": ("components/call", "components/panels", "components/stage"),
    "check.css": ("components/checks", "components/lines", "components/tile"),
    "print.css": ("components/sheet",),
    "a4.css": ("components/a4",),
    "urgent.css": ("components/urgent",),
    "phone.css": ("components/phone",),
    "roster.css": ("components/roster",),
    "charting.css": ("components/examination",),
    "attachments.css": ("components/upload", "components/viewer"),
    "rxsheet.css": ("components/rxsheet",),
    "prescriptions.css": ("components/prescribing",),
    "patterns.css": ("patterns",),
}  # fmt: skip
TEXTS: Final = {".css", ".js", ".mjs", ".svg", ".json", ".txt", ".html", ".map", ".webmanifest"}

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SYMBOL = re.compile(r'<symbol id="i-([a-z0-9-]+)"[^>]*>(.*?)</symbol>')
_PATH = re.compile(r'<path d="([^"]*)"/>')
_URL = re.compile(r'url\("([^":]+)"\)')


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    path: str
    content: bytes
    media_type: str
    digest: str
    packed: bytes | None = field(repr=False)

    @property
    def wire_bytes(self) -> int:
        """How much a browser that accepts gzip receives."""
        return len(self.content if self.packed is None else self.packed)


class Assets:
    """Every static file, read once. `url_of` gives an address, `find` the file of an address."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._digests: dict[str, str] = {}
        sources = {p.relative_to(folder).as_posix(): p for p in sorted(folder.glob("*/**/*")) if p.is_file()}
        contents = {name: path.read_bytes() for name, path in sources.items() if not name.startswith("css/")}
        contents.update(_modules(contents))
        for group in sorted({name.split("/")[0] for name in contents}):
            self._digests[group] = _digest(*(c for n, c in contents.items() if n.split("/")[0] == group))
        styles = {f"css/{name}": self._bundle(parts) for name, parts in BUNDLES.items()}
        self._digests["css"] = _digest(*styles.values())
        self._assets = {name: _asset(name, content) for name, content in {**contents, **styles}.items()}

    def url_of(self, path: str) -> str:
        """Return the address of a file below static/. Raises KeyError when there is no such file."""
        asset = self._assets[path]
        group, _, rest = asset.path.partition("/")
        return f"{PREFIX}{group}/{self._digests[group]}/{rest}"

    def get(self, path: str) -> Asset:
        """Return the file at a path below static/. Raises KeyError when there is no such file."""
        return self._assets[path]

    def find(self, address: str) -> tuple[Asset, bool] | None:
        """Return the file at an address (without /static/) and whether it may be kept for ever."""
        group, _, rest = address.partition("/")
        digest, _, tail = rest.partition("/")
        is_current = digest == self._digests.get(group)
        looks_hashed = bool(re.fullmatch(r"[0-9a-f]{10}", digest))
        asset = self._assets.get(f"{group}/{tail}" if looks_hashed else address)
        return None if asset is None else (asset, is_current)

    def paths(self) -> list[str]:
        """Return every path that has an address."""
        return sorted(self._assets)

    def _bundle(self, parts: tuple[str, ...]) -> bytes:
        sheets = []
        for part in parts:
            name = f"css/{part}.css"
            sheet = (self._folder / name).read_text("utf-8")
            sheets.append(_URL.sub(lambda hit, name=name: self._place(hit[1], name), sheet))  # type: ignore[misc]
        return squeeze("\n".join(sheets)).encode()

    def _place(self, reference: str, sheet: str) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(sheet), reference))
        group, _, rest = path.partition("/")
        return f'url("{PREFIX}{group}/{self._digests[group]}/{rest}")'


def _modules(contents: dict[str, bytes]) -> dict[str, bytes]:
    sources = {n: c.decode() for n, c in contents.items() if n.startswith("js/") and n.endswith(".js")}
    return {name: text.encode() for name, text in bundle_modules(sources).items()}


def squeeze(sheet: str) -> str:
    """Return a stylesheet without comments, needless space and leading zeros.

    Quoted text must hold no runs of space.
    """
    sheet = _COMMENT.sub("", sheet)
    sheet = re.sub(r"\s+", " ", sheet)
    # A space before a colon may be one between elements (`a :hover`), a space after it never is.
    sheet = re.sub(r"(?<=[\s:,(-])0(?=\.\d)", "", sheet.replace(": ", ":"))
    return re.sub(r" ?([{};,>]) ?", r"\1", sheet).replace(";}", "}").strip() + "\n"


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:10]


def _asset(path: str, content: bytes) -> Asset:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind == "application/javascript":
        kind = "text/javascript"
    is_text = Path(path).suffix in TEXTS
    packed = gzip.compress(content, compresslevel=9, mtime=0) if is_text else None
    return Asset(path, content, f"{kind}; charset=utf-8" if is_text else kind, _digest(content), packed)


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Return the static files of this process."""
    return Assets()


def asset(path: str) -> str:
    """Return the address of a static file, for templates. Raises KeyError for an unknown one."""
    return assets().url_of(path)


@lru_cache(maxsize=1)
def _shapes() -> dict[str, tuple[str, ...]]:
    sprite = (FOLDER / "icons/sprite.svg").read_text("utf-8")
    return {name: tuple(_PATH.findall(shapes)) for name, shapes in _SYMBOL.findall(sprite)}


def shapes_of(icon: str) -> tuple[str, ...]:
    """Return the paths an icon is drawn of, for pages that hold what they show.

    Raises KeyError for an unknown icon.
    """
    return _shapes()[icon]


def serve(request: Request, address: str) -> Response:
    """Answer a request for a static file: 200, 304 or 404."""
    found = assets().find(address)
    if found is None:
        return Response(status_code=404)
    file, is_current = found
    headers = {
        "Cache-Control": IMMUTABLE if is_current else REVALIDATE,
        "ETag": f'"{file.digest}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = file.content
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.packed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=file.media_type, headers=headers)


if __name__ == "__main__":
    for each in assets().paths():
        print(f"{assets().get(each).wire_bytes:>8}  {each}")
