"""Questionnaires as data, and how answers are judged by the rules of their version. Pure.

A version is a TOML text: a name, questions, rules. A rule names a level and conditions that must all hold.
Whatever is unanswered, cannot be read, or is free text is never green: a person has to look at it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import may_be_thousands, nfc

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
CONDITION: Final = re.compile(r"([a-z][a-z0-9_]*) *(>=|<=|>|<|=) *([a-z0-9_.,-]+)")
SOURCE_LIMIT: Final = 20_000
QUESTIONS_AT_MOST: Final = 15
RULES_AT_MOST: Final = 40
WORDS_LIMIT: Final = 200
TEXT_LIMIT: Final = 500
_FAR: Final = Decimal(1_000_000)
"""No answer lies as far from nought as this."""
PHOTOS_AT_MOST: Final = 2
PHOTO_SENT: Final = "photo"
"""The answer to a question for a photo: that one came. Which one stands beside the answer."""

YES: Final = "yes"
NO: Final = "no"
_NUMBERS: Final = {">=": ge, "<=": le, ">": gt, "<": lt, "=": eq}


class Level(StrEnum):
    """What answers ask for, from the least to the most pressing."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


RANK: Final = {"": 0, Level.GREEN: 1, Level.AMBER: 2, Level.RED: 3}


class Kind(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    PHOTO = "photo"


_UNRULED: Final = frozenset({Kind.TEXT, Kind.PHOTO})
"""What no rule can compare: a person has to look."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Vietnamese and English."""

    vi: str
    en: str

    def get(self, language: str) -> str:
        """Return the words in a language; Vietnamese for one that is not there."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what is asked, and which answers can be read."""

    code: str
    kind: Kind
    words: Words
    unit: str = ""
    decimals: int = 0
    possible: tuple[Decimal, Decimal] | None = None
    options: tuple[tuple[str, Words], ...] = ()
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of an answer with a value."""

    question: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions hold: then the answers are at least of this level, and this is said of them."""

    level: Level
    words: Words
    when: tuple[Condition, ...]
    source: str = ""
    """Where the threshold comes from, and how far that was compared; for whoever approves."""


@dataclass(frozen=True, slots=True)
class Content:
    """One version of a questionnaire."""

    name: Words
    origin: str
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level, the rules that held (by their place), and the questions that have no readable answer."""

    level: Level
    fired: tuple[int, ...]
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every question that must be answered was, readably."""
        return not self.missing and not self.unreadable


def worst(*levels: str) -> str:
    """Return the most pressing of some levels, empty ones among them."""
    return max(levels, key=lambda each: RANK[each], default="")


def read_value(question: Question, text: str) -> str | Decimal | None:
    """Return an answer as it can be compared; None for one that cannot be read."""
    if question.kind is Kind.NUMBER:
        return _read_number(question, text)
    if question.kind is Kind.YES_NO:
        return text if text in (YES, NO) else None
    if question.kind is Kind.CHOICE:
        return text if text in {code for code, _ in question.options} else None
    if question.kind is Kind.PHOTO:
        return text if text == PHOTO_SENT else None
    return text if len(text) <= TEXT_LIMIT else None


def typed_only(content: Content, given: Mapping[str, str]) -> dict[str, str]:
    """Return the answers without those to questions for a photo: a photo is sent, nobody types it."""
    photos = {each.code for each in content.questions if each.kind is Kind.PHOTO}
    return {code: text for code, text in given.items() if code not in photos}


def judge(content: Content, given: Mapping[str, str]) -> Judgement:
    """Judge answers by the rules of their version; never raises, whatever was given.

    Free words that somebody wrote, and photos, make it amber: only a person can read them.
    """
    values: dict[str, str | Decimal] = {}
    missing, unreadable, wants_eyes = [], [], False
    for question in content.questions:
        text = given.get(question.code, "").strip()
        if not text:
            missing += [] if question.is_optional else [question.code]
            continue
        value = read_value(question, text)
        if value is None:
            unreadable.append(question.code)
            continue
        values[question.code] = value
        wants_eyes = wants_eyes or question.kind in _UNRULED
    fired = tuple(
        place for place, rule in enumerate(content.rules) if all(_holds(each, values) for each in rule.when)
    )
    levels: list[str] = [content.rules[place].level for place in fired]
    levels += [Level.AMBER] if missing or unreadable or wants_eyes else []
    level = Level(worst(Level.GREEN, *levels))
    return Judgement(level, fired, tuple(missing), tuple(unreadable))


@lru_cache(maxsize=128)
def read_content(source: str) -> Content:
    """Read a version as it was written.

    Raises `questionnaire-unreadable` with the place, `questionnaire-question` and `questionnaire-rule` with
    the number of the first one that is wrong, `questionnaire-empty`, `questionnaire-photos`,
    `questionnaire-too-long`.
    """
    if len(source) > SOURCE_LIMIT:
        raise InvalidError("questionnaire-too-long", field="source", limit=SOURCE_LIMIT)
    try:
        table = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # besides what TOML says: numbers too long, lists too deep
        found = re.search(r"line (\d+)", str(error))
        place = found[1] if found else "?"
        raise InvalidError("questionnaire-unreadable", field="source", line=place) from None
    questions = _each(table.get("question"), _question, "questionnaire-question", QUESTIONS_AT_MOST)
    codes = [each.code for each in questions]
    if not questions or len(set(codes)) != len(codes):
        raise InvalidError("questionnaire-empty", field="source")
    if sum(each.kind is Kind.PHOTO for each in questions) > PHOTOS_AT_MOST:
        raise InvalidError("questionnaire-photos", field="source", limit=PHOTOS_AT_MOST)
    known = {each.code: each for each in questions}
    rules = _each(table.get("rule"), lambda row: _rule(row, known), "questionnaire-rule", RULES_AT_MOST)
    try:
        return Content(_words(table["name"]), str(table.get("origin", "")), questions, rules)
    except (KeyError, TypeError, ValueError):
        raise InvalidError("questionnaire-unreadable", field="source", line=1) from None


def _each(rows: object, read: Any, code: str, limit: int) -> tuple[Any, ...]:
    found = []
    listed = rows if isinstance(rows, list) else []
    if len(listed) > limit:
        raise InvalidError("questionnaire-too-long", field="source", limit=limit)
    for number, row in enumerate(listed, 1):
        try:
            found.append(read(row))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation):
            raise InvalidError(code, field="source", number=number) from None
    return tuple(found)


def _question(row: dict[str, Any]) -> Question:
    kind = Kind(row["kind"])
    code = _code(row["code"])
    possible = tuple(Decimal(each) for each in row["possible"].split()) if kind is Kind.NUMBER else None
    if possible is not None and not (len(possible) == 2 and -_FAR < possible[0] < possible[1] < _FAR):
        raise ValueError
    options = tuple((_code(each["code"]), _words(each["words"])) for each in row.get("option", []))
    if (kind is Kind.CHOICE) != bool(options) or len({each for each, _ in options}) != len(options):
        raise ValueError
    decimals = int(row.get("decimals", 0))
    if not 0 <= decimals <= 2:
        raise ValueError
    return Question(
        code=code,
        kind=kind,
        words=_words(row["words"]),
        unit=nfc(str(row.get("unit", "")))[:20],
        decimals=decimals,
        possible=(possible[0], possible[1]) if possible else None,
        options=options,
        is_optional=bool(row.get("optional", kind in _UNRULED)),
    )


def _rule(row: dict[str, Any], known: Mapping[str, Question]) -> Rule:
    level = Level(row["level"])
    when = tuple(_condition(text, known) for text in row["when"])
    if level is Level.GREEN or not when:
        raise ValueError
    return Rule(level, _words(row["words"]), when, nfc(str(row.get("source", "")))[:WORDS_LIMIT])


def _condition(text: str, known: Mapping[str, Question]) -> Condition:
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        raise ValueError
    question = known[found[1]]
    if question.kind is Kind.NUMBER:
        if not Decimal(found[3]).is_finite():
            raise ValueError
    elif found[2] != "=" or question.kind in _UNRULED or read_value(question, found[3]) is None:
        raise ValueError
    return Condition(found[1], found[2], found[3])


def _holds(condition: Condition, values: Mapping[str, str | Decimal]) -> bool:
    value = values.get(condition.question)
    if value is None:
        return False
    if isinstance(value, Decimal):
        return bool(_NUMBERS[condition.sign](value, Decimal(condition.value)))
    return value == condition.value


def _read_number(question: Question, text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or question.possible is None or may_be_thousands(text):
        return None
    low, high = question.possible
    is_exact = (
        value == value.quantize(Decimal(1).scaleb(-question.decimals)) if low <= value <= high else False
    )
    return value if is_exact else None


def _code(text: object) -> str:
    if not isinstance(text, str) or not CODE.fullmatch(text):
        raise ValueError
    return text


def _words(row: object) -> Words:
    if not isinstance(row, dict):
        raise TypeError
    vi, en = nfc(str(row["vi"])), nfc(str(row["en"]))
    if not vi or not en or max(len(vi), len(en)) > WORDS_LIMIT:
        raise ValueError
    return Words(vi, en)
