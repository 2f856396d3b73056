"""What is measured before the request: one field each, the last value beside, how a typed one lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits.models import Observation
from telehealth.visits.ranges import RANGES
from telehealth.visits.service import find_approval
from telehealth.visits.vitals import VITALS, accept_all
from web.booking.pages import VitalLine
from web.formatting import date_text
from web.forms import FormView, number_of
from web.i18n import t
from web.visits.judging import Judging, judging_of
from web.visits.pressing import PressingView, told
from web.visits.vitals import PRESSURE, lies, mgdl_text, value_text, worse_of

_UNJUDGED = ("", "", "circle")


@dataclass(frozen=True)
class Measuring:
    """The measurements of the form, those far out once more together, and whose ranges marked them."""

    pressure: VitalLine
    others: tuple[VitalLine, ...]
    pressing: PressingView | None
    ranges_note: str


def measuring_of(unit: Unit, actor: MembershipActor, card: PatientCard, view: FormView) -> Measuring:
    """Return the fields as they were typed, each judged for the patient of a card in scope."""
    before = visits.last_values(unit.session, actor, card.id, now=unit.now)
    judging = judging_of(unit.session, card, policy_of(unit.session).local_date(unit.now))
    pressure = _pressure(view, before, judging, unit)
    others = tuple(_line(code, view, before, judging, unit) for code in VITALS if code not in PRESSURE)
    lines = (pressure, *others)
    values = [
        f"{each.name} {_typed(each, view)} {each.unit}: {each.words}" for each in lines if _is_far(each)
    ]
    return Measuring(
        pressure,
        others,
        pressing=told(unit, values, text=t("booking.request.pressing_text")),
        ranges_note=_ranges_note(unit, lines),
    )


def _is_far(line: VitalLine) -> bool:
    return line.range == "urgent"


def _typed(line: VitalLine, view: FormView) -> str:
    """Return a value as it was typed; of a blood pressure both, or the one that is there."""
    codes = PRESSURE if line.code in PRESSURE else (line.code,)
    return "/".join(view[code].value for code in codes if view[code].value)


def _ranges_note(unit: Unit, lines: Sequence[VitalLine]) -> str:
    """Return whose ranges marked values; said only where some are marked."""
    if not any(line.range for line in lines):
        return ""
    source = t("cases.range_source", version=RANGES.version)
    # Values far out say it themselves.
    is_unsaid = any(each.range == "soon" for each in lines) and not any(map(_is_far, lines))
    is_unapproved = is_unsaid and find_approval(unit.session) is None
    return f"{source} {t('booking.request.unapproved')}" if is_unapproved else source


def with_impossible(view: FormView) -> FormView:
    """Return the form with every value that cannot be, all at once, whatever else is wrong in it."""
    typed = {code: number_of(view[code].value) for code in VITALS if not view[code].error}
    values = {code: value for code, value in typed.items() if value is not None}
    for code, value in values.items():
        view = _refused(view, {code: value})
    pressure = {code: values[code] for code in PRESSURE if code in values}
    return view if view.errors.keys() & set(PRESSURE) else _refused(view, pressure)


def rare_name(code: str, view: FormView) -> str:
    """Return what a rare value is of; of glucose that may be in mg/dL, with what that is in mmol/L."""
    value, name = number_of(view[code].value), t(f"visits.vitals.{code}")
    other = mgdl_text(code, value).rstrip(".") if value is not None else ""
    return f"{name} ({other})" if other else name


def _refused(view: FormView, values: Mapping[str, Decimal]) -> FormView:
    try:
        accept_all(values)
    except InvalidError as error:
        return view.with_refusal(error)
    return view


def _last_text(codes: Sequence[str], before: Mapping[str, Observation], unit: Unit) -> str:
    """Return the last value of a measurement, of all its parts together; nothing without one."""
    rows = [before[code] for code in codes if code in before]
    if len(rows) < len(codes):
        return ""
    value = "/".join(value_text(code, row.value) for code, row in zip(codes, rows, strict=True))
    at = date_text(rows[0].occurred_at, policy_of(unit.session).zone)
    return t("visits.last_value", value=value, date=at)


def _pressure(view: FormView, before: Mapping[str, Observation], judging: Judging, unit: Unit) -> VitalLine:
    """Return both pressures as one line, which lies where the more pressing of the two lies."""
    upper, lower = (_line(code, view, {}, judging, unit) for code in PRESSURE)
    is_wrong = any(view[code].error for code in PRESSURE)
    worse = upper if worse_of(upper.range, lower.range) == upper.range else lower
    kind, words, icon = _UNJUDGED if is_wrong else (worse.range, worse.words, worse.icon)
    name, last = t("visits.vitals.pressure"), _last_text(PRESSURE, before, unit)
    return replace(upper, name=name, last=last, range=kind, words=words, icon=icon)


def _line(
    code: str, view: FormView, before: Mapping[str, Observation], judging: Judging, unit: Unit
) -> VitalLine:
    vital, typed = VITALS[code], view[code]
    # What cannot be is no high value and no low one.
    value = None if typed.error else number_of(typed.value)
    kind, words, icon = _UNJUDGED if value is None else lies(code, value, judging)
    return VitalLine(
        code=code,
        name=t(f"visits.vitals.{code}"),
        unit=vital.unit,
        last=_last_text([code], before, unit),
        range=kind,
        words=words,
        icon=icon,
        inputmode="decimal" if vital.decimals else "numeric",
    )
