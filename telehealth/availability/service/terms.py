"""Under which terms something is booked: length, pauses, notice, who accepts. What is agreed stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlmodel import Session, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import DAY_MINUTES, GRID_MINUTES
from telehealth.availability.schemas import BookingTerms
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError

LIMITS: Final = {
    "duration_minutes": (GRID_MINUTES, 240),
    "buffer_before_minutes": (0, 60),
    "buffer_after_minutes": (0, 60),
    "step_minutes": (GRID_MINUTES, 240),
    "min_notice_minutes": (0, 7 * DAY_MINUTES),
    "horizon_days": (1, 62),
    "hold_seconds": (60, 1800),
    "respond_minutes": (5, 7 * DAY_MINUTES),
    "reschedule_max": (0, 20),
    "late_minutes": (0, 7 * DAY_MINUTES),
}
"""The least and the most of each: what lies outside is a slip of whoever types."""

ON_GRID: Final = ("duration_minutes", "buffer_before_minutes", "buffer_after_minutes", "step_minutes")
"""These are whole steps of the grid that slots lie on."""


def lock_service(session: Session, code: str, *, version: int) -> ServiceType:
    """Return a service type to be changed; raise `service-not-found`, `stale-version`."""
    found = select(ServiceType).where(ServiceType.code == code).with_for_update()
    service = session.exec(found.execution_options(populate_existing=True)).first()
    if service is None:
        raise NotFoundError("service-not-found")
    if service.version != version:
        raise StaleError
    return service


def change_service(
    session: Session,
    actor: Actor,
    service: ServiceType,
    values: Mapping[str, object],
    facts: Mapping[str, object],
    *,
    now: datetime,
) -> ServiceType:
    """Give a locked service type other values, on record with what is told of them."""
    record(
        session,
        actor,
        "service.change",
        subject_kind="service_type",
        subject_id=service.id,
        facts={"code": service.code, **facts},
        now=now,
    )
    for name, value in values.items():
        setattr(service, name, value)
    service.version += 1
    session.add(service)
    session.flush()
    return service


def set_terms(
    session: Session, actor: Actor, code: str, terms: BookingTerms, *, version: int, now: datetime
) -> ServiceType:
    """Book what comes by other terms; what is held, asked or agreed keeps its own.

    Raises `not-allowed`, `service-not-found`, `stale-version`, `terms-out-of-range`, `terms-off-grid`.
    """
    check(actor, "service.change")
    service = lock_service(session, code, version=version)
    wanted = terms.model_dump()
    check_terms(wanted)
    changed = {name: value for name, value in wanted.items() if getattr(service, name) != value}
    if not changed:
        return service
    facts = {name: [getattr(service, name), value] for name, value in changed.items()}
    return change_service(session, actor, service, changed, {"terms": facts}, now=now)


def check_terms(wanted: dict[str, int | str]) -> None:
    """Refuse what no service can be booked by; the refusal names the field and its limits."""
    for name, (low, high) in LIMITS.items():
        value = int(wanted[name])
        if not low <= value <= high:
            raise InvalidError("terms-out-of-range", field=name, low=str(low), high=str(high))
        if name in ON_GRID and value % GRID_MINUTES:
            raise InvalidError("terms-off-grid", field=name, grid=str(GRID_MINUTES))
