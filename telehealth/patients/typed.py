"""What somebody typed, pasted or scanned to find or register a patient, taken apart. Pure."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, TypedDict

from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.kit.text import fold
from telehealth.patients.rules import BHYT_FORMATS, MRN_DIGITS, Birth, Sex, person_key, read_birth

_SEXES: Final = {"nam": Sex.MALE, "nữ": Sex.FEMALE, "nu": Sex.FEMALE, "1": Sex.MALE, "2": Sex.FEMALE}
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_NUMBER: Final = re.compile(r"\+?[0-9]{6,}|[A-Z]{2}[0-9]{13}")
_PHONE: Final = re.compile(r"(?<![0-9])(?:\+84|0)(?:[ .\-]?[0-9]){9}(?![0-9])")
WORDS_AT_MOST: Final = 8
"""The longest names have seven words; what is typed beyond that narrows nothing."""


@dataclass(frozen=True, slots=True)
class CardText:
    """What the QR code on an identity or insurance card says."""

    full_name: str
    birth_text: str
    sex: Sex | None
    address: str
    cccd: str = ""
    bhyt: str = ""


def read_card(text: str) -> CardText | None:
    """Read the text of a card's QR code, as a keyboard-wedge scanner types it; None when it is not one.

    Identity cards since 2021: `012345678901|<old number>|<name>|ddmmyyyy|Nam or Nữ|<address>|ddmmyyyy`.
    Paper insurance cards: `<number>|<name, UTF-8 in hex>|dd/mm/yyyy|1 or 2|<address, in hex>|…`, as they
    are seen in the field; no public text of the format was found, so what does not fit is left out.
    """
    parts = [part.strip() for part in text.strip().split("|")]
    if len(parts) < 5:
        return None
    if len(parts) > 5 and BHYT_FORMATS["personal_12"].fullmatch(parts[0]) and not _from_hex(parts[1]):
        return CardText(parts[2], _birth_label(parts[3]), _SEXES.get(parts[4].lower()), parts[5], parts[0])
    number, name = parts[0].upper(), _from_hex(parts[1])
    if name and any(form.fullmatch(number) for form in BHYT_FORMATS.values()):
        birth, sex, address = _birth_label(parts[2]), _SEXES.get(parts[3].lower()), _from_hex(parts[4])
        return CardText(name, birth, sex, address, bhyt=number)
    return None


@dataclass(frozen=True, slots=True)
class SearchText:
    """What a search asks for. All that is given must fit; numbers are exact."""

    words: tuple[str, ...] = ()
    birth: Birth | None = None
    person_number: str | None = None
    phone: str | None = None
    mrn: str | None = None
    unknown: str | None = None
    """Digits that are no number a patient is found by."""
    is_card: bool = False

    @property
    def person_keys(self) -> tuple[str, ...]:
        """What a CCCD or BHYT number is looked up by."""
        return (person_key(self.person_number),) if self.person_number else ()

    @property
    def is_number(self) -> bool:
        """Whether a number is to be found exactly."""
        return bool(self.person_number or self.phone or self.mrn)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for, or something nobody can be found by."""
        return bool(self.unknown) or not (self.words or self.birth or self.is_number)


def read_search(text: str, *, today: date) -> SearchText:
    """Take a search apart: a scanned card, or words of a name, a birth date or year, a number, in any order.

    A phone may be typed with spaces anywhere, another number when it stands alone.
    """
    if card := read_card(text):
        return SearchText(person_number=card.cccd or card.bhyt, is_card=True)
    alone = re.sub(r"[\s.\-]", "", text).upper()
    if _NUMBER.fullmatch(alone) and not read_birth(text.strip()):
        return SearchText(**_read_number(alone))
    words: list[str] = []
    numbers: _Numbers = {}
    birth: Birth | None = None
    if phone := _PHONE.search(text):
        text = text.replace(phone[0], re.sub(r"[ .\-]", "", phone[0]))
    for token in text.split():
        found = read_birth(token)
        if found is not None and birth is None and found.on <= today:
            birth = found
        elif _NUMBER.fullmatch(token.upper()):
            numbers |= _read_number(token.upper())
        else:
            words += fold(token).split()
    return SearchText(words=tuple(dict.fromkeys(words))[:WORDS_AT_MOST], birth=birth, **numbers)


class _Numbers(TypedDict, total=False):
    person_number: str
    phone: str
    mrn: str
    unknown: str


def _read_number(number: str) -> _Numbers:
    found: _Numbers = {}
    if any(pattern.fullmatch(number) for pattern in BHYT_FORMATS.values()):
        found["person_number"] = number
    with suppress(InvalidError):
        found["phone"] = parse_phone(number)
    if len(number) == MRN_DIGITS:
        found["mrn"] = number
    return found or {"unknown": number}


def _birth_label(text: str) -> str:
    birth = read_birth(text)
    return birth.label if birth else text


def _from_hex(text: str) -> str:
    """Return the text behind hexadecimal digits; empty for anything else."""
    if not _HEX.fullmatch(text):
        return ""
    try:
        return bytes.fromhex(text).decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
