"""What minutes consist of, and what they lack before they can be signed.

The fields are those usual on biên bản hội chẩn (TT 32/2023/TT-BYT, TT 49/2017/TT-BYT; the form itself was
not at hand): time, place, chair, secretary, members, summary of the case, discussion, conclusion, plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import nfc, paragraphs

TEXT_LIMIT: Final = 10_000
LINE_LIMIT: Final = 160
MAX_PEOPLE: Final = 20
SCHEMA_VERSION: Final = 1


class Part(StrEnum):
    """The written parts of minutes, in their order on paper."""

    SUMMARY = "summary"
    DISCUSSION = "discussion"
    CONCLUSION = "conclusion"
    PLAN = "plan"


class PersonRole(StrEnum):
    """What somebody is in a conference."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    MEMBER = "member"


REQUIRED_SIGNERS: Final = frozenset({PersonRole.CHAIR, PersonRole.SECRETARY})
"""Minutes are complete when these have signed; members may sign as well, or on paper."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who took part: of the staff (`membership_id`), or an outside colleague by name."""

    role: PersonRole
    name: str
    title: str = ""
    facility: str = ""
    membership_id: UUID | None = None


def accept_text(text: str, field: str) -> str:
    """Return a part's text as stored; raise `text-too-long`."""
    cleaned = paragraphs(text)
    if len(cleaned) > TEXT_LIMIT:
        raise InvalidError("text-too-long", field=field, limit=TEXT_LIMIT)
    return cleaned


def accept_line(text: str, field: str) -> str:
    """Return one line as stored; raise `text-too-long`."""
    line = nfc(text)
    if len(line) > LINE_LIMIT:
        raise InvalidError("text-too-long", field=field, limit=LINE_LIMIT)
    return line


def accept_people(people: Sequence[Person]) -> tuple[Person, ...]:
    """Return the people as stored: chair, secretary, members in the order given, nobody twice.

    Raises `minutes-two-chairs`, `minutes-chair-is-secretary`, `minutes-chair-outside`,
    `minutes-too-many-people`, `minutes-person-unnamed`, `text-too-long`.
    """
    chairs = [p for p in people if p.role is PersonRole.CHAIR]
    secretaries = [p for p in people if p.role is PersonRole.SECRETARY]
    if len(chairs) > 1 or len(secretaries) > 1:
        raise InvalidError("minutes-two-chairs", field="chair")
    if any(each.membership_id is None for each in chairs + secretaries):
        raise InvalidError("minutes-chair-outside", field="chair")
    leading = {each.membership_id for each in chairs + secretaries}
    if len(leading) < len(chairs) + len(secretaries):
        raise InvalidError("minutes-chair-is-secretary", field="secretary")
    members = [
        p for p in people if p.role is PersonRole.MEMBER and (p.membership_id not in leading or not leading)
    ]
    accepted = tuple(_accepted(each) for each in _once([*chairs, *secretaries, *members]))
    if len(accepted) > MAX_PEOPLE:
        raise InvalidError("minutes-too-many-people", field="outside", limit=MAX_PEOPLE)
    return accepted


def _once(people: Iterable[Person]) -> list[Person]:
    seen: set[UUID] = set()
    found = []
    for each in people:
        if each.membership_id is None or each.membership_id not in seen:
            found.append(each)
        if each.membership_id is not None:
            seen.add(each.membership_id)
    return found


def _accepted(person: Person) -> Person:
    name = accept_line(person.name, "outside")
    if not name:
        raise InvalidError("minutes-person-unnamed", field="outside")
    return replace(
        person,
        name=name,
        title=accept_line(person.title, "outside"),
        facility=accept_line(person.facility, "outside"),
    )


def missing_for_minutes(
    texts: Mapping[str, str], roles: Iterable[str], *, held_at: datetime | None, place: str
) -> tuple[str, ...]:
    """Tell what minutes lack before anybody can sign them, in the order of the page."""
    there = set(roles)
    lacks = {
        "held": held_at is None,
        "place": not place,
        "chair": PersonRole.CHAIR not in there,
        "secretary": PersonRole.SECRETARY not in there,
        **{str(part): not texts.get(part, "").strip() for part in Part},
    }
    return tuple(name for name, is_missing in lacks.items() if is_missing)


def is_complete(signed_roles: Iterable[str]) -> bool:
    """Tell whether all who must have signed."""
    return set(signed_roles) >= REQUIRED_SIGNERS
