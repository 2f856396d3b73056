"""Why a pool chose this doctor, in words: read off what history kept of the choice."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.queries import get_pool
from telehealth.duty.rules import PoolPolicy
from telehealth.scheduling import queries
from telehealth.scheduling.models import Appointment
from web.i18n import t


def why_of(session: Session, appointment: Appointment) -> tuple[str, ...]:
    """Return why the appointment's doctor has it; nothing where a person chose."""
    if appointment.pool_id is None:
        return ()
    doctor = str(appointment.doctor_membership_id)
    for event in reversed(queries.list_events(session, appointment)):
        if event.data.get("doctor") == doctor and "ranking" in event.data:
            pool = get_pool(session, UUID(event.data["pool"]))
            return explain(event.data, doctor, pool.name)
        if event.data.get("was_doctor", doctor) != doctor:
            return ()  # a person named this doctor
    return ()


def explain(kept: Mapping[str, Any], doctor: str, pool: str) -> tuple[str, ...]:
    """Return the sentences: among how many, and by what the doctor came before the next one."""
    order: Sequence[Mapping[str, Any]] = kept["ranking"]
    place = next((n for n, each in enumerate(order) if each["doctor"] == doctor), 0)
    said = [t("moves.why.pool", pool=pool, count=len(order))]
    if place > 0:
        said.append(t("moves.why.faster"))
    if len(order) <= 1:
        said.append(t("moves.why.alone"))
    elif place + 1 < len(order):
        said.append(_before(kept, order[place], order[place + 1]))
    return tuple(said)


def _before(kept: Mapping[str, Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the first thing, in the policy's order, in which the chosen differs from the next."""
    policy = kept["policy"]
    if policy == PoolPolicy.CONTINUITY_FIRST and one["knows_patient"] != other["knows_patient"]:
        return t("moves.why.knows_patient")
    if policy != PoolPolicy.LEAST_LOADED and one["priority"] != other["priority"]:
        return t("moves.why.priority")
    mine, theirs = one["minutes"] + one["credit"], other["minutes"] + other["credit"]
    if mine / one["weight"] != theirs / other["weight"]:
        if one["weight"] == other["weight"]:
            return t("moves.why.load", minutes=mine, days=kept["window_days"], other=theirs)
        return t("moves.why.load_weighted", minutes=mine, other=theirs)
    return t("moves.why.last_at" if one["last_at"] != other["last_at"] else "moves.why.even")
