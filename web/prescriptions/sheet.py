"""A signed prescription on paper, in the order the law asks for (TT 26/2025/TT-BYT), from what was signed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.papers.press import Size
from telehealth.papers.service import check_records
from telehealth.patients.models import Patient
from telehealth.patients.queries import open_identity
from telehealth.patients.rules import Birth, Precision, age
from telehealth.prescriptions import queries
from telehealth.prescriptions.models import Prescription
from telehealth.prescriptions.queries import Signed
from telehealth.prescriptions.states import PrescriptionState
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from web.formatting import datetime_text, number_text
from web.i18n import t
from web.papers.content import code_for
from web.papers.seals import digital_text
from web.papers.sizes import A5_FIRST, sizing
from web.prescriptions.pages import PrescriptionSheetPage, Sheet, SheetLine
from web.prescriptions.words import amount_text, name_text, usage_text
from web.visits.people import sex_text
from web.visits.record import allergies_text, follow_up_text


def sheet_of(unit: Unit, row: Prescription, visit: Visit) -> Sheet:
    """Return the words of an issued prescription."""
    session, zone = unit.session, policy_of(unit.session).zone
    signed = queries.signed_content(session, row)
    at = signed_at(signed)
    day = at.astimezone(zone)
    asked = queries.code_of(session, row)
    return Sheet(
        facility=signed.signer["facility"]["name"],
        facility_rows=_facility_rows(unit, signed),
        code=asked.code if asked is not None and asked.code else "",
        day=(f"{day:%d}", f"{day:%m}", f"{day:%Y}"),
        name=signed.record["patient"]["full_name"].upper(),
        rows=_rows(unit, signed, visit, day.date()),
        lines=tuple(
            SheetLine(name_text(line), amount_text(line), usage_text(line))
            for line in signed.content["lines"]
        ),
        advice=signed.record["sections"].get("advice", ""),
        follow_up=_follow_up(signed.record["follow_up"]),
        signer=f"{signed.signer['title']} {signed.signer['name']}".strip(),
        licence=t("visits.record.licence", number=signed.signer["licence_number"]),
        signed=datetime_text(at, zone),
        digital=_digital(unit, row, visit),
        is_child=signed.content["patient"]["age_months"] is not None,
    )


def sheet_page(
    unit: Unit, row: Prescription, visit: Visit, *, base_url: str, size: Size | None
) -> PrescriptionSheetPage:
    """Return the paper of an issued prescription; a voided one says so in large letters, and has no file."""
    is_void = row.state == PrescriptionState.VOIDED
    return PrescriptionSheetPage(
        back_href=f"/visits/{visit.id}/prescription",
        sizing=sizing(f"/prescriptions/{row.id}/print", A5_FIRST, size, "" if is_void else pdf_of(visit)),
        sheet=sheet_of(unit, row, visit),
        is_void=is_void,
        code=code_for(row.handle, base_url),
        handle=row.handle,
        printed=datetime_text(unit.now, policy_of(unit.session).zone),
    )


def pdf_of(visit: Visit) -> str:
    """Return the address of the file of a visit's prescription."""
    return f"/visits/{visit.id}/papers/prescription.pdf"


def signed_at(signed: Signed) -> datetime:
    """Return when a prescription was signed."""
    return datetime.fromisoformat(signed.signed_at.replace("Z", "+00:00"))


def _digital(unit: Unit, row: Prescription, visit: Visit) -> str:
    """Return what is said of a digital signature over the record that holds the prescription."""
    records = visits.records_of(unit.session, visit)
    number = next(each.number for each in records if each.id == row.record_id)
    return digital_text(check_records(unit.session, records[:number]))


def _facility_rows(unit: Unit, signed: Signed) -> tuple[str, ...]:
    facility, station = signed.signer["facility"], signed.record["station"]
    phone = get_facility(unit.session, UUID(facility["id"])).phone
    rows = [
        t("prescriptions.sheet.facility_code", code=facility["code"]) if facility["code"] else "",
        t("visits.sheet.with_station", name=station["name"]) if station["id"] != facility["id"] else "",
        t("prescriptions.sheet.phone", number=display(phone)) if phone else "",
    ]
    return tuple(row for row in rows if row)


def _rows(unit: Unit, signed: Signed, visit: Visit, on: date) -> tuple[tuple[str, str], ...]:
    """Return who it is for: the number is opened for the paper, it is not in what was signed."""
    patient = unit.session.get_one(Patient, visit.patient_id)
    identity = open_identity(unit.session, patient)
    person = signed.content["patient"]
    reason = person["no_id_reason"]
    number = identity.cccd or (t(f"patients.reasons.{reason}") if reason else "")
    rows = [
        (t("prescriptions.sheet.about"), _about(signed.record["patient"], person, on)),
        (t("prescriptions.sheet.escort"), person["escort_name"] or ""),
        (t("prescriptions.sheet.id"), number),
        (t("prescriptions.sheet.insurance"), identity.bhyt or ""),
        (t("prescriptions.sheet.address"), identity.address),
        (t("prescriptions.sheet.diagnosis"), _diagnoses(signed.record)),
        (t("visits.sheet.allergies"), allergies_text(signed.record)),
    ]
    return tuple((label, text) for label, text in rows if text)


def _about(patient: dict[str, Any], person: dict[str, Any], on: date) -> str:
    birth = Birth(date.fromisoformat(patient["birth_date"]), Precision(patient["birth_precision"]))
    years = age(birth, on)
    # Under 72 months the law wants months; in the first month days say more than "0 months".
    months = person["age_months"] or None
    how_old = (
        t("visits.ages.months", count=months)
        if months is not None
        else t(f"visits.ages.{years.unit}", count=years.count)
    )
    weight = person["weight_kg"]
    parts = [sex_text(patient["sex"]), t("prescriptions.sheet.born", date=birth.label), how_old]
    if weight:
        parts.append(t("prescriptions.sheet.weight", weight=number_text(Decimal(weight))))
    return ", ".join(parts)


def _diagnoses(record: dict[str, Any]) -> str:
    return "; ".join(
        " ".join(part for part in (each["code"], each["text"]) if part) for each in record["conditions"]
    )


def _follow_up(plan: dict[str, Any] | None) -> str:
    if plan is None:
        return ""
    return f"{follow_up_text(plan)}. {t('prescriptions.sheet.bring')}"
