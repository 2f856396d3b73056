"""Minutes as they are read: in the record, on paper, and what the program proposes for their summary."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from telehealth.conferences.models import MinutesSignature
from telehealth.conferences.rules import Part, PersonRole
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.vitals import VITALS
from web.conferences.pages import SignerView
from web.formatting import datetime_text
from web.i18n import t
from web.visits.parts import open_parts
from web.visits.vitals import PRESSURE, value_text
from web.visits.words import diagnosis_text, place_text

Content = Mapping[str, Any]

TOLD = (Section.REASON, Section.HISTORY, Section.MEDICINES, Section.ALLERGIES, Section.FINDINGS)


def first_summary(unit: Unit, visit: Visit) -> str:
    """Return what the visit says so far, a line each: as told, values, parts, diagnoses."""
    session = unit.session
    sections = queries.sections_of(session, visit)
    lines = [
        f"{t(f'visits.sections.{name}')}: {sections[name].text}"
        for name in TOLD
        if name in sections and sections[name].text
    ]
    measured = queries.observations_of(session, visit)
    values = []
    if all(code in measured for code in PRESSURE):
        upper, lower = (value_text(code, measured.pop(code).value) for code in PRESSURE)
        values.append(f"{t('visits.vitals.pressure')} {upper}/{lower} {VITALS['systolic'].unit}")
    values += [
        f"{t(f'visits.vitals.{code}')} {value_text(code, row.value)} {VITALS[code].unit}"
        for code, row in measured.items()
    ]
    if values:
        lines.append(f"{t('visits.sections.vitals')}: {'; '.join(values)}")
    today = policy_of(session).local_date(unit.now)
    for title, text in open_parts(session, visit, today=today):
        lines.append(f"{title}: {'; '.join(text.splitlines())}")
    conditions = queries.conditions_of(session, visit)
    if conditions:
        lines.append(f"{t('visits.sections.diagnosis')}: {diagnosis_text(conditions)}")
    return "\n".join(lines)


def person_text(person: Content) -> str:
    """Return somebody by title, name and facility as written down; of staff with code, level and tier."""
    name = f"{person['title']} {person['name']}".strip()
    facility = place_text(person["place"]) if "place" in person else person["facility"]
    return t("visits.record.member_line", name=name, facility=facility) if facility else name


def signer_views(
    content: Content, signatures: list[MinutesSignature] | list[Content], zone: ZoneInfo
) -> tuple[SignerView, ...]:
    """Return those the minutes name who sign, chair first, with when they did."""
    times = {str(_of(each, "membership_id")): _of(each, "signed_at") for each in signatures}
    return tuple(
        SignerView(
            role=t(f"conferences.roles.{person['role']}"),
            name=f"{person['title']} {person['name']}".strip(),
            facility=person["facility"],
            signed=datetime_text(times[person["membership_id"]], zone)
            if person["membership_id"] in times
            else "",
            is_required=person["role"] != PersonRole.MEMBER,
        )
        for person in content["people"]
        if person["role"] != PersonRole.MEMBER or person["membership_id"] in times
    )


def text_rows(content: Content) -> tuple[tuple[str, str], ...]:
    """Return the written parts with their names, in their order on paper."""
    return tuple(
        (t(f"conferences.parts.{part}"), content["texts"][part]) for part in Part if part in content["texts"]
    )


def _of(signature: MinutesSignature | Content, name: str) -> Any:
    return signature[name] if isinstance(signature, Mapping) else getattr(signature, name)
