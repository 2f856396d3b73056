"""Words by key: the catalogues, the language of a request, `t`.

Catalogues are `locales/<language>/<area>.toml`. All files of a language make one table; the same
key in two files is refused, so that nobody overrides words by accident.
"""

import logging
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

LANGUAGES: Final = ("vi", "en")
DEFAULT_LANGUAGE: Final = "vi"
COOKIE: Final = "lang"
FOLDER: Final = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)
_log = logging.getLogger(__name__)
_strict = False

Entry = str | Mapping[str, str]


class MissingTextError(LookupError):
    """A key no catalogue of the language holds; raised only when catalogues are strict."""


def set_strict(strict: bool) -> None:
    """Raise on a missing key (tests) or print the Vietnamese text, then the key (production)."""
    global _strict
    _strict = strict


def current_language() -> str:
    """Return the language being printed in."""
    return _language.get()


@contextmanager
def language(code: str) -> Iterator[None]:
    """Print in this language inside the block."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


def choose_language(cookie: str | None, accept_language: str | None) -> str:
    """Return the language of a request: the reader's own choice, then the browser's, then Vietnamese."""
    if cookie in LANGUAGES:
        return cookie
    wishes: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        code = tag.split("-")[0].lower()
        if code in LANGUAGES:
            wishes.append((_quality(quality), code))
    best = max(wishes, key=lambda wish: wish[0], default=(0.0, DEFAULT_LANGUAGE))
    return best[1] if best[0] > 0 else DEFAULT_LANGUAGE


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def t(key: str, /, **params: object) -> str:
    """Return the words of `key` in the current language, with `{name}` filled from `params`.

    An entry that is a table (`one`, `other`) is chosen by `count`. Raises MissingTextError when
    catalogues are strict and the key is unknown.
    """
    return translate(key, current_language(), params)


def has_text(key: str, code: str = DEFAULT_LANGUAGE) -> bool:
    """Say whether the catalogue of the language holds the key."""
    return key in catalogue(code)


def translate(key: str, code: str, params: Mapping[str, object]) -> str:
    """Return the words of `key` in the language `code`; see `t`."""
    entry = catalogue(code).get(key)
    if entry is None:
        if _strict:
            raise MissingTextError(f"{code}: {key}")
        _log.error("text missing: %s in %s", key, code)
        entry = catalogue(DEFAULT_LANGUAGE).get(key, key)
    if not isinstance(entry, str):
        entry = entry["one" if params.get("count") == 1 and "one" in entry else "other"]
    return entry.format_map(params) if params else entry


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> Mapping[str, Entry]:
    """Return every text of a language by dotted key. Raises ValueError for a bad file or a repeated key."""
    texts: dict[str, Entry] = {}
    for path in sorted((FOLDER / code).glob("*.toml")):
        for key, entry in _flatten(_read(path)):
            if key in texts:
                raise ValueError(f"{path.name} repeats the text {key}")
            texts[key] = entry
    return texts


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"{path.parent.name}/{path.name}: {fault}") from fault


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict) and "other" in value and set(value) <= {"one", "other"}:
            yield key, cast("Mapping[str, str]", value)
        elif isinstance(value, dict):
            yield from _flatten(value, f"{key}.")
        else:
            raise ValueError(f"{key}: texts are strings")
