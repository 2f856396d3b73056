"""Appointments and free slots as resources of FHIR R4; pure.

https://hl7.org/fhir/R4/appointment.html, https://hl7.org/fhir/R4/slot.html. Whom and where a resource is of
is said by identifiers, because nothing else is served to be followed.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.states import AppointmentState

Resource = dict[str, Any]

URI: Final = "urn:ietf:rfc:3986"

STATUS: Final = MappingProxyType(
    {
        AppointmentState.HELD: "pending",
        AppointmentState.REQUESTED: "pending",
        AppointmentState.BOOKED: "booked",
        AppointmentState.CHECKED_IN: "checked-in",
        AppointmentState.IN_PROGRESS: "fulfilled",
        AppointmentState.FULFILLED: "fulfilled",
        AppointmentState.CANCELLED: "cancelled",
        AppointmentState.REJECTED: "cancelled",
        AppointmentState.EXPIRED: "cancelled",
        AppointmentState.ABORTED: "cancelled",
        AppointmentState.NO_SHOW: "noshow",
    }
)
"""Our states -> http://hl7.org/fhir/appointmentstatus."""

PRIORITY: Final = MappingProxyType({"emergency": 1, "urgent": 2, "routine": 5})
"""After iCalendar: 1 is the most pressing, 5 the middle."""

_ACCEPTED: Final = MappingProxyType(
    {AppointmentState.HELD: "tentative", AppointmentState.REQUESTED: "needs-action"}
)
"""What the doctor's part says where it is not agreed yet."""


def appointment(row: Appointment, service_code: str) -> Resource:
    """Return an appointment; nothing in it says why the patient comes."""
    state = AppointmentState(row.status)
    answer = _ACCEPTED.get(state, "declined" if state is AppointmentState.REJECTED else "accepted")
    why = row.cancel_reason or row.no_show_party or (state if state is AppointmentState.EXPIRED else None)
    return {
        "resourceType": "Appointment",
        "id": str(row.id),
        "meta": {"versionId": str(row.version)},
        "identifier": [{"system": URI, "value": f"urn:uuid:{row.id}"}, {"value": row.code}],
        "status": STATUS[state],
        **({"cancelationReason": {"text": str(why)}} if why else {}),
        "serviceType": [{"text": service_code}],
        "priority": PRIORITY[row.priority],
        "start": row.starts_at.isoformat(),
        "end": row.ends_at.isoformat(),
        "minutesDuration": int((row.ends_at - row.starts_at).total_seconds()) // 60,
        "created": row.created_at.isoformat(),
        "participant": [
            {"actor": _of("Patient", row.patient_id), "status": "accepted"},
            {"actor": _of("PractitionerRole", row.doctor_membership_id), "status": answer},
            {"actor": _of("Location", row.station_facility_id), "status": "accepted"},
        ],
    }


def slot(found: Slot, service_code: str) -> Resource:
    """Return a free slot: computed, so its id says of whom and when it is, and holds while it is free."""
    return {
        "resourceType": "Slot",
        "id": f"{found.doctor_membership_id.hex}-{int(found.starts_at.timestamp())}",
        "serviceType": [{"text": service_code}],
        "schedule": _of("Schedule", found.doctor_membership_id),
        "status": "free",
        "start": found.starts_at.isoformat(),
        "end": found.ends_at.isoformat(),
    }


def bundle(resources: Sequence[Resource], *, self_url: str, next_url: str = "") -> Resource:
    """Return one page of a search; how many there are in all is not counted."""
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links,
        **({"entry": entries} if entries else {}),
    }


def _of(kind: str, each: UUID) -> Resource:
    return {"type": kind, "identifier": {"system": URI, "value": f"urn:uuid:{each}"}}
