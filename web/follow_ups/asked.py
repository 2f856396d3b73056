"""What a doctor sees of the next visits they asked for: who did not come back, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.audit.service import record
from telehealth.facilities.queries import names_of
from telehealth.followup.asked import Fate, asked_place, fates_of, list_asked, rank_of
from telehealth.followup.models import Plan
from telehealth.followup.states import LIVE_PLANS, PlanState
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from web.follow_ups.words import window_text
from web.formatting import datetime_text
from web.i18n import t
from web.pages import Page
from web.visits.people import about_text

PAGE: Final = 50
_LOOKS: Final = (
    ("urgent", "calendar-off"),
    ("soon", "alert-triangle"),
    ("", "calendar"),
    ("ok", "circle-check"),
)
"""Kind and icon of the mark, by `rank_of`."""


@dataclass(frozen=True, kw_only=True)
class AskedRow:
    """A patient who was to come back: `state` in words, `why` where somebody noted it."""

    who: str
    about: str
    href: str
    when: str
    station: str
    state: str
    kind: str
    icon: str
    why: str


@dataclass(frozen=True, kw_only=True)
class AskedBackPage(Page):
    """The next visits a doctor asked for, those who did not come first."""

    template: ClassVar[str] = "follow_ups/asked.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"asked-back": "asked"}
    rows: tuple[AskedRow, ...]
    url: str = "/follow-ups"
    next_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return one who did not come back, one who is late and one who is booked."""
        return cls(
            rows=(
                AskedRow(
                    who="Bàn Thị Nái",
                    about="nữ, 77 tuổi",
                    href="/visits/1",
                    when=t("follow_ups.one_day", date="20/11/2026"),
                    station="Trạm Y tế xã Vi Hương",
                    state=t("follow_ups.asked.states.lapsed"),
                    kind="soon",
                    icon="calendar-off",
                    why=t("tasks.outcomes.refused"),
                ),
                AskedRow(
                    who="Đàm Thị Lụa",
                    about="nữ, 60 tuổi",
                    href="/visits/2",
                    when=t("follow_ups.window", first="27/11/2026", last="03/12/2026"),
                    station="Trạm Y tế xã Vi Hương",
                    state=t("follow_ups.asked.booked", time="09:30, 27/11/2026"),
                    kind="",
                    icon="calendar",
                    why="",
                ),
            )
        )


def asked_page(unit: Unit, actor: MembershipActor, cursor: str | None, *, is_refresh: bool) -> AskedBackPage:
    """Return a page of what a doctor asked for; the look is on record unless the page refreshed itself."""
    session, now = unit.session, unit.now
    after = read_place(cursor, int, date, UUID)
    found = list_asked(session, actor, now=now, limit=PAGE + 1, after=after)
    plans, today = found[:PAGE], policy_of(session).local_date(now)
    if not is_refresh:
        facts = {"ids": [str(plan.id) for plan in plans]}
        record(session, actor, "plan.read", subject_kind="plan", facts=facts, now=now)
    behind = place_after(*asked_place(plans[-1], today)) if len(found) > PAGE else ""
    return AskedBackPage(
        rows=_rows(unit, actor, plans, today),
        url=f"/follow-ups?cursor={cursor}" if after else "/follow-ups",
        next_href=f"/follow-ups?cursor={behind}" if behind else "",
    )


def _rows(unit: Unit, actor: MembershipActor, plans: Sequence[Plan], today: date) -> tuple[AskedRow, ...]:
    session, zone = unit.session, policy_of(unit.session).zone
    cards = find_cards(session, actor, {plan.patient_id for plan in plans}, now=unit.now)
    stations = names_of(session, {plan.station_facility_id for plan in plans})
    fates = fates_of(session, plans)
    rows = []
    for plan in plans:
        fate = fates.get(plan.id, Fate())
        kind, icon = _LOOKS[rank_of(plan, today)]
        is_lapsed = plan.state == PlanState.LAPSED
        rows.append(
            AskedRow(
                who=cards[plan.patient_id].full_name,
                about=about_text(cards[plan.patient_id]),
                href=f"/visits/{plan.visit_id}",
                when=window_text(plan),
                station=stations[plan.station_facility_id],
                state=_state(plan, fate, today, zone),
                kind=kind,
                icon=icon,
                why=t(f"tasks.outcomes.{fate.why}") if is_lapsed and fate.why else "",
            )
        )
    return tuple(rows)


def _state(plan: Plan, fate: Fate, today: date, zone: ZoneInfo) -> str:
    if fate.starts_at is not None:
        return t("follow_ups.asked.booked", time=datetime_text(fate.starts_at, zone))
    if plan.state in LIVE_PLANS and plan.due_to < today:
        return t("follow_ups.asked.overdue")
    return t(f"follow_ups.asked.states.{plan.state}")
