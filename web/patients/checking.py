"""Everything that is wrong with what was typed about a patient, said at once and where it stands.

The rules are the domain's own; it stops at the first refusal, a person who fills in a form should not.
"""

from collections.abc import Callable, Iterator
from datetime import date

from telehealth.consents.rules import GivenBy
from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.patients.rules import Birth, is_child, is_heard, parse_bhyt, parse_birth, parse_cccd
from web.forms import FormView, error_text
from web.patients.forms import Agreeing, PatientForm

_NUMBERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("cccd", parse_cccd),
    ("bhyt", parse_bhyt),
    ("phone", parse_phone),
    ("phone2", parse_phone),
)


def with_refusals(view: FormView, model: type[PatientForm], *, today: date) -> FormView:
    """Return the form with what the domain would refuse, beside the errors it has, in the form's order."""
    refusals = [*_of_person(view, today)]
    if issubclass(model, Agreeing):
        refusals.extend(_of_agreement(view, today))
    return _ordered(view, refusals, list(model.model_fields))


def with_agreement_refusals(view: FormView, model: type[Agreeing], *, today: date) -> FormView:
    """Return the form with what the domain would refuse of the agreement alone."""
    refusals = [*_of_agreement(view, today)]
    try:
        _birth(view, today)
    except InvalidError as error:
        refusals.append(("birth", error))
    return _ordered(view, refusals, list(model.model_fields))


def _ordered(view: FormView, refusals: list[tuple[str, InvalidError]], names: list[str]) -> FormView:
    found = dict(view.errors)
    for name, error in refusals:
        found.setdefault(name, error_text(error))
    places = {name: place for place, name in enumerate(names)}
    ordered = sorted(found, key=lambda name: places.get(name, len(places)))
    return FormView(view.typed, {name: found[name] for name in ordered})


def _of_person(view: FormView, today: date) -> Iterator[tuple[str, InvalidError]]:
    try:
        birth = _birth(view, today)
    except InvalidError as error:
        birth = None
        yield "birth", error
    for name, check in _NUMBERS:
        try:
            if view[name].value:
                check(view[name].value)
        except InvalidError as error:
            yield name, error
    if not view["cccd"].value and not view["no_id_reason"].value:
        yield "no_id_reason", InvalidError("no-id-reason-needed")
    needs_guardian = birth is not None and is_child(birth, today)
    if needs_guardian and not view["guardian_name"].value:
        yield "guardian_name", InvalidError("guardian-needed")
    if (needs_guardian or view["guardian_name"].value) and not view["guardian_relation"].value:
        yield "guardian_relation", InvalidError("guardian-name-needed")


def _of_agreement(view: FormView, today: date) -> Iterator[tuple[str, InvalidError]]:
    if not view["agrees_data"].is_ticked:
        yield "agrees_data", InvalidError("consent-data-needed")
    try:
        birth = _birth(view, today)
    except InvalidError:
        return
    if birth is None or not is_child(birth, today):
        return
    if view["given_by"].value == GivenBy.PATIENT:
        yield "given_by", InvalidError("consent-guardian-needed")
    if is_heard(birth, today) and not view["is_child_heard"].is_ticked:
        yield "is_child_heard", InvalidError("child-must-be-heard")


def _birth(view: FormView, today: date) -> Birth | None:
    text = view["birth"].value
    return parse_birth(text, today=today) if text else None
