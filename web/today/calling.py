"""Whom the station has to phone or to visit: the first of the one list, on its first page."""

from typing import Final

from telehealth.access.rules import can
from telehealth.checks.listed import count_calls, list_calls
from telehealth.checks.models import CheckRound
from telehealth.kit.db import Unit
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from web.checks.calls import note_calls
from web.checks.words import level_text
from web.i18n import t
from web.today.pages import Calls, Line

SHOWN: Final = 5


def calls_to_make(unit: Unit, actor: MembershipActor, *, is_noted: bool) -> Calls:
    """Return how many calls and visits wait and the most pressing; the look is on record if `is_noted`."""
    if not can(actor, "check.call"):
        return Calls()
    calls = list_calls(unit.session, actor, limit=SHOWN, now=unit.now)
    if is_noted:
        note_calls(unit, actor, calls)
    cards = find_cards(unit.session, actor, {each.subject.patient_id for each in calls}, now=unit.now)
    lines = []
    for each in calls:
        row, card = each.subject, cards.get(each.subject.patient_id)
        if isinstance(row, CheckRound):
            note = f"{level_text(row.level)} · {t(f'checks.states.{row.state}')}"
        else:
            note = t(f"tasks.kinds.{row.kind}")
        lines.append(Line(card.full_name if card else t("today.unknown"), note, "/checks"))
    return Calls(is_shown=True, count=count_calls(unit.session, actor, now=unit.now), lines=tuple(lines))
