"""When patients are reminded of what can be booked: each service's own list, or the deployment's."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import check_reminders, leads_of
from telehealth.availability.service.terms import change_service, lock_service
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
    values = {
        "reminder_minutes": own,
        "reminders_since": {lead: at for lead, at in since.items() if at},
    }
    facts = {"before": service.reminder_minutes, "after": own}
    return change_service(session, actor, service, values, facts, now=now)
