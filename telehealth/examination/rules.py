"""What a template may hold, which one a visit begins with, how an examination reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import fold, nfc
from telehealth.visits.vitals import MEASUREMENTS

GENERAL: Final = "general"
CHILD: Final = "child"
PREGNANCY: Final = "pregnancy"
CHILD_BELOW_DAYS: Final = 16 * 365

LABEL_LIMIT: Final = 120
PHRASE_LIMIT: Final = 300
TEXT_LIMIT: Final = 2_000
ITEMS_AT_MOST: Final = 30
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ItemKind(StrEnum):
    """What an item of the examination is."""

    SYSTEM = "system"
    QUESTION = "question"


class ItemState(StrEnum):
    """What was found; NONE takes an entry back."""

    NONE = ""
    NORMAL = "normal"
    ABNORMAL = "abnormal"
    NOT_EXAMINED = "not_examined"
    ANSWERED = "answered"


STATES: Final = {
    ItemKind.SYSTEM: (ItemState.NORMAL, ItemState.ABNORMAL, ItemState.NOT_EXAMINED),
    ItemKind.QUESTION: (ItemState.ANSWERED,),
}
"""The states an item of a kind can be in, beside none."""


@dataclass(frozen=True, slots=True)
class System:
    """A system that is examined, with the words that "normal" stands for."""

    code: str
    label: str
    normal: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is asked."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a version of a template holds, in the order of the page."""

    measurements: tuple[str, ...]
    systems: tuple[System, ...]
    questions: tuple[Question, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The codes of all items, systems first."""
        return (*(each.code for each in self.systems), *(each.code for each in self.questions))

    def find(self, item: str) -> tuple[ItemKind, str, str] | None:
        """Find an item: its kind, its label and the words of "normal" (empty for a question)."""
        for system in self.systems:
            if system.code == item:
                return ItemKind.SYSTEM, system.label, system.normal
        for question in self.questions:
            if question.code == item:
                return ItemKind.QUESTION, question.label, ""
        return None

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {name: list(value) for name, value in asdict(self).items()}


def read_content(stored: Mapping[str, Any]) -> Content:
    """Return what is stored of a version."""
    return Content(
        tuple(stored["measurements"]),
        tuple(System(**each) for each in stored["systems"]),
        tuple(Question(**each) for each in stored["questions"]),
    )


def accept_content(
    measurements: Sequence[str],
    systems: Sequence[tuple[str, str, str]],
    questions: Sequence[tuple[str, str]],
) -> Content:
    """Return a template's content: (code, label, normal) and (code, label); a new item comes without code.

    Rows without a label are left out. Raises `template-empty`, `template-too-long`, `template-label-long`,
    `template-normal-missing`, `template-item-twice`, `template-measurement-unknown`.
    """
    taken: set[str] = set()
    accepted_systems = tuple(
        System(_code(code, label, taken), _label(label), _normal(normal, label))
        for code, label, normal in systems
        if nfc(label)
    )
    accepted_questions = tuple(
        Question(_code(code, label, taken), _label(label)) for code, label in questions if nfc(label)
    )
    unknown = [code for code in measurements if code not in MEASUREMENTS]
    if unknown:
        raise InvalidError("template-measurement-unknown", field="measurements")
    if not accepted_systems:
        raise InvalidError("template-empty", field="system_label")
    if len(accepted_systems) + len(accepted_questions) > ITEMS_AT_MOST:
        raise InvalidError("template-too-long", limit=ITEMS_AT_MOST)
    labels = [fold(each.label) for each in accepted_systems]
    labels += [fold(each.label) for each in accepted_questions]
    if len(labels) != len(set(labels)):
        raise InvalidError("template-item-twice", field="system_label")
    order = tuple(code for code in MEASUREMENTS if code in measurements)
    return Content(order, accepted_systems, accepted_questions)


def accept_name(name: str) -> str:
    """Return a template's name as stored; raise `template-name-missing`, `template-label-long`."""
    cleaned = nfc(name)
    if not cleaned:
        raise InvalidError("template-name-missing", field="name")
    if len(cleaned) > LABEL_LIMIT:
        raise InvalidError("template-label-long", field="name", limit=LABEL_LIMIT)
    return cleaned


def accept_text(text: str) -> str:
    """Return what was written of an item as stored; raise `text-too-long`."""
    cleaned = nfc(text)
    if len(cleaned) > TEXT_LIMIT:
        raise InvalidError("text-too-long", field="text", limit=TEXT_LIMIT)
    return cleaned


def accept_state(kind: ItemKind, state: str) -> ItemState:
    """Return a state an item of the kind can be in; raise `examination-state`."""
    if state == ItemState.NONE:
        return ItemState.NONE
    if state not in STATES[kind]:
        raise InvalidError("examination-state", field="state")
    return ItemState(state)


def usual_template(*, oldest_days: int, is_pregnant: bool) -> str:
    """Return the template a visit begins with until somebody chooses another."""
    if is_pregnant:
        return PREGNANCY
    return CHILD if oldest_days < CHILD_BELOW_DAYS else GENERAL


def _code(code: str, label: str, taken: set[str]) -> str:
    if code and not CODE.fullmatch(code):
        raise InvalidError("template-item-twice", field="system_label")
    base = code or (re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:30] or "item")
    base = base if base[0].isalpha() else f"i_{base}"
    found, number = base, 2
    while found in taken:
        if code:
            raise InvalidError("template-item-twice", field="system_label")
        found, number = f"{base}_{number}", number + 1
    taken.add(found)
    return found


def _label(label: str) -> str:
    cleaned = nfc(label)
    if len(cleaned) > LABEL_LIMIT:
        raise InvalidError("template-label-long", field="system_label", limit=LABEL_LIMIT)
    return cleaned


def _normal(normal: str, label: str) -> str:
    cleaned = nfc(normal)
    if not cleaned:
        raise InvalidError("template-normal-missing", field="system_normal", label=nfc(label)[:40])
    if len(cleaned) > PHRASE_LIMIT:
        raise InvalidError("template-label-long", field="system_normal", limit=PHRASE_LIMIT)
    return cleaned
