"""How pages name the days of a follow-up."""

from telehealth.followup.models import Plan
from web.formatting import date_text
from web.i18n import t


def window_text(plan: Plan) -> str:
    """Return the days of a follow-up: one, or the first and the last."""
    if plan.due_from == plan.due_to:
        return t("follow_ups.one_day", date=date_text(plan.due_on))
    return t("follow_ups.window", first=date_text(plan.due_from), last=date_text(plan.due_to))
