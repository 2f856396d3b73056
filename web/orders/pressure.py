"""A blood pressure as the result of an order: the number that was asked, and the one that belongs to it."""

from types import MappingProxyType
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.visits.vitals import accept_all
from web.formatting import number_text
from web.forms import FormView, error_text
from web.i18n import t
from web.orders.forms import ResultForm

PARTNERS: Final = MappingProxyType({"systolic": "diastolic", "diastolic": "systolic"})
"""The number that is measured with another."""


def pressure_text(code: str | None, sent: ResultForm, view: FormView) -> tuple[str, FormView]:
    """Return the words of a result, a pressure as both its numbers; and the form with what is wrong."""
    partner = PARTNERS.get(code or "")
    if code is None or partner is None or (sent.value is None and sent.other is None):
        return sent.result, view
    if sent.value is None or sent.other is None:
        return sent.result, view.with_error("value" if sent.value is None else "other", t("orders.both"))
    try:
        kept = accept_all({code: sent.value, partner: sent.other})
    except InvalidError as error:
        name = "value" if error.field == code else "other"
        return sent.result, view.with_error(name, error_text(error))
    line = f"{number_text(kept['systolic'])}/{number_text(kept['diastolic'])} mmHg"
    return f"{line}\n{sent.result}".strip(), view
