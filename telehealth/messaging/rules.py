"""What a message may say and how long it may be. Pure.

Limits follow how Vietnamese operators register and charge texts: one fixed text per kind, changing
parts bounded, the address last; 160 GSM-7 characters are one part (3GPP TS 23.038).
"""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telehealth.kit.settings import UnusableSettingError
from telehealth.kit.text import GSM_BASIC, SmsLength, fold, sms_length, unaccent

LONGEST: Final = MappingProxyType(
    {"brand": 11, "time": 5, "date": 5, "facility": 30, "phone": 11, "link": 55, "code": 6}
)
"""The longest value of each changing part; a brand name has at most 11 characters by regulation."""

LINK_PATH: Final = "/k/"
TOKEN_LENGTH: Final = 22
NEUTRAL_FACILITY: Final = "co so y te"
HIDDEN_LINK: Final = "…/k/…"
HIDDEN_CODE: Final = "……"


class Variant(StrEnum):
    """In which letters and language a text is."""

    PLAIN = "plain"
    ACCENTED = "accented"
    ENGLISH = "english"


MOST_PARTS: Final = MappingProxyType({Variant.PLAIN: 1, Variant.ACCENTED: 2, Variant.ENGLISH: 1})
"""Marks cost: a part holds 160 plain letters, or 70 of any text with marks."""


@dataclass(frozen=True, slots=True)
class Template:
    """The fixed text of one kind of message, with names in braces where values go."""

    key: str
    text: str
    optional: Mapping[str, str] = field(default_factory=dict)
    variant: Variant = Variant.PLAIN
    version: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The values the text can take, those of optional pieces included."""
        pieces = (self.text, *self.optional.values())
        return frozenset(n for piece in pieces for n in _names(piece)) - set(self.optional)

    @property
    def has_link(self) -> bool:
        """Whether the text ends with an address."""
        return "link" in self.names


def render(template: Template, values: Mapping[str, str]) -> str:
    """Return the text; an optional piece whose values are missing or empty is left out.

    Raises KeyError when a value the text itself needs is missing.
    """
    pieces = {
        name: piece.format_map(values) if all(values.get(n) for n in _names(piece)) else ""
        for name, piece in template.optional.items()
    }
    return template.text.format_map({**values, **pieces})


def faults_of(template: Template, forbidden: Iterable[str]) -> list[str]:
    """Say why a template may not be sent; an empty list when it may.

    `unknown-part`, `sender-not-first`, `link-not-last`, `not-gsm`, `too-many-parts`, `forbidden-word`.
    """
    try:
        if not template.names <= set(LONGEST) or _is_formatted(template):
            return ["unknown-part"]
        longest = longest_of(template)
    except (ValueError, KeyError, IndexError, AttributeError):
        return ["unknown-part"]
    faults = []
    if not template.text.startswith("{brand}: "):
        faults.append("sender-not-first")
    if template.has_link and not template.text.endswith(" {link}"):
        faults.append("link-not-last")
    if longest.encoding != "GSM-7" and template.variant is not Variant.ACCENTED:
        faults.append("not-gsm")
    elif longest.parts > MOST_PARTS[template.variant]:
        faults.append("too-many-parts")
    fixed = " ".join(_fixed(piece) for piece in (template.text, *template.optional.values()))
    if names_illness(fixed, forbidden):
        faults.append("forbidden-word")
    return faults


def longest_of(template: Template) -> SmsLength:
    """Return the length of a text with each changing part as long as it may be."""
    return sms_length(render(template, {name: "x" * size for name, size in LONGEST.items()}))


def names_illness(text: str, forbidden: Iterable[str]) -> bool:
    """Tell whether a text holds a forbidden phrase as whole words, with or without marks."""
    padded = f" {fold(text)} "
    return any(f" {phrase} " in padded for phrase in forbidden)


def fitting_facility(sms_name: str, forbidden: Iterable[str]) -> str:
    """Return a facility's name as a message may hold it: plain letters, bounded, telling no illness."""
    name = "".join(c for c in unaccent(sms_name) if c.isascii() and c.isprintable() and c in GSM_BASIC)
    if not name.strip() or names_illness(name, forbidden):
        return NEUTRAL_FACILITY
    limit = LONGEST["facility"]
    return name if len(name) <= limit else name[: limit + 1].rsplit(" ", 1)[0][:limit]


def link_address(base_url: str, token: str) -> str:
    """Return the address a patient taps."""
    return f"{base_url.rstrip('/')}{LINK_PATH}{token}"


def require_short_address(base_url: str) -> None:
    """Raise UnusableSettingError when links on this address would push texts into a second part."""
    room = LONGEST["link"] - len(LINK_PATH) - TOKEN_LENGTH
    if len(base_url.rstrip("/")) > room:
        raise UnusableSettingError(
            f"TELEHEALTH_BASE_URL: must be at most {room} characters for links to fit an SMS"
        )


def require_brand(brand: str) -> None:
    """Raise UnusableSettingError for a sender's name that is not 1 to 11 plain letters and digits."""
    if not (brand.isascii() and brand.isalnum() and len(brand) <= LONGEST["brand"]):
        raise UnusableSettingError("TELEHEALTH_SMS_BRAND: must be 1 to 11 unaccented letters and digits")


def _names(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def _is_formatted(template: Template) -> bool:
    """Tell whether a part is to be padded or converted: an administrator writes names only."""
    pieces = (template.text, *template.optional.values())
    return any(spec or how for each in pieces for _, _, spec, how in string.Formatter().parse(each))


def _fixed(text: str) -> str:
    return " ".join(literal for literal, _, _, _ in string.Formatter().parse(text))
