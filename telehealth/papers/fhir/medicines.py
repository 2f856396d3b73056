"""A signed prescription: one MedicationRequest a medicine, cancelled once an amendment replaced it."""

from typing import Final

from telehealth.papers.fhir.basics import (
    UCUM,
    Rendered,
    Resource,
    Scope,
    coding,
    concept,
    notes,
    number,
    others,
    quantity,
)
from telehealth.prescriptions.instructions import is_every_day

WHEN: Final = {"morning": "MORN", "noon": "NOON", "evening": "EVE", "night": "NIGHT"}
"""HL7 codes of the moments of a day."""

_LINE: Final = (
    *("generic_name", "brand_name", "strength", "form", "route", "unit", "dose", "times_a_day", "moments"),
    *("days", "total", "computed_total", "total_reason", "instructions", "class", "medicine", "warnings"),
)
_WHOLE: Final = ("number", "handle", "long_reason", "lines")


def prescription(content: Resource, scope: Scope) -> Rendered:
    """Return the prescription; without lines it says that the earlier one was taken back."""
    lines = [f"No. {content['number']}"] if content["number"] else []
    if not content["lines"]:
        lines.append("Taken back: nothing is prescribed any more.")
    found = []
    for at, line in enumerate(content["lines"], 1):
        lines.append(f"{at}. {_name(line)}: {line['total']} {line['unit']}. {line['instructions']}")
        lines += others(line, _LINE, f"{at}")
        found.append((scope.key("prescription", at), _request(content, line, scope)))
    lines += others(content, _WHOLE)
    return Rendered(title="Prescriptions", code="57828-6", lines=lines, resources=found)


def _request(content: Resource, line: Resource, scope: Scope) -> Resource:
    handle = content["handle"]
    why = content["long_reason"]
    ending = {"statusReason": concept(f"Replaced by amendment {scope.replaced_by - 1}")}
    return {
        "resourceType": "MedicationRequest",
        "status": "cancelled" if scope.replaced_by else "active",
        **(ending if scope.replaced_by else {}),
        "intent": "order",
        **({"identifier": [{"system": f"{scope.base_url}/v", "value": handle}]} if handle else {}),
        **(_group(content, scope) if content["number"] else {}),
        **({"category": [concept(line["class"])]} if line["class"] else {}),
        "medicationCodeableConcept": _medicine(line, scope),
        **scope.about,
        "authoredOn": scope.signed_at,
        "requester": scope.by,
        **({"reasonCode": [concept(why)]} if why else {}),
        **notes(*_notes(line)),
        "dosageInstruction": _dosages(line),
        "dispenseRequest": {
            "quantity": quantity(line["total"], line["unit"], is_ucum=False),
            **({"expectedSupplyDuration": _days(line["days"])} if line["days"] else {}),
        },
    }


def _group(content: Resource, scope: Scope) -> Resource:
    return {"groupIdentifier": {"system": f"{scope.base_url}/prescriptions", "value": str(content["number"])}}


def _name(line: Resource) -> str:
    brand = f"({line['brand_name']})" if line["brand_name"] else ""
    named = " ".join(filter(None, (line["generic_name"], brand, line["strength"])))
    return f"{named}, {line['form']}" if line["form"] else named


def _medicine(line: Resource, scope: Scope) -> Resource:
    origin = line["medicine"]
    if not origin:
        return concept(_name(line))
    listed = coding(f"{scope.base_url}/formulary", origin["code"], line["generic_name"])
    return concept(_name(line), {**listed, "version": origin["list"]})


def _notes(line: Resource) -> list[str]:
    found = []
    if line["computed_total"] and line["computed_total"] != line["total"]:
        found.append(f"Computed total {line['computed_total']}; {line['total_reason'] or 'no reason given'}")
    elif line["total_reason"]:
        found.append(line["total_reason"])
    if line["medicine"]:
        reviewed = "reviewed" if line["medicine"]["is_reviewed"] else "not reviewed"
        found.append(f"Formulary {line['medicine']['list']}: {reviewed}")
    found += [
        f"Warning {each['code']}" + (f": {each['reason']}" if each["reason"] else "")
        for each in line["warnings"]
    ]
    return found


def _days(days: int) -> Resource:
    return {"value": days, "unit": "d", "system": UCUM, "code": "d"}


def _dosages(line: Resource) -> list[Resource]:
    """Return one Dosage, or one for each moment of the day."""
    shared: Resource = {"route": concept(line["route"])} if line["route"] else {}
    if line["instructions"]:
        shared["patientInstruction"] = line["instructions"]
    if line["moments"]:
        return [
            {
                "sequence": at,
                "text": f"{amount} {line['unit']}, {moment}",
                **_timing(line, {"when": [WHEN[moment]]}),
                **shared,
                **_dose(amount, line["unit"]),
            }
            for at, (moment, amount) in enumerate(line["moments"].items(), 1)
        ]
    often: Resource = {}
    if line["times_a_day"]:
        often = {"frequency": line["times_a_day"], "period": 1, "periodUnit": "d"}
    each = shared | _timing(line, often)
    if line["dose"]:
        each |= _dose(line["dose"], line["unit"])
    return [each] if each else []


def _timing(line: Resource, often: Resource) -> Resource:
    """Return how often and how long; where the instruction names days or conditions, its words alone.

    A Timing with `frequency` or `when` and no `dayOfWeek` is read as every day (FHIR R4, Timing).
    """
    bounds = {"boundsDuration": _days(line["days"])} if line["days"] else {}
    if is_every_day(line["instructions"] or ""):
        repeat = bounds | often
        return {"timing": {"repeat": repeat}} if repeat else {}
    said = {"code": {"text": line["instructions"]}}
    return {"timing": said | ({"repeat": bounds} if bounds else {})}


def _dose(amount: str, unit: str) -> Resource:
    return {"doseAndRate": [{"doseQuantity": {"value": number(amount), "unit": unit}}]}
