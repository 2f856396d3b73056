"""Vietnamese text: normal form, search, sorting, the length of an SMS; an instant as it is signed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")

_TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"

GSM_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€\f")


def nfc(text: str) -> str:
    """Return the text as stored: NFC, trimmed, runs of white space as one space."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def paragraphs(text: str) -> str:
    """Return what somebody wrote as stored: NFC, trimmed, its lines ended as on Unix and kept."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()


def instant_text(at: datetime) -> str:
    """Return an instant as signed documents write it, RFC 3339 in UTC: `2026-11-23T01:00:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def may_be_thousands(number: str) -> bool:
    """Tell whether a number as typed may be meant in thousands: 1.000 is that in Vietnam, 1,000 elsewhere."""
    return _THOUSANDS.fullmatch(number.replace(" ", "")) is not None


def unaccent(text: str) -> str:
    """Return the text without Vietnamese marks, in the same case: `Phủ Thông` -> `Phu Thong`."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def fold(text: str) -> str:
    """Return the form names are searched by: lower case, no marks, words split by one space.

    Typed order of marks and placement of tones (hoà, hòa) make no difference.
    """
    return _NOT_WORD.sub(" ", unaccent(text).lower()).strip()


def sort_key(full_name: str) -> str:
    """Return a key that sorts people as Vietnam does: given name, then family name, then middle.

    Letters follow the alphabet a ă â b … d đ e ê … o ô ơ … u ư …; tones count second.
    """
    words = nfc(full_name).lower().split(" ")
    ordered = [words[-1], words[0], *words[1:-1]] if len(words) > 1 else words
    letters = " ".join(_letter_key(word) for word in ordered)
    tones = " ".join(_tone_key(word) for word in ordered)
    return f"{letters}|{tones}"


def given_name(full_name: str) -> str:
    """Return the given name, by which people are addressed."""
    return nfc(full_name).split(" ")[-1]


def mask_name(full_name: str) -> str:
    """Return a given name that its owner recognises and a stranger does not: `L***` for Lụa."""
    return given_name(full_name)[:1] + "***"


def _split_tone(letter: str) -> tuple[str, str]:
    decomposed = unicodedata.normalize("NFD", letter)
    tone = "".join(c for c in decomposed if c in _TONES and c)
    base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    return base, tone


def _letter_key(word: str) -> str:
    bases = (_split_tone(letter)[0] for letter in word)
    return "".join(chr(ord("A") + _LETTERS.index(base)) if base in _LETTERS else base for base in bases)


def _tone_key(word: str) -> str:
    return "".join(str(_TONES.index(_split_tone(letter)[1])) for letter in word)


@dataclass(frozen=True, slots=True)
class SmsLength:
    """How an SMS will be charged."""

    encoding: str
    units: int
    parts: int


def sms_length(text: str) -> SmsLength:
    """Count an SMS as operators do (3GPP TS 23.038): 160/153 septets, or 70/67 UCS-2 units."""
    encoding, sizes, single, joined = _measured(text)
    units = sum(sizes)
    return SmsLength(encoding, units, 1 if units <= single else len(_ends(sizes, joined)))


def sms_parts(text: str) -> list[str]:
    """Cut a text into the parts an operator charges for; one that fits stays whole."""
    _, sizes, single, joined = _measured(text)
    if sum(sizes) <= single:
        return [text]
    ends = _ends(sizes, joined)
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _measured(text: str) -> tuple[str, list[int], int, int]:
    """Return the alphabet, the units of each letter, and how many fit one part alone or joined."""
    if all(c in GSM_BASIC or c in GSM_EXTENDED for c in text):
        return "GSM-7", [2 if c in GSM_EXTENDED else 1 for c in text], 160, 153
    return "UCS-2", [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67


def _ends(sizes: list[int], joined: int) -> list[int]:
    """Return where each part ends: a letter of two units never lies across two parts."""
    ends, used = [], 0
    for at, size in enumerate(sizes):
        if used + size > joined:
            ends.append(at)
            used = 0
        used += size
    return [*ends, len(sizes)]
