"""The on-duty switch: whom urgent requests ring for."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.duty.models import DutySwitch
from telehealth.duty.queries import list_askers, list_pools_with
from telehealth.duty.service import set_switch
from telehealth.kit.changes import note_change
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor

LONGEST: Final = timedelta(hours=24)


def switch_duty(
    session: Session, actor: MembershipActor, *, is_on: bool, until_at: datetime, now: datetime
) -> DutySwitch:
    """Be rung, or not, until an instant within a day; who comes on duty is rung within a tick.

    Raises `bad-duty-time`, and `not-in-a-pool` for a doctor no station would ring.
    """
    check(actor, "duty.switch")
    if not now < until_at <= now + LONGEST:
        raise InvalidError("bad-duty-time", field="until")
    today = policy_of(session).local_date(now)
    pools = list_pools_with(session, actor.ref, on=today)
    if not pools:
        raise ConflictError("not-in-a-pool")
    switch = set_switch(session, actor.ref, is_on=is_on, until_at=until_at, now=now)
    facts = {"is_on": is_on, "until": until_at.isoformat()}
    record(
        session,
        actor,
        "duty.switch",
        subject_kind="membership",
        subject_id=actor.ref,
        facts=facts,
        now=now,
    )
    houses = {pool.facility_id for pool in pools}
    stations = {station for house in houses for station in list_askers(session, house, on=today)}
    note_change(session, "duty", actor.ref, scopes=(actor.ref, actor.here, *sorted(stations)), now=now)
    return switch
