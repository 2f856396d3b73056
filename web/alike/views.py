"""From two records to their comparison in words."""

from collections.abc import Sequence
from uuid import UUID

from telehealth.kit.db import Unit
from telehealth.patients.duplicates import Probable, describe
from telehealth.patients.likeness import Likeness, Reason, against, compare
from telehealth.patients.models import Patient
from telehealth.patients.queries import card_of, list_contacts, open_identity
from telehealth.staff.actors import MembershipActor
from telehealth.timeline.queries import find_slice
from telehealth.timeline.rules import Kind
from web.alike.clashes import clash_lines
from web.alike.pages import ComparePage, FactRow
from web.formatting import date_text
from web.forms import FormView, Option
from web.i18n import t
from web.patients.pages import PersonLine, person_line

COUNTED_TO = 99


def reason_texts(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Return what speaks for one person, in words."""
    speak_against = against(reasons)
    return tuple(t(f"alike.reasons.{each}") for each in reasons if each not in speak_against)


def probable_line(probable: Probable) -> PersonLine:
    """Return a patient who may be the same person, with the reasons as facts."""
    line = person_line(probable.card)
    reasons = ((t("alike.why"), text) for text in reason_texts(probable.reasons))
    return PersonLine(line.href, line.name, line.about, line.initials, (*line.facts, *reasons))


def compare_page(
    unit: Unit, actor: MembershipActor, here: Patient, there: Patient, form: FormView
) -> ComparePage:
    """Return the page of two records the caller has found in scope."""
    session, now = unit.session, unit.now
    likeness = compare(*describe(session, [here, there]).values())
    cards = [card_of(session, each, now=now) for each in (here, there)]
    address = f"/patients/{here.id}/alike/{there.id}"
    return ComparePage(
        here=person_line(cards[0]),
        there=person_line(cards[1]),
        here_code=t("patients.mrn", mrn=cards[0].mrn),
        there_code=t("patients.mrn", mrn=cards[1].mrn),
        summary=_summary(likeness),
        reasons=reason_texts(likeness.reasons),
        against=tuple(t(f"alike.reasons.{each}") for each in against(likeness.reasons)),
        rows=_rows(unit, actor, here, there),
        clashes=clash_lines(unit, actor, [here.id, there.id]),
        form=form,
        keepers=tuple(
            Option(
                str(card.id),
                card.full_name,
                t("alike.keeper", mrn=card.mrn, date=date_text(patient.recorded_at)),
            )
            for card, patient in zip(cards, (here, there), strict=True)
        ),
        action=f"{address}/merge",
        apart_action=f"{address}/apart",
    )


def _summary(likeness: Likeness) -> str:
    if likeness.is_strong:
        return t("alike.strong")
    return t("alike.probable" if likeness.is_probable else "alike.weak")


def _rows(unit: Unit, actor: MembershipActor, here: Patient, there: Patient) -> tuple[FactRow, ...]:
    one, other = (_facts(unit, actor, each) for each in (here, there))
    rows = [_row(term, one[term], other[term]) for term in one]
    first, second = (t("alike.care_of", count=_care(unit, actor, each.id)) for each in (here, there))
    return (*rows, FactRow(t("alike.care"), first, second, ""))


def _row(term: str, one: str, other: str) -> FactRow:
    missing = t("patients.not_recorded")
    if not one or not other:
        return FactRow(term, one or missing, other or missing, "")
    if one == other:
        return FactRow(term, one, other, t("alike.agrees"), "ok", "circle-check")
    return FactRow(term, one, other, t("alike.differs"), "soon", "circle-minus")


def _facts(unit: Unit, actor: MembershipActor, patient: Patient) -> dict[str, str]:
    session, now = unit.session, unit.now
    identity, card = open_identity(session, patient), card_of(session, patient, now=now)
    phones = [contact.phone_label for contact in list_contacts(session, actor, patient.id, now=now)]
    return {
        t("patients.name"): card.full_name,
        t("patients.birth"): card.birth_label,
        t("patients.sex"): t(f"patients.sexes.{card.sex}"),
        t("patients.cccd"): identity.cccd or "",
        t("patients.bhyt"): identity.bhyt or "",
        t("patients.contacts"): ", ".join(phones),
        t("patients.address"): identity.address,
    }


def _care(unit: Unit, actor: MembershipActor, patient_id: UUID) -> int:
    """Return how many visits and appointments stand under the record that the actor may see."""
    kinds = (Kind.VISIT, Kind.APPOINTMENT)
    found = find_slice(
        unit.session, actor, patient_id, now=unit.now, kinds=kinds, before=None, limit=COUNTED_TO
    )
    return len(found.entries)
