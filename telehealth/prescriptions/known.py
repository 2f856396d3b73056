"""Which ingredients a name stands for, as far as the program knows: other spellings, names on boxes.

Pure but for the files of the package. What is not known here is not wrong; nothing can be said of it.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from telehealth.kit.text import fold
from telehealth.prescriptions.formularies import ingredients_known, read_formulary
from telehealth.prescriptions.rules import Line, names_in, sounds

_WORD_AT_LEAST: Final = 7
"""Letters of a single word that can hardly be a Vietnamese syllable."""
_NAME_AT_LEAST: Final = 4


@lru_cache(maxsize=1)
def other_names() -> Mapping[str, tuple[str, ...]]:
    """Return the ingredients of every other name there is in `data/names.toml`."""
    text = files("telehealth.prescriptions").joinpath("data/names.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: tuple(each.strip() for each in ingredients.split("+"))
            for ingredients, names in tomllib.loads(text)["names"].items()
            for name in names
        }
    )


@lru_cache(maxsize=1)
def _ingredients() -> Mapping[str, tuple[str, ...]]:
    """Return what every known name stands for: an ingredient for itself."""
    table = files("telehealth.prescriptions").joinpath("data/medicines.csv").read_bytes()
    listed = (name for row in read_formulary(table) for name in row.ingredients)
    itself = {name.lower(): (name.lower(),) for name in (*listed, *ingredients_known())}
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, stands_for in (itself | dict(other_names())).items():
        found[sounds(name)] = (name, stands_for)
    return MappingProxyType(dict(found.values()))


def ingredients_of(line: Line) -> tuple[str, ...]:
    """Return the ingredients of a line: as its list has them, else those its own words are known to name."""
    return line.ingredients if line.is_listed else ingredients_in(f"{line.generic_name} {line.brand_name}")


def ingredients_in(text: str) -> tuple[str, ...]:
    """Return the known ingredients that words name, however they are spelt; none where nothing is known."""
    known = _ingredients()
    found = [each for name in names_in(text, tuple(known)) for each in known[name]]
    return tuple({sounds(each): each for each in found}.values())


def own_names(line: Line) -> tuple[str, ...]:
    """Return the words of a line that can be a medicine's name: what stands before figures, long words."""
    found: list[str] = []
    for text in (line.generic_name, line.brand_name):
        words = fold(text).split()
        figures = (place for place, word in enumerate(words) if not word.isalpha())
        name = " ".join(words[: next(figures, len(words))])
        found += [name] if len(name) >= _NAME_AT_LEAST else []
        found += [word for word in words if word.isalpha() and len(word) >= _WORD_AT_LEAST]
    return tuple(dict.fromkeys(found))
