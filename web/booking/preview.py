"""What a patient will be told by SMS, shown before it is sent: the very words, without the link."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.facilities.queries import get_facility
from telehealth.followup.rules import sms_date, sms_time
from telehealth.kit.phones import dialled, is_textable, mask
from telehealth.kit.policy import policy_of
from telehealth.messaging.rules import HIDDEN_LINK, fitting_facility, render
from telehealth.messaging.templates import forbidden_words, get_template
from telehealth.patients.service import message_contact
from telehealth.scheduling.rules import PatientPlace
from web.booking.pages import Preview
from web.i18n import t

_TEMPLATES = {PatientPlace.STATION: "appointment_at_station", PatientPlace.HOME: "appointment_by_phone"}


def contact_text(session: Session, patient_id: UUID) -> tuple[str, bool]:
    """Return where the text will go, and whether it can go anywhere at all."""
    contact = message_contact(session, patient_id)
    if contact is None:
        return t("booking.contact.none"), False
    if not is_textable(contact.phone_e164):
        return t("booking.contact.landline", phone=mask(contact.phone_e164)), False
    whose = t(f"patients.relations.{contact.relation}").lower()
    return t("booking.contact.goes_to", phone=mask(contact.phone_e164), whose=whose), True


def told_text(session: Session, patient_id: UUID, key: str) -> str:
    """Return the words for what a patient is told: by text, or as a call to make where none can go."""
    return t(key if contact_text(session, patient_id)[1] else f"{key}_by_phone")


def previews(session: Session, facility_id: UUID, starts_at: datetime, *, brand: str) -> tuple[Preview, ...]:
    """Return the text for each place the patient may be."""
    facility = get_facility(session, facility_id)
    zone = policy_of(session).zone
    values = {
        "brand": brand,
        "facility": fitting_facility(facility.sms_name, forbidden_words()),
        "phone": dialled(facility.phone),
        "date": sms_date(starts_at, zone),
        "time": sms_time(starts_at, zone),
        "link": HIDDEN_LINK,
    }
    return tuple(
        Preview(t(f"booking.place.{place}"), render(get_template(_TEMPLATES[place]), values))
        for place in PatientPlace
    )
