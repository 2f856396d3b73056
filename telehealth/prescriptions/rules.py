"""What a prescription consists of: lines, exact amounts, what a signature needs.

Required fields, 30 and 90 days, and the facts of small children: TT 26/2025/TT-BYT.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from uuid import UUID

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import fold, nfc
from telehealth.patients.rules import Birth, Precision

MAX_LINES: Final = 30
TEXT_LIMIT: Final = 200
INSTRUCTION_LIMIT: Final = 500
DAYS_PLAIN: Final = 30
DAYS_LONGEST: Final = 90
SMALL_CHILD_MONTHS: Final = 72
MOST_TIMES: Final = 24
MOST_DOSE: Final = Decimal(9_999)
MOST_TOTAL: Final = Decimal(99_999)
MOST_WEIGHT_KG: Final = Decimal(400)
TYPE_LETTER: Final = "c"
"""The kind of prescription written here: basic. Narcotics, psychotropics and herbal ones have their own."""

_SPOKEN: Final = (
    *(("ph", "f"), ("th", "t"), ("ch", "c"), ("gh", "g"), ("rh", "r"), ("qu", "k"), ("y", "i"), ("j", "g")),
    *(("z", "s"), ("tp", "sp"), ("cx", "s"), ("cs", "s"), ("ks", "s"), ("x", "s"), ("nf", "lf"), ("k", "c")),
)
"""Letters that Vietnamese, French and English spellings of one medicine have for one sound, in this order."""

_ENDINGS: Final = MappingProxyType({"l": "n", "t": "d"})
"""Vietnamese syllables end in neither l nor d: paracetamon, sunfamit."""

_LAST_LETTER: Final = re.compile("[lt]$")
_LONG_ENOUGH: Final = 6
_SPELT_LONGER: Final = 8
"""How many letters more than the list's a spelling of a name may have."""

_THOUSANDTH: Final = Decimal("0.001")


class DrugClass(StrEnum):
    """What the rules must know of a medicine beside its ingredients."""

    ORDINARY = "ordinary"
    ANTIBIOTIC = "antibiotic"
    NARCOTIC = "narcotic"
    PSYCHOTROPIC = "psychotropic"
    PRECURSOR = "precursor"


CONTROLLED: Final = frozenset({DrugClass.NARCOTIC, DrugClass.PSYCHOTROPIC, DrugClass.PRECURSOR})
"""Prescribed on forms of their own (type letters n and h), never on this one."""

MOMENTS: Final = ("morning", "noon", "evening", "night")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One medicine as its writer gives it; what is not given yet is None or empty.

    `dose` is the amount of `unit` each time, `times` a day; `moments` instead says how much in the morning,
    at noon, in the evening and at night. `total` is None while the computed one stands.
    """

    generic_name: str
    medicine_id: UUID | None = None
    brand_name: str = ""
    strength: str = ""
    form: str = ""
    route: str = ""
    unit: str = ""
    dose: Decimal | None = None
    times: int | None = None
    moments: Mapping[str, Decimal] = field(default_factory=dict)
    days: int | None = None
    total: Decimal | None = None
    total_reason: str = ""
    instructions: str = ""
    drug_class: DrugClass = DrugClass.ORDINARY
    ingredients: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    acknowledged: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_listed(self) -> bool:
        """Whether it comes from a formulary; only then anything can be checked."""
        return self.medicine_id is not None


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine the patient takes already: carried forward in words, or of another prescription in force.

    `place` says where that prescription is; it is empty for what is carried.
    """

    text: str
    ingredients: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class LongUse:
    """The list of diseases for more than 30 days, and which of the visit's diagnoses are on it.

    An empty `label`: no list was imported, so nothing can be compared.
    """

    label: str = ""
    codes: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether there is a list, and no diagnosis of the visit is on it."""
        return bool(self.label) and not self.codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the rules ask of the patient, and what is found. `age_months` is None where too little of the
    birth is known.
    """

    age_months: int | None
    is_small_child: bool
    has_personal_id: bool
    no_id_reason: str = ""
    allergies: str = ""
    long_use: LongUse = LongUse()
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is said of the whole prescription: for a small child its weight and who brought it."""

    weight_kg: Decimal | None = None
    escort_name: str = ""
    long_reason: str = ""


def daily_amount(line: Line) -> Decimal | None:
    """Return how much is taken in a day, in the line's unit; None while it is not said."""
    if line.moments:
        return sum(line.moments.values(), Decimal(0))
    if line.dose is None or line.times is None:
        return None
    return line.dose * line.times


def computed_total(line: Line) -> Decimal | None:
    """Return what is handed out: the day's amount for so many days, up to the next whole unit."""
    daily = daily_amount(line)
    if daily is None or line.days is None:
        return None
    return (daily * line.days).to_integral_value(rounding=ROUND_CEILING)


def total_of(line: Line) -> Decimal | None:
    """Return what is handed out: as stated, else as computed."""
    return line.total if line.total is not None else computed_total(line)


def quantity_text(amount: Decimal) -> str:
    """Return an amount as paper has it, so that no figure can be put before it: 05, 28, 02,5."""
    whole, _, rest = format(amount.normalize(), "f").partition(".")
    return f"{whole.zfill(2)},{rest}" if rest else whole.zfill(2)


def age_in_months(birth: Birth, on: date) -> int | None:
    """Return the completed months of life; None where only the year of birth is known."""
    if birth.precision is Precision.YEAR:
        return None
    return _months(birth.on, on)


def may_be_small_child(birth: Birth, on: date) -> bool:
    """Tell whether the person may be under 72 months old: what is not known counts as younger."""
    return _months(birth.latest, on) < SMALL_CHILD_MONTHS


def _months(born: date, on: date) -> int:
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


@lru_cache(maxsize=8_192)
def sounds(text: str) -> str:
    """Return a name as it sounds, for comparing names of medicines: without marks, spaces, hyphens, doubles.

    Amoxicillin, amoxicilin and amoxixilin are the same; so are sulfamide, sunfamit and sun-fa-mít.
    """
    plain = sounds_begun(text)
    if len(plain) < _LONG_ENOUGH:
        return plain
    return _LAST_LETTER.sub(lambda last: _ENDINGS[last[0]], re.sub(r"(?<=[nld])e$", "", plain))


def sounds_begun(text: str) -> str:
    """Return how a name sounds that may go on: as `sounds`, its ending as it is written."""
    plain = fold(text).replace(" ", "")
    for written, spoken in _SPOKEN:
        plain = plain.replace(written, spoken)
    plain = re.sub(r"s(?=[ei])", "c", plain)
    return re.sub(r"([a-z])\1", r"\1", plain).replace("cici", "ci")


def names_in(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return which of the names stand in a text, as whole words in order, however they are spelt.

    Syllables may stand apart or be joined: pê-ni-xi-lin, pê ni xi lin. Names that sound alike count once.
    """
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(sounds(name), name)
    said = _said(text, max(map(len, names), default=0) + _SPELT_LONGER)
    return tuple(name for sound, name in wanted.items() if sound and sound in said)


def _said(text: str, longest: int) -> set[str]:
    """Return how every run of words sounds that is no longer than this many letters."""
    words = fold(text).split()
    found = set[str]()
    for first in range(len(words)):
        joined = ""
        for word in words[first:]:
            joined += word
            if len(joined) > longest:
                break
            found.add(sounds(joined))
    return found


def accept_amount(value: Decimal | None, *, field: str, most: Decimal = MOST_DOSE) -> Decimal | None:
    """Return an amount as stored: more than 0, at most three decimals; raise `amount-invalid`."""
    if value is None:
        return None
    if not value.is_finite() or not 0 < value <= most or value != value.quantize(_THOUSANDTH):
        raise InvalidError("amount-invalid", field=field, limit=int(most))
    return value


def accept_line(line: Line) -> Line:
    """Return a line as stored; amounts by the time of day are the dose, so no other one stands beside them.

    Raises `amount-invalid`, `count-invalid`, `line-too-long`, `medicine-unnamed`.
    """
    _require_counts(line)
    texts = {
        name: _short(getattr(line, name), name)
        for name in ("generic_name", "brand_name", "strength", "form", "route", "unit", "total_reason")
    }
    if not texts["generic_name"]:
        raise InvalidError("medicine-unnamed", field="generic_name")
    moments = {
        name: amount
        for name in MOMENTS
        if (amount := accept_amount(line.moments.get(name) or None, field="moments")) is not None
    }
    dose = accept_amount(line.dose, field="dose")
    reasons = {code: _short(why, "acknowledged") for code, why in line.acknowledged.items()}
    return Line(
        **texts,
        medicine_id=line.medicine_id,
        dose=None if moments else dose,
        times=None if moments else line.times,
        moments=MappingProxyType(moments),
        days=line.days,
        total=accept_amount(line.total, field="total", most=MOST_TOTAL),
        instructions=_short(line.instructions, "instructions", INSTRUCTION_LIMIT),
        drug_class=line.drug_class,
        ingredients=line.ingredients,
        groups=line.groups,
        acknowledged=MappingProxyType({code: why for code, why in reasons.items() if why}),
    )


def accept_facts(facts: Facts) -> Facts:
    """Return what is said of the whole as stored; raise `amount-invalid`, `line-too-long`."""
    return Facts(
        weight_kg=accept_amount(facts.weight_kg, field="weight_kg", most=MOST_WEIGHT_KG),
        escort_name=_short(facts.escort_name, "escort_name"),
        long_reason=_short(facts.long_reason, "long_reason"),
    )


def _require_counts(line: Line) -> None:
    for value, name, most in ((line.times, "times", MOST_TIMES), (line.days, "days", DAYS_LONGEST)):
        if value is not None and not 1 <= value <= most:
            raise InvalidError("count-invalid", field=name, limit=most)


def _short(text: str, name: str, limit: int = TEXT_LIMIT) -> str:
    cleaned = nfc(text)
    if len(cleaned) > limit:
        raise InvalidError("line-too-long", field=name, limit=limit)
    return cleaned
