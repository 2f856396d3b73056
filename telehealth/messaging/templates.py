"""The texts and the forbidden words: from data, checked before anything is sent, and as they were edited."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from telehealth.messaging.rules import Template, Variant, faults_of

_DATA: Final = Path(__file__).parent / "data"

Key = tuple[str, Variant]


@lru_cache(maxsize=1)
def templates() -> Mapping[Key, Template]:
    """Return every text by kind and variant. Raises ValueError for one that may not be sent."""
    table = tomllib.loads((_DATA / "templates.toml").read_text("utf-8"))
    found = {
        (key, Variant(variant)): make_template(key, Variant(variant), entry["text"], entry.get("call", ""))
        for key, variants in table.items()
        for variant, entry in variants.items()
    }
    for (key, variant), template in found.items():
        if faults := faults_of(template, forbidden_words()):
            raise ValueError(f"template {key}, {variant}: {', '.join(faults)}")
    return MappingProxyType(found)


def make_template(key: str, variant: Variant, text: str, call: str, version: int = 0) -> Template:
    """Return a text whose piece `{call}` is printed when there is a number to phone."""
    return Template(key, text, {"call": call} if call else {}, variant, version)


@lru_cache(maxsize=1)
def forbidden_words() -> tuple[str, ...]:
    """Return the phrases no message may hold, folded."""
    lines = (_DATA / "forbidden_words.txt").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def get_template(key: str, variant: Variant = Variant.PLAIN) -> Template:
    """Return the text that comes with the program; raise KeyError for a key nobody wrote."""
    return templates()[key, variant]
