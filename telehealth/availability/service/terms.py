"""Under which terms something is booked: length, pauses, notice, who accepts. What is agreed stays."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import refusals_of_terms
from telehealth.availability.schemas import BookingTerms
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError, StaleError


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
    for refusal in refusals_of_terms(wanted):
        raise refusal
    changed = {name: value for name, value in wanted.items() if getattr(service, name) != value}
    if not changed:
        return service
    facts = {name: [getattr(service, name), value] for name, value in changed.items()}
    return change_service(session, actor, service, changed, {"terms": facts}, now=now)
