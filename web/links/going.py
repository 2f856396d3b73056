"""Where a signed referral sends its patient, as the doctor's words tell it on the phone and on paper."""

from types import MappingProxyType
from typing import Final

from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.leaflets.queries import Leaflet, find_onward
from telehealth.referrals.models import Referral
from telehealth.referrals.rules import Urgency
from telehealth.referrals.states import ReferralState
from web.formatting import long_date_text, time_text
from web.i18n import t
from web.links.leaflet_pages import Going, bring_lines
from web.links.views import map_address

_LOOKS: Final = MappingProxyType(
    {
        Urgency.EMERGENCY: ("urgent", "urgent"),
        Urgency.URGENT: ("soon", "clock"),
        Urgency.ROUTINE: ("info", "info-circle"),
    }
)
"""The tone and icon beside the words of each urgency."""

_AHEAD: Final = (ReferralState.SENT, ReferralState.ACCEPTED)


def going_of(unit: Unit, leaflet: Leaflet) -> Going | None:
    """Return where to go after a visit; None where it refers nobody, or the patient was there and is back.

    It is told as it stands now: a place that declined is no place to go to, one it was sent on to is. Why
    the patient goes stays in the letter, which is written for those who treat.
    """
    onward = find_onward(unit.session, leaflet)
    if onward is None:
        return None
    referral, place = onward.referral, onward.place
    if referral is None or place is None:
        return Going("info", "info-circle", t("links.going.called_off"))
    if referral.state == ReferralState.DECLINED:
        return Going("soon", "clock", t("links.going.declined"))
    return _ahead(unit, referral, place) if referral.state in _AHEAD else None


def _ahead(unit: Unit, referral: Referral, place: Facility) -> Going:
    tone, icon = _LOOKS[Urgency(referral.urgency)]
    return Going(
        tone=tone,
        icon=icon,
        how_soon=t(f"links.going.urgency.{referral.urgency}"),
        place=place.name,
        address=place.address,
        map_href=map_address(place),
        phone=display(place.phone).replace(" ", "\N{NO-BREAK SPACE}") if place.phone else "",
        phone_href=f"tel:{place.phone}" if place.phone else "",
        rows=_rows(unit, referral),
        bring=bring_lines(),
    )


def _rows(unit: Unit, referral: Referral) -> tuple[str, ...]:
    """Return when and for whom to ask where that was answered, how to travel, and what the station does."""
    zone, at = policy_of(unit.session).zone, referral.come_at
    is_accepted = referral.state == ReferralState.ACCEPTED
    rows = (
        t("links.going.come", time=time_text(at, zone), date=long_date_text(at, zone)) if at else "",
        t("links.going.ask_for", who=referral.ask_for) if referral.ask_for else "",
        t(f"links.going.how.{referral.transport}"),
        t("links.going.accepted") if is_accepted else t(f"links.going.sent.{referral.urgency}"),
    )
    return tuple(row for row in rows if row)
