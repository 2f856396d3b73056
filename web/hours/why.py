"""Why a visit's list shows no slot, doctor by doctor, in words: of the very search the list made."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.crypto import keyring_of
from telehealth.kit.deps import ReadUnit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.explain import DoctorAnswer, Unfit
from telehealth.scheduling.finding import explain_slots
from telehealth.scheduling.rules import SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.queries import get_visit
from web.booking.choosing import last_listed, names_of, search_for, still_offered
from web.booking.narrowing import read_narrowed, slots_address
from web.booking.words import Names
from web.formatting import date_text
from web.hours.pages import WhyLine, WhyPage
from web.hours.views import card_text, why_days
from web.i18n import t
from web.render import render

router = APIRouter(prefix="/visits", include_in_schema=False)

DOCTORS = 20
DAYS = timedelta(days=13)
_LEFT = (Unfit.NO_HOURS_WRITTEN,)
"""Nothing speaks against the doctor, whose hours nobody has written yet."""


@router.get("/{visit_id}/why")
def why_page(
    request: Request,
    actor: Annotated[MembershipActor, Allow("slot.find")],
    unit: ReadUnit,
    visit_id: UUID,
    narrowed: str = "",
) -> Response:
    """Explain two weeks of the doctors the filter leaves, and say of the others what it has against them."""
    session = unit.session
    visit = get_visit(session, actor, visit_id, now=unit.now)
    today = policy_of(session).local_date(unit.now)
    asked = read_narrowed(keyring_of(session), visit_id, narrowed)
    first = max(asked.filter.day or today, today)
    names = names_of(actor, unit, today, until=last_listed(unit, asked, first))
    chosen = still_offered(asked.filter, names, visit)
    search = replace(search_for(visit, chosen, first), to_on=first + DAYS, limit=DOCTORS)
    answers = explain_slots(session, actor, search, now=unit.now)
    people = describe(session, {each.doctor_membership_id for each in answers})
    lines = [
        (_line(people[each.doctor_membership_id], each), bool(each.days) or each.unfit == _LEFT)
        for each in answers
    ]
    page = WhyPage(
        back=slots_address(keyring_of(session), visit.id, chosen),
        asked=_asked(search, names),
        doctors=tuple(line for line, is_left in lines if is_left),
        passed=tuple(line for line, is_left in lines if not is_left),
    )
    return render(request, page)


def _line(card: MemberCard, answer: DoctorAnswer) -> WhyLine:
    return WhyLine(
        doctor=card_text(card),
        about=card.facility_name,
        unfit=tuple(t(f"hours.unfit.{why}") for why in answer.unfit),
        days=why_days(answer.days),
    )


def _asked(search: SlotSearch, names: Names) -> tuple[tuple[str, str], ...]:
    """Return what was looked for, as it was chosen."""
    pool = names.pools.get(search.pool_id) if search.pool_id else None
    doctor = names.doctor(search.doctor_membership_id) if search.doctor_membership_id else ""
    days = f"{date_text(search.from_on)} – {date_text(search.to_on)}"
    rows = (
        (
            "service.title",
            t(f"booking.service.{search.service_code}") if search.service_code != "standard" else "",
        ),
        ("request.specialty", names.specialties.get(search.specialty or "", "")),
        ("request.tier", ", ".join(names.tiers.get(code, code) for code in sorted(search.tiers or ()))),
        ("slots.pool", pool.text if pool else ""),
        ("rows.doctor", doctor),
        ("slots.language", names.languages.get(search.language or "", search.language or "")),
        ("slots.part", t(f"booking.part.{search.part}") if search.part else ""),
    )
    return (
        (t("hours.why_days"), days),
        *((t(f"booking.{name}"), text) for name, text in rows if text),
    )
