"""A signed record as pages and paper print it: from its canonical JSON and from nothing else.

What facilities, people and lists are called today plays no part here.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from telehealth.kit.text import fold
from telehealth.patients.rules import Birth, Precision, age
from telehealth.visits.models import SignedRecord
from telehealth.visits.rules import Section
from telehealth.visits.vitals import KNOWN
from web.formatting import date_text, datetime_text
from web.i18n import t
from web.visits.parts import PartView, part_views
from web.visits.people import sex_text
from web.visits.vitals import PRESSURE, value_text
from web.visits.words import modality_text, place_text

Content = dict[str, Any]


@dataclass(frozen=True)
class DiagnosisLine:
    """A diagnosis as it was signed."""

    code: str
    text: str
    certainty: str
    is_main: bool


@dataclass(frozen=True)
class AttachedLine:
    """A photo or paper the signature covers, by its hashes."""

    text: str
    note: str
    hash: str


@dataclass(frozen=True)
class AmendmentView:
    """A correction under the record."""

    title: str
    text: str
    by: str
    hash: str
    parts: tuple[PartView, ...] = ()


@dataclass(frozen=True)
class RecordView:
    """The signed record, part by part, in the order it is read."""

    title: str
    kind: str
    is_support: bool
    occurred: str
    day: tuple[str, str, str]
    name: str
    about: str
    mrn: str
    facility: str
    station: str
    rows: tuple[tuple[str, str], ...]
    texts: dict[str, str]
    allergies: str
    vitals: tuple[tuple[str, str, str], ...]
    diagnoses: tuple[DiagnosisLine, ...]
    follow_up: str
    signer: str
    signer_licence: str
    signed: str
    hash: str
    schema: int
    amendments: tuple[AmendmentView, ...]
    attached: tuple[AttachedLine, ...] = ()
    parts: tuple[PartView, ...] = ()


def record_view(records: list[SignedRecord], zone: ZoneInfo) -> RecordView:
    """Return the record and its amendments, which come oldest first."""
    first, *later = records
    content: Content = json.loads(first.canonical)
    occurred = _instant(content["occurred_at"])
    day = occurred.astimezone(zone)
    signer, station = content["signer"], content["station"]
    diagnoses = _diagnoses(content)
    return RecordView(
        title="; ".join(each.text for each in diagnoses),
        kind=t(f"visits.kinds.{content['consult_kind']}"),
        is_support=content["consult_kind"] == "facility_support",
        occurred=datetime_text(occurred, zone),
        day=(f"{day:%d}", f"{day:%m}", f"{day:%Y}"),
        name=content["patient"]["full_name"],
        about=about_text(content["patient"], day.date()),
        mrn=content["patient"]["mrn"],
        facility=signer["facility"]["name"],
        station=station["name"],
        rows=_rows(content),
        texts={name: content["sections"].get(name, "") for name in Section},
        allergies=allergies_text(content),
        vitals=_vitals(content["observations"]),
        diagnoses=diagnoses,
        follow_up=follow_up_text(content["follow_up"]),
        signer=_person(signer),
        signer_licence=t("visits.record.licence", number=signer["licence_number"]),
        signed=datetime_text(_instant(content["signed_at"]), zone),
        hash=first.sha256,
        schema=first.schema_version,
        attached=tuple(_attached(each) for each in content.get("attachments", ())),
        amendments=tuple(
            _amendment(each, zone, _brought_anew(later[place + 1 :])) for place, each in enumerate(later)
        ),
        parts=part_views(content.get("parts", {}), _brought_anew(later)),
    )


def _brought_anew(amendments: list[SignedRecord]) -> frozenset[str]:
    """Return the names of the parts that these amendments put in the place of earlier ones."""
    return frozenset(name for each in amendments for name in json.loads(each.canonical).get("parts", {}))


def _rows(content: Content) -> tuple[tuple[str, str], ...]:
    patient = content["patient"]
    birth = Birth(date.fromisoformat(patient["birth_date"]), Precision(patient["birth_precision"]))
    name = t(
        "visits.record.patient_line",
        name=patient["full_name"].upper(),
        sex=sex_text(patient["sex"]),
        birth=birth.label,
    )
    rows = [
        (t("visits.record.patient"), name),
        (t("visits.mrn"), patient["mrn"]),
        (t("visits.record.doctor"), _ranked(content["doctor"])),
        (t("visits.record.station"), place_text(content["station"])),
        (t("visits.record.opened_by"), _member(content["opened_by"])),
    ]
    if forms := modality_text(content.get("modalities", ())):
        rows.append((t("visits.modality.title"), forms))
    if content["signer"]["membership_id"] != content["doctor"]["membership_id"]:
        rows.append((t("visits.record.signer"), _ranked(content["signer"])))
    return tuple(rows)


def allergies_text(content: Content) -> str:
    """Return what is signed of allergies: as told at the visit, then what is carried and was confirmed there.

    Papers that print little else must not be silent of an allergy that was only confirmed.
    Confirmed that there is none, it says so; empty where nobody asked.
    """
    told = content["sections"].get(Section.ALLERGIES, "")
    asked = content.get("parts", {}).get("background", {}).get("allergy")
    carried = [each["text"] for each in asked or () if fold(each["text"]) not in fold(told)]
    if not told and asked == []:
        return t("background.confirm_none")
    return "; ".join(each for each in (told, *carried) if each)


def about_text(patient: Content, on: date) -> str:
    """Return sex, birth as far as it is known, and age on a day: nữ, sinh 1949, 77 tuổi."""
    birth = Birth(date.fromisoformat(patient["birth_date"]), Precision(patient["birth_precision"]))
    years = age(birth, on)
    born = t("prescriptions.sheet.born", date=birth.label)
    return ", ".join((sex_text(patient["sex"]), born, t(f"visits.ages.{years.unit}", count=years.count)))


def _person(member: Content) -> str:
    return f"{member['title']} {member['name']}".strip()


def _member(member: Content) -> str:
    return t("visits.record.member_line", name=_person(member), facility=member["facility"]["name"])


def _ranked(member: Content) -> str:
    """Return somebody with the code, care level and tier their facility had."""
    return t("visits.record.member_line", name=_person(member), facility=place_text(member["facility"]))


def _vitals(observations: list[Content]) -> tuple[tuple[str, str, str], ...]:
    """Return name, value and unit of each, both pressures as one."""
    measured = {each["code"]: each for each in observations}
    lines = []
    if all(code in measured for code in PRESSURE):
        upper, lower = (measured.pop(code) for code in PRESSURE)
        both = f"{upper['value']}/{lower['value']}"
        lines.append((t("visits.vitals.pressure"), both, KNOWN["systolic"].unit))
    for code, each in measured.items():
        value = value_text(code, Decimal(each["value"]))
        lines.append((t(f"visits.vitals.{code}"), value, KNOWN[code].unit))
    return tuple(lines)


def _diagnoses(content: Content) -> tuple[DiagnosisLine, ...]:
    return tuple(
        DiagnosisLine(
            code=each["code"] or "",
            text=each["text"],
            certainty=t(f"visits.certainty.{each['certainty']}"),
            is_main=index == 0 and len(content["conditions"]) > 1,
        )
        for index, each in enumerate(content["conditions"])
    )


def follow_up_text(plan: Content | None) -> str:
    """Return when, with how much leeway, and where the patient comes back; empty for no plan."""
    if plan is None:
        return ""
    on = date_text(date.fromisoformat(plan["on"]))
    slack = plan.get("slack_days", 0)
    around = f"{on} {t('cases.slack.days', count=slack)}" if slack else on
    return t("visits.sheet.follow_up_line", date=around, place=plan["facility"]["name"])


def _amendment(record: SignedRecord, zone: ZoneInfo, replaced: frozenset[str]) -> AmendmentView:
    content: Content = json.loads(record.canonical)
    at = datetime_text(_instant(content["signed_at"]), zone)
    return AmendmentView(
        title=t("visits.record.amendment", number=record.number - 1, time=at),
        text=content["text"],
        by=t("visits.record.amendment_by", name=_person(content["signer"]), reason=content["reason"]),
        hash=record.sha256,
        parts=part_views(content.get("parts", {}), replaced),
    )


def attached_text(each: Content) -> str:
    """Return what a signed photo or paper is: its kind, and what was written under it."""
    kind = t(f"attachments.kinds.{each['kind']}")
    return f"{kind}: {each['caption']}" if each["caption"] else kind


def _attached(each: Content) -> AttachedLine:
    """Return a line of what was attached; records of the first shape have none."""
    pages = each["sha256"]
    return AttachedLine(
        text=attached_text(each),
        note=t("attachments.pages", count=len(pages)) if len(pages) > 1 else "",
        hash=pages[0],
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
