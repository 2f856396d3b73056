"""Measured values that press, beside those who wait."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from telehealth.background.service import pregnant_among
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import observations_of_many
from telehealth.visits.service import find_approval
from web.queue.pages import Fact
from web.visits.judging import judging_known
from web.visits.vitals import pressing_views, vital_views


def pressing_facts(
    unit: Unit, actor: MembershipActor, waiting: Sequence[Appointment], cards: Mapping[UUID, PatientCard]
) -> dict[UUID, tuple[Fact, ...]]:
    """Return the values far outside their range, by visit: four statements, however many wait.

    They are marked as an alarm only where a clinician has approved the ranges; else they are words.
    """
    session, now = unit.session, unit.now
    policy = policy_of(session)
    today = policy.local_date(now)
    measured = observations_of_many(session, actor, [each.visit_id for each in waiting], now=now)
    pregnant = pregnant_among(session, {each.patient_id for each in waiting}, on=today)
    kind = "urgent" if find_approval(session) is not None else ""
    found = {}
    for each in waiting:
        card = cards.get(each.patient_id)
        if card is None or each.visit_id not in measured:
            continue
        judging = judging_known(card, today, is_pregnant=each.patient_id in pregnant)
        views = pressing_views(vital_views(measured[each.visit_id], {}, judging=judging, zone=policy.zone))
        found[each.visit_id] = tuple(
            Fact(f"{view.name} {view.value} {view.unit}: {view.words}", view.icon, kind) for view in views
        )
    return found
