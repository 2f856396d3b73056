"""Appointments that nobody agreed on: made when a doctor accepted an urgent call."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Priority
from telehealth.urgent import queries
from telehealth.urgent.models import UrgentRequest
from web.formatting import time_text
from web.i18n import t


@dataclass(frozen=True)
class CalledView:
    """Since when somebody calls for a doctor, and the signs of danger the station ticked."""

    since: str
    signs: tuple[str, ...]


def called_among(unit: Unit, appointments: Sequence[Appointment]) -> dict[UUID, UrgentRequest]:
    """Return the urgent calls these appointments in scope answer; nothing is asked of routine ones."""
    ids = [each.id for each in appointments if each.priority != Priority.ROUTINE]
    return queries.served_by(unit.session, ids) if ids else {}


def called_view(unit: Unit, appointment: Appointment) -> CalledView | None:
    """Return the urgent call behind an appointment in scope; None where it was agreed on."""
    request = called_among(unit, [appointment]).get(appointment.id)
    if request is None:
        return None
    since = time_text(request.enqueued_at, policy_of(unit.session).zone)
    signs = tuple(t(f"urgent.sign.{sign}") for sign in request.danger_signs)
    return CalledView(t("urgent.called", time=since), signs)


def when_text(unit: Unit, appointment: Appointment) -> str:
    """Return when an appointment in scope was agreed for, or since when it is called for."""
    called = called_view(unit, appointment)
    at = time_text(appointment.starts_at, policy_of(unit.session).zone)
    return called.since if called else t("calls.appointment_at", time=at)
