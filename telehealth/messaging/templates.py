"""The templates and the forbidden words, read from data once and checked before anything is sent."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from telehealth.messaging.rules import Template, faults_of

_DATA: Final = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Return every template by key. Raises ValueError for one that may not be sent."""
    table = tomllib.loads((_DATA / "templates.toml").read_text("utf-8"))
    found = {key: Template(key, entry["text"], entry.get("optional", {})) for key, entry in table.items()}
    for template in found.values():
        if faults := faults_of(template, forbidden_words()):
            raise ValueError(f"template {template.key}: {', '.join(faults)}")
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def forbidden_words() -> tuple[str, ...]:
    """Return the phrases no message may hold, folded."""
    lines = (_DATA / "forbidden_words.txt").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def get_template(key: str) -> Template:
    """Return a template; raise KeyError for a key nobody wrote."""
    return templates()[key]
