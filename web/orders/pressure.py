"""A blood pressure as the result of an order: the number that was asked, and the one that belongs to it."""

from telehealth.orders.rules import PARTNERS
from web.forms import FormView


def at_its_fields(code: str | None, view: FormView) -> FormView:
    """Return the form with what is wrong with a measurement at the field that holds its number."""
    fields = {code: "value", PARTNERS.get(code or ""): "other"}
    return FormView(view.typed, {fields.get(name, name): text for name, text in view.errors.items()})
