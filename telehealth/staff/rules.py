"""Roles, qualifications and what follows from them; passwords, PINs and how often one may try."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise
from unicodedata import normalize

from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.kit.text import fold


class Role(StrEnum):
    """What a membership does at its facility."""

    STATION_NURSE = "station_nurse"
    STATION_PRACTITIONER = "station_practitioner"
    DOCTOR = "doctor"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    ADMIN = "admin"


class Qualification(StrEnum):
    """What a person was trained as; the licence follows it (Law 15/2023/QH15, art. 26)."""

    DOCTOR = "doctor"
    ASSISTANT_PHYSICIAN = "assistant_physician"
    NURSE = "nurse"
    MIDWIFE = "midwife"
    PHARMACIST = "pharmacist"
    OTHER = "other"


DRAFT_LASTS = timedelta(days=14)
"""How long a browser keeps what was typed and never sent: lines are down, people on leave."""

DIAGNOSING = frozenset({Qualification.DOCTOR, Qualification.ASSISTANT_PHYSICIAN})
"""Who may diagnose, prescribe and sign, with a licence. A nurse or midwife never does."""

TREATING = frozenset({Role.STATION_PRACTITIONER, Role.DOCTOR})
"""Roles that answer for treatment, so they need a qualification to treat and a licence."""

TRIES, TRIES_WITHIN = 5, timedelta(minutes=15)
"""How many tries to sign in an account takes, on one device, in a span of time."""

SHIFT = timedelta(hours=12)
"""How long after a password a PIN is enough on that device."""

REMEMBERED = timedelta(days=30)
"""How long a device remembers who signed in on it with a password."""

ACTIVATION_LASTS = timedelta(hours=24)
WRONG_PINS = 5

LANGUAGE = re.compile(r"[a-z]{2,3}")
VIETNAMESE = "vi"
"""What everybody speaks; a language wanted beside it narrows a search."""

PASSWORD_LENGTH = (8, 256)
"""Hard floor and ceiling; pages advise 12. No rules of composition (OWASP ASVS 5.0, 6.2.1, 6.2.5)."""

DEMO_PASSWORD = "lua-nuong-2026"  # noqa: S105  (printed on the demo's sign-in page; its people are invented)
DEMO_PIN = "246810"

_CONTEXT = ("telehealth", "khamtuxa", "tramyte", "tramytexa", "matkhau")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_PIN = re.compile(r"[0-9]{6}")
_NOT_LETTER = re.compile(r"[^a-z]+")


def may_treat(qualification: Qualification, licence_number: str | None) -> bool:
    """Tell whether a membership may diagnose, prescribe and sign at all."""
    return qualification in DIAGNOSING and bool(licence_number)


def check_membership(role: Role, qualification: Qualification, licence_number: str | None) -> None:
    """Raise `qualification-not-fitting` or `licence-missing` when the role needs what is not there."""
    if role not in TREATING:
        return
    if qualification not in DIAGNOSING or (role is Role.DOCTOR and qualification is not Qualification.DOCTOR):
        raise InvalidError("qualification-not-fitting", field="qualification")
    if not licence_number:
        raise InvalidError("licence-missing", field="licence_number")


def assignable(role: Role) -> list[Role]:
    """List the roles somebody of this role may give, and whose holders they may move or close."""
    if role is Role.ADMIN:
        return list(Role)
    return [each for each in Role if each is not Role.ADMIN] if role is Role.MANAGER else []


def normalise_username(text: str) -> str:
    """Return the stored form of a user name as typed: a phone in E.164, or a word in lower case."""
    plain = normalize("NFC", text).strip().lower()
    if any(letter.isalpha() for letter in plain):
        return plain
    try:
        return parse_phone(plain)
    except InvalidError:
        return plain


def check_username(text: str) -> str:
    """Return the stored form of a new user name; raise `username-invalid`."""
    username = normalise_username(text)
    if not username.startswith("+") and not _USERNAME.fullmatch(username):
        raise InvalidError("username-invalid", field="username")
    return username


def prepare_password(text: str) -> str:
    """Return the password to hash: as typed, in one normal form, so that any keyboard gives the same."""
    return normalize("NFC", text)


def check_password(password: str, *, context: Iterable[str] = ()) -> None:
    """Refuse passwords that are guessed first.

    `context` are words around the person: user name, name, facility. Raises `password-too-short`,
    `password-too-long`, `password-common`, `password-guessable`. OWASP ASVS 5.0 6.2.1 to 6.2.12.
    """
    shortest, longest = PASSWORD_LENGTH
    if len(password) < shortest:
        raise InvalidError("password-too-short", field="password", minimum=shortest)
    if len(password) > longest:
        raise InvalidError("password-too-long", field="password", maximum=longest)
    if password.lower() in common_passwords() or len(set(password)) < 3:
        raise InvalidError("password-common", field="password")
    plain = fold(password).replace(" ", "")
    around = {normalise_username(word) for word in (*_CONTEXT, *context)}
    words = {fold(word).replace(" ", "") for word in around}
    is_name = normalise_username(password) in around
    if is_name or plain in words or (_NOT_LETTER.sub("", plain) or None) in words:
        raise InvalidError("password-guessable", field="password")


@cache
def common_passwords() -> frozenset[str]:
    """Return the offline list of passwords everybody tries first (data/common_passwords.md)."""
    text = files("telehealth.staff").joinpath("data/common_passwords.csv").read_text("utf-8")
    return frozenset(text.splitlines()[1:])


def is_pin(text: str) -> bool:
    """Tell whether a text is a PIN by its form; no password is as short as one."""
    return _PIN.fullmatch(text) is not None


def check_pin(pin: str) -> None:
    """Raise `pin-invalid` unless it is six digits, `pin-guessable` for a row or a repetition."""
    if not is_pin(pin):
        raise InvalidError("pin-invalid", field="pin")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}) or pin[:3] == pin[3:] or pin[:2] == pin[2:4] == pin[4:]:
        raise InvalidError("pin-guessable", field="pin")


def wait_until(tries: Sequence[datetime], now: datetime) -> datetime | None:
    """Return when the next try is let in, or None when it may be made now.

    `tries` are those let in that have not succeeded: never more than TRIES in any TRIES_WITHIN.
    """
    recent = sorted(at for at in tries if at > now - TRIES_WITHIN)
    return recent[-TRIES] + TRIES_WITHIN if len(recent) >= TRIES else None


def check_languages(codes: Iterable[str]) -> list[str]:
    """Return ISO 639 codes each once, without Vietnamese, which all speak; raise `language-unknown`."""
    wanted = list(dict.fromkeys(codes))
    if not all(LANGUAGE.fullmatch(code) for code in wanted):
        raise InvalidError("language-unknown", field="language_codes")
    return [code for code in wanted if code != VIETNAMESE]
