"""Who is on duty now in the pools a station may ask."""

from uuid import UUID

from telehealth.duty import queries
from telehealth.facilities.queries import phones_of
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.i18n import t
from web.roster.pages import NoticeView
from web.roster.told import ways_of
from web.roster.views import names_for, notice_people, notice_views, now_text
from web.today.pages import OnDutyLine

NOTICES_SHOWN = 10


def on_duty_lines(unit: Unit, actor: MembershipActor) -> tuple[OnDutyLine, ...]:
    """Return every pool the station may ask, the nearest level first: six statements, however many pools."""
    session, now = unit.session, unit.now
    today = policy_of(session).local_date(now)
    pools = queries.list_pools_for(session, station_id=actor.here, on=today)
    on = queries.list_on_duty(session, [pool.id for pool in pools], now=now)
    names = names_for(unit, {each.membership_id for each in on}, pools)
    houses = phones_of(session, {pool.facility_id for pool in pools})
    lines = []
    for pool in pools:
        here = [each for each in on if each.pool_id == pool.id]
        place, phone = houses[pool.facility_id]
        line = OnDutyLine(
            pool=pool.name,
            place=place,
            now=now_text(here, names) or t("roster.nobody_now"),
            is_covered=bool(here),
            phone=display(phone) if phone else "",
            phone_href=f"tel:{phone}" if phone else "",
        )
        lines.append(line)
    return tuple(lines)


def notices_of(unit: Unit, actor: MembershipActor, recipient_id: UUID) -> tuple[NoticeView, ...]:
    """Return what a station, or a doctor, was told and nobody has seen yet."""
    notices = queries.list_notices(unit.session, [recipient_id], limit=NOTICES_SHOWN)
    names = names_for(unit, notice_people(notices), ())
    return notice_views(notices, names, ways_of(unit, actor, notices))
