"""Who a visit is about, as the pages of doctors and stations print it."""

from dataclasses import dataclass

from telehealth.patients.queries import ContactCard, PatientCard
from telehealth.patients.rules import Relation, Sex
from web.formatting import initials
from web.i18n import t


@dataclass(frozen=True)
class PersonView:
    """The patient at the head of a page; `note` is empty unless an interpreter is needed."""

    name: str
    about: str
    initials: str
    facts: tuple[tuple[str, str], ...] = ()
    href: str = ""
    note: str = ""


def person_view(card: PatientCard, *, is_linked: bool = False) -> PersonView:
    """Return the person of a card."""
    facts = [(t("visits.born"), card.birth_label), (t("visits.mrn"), card.mrn)]
    if card.address:
        facts.append((t("visits.address"), card.address))
    return PersonView(
        name=card.full_name,
        about=about_text(card),
        initials=initials(card.full_name),
        facts=tuple(facts),
        href=f"/patients/{card.id}" if is_linked else "",
        note=t("visits.interpreter") if card.needs_interpreter else "",
    )


def about_text(card: PatientCard) -> str:
    """Return sex and age: nữ, 77 tuổi."""
    return t("visits.about", sex=sex_text(card.sex), age=age_text(card))


def age_text(card: PatientCard) -> str:
    """Return the age in the language of the page."""
    return t(f"visits.ages.{card.age.unit}", count=card.age.count)


def sex_text(sex: Sex | str) -> str:
    """Return the sex in lower case, for the middle of a line."""
    return t(f"visits.sexes.{Sex(sex)}")


def phone_text(contact: ContactCard) -> str:
    """Return a number to phone, with whose it is and what may be said there."""
    relation = t(f"patients.relations.{contact.relation}")
    words = ", ".join(part for part in (contact.name or relation, said_there(contact)) if part)
    return f"{contact.phone_label} ({words})"


def said_there(contact: ContactCard) -> str:
    """Return whether health may be mentioned on a phone that is not the patient's own; that one is wrong."""
    if contact.wrong_since_at is not None:
        return t("checks.wrong_number")
    if contact.relation is Relation.SELF:
        return ""
    return t("checks.may_mention" if contact.may_mention_health else "checks.not_mention")
