"""Which version of a text is in use, which one a vendor's operators know, and what an administrator sees."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select

from telehealth.kit.events import extensions
from telehealth.kit.text import fold
from telehealth.messaging.models import MessageText, TextRegistration
from telehealth.messaging.ports import Unspoken
from telehealth.messaging.rules import Template, Variant
from telehealth.messaging.templates import Key, forbidden_words, make_template, templates
from telehealth.staff.models import Specialty, Staff

_LONGEST_SYLLABLE: Final = len("nghieng")
"""A longer word is none of everyday Vietnamese, whose words are written by the syllable."""

_BEFORE_SPECIALTY: Final = ("khám", "khoa")


class Registration(StrEnum):
    """How far a vendor's operators are with a text."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of a deployment, read with two looks."""

    versions: dict[tuple[str, Variant, int], Template]
    newest: dict[Key, Template]
    registered: dict[tuple[str, Variant, str, int], TextRegistration]

    def current(self, key: str, variant: Variant) -> Template:
        """Return the text in use; a kind that lacks the variant is sent plain."""
        return self.newest.get((key, variant)) or self.newest[key, Variant.PLAIN]

    def for_gateway(self, key: str, variant: Variant, gateway: str) -> Template:
        """Return the newest text that is approved there, else the one in use.

        So that a text is edited without a gap: the old one goes on until the operators know the new one.
        """
        current = self.current(key, variant)
        for version in range(current.version, -1, -1):
            known = self.registered.get((key, current.variant, gateway, version))
            if known is not None and known.state == Registration.APPROVED:
                return self.at(key, current.variant, version)
        return current

    def at(self, key: str, variant: Variant, version: int) -> Template:
        """Return a version; the one in use where it was never written."""
        return self.versions.get((key, variant, version)) or self.current(key, variant)


def load_texts(session: Session) -> Texts:
    """Read every version of every text, and what is registered."""
    versions = {(key, variant, 0): template for (key, variant), template in templates().items()}
    newest = dict(templates())
    for row in session.exec(select(MessageText).order_by(col(MessageText.version))):
        variant = Variant(row.variant)
        template = make_template(row.template, variant, row.text, row.call, row.version)
        versions[row.template, variant, row.version] = newest[row.template, variant] = template
    rows = session.exec(select(TextRegistration)).all()
    registered = {(r.template, Variant(r.variant), r.gateway, r.version): r for r in rows}
    return Texts(versions, newest, registered)


def forbidden_now(session: Session) -> tuple[str, ...]:
    """Return all phrases no text may hold.

    The list, every specialty, every person who works here, and what slices above name: diseases, medicines.
    """
    specialties = session.exec(select(Specialty.name)).all()
    people = session.exec(select(Staff.full_name)).all()
    known_above = extensions(session, Unspoken)  # type: ignore[type-abstract]
    above = [name for each in known_above for name in each.names(session)]
    # "Nhi" alone is an everyday syllable; after these words it is what a patient comes for.
    asked_for = [f"{before} {name}" for name in specialties for before in _BEFORE_SPECIALTY]
    return (*forbidden_words(), *_telling([*specialties, *asked_for, *people, *above]))


def variant_for(language: str, *, is_accented: bool) -> Variant:
    """Return the variant for who speaks a language: English is offered, others read Vietnamese."""
    if language == "en":
        return Variant.ENGLISH
    return Variant.ACCENTED if is_accented else Variant.PLAIN


def _telling(names: Iterable[str]) -> Collection[str]:
    """Fold names that are more than an everyday word: of several syllables, or a foreign word."""
    return {
        folded for folded in map(fold, names) if len(folded.split()) > 1 or len(folded) > _LONGEST_SYLLABLE
    }
