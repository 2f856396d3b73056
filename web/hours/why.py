"""Why a visit's list shows no slot, doctor by doctor, in words."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.crypto import keyring_of
from telehealth.kit.deps import ReadUnit
from telehealth.kit.policy import policy_of
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling.rules import SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.queries import get_visit
from web.booking.narrowing import read_narrowed, slots_address
from web.hours.pages import WhyLine, WhyPage
from web.hours.views import card_text, why_days
from web.i18n import t
from web.render import render

router = APIRouter(prefix="/visits", include_in_schema=False)

DOCTORS = 20
DAYS = timedelta(days=13)


@router.get("/{visit_id}/why")
def why_page(
    request: Request,
    actor: Annotated[MembershipActor, Allow("slot.find")],
    unit: ReadUnit,
    visit_id: UUID,
    narrowed: str = "",
) -> Response:
    """Explain two weeks of every doctor the filter asks for, or of the one it names."""
    session = unit.session
    visit = get_visit(session, actor, visit_id, now=unit.now)
    chosen = read_narrowed(keyring_of(session), visit_id, narrowed).filter
    today = policy_of(session).local_date(unit.now)
    first = max(chosen.day or today, today)
    search = SlotSearch(
        from_on=first,
        to_on=first + DAYS,
        patient_id=visit.patient_id,
        form_id=visit.id,
        specialty=chosen.specialty or visit.specialty_code,
        tiers=frozenset(chosen.tier) or None,
        doctor_membership_id=chosen.doctor,
        part=chosen.part,
        limit=DOCTORS,
    )
    answers = scheduling.explain_slots(session, actor, search, now=unit.now)
    people = describe(session, {each.doctor_membership_id for each in answers})
    lines = [
        WhyLine(
            doctor=card_text(people[each.doctor_membership_id]),
            about=people[each.doctor_membership_id].facility_name,
            unfit=tuple(t(f"hours.unfit.{why}") for why in each.unfit),
            days=why_days(each.days),
        )
        for each in answers
        if each.doctor_membership_id in people
    ]
    back = slots_address(keyring_of(session), visit.id, chosen)
    return render(request, WhyPage(back=back, doctors=tuple(lines)))
