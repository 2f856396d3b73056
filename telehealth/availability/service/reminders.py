"""When patients are reminded of what can be booked: each service's own list, or the deployment's."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import check_reminders, leads_of
from telehealth.availability.service.terms import lock_service
from telehealth.kit.actors import Actor
from telehealth.kit.spans import epoch


def set_reminders(
    session: Session,
    actor: Actor,
    code: str,
    minutes: Sequence[int] | None,
    *,
    default: Sequence[int],
    version: int,
    now: datetime,
) -> ServiceType:
    """Give a service type its own reminders, none at all, or with None those of the deployment (`default`).

    What a reminder that is new here would have told before now is not made up for. Raises `not-allowed`,
    `service-not-found`, `stale-version`, `reminders-out-of-range`, `reminders-too-many`.
    """
    check(actor, "service.change")
    service = lock_service(session, code, version=version)
    own = None if minutes is None else check_reminders(minutes)
    before, after = leads_of(service.reminder_minutes, default), leads_of(own, default)
    since = {str(each): service.reminders_since.get(str(each), 0) for each in after}
    since |= {str(each): epoch(now) for each in after if each not in before}
    record(
        session,
        actor,
        "service.change",
        subject_kind="service_type",
        subject_id=service.id,
        facts={"code": code, "before": service.reminder_minutes, "after": own},
        now=now,
    )
    service.reminder_minutes = own
    service.reminders_since = {lead: at for lead, at in since.items() if at}
    service.version += 1
    session.add(service)
    session.flush()
    return service
