"""The prescription as a part of the record: what is signed of it, what it lacks, what amendments replace."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from telehealth.prescriptions import queries
from telehealth.prescriptions.models import Medicine, Prescription
from telehealth.prescriptions.rules import TYPE_LETTER, Line, Person, computed_total, total_of
from telehealth.prescriptions.warnings import Warned, is_long_use, lacking, warnings_for
from telehealth.visits.models import Visit


class PrescriptionPart:
    """Answers for the prescription through the ports of `telehealth.visits.parts`."""

    name: Final = "prescription"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002
        """Return the prescription as it is signed with the record; None where nothing is prescribed."""
        draft = queries.draft_of(session, visit.id)
        lines = queries.lines_of(session, draft) if draft else []
        return compose_prescription(session, visit, draft, lines) if draft and lines else None

    def compose_amended(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002
        """Return what an amendment puts in the place of the signed prescription; None for no change.

        Without lines it takes the prescription back.
        """
        draft = queries.draft_of(session, visit.id)
        if draft is None:
            return None
        active = queries.active_of(session, visit.id)
        content = compose_prescription(session, visit, draft, queries.lines_of(session, draft))
        return {**content, "voids": {"number": active.number, "handle": active.handle}} if active else content

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return what the draft lacks before it can be signed."""
        draft = queries.draft_of(session, visit.id)
        if draft is None:
            return ()
        person = queries.person_of(session, visit)
        return lacking(queries.lines_of(session, draft), queries.facts_of(draft), person)

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change; 0 where nothing was written."""
        return queries.part_version(session, visit.id)


PART: Final = PrescriptionPart()


def compose_prescription(
    session: Session, visit: Visit, draft: Prescription, lines: list[Line]
) -> dict[str, Any]:
    """Return a prescription as it is signed: everything as text, amounts as exact decimals."""
    person = queries.person_of(session, visit)
    warned = warnings_for(lines, person)
    listed = queries.medicines_of(session, [line.medicine_id for line in lines if line.medicine_id])
    labels = queries.labels_of(session, listed.values())
    return {
        "number": draft.number,
        "handle": draft.handle,
        "type": TYPE_LETTER,
        "patient": _person(person, draft),
        "long_reason": draft.long_reason or None,
        "long_use": _long_use(person) if is_long_use(lines) else None,
        "warnings": [each.code.value for each in warned if each.line is None],
        "lines": [
            _line(line, [each for each in warned if each.line == place], listed, labels)
            for place, line in enumerate(lines)
        ],
    }


def _person(person: Person, draft: Prescription) -> dict[str, Any]:
    return {
        "age_months": person.age_months if person.is_small_child else None,
        "weight_kg": amount_text(draft.weight_kg),
        "escort_name": draft.escort_name or None,
        "has_personal_id": person.has_personal_id,
        "no_id_reason": person.no_id_reason or None,
    }


def _long_use(person: Person) -> dict[str, Any] | None:
    """Return by which list more than 30 days were prescribed, and for which diagnoses; None: unchecked."""
    found = person.long_use
    return {"list": found.label, "codes": list(found.codes)} if found.label else None


def _line(
    line: Line, warned: list[Warned], listed: dict[Any, Medicine], labels: dict[Any, tuple[str, bool]]
) -> dict[str, Any]:
    medicine = listed.get(line.medicine_id)
    computed = computed_total(line)
    return {
        "generic_name": line.generic_name,
        "brand_name": line.brand_name or None,
        "strength": line.strength,
        "form": line.form,
        "route": line.route,
        "unit": line.unit,
        "dose": None if line.moments else amount_text(line.dose),
        "times_a_day": None if line.moments else line.times,
        "moments": {name: amount_text(amount) for name, amount in line.moments.items()} or None,
        "days": line.days,
        "total": amount_text(total_of(line)),
        "computed_total": amount_text(computed),
        "total_reason": line.total_reason or None,
        "instructions": line.instructions,
        "class": line.drug_class.value,
        "medicine": _origin(medicine, labels) if medicine else None,
        "warnings": [{"code": each.code.value, "reason": each.reason or None} for each in warned],
    }


def _origin(medicine: Medicine, labels: dict[Any, tuple[str, bool]]) -> dict[str, Any]:
    label, is_reviewed = labels[medicine.formulary_id]
    return {"code": medicine.code, "list": label, "is_reviewed": is_reviewed}


def amount_text(amount: Decimal | None) -> str | None:
    """Return an amount as an exact decimal text without a tail of zeros: 0.5, 20."""
    return None if amount is None else format(amount.normalize(), "f")
