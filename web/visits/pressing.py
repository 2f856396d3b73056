"""Measured values far outside their range, told on the way to an appointment with whom to ring."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import observations_of_many
from telehealth.visits.service import find_approval
from web.i18n import t
from web.visits.judging import judging_of
from web.visits.vitals import pressing_views, vital_views


@dataclass(frozen=True)
class PressingView:
    """Values that press, in words; an alarm only where a clinician has approved the ranges."""

    title: str
    text: str
    is_alarm: bool
    ring_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return a blood pressure that nobody approved the ranges of."""
        value = f"{t('visits.vitals.pressure')} 210/120 mmHg"
        return cls(
            t("visits.pressing.title", values=f"{value}: {t('visits.levels.urgent_high')}"),
            f"{t('visits.pressing.text')} {t('booking.request.unapproved')}",
            is_alarm=False,
            ring_href="/visits/0190/ring",
        )


def pressing_of(
    unit: Unit, actor: MembershipActor, visit_id: UUID, card: PatientCard, *, station_id: UUID
) -> PressingView | None:
    """Return what presses among the values of a visit in scope, None where nothing does.

    One statement where nothing was measured; whoever can ring for the visit's station is led there.
    """
    measured = observations_of_many(unit.session, actor, [visit_id], now=unit.now).get(visit_id)
    if not measured:
        return None
    policy = policy_of(unit.session)
    judging = judging_of(unit.session, card, policy.local_date(unit.now))
    views = pressing_views(vital_views(measured, {}, judging=judging, zone=policy.zone))
    values = [f"{view.name} {view.value} {view.unit}: {view.words}" for view in views]
    is_own = actor.facility_id == station_id and can(actor, "urgent.ring")
    return told(unit, values, f"/visits/{visit_id}/ring" if is_own else "")


def told(unit: Unit, values: list[str], ring_href: str = "", *, text: str = "") -> PressingView | None:
    """Return values far out as the page tells them; `text` stands instead of whom to ring."""
    if not values:
        return None
    is_alarm = find_approval(unit.session) is not None
    what = text or t("visits.pressing.alarm_text" if is_alarm else "visits.pressing.text")
    return PressingView(
        t("visits.pressing.alarm" if is_alarm else "visits.pressing.title", values="; ".join(values)),
        what if is_alarm else f"{what} {t('booking.request.unapproved')}",
        is_alarm,
        ring_href,
    )
