"""A blood pressure as the result of an order: the number that was asked, and the one that belongs to it."""

from telehealth.kit.errors import InvalidError
from telehealth.orders.rules import PARTNERS, accept_values
from web.forms import FormView, error_text
from web.i18n import t
from web.orders.forms import ResultForm


def checked_pressure(code: str | None, sent: ResultForm, view: FormView) -> FormView:
    """Return the form with what is wrong with a pressure: it needs both numbers, each at its field."""
    if PARTNERS.get(code or "") is None or (sent.value is None and sent.other is None):
        return view
    if sent.value is None or sent.other is None:
        return view.with_error("value" if sent.value is None else "other", t("orders.both"))
    try:
        accept_values(code, sent.value, sent.other)
    except InvalidError as error:
        return view.with_error("value" if error.field == code else "other", error_text(error))
    return view
