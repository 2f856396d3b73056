"""What warns while a prescription is written, and what keeps it from being signed.

Pure: lines, facts and what is known of the patient go in, stable codes come out. Nothing here says that a
prescription is right; a line without a warning was compared with what is on record, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telehealth.prescriptions.formularies import known_as
from telehealth.prescriptions.known import ingredients_in, ingredients_of, own_names
from telehealth.prescriptions.rules import (
    CONTROLLED,
    DAYS_PLAIN,
    DrugClass,
    Facts,
    Line,
    LongUse,
    Person,
    computed_total,
    names_in,
    sounds,
    total_of,
)


class Code(StrEnum):
    """The stable codes of warnings; their words are in `prescriptions.warnings` of the catalogue."""

    ALLERGY = "allergy"
    DUPLICATE = "duplicate"
    DUPLICATE_CARRIED = "duplicate_carried"
    DUPLICATE_ELSEWHERE = "duplicate_elsewhere"
    FREE_TEXT = "free_text"
    FREE_TEXT_READ = "free_text_read"
    ANTIBIOTIC = "antibiotic"
    CONTROLLED = "controlled"
    LONG_LISTED = "long_listed"
    LONG_UNCHECKED = "long_unchecked"
    LONG_UNLISTED = "long_unlisted"
    NO_ALLERGIES = "no_allergies"
    NO_PERSONAL_ID = "no_personal_id"
    SMALL_CHILD = "small_child"


NAME_AT_LEAST: Final = 3
"""Letters and digits of a disease's name or code: "gút", "I10"."""

MOST_CHILD_KG: Final = 60
"""More no child under 72 months weighs: the comma of 10,2 was left out, and doses are reckoned by it."""

NEEDS_REASON: Final = frozenset({Code.ALLERGY, Code.DUPLICATE})
"""Warnings whose writer must say why all the same; the reason is signed with the line."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning: at a line (by its place) or of the whole; `names` are the words it is about."""

    code: Code
    line: int | None = None
    names: tuple[str, ...] = ()
    reason: str = ""

    @property
    def needs_reason(self) -> bool:
        """Whether somebody must say why."""
        return self.code in NEEDS_REASON


def warnings_for(lines: Sequence[Line], person: Person) -> tuple[Warned, ...]:
    """Return all warnings, those of the whole first, then line by line."""
    return (*_of_the_whole(lines, person), *_of_lines(lines, person))


def lacking(lines: Sequence[Line], facts: Facts, person: Person) -> tuple[str, ...]:
    """Return what keeps the prescription from being signed: words of `visits.parts` in the catalogue.

    A prescription without lines lacks nothing: there is none.
    """
    if not lines:
        return ()
    is_long = is_long_use(lines)
    open_reasons = any(each.needs_reason and not each.reason for each in warnings_for(lines, person))
    found = {
        "prescription_incomplete": any(not is_complete(line) for line in lines),
        "prescription_reasons": open_reasons,
        "prescription_total": any(
            line.total is not None and line.total != computed_total(line) and not line.total_reason
            for line in lines
        ),
        "prescription_controlled": any(line.drug_class in CONTROLLED for line in lines),
        "prescription_long": is_long and not person.long_use.label and not names_disease(facts.long_reason),
        "prescription_long_unlisted": is_long and person.long_use.is_refused,
        "prescription_personal_id": not person.has_personal_id and not person.no_id_reason,
        "prescription_child": person.is_small_child
        and (person.age_months is None or facts.weight_kg is None or not facts.escort_name),
        "prescription_child_weight": person.is_small_child and (facts.weight_kg or 0) > MOST_CHILD_KG,
    }
    return tuple(word for word, is_lacking in found.items() if is_lacking)


def is_long_use(lines: Sequence[Line]) -> bool:
    """Tell whether anything is prescribed for more than the days that every disease is given."""
    return any((line.days or 0) > DAYS_PLAIN for line in lines)


def names_disease(text: str) -> bool:
    """Tell whether words can be the name or code of a disease: a dash or one letter names none.

    Without the ministry's list nothing more can be compared; the warning says so, and stays when signed.
    """
    return sum(each.isalnum() for each in text) >= NAME_AT_LEAST


def is_complete(line: Line) -> bool:
    """Tell whether a line says all that the law asks of it: form, route, dose, how often, days, amount."""
    said = all((line.generic_name, line.form, line.route, line.unit))
    return said and line.days is not None and total_of(line) is not None and _says_how_often(line)


def _says_how_often(line: Line) -> bool:
    return bool(line.moments) or (line.dose is not None and line.times is not None)


def _of_the_whole(lines: Sequence[Line], person: Person) -> list[Warned]:
    if not lines:
        return []
    found = []
    if not person.allergies.strip() and any(map(ingredients_of, lines)):
        found.append(Warned(Code.NO_ALLERGIES))
    if not person.has_personal_id:
        found.append(Warned(Code.NO_PERSONAL_ID, reason=person.no_id_reason))
    if person.is_small_child:
        found.append(Warned(Code.SMALL_CHILD))
    if is_long_use(lines):
        found.append(_of_long_use(person.long_use))
    return found


def _of_long_use(found: LongUse) -> Warned:
    if not found.label:
        return Warned(Code.LONG_UNCHECKED)
    if found.is_refused:
        return Warned(Code.LONG_UNLISTED, names=(found.label,))
    return Warned(Code.LONG_LISTED, names=(found.label, *found.codes))


def _of_lines(lines: Sequence[Line], person: Person) -> list[Warned]:
    found: list[Warned] = []
    before = dict[str, str]()
    for place, line in enumerate(lines):
        ingredients = ingredients_of(line)
        if not line.is_listed:
            found.append(
                Warned(Code.FREE_TEXT_READ, place, ingredients)
                if ingredients
                else Warned(Code.FREE_TEXT, place)
            )
        found += _of_line(place, line, ingredients, person, before)
        before |= {sounds(name): name for name in (*ingredients, *_free_names(line))}
    return found


def _free_names(line: Line) -> tuple[str, ...]:
    """Return what a line outside the list calls itself: all there is where nothing is known of it."""
    return () if line.is_listed else own_names(line)


def _of_line(
    place: int, line: Line, ingredients: tuple[str, ...], person: Person, before: dict[str, str]
) -> list[Warned]:
    told = (*ingredients, *line.groups, *known_as(ingredients), line.brand_name, *_free_names(line))
    mine = {sounds(name): name for name in (*ingredients, *_free_names(line))}
    text = "" if line.is_listed else f"{line.generic_name} {line.brand_name}"
    again = {each: name for each, name in mine.items() if each in before}
    again |= {sounds(name): name for name in names_in(text, tuple(before.values()))}
    matched = {
        Code.ALLERGY: names_in(person.allergies, tuple(filter(None, told))),
        Code.DUPLICATE: tuple(again.values()),
    }
    found = [
        Warned(code, place, names, line.acknowledged.get(code, ""))
        for code, names in matched.items()
        if names
    ]
    found += _of_taken(place, ingredients, person)
    if line.drug_class is DrugClass.ANTIBIOTIC:
        found.append(Warned(Code.ANTIBIOTIC, place))
    if line.drug_class in CONTROLLED:
        found.append(Warned(Code.CONTROLLED, place))
    return found


def _of_taken(place: int, ingredients: tuple[str, ...], person: Person) -> list[Warned]:
    """Return which ingredients the patient takes already, and where that is written; no reason is asked."""
    sounding = {sounds(name) for name in ingredients}
    carried = [
        each.text
        for each in person.taken
        if not each.place
        and (names_in(each.text, ingredients) or sounding & set(map(sounds, ingredients_in(each.text))))
    ]
    elsewhere = [
        f"{each.text} ({each.place})"
        for each in person.taken
        if each.place and sounding & {sounds(name) for name in each.ingredients or ingredients_in(each.text)}
    ]
    found = {Code.DUPLICATE_CARRIED: carried, Code.DUPLICATE_ELSEWHERE: elsewhere}
    return [Warned(code, place, tuple(dict.fromkeys(names))) for code, names in found.items() if names]
