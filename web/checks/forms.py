"""What is sent about check questions."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field
from starlette.datastructures import FormData

from telehealth.checks.questions import Content, Judgement, Kind
from telehealth.checks.rules import NOTE_LIMIT, Outcome, Via
from web.formatting import number_text
from web.forms import Form, FormView, LocalDate, Version
from web.i18n import t

PREFIX: Final = "q_"
"""Before a question's code in the name of its field: codes are an administrator's, other fields ours."""


class SetForm(Form):
    """What is to be asked after a visit: offered days by how many days ahead, one more by its date."""

    words: ClassVar[str] = "checks"
    questionnaire: Annotated[str, Field(max_length=40)]
    via: Via = Via.SMS
    days: tuple[Annotated[int, Field(ge=0, le=90)], ...] = ()
    other_on: LocalDate | None = None


class DaysForm(Form):
    """Another day to ask on from now on."""

    words: ClassVar[str] = "checks"
    other_on: LocalDate
    version: Version


class OutcomeForm(Form):
    """What came of a call; answers come beside it under their own names."""

    words: ClassVar[str] = "checks"
    outcome: Outcome
    note: Annotated[str, Field(max_length=NOTE_LIMIT)] = ""
    version: Version


class SourceForm(Form):
    """A new version of a questionnaire."""

    words: ClassVar[str] = "checks"
    source: Annotated[str, Field(max_length=40_000)]
    version: Version


def answers_in(posted: FormData, content: Content) -> dict[str, str]:
    """Return what was typed, by question; photos come as files, whatever else was posted is left out."""
    found = {}
    for question in content.questions:
        if question.kind is Kind.PHOTO:
            continue
        value = posted.get(PREFIX + question.code)
        if isinstance(value, str) and value.strip():
            found[question.code] = value.replace("\x00", "").strip()
    return found


def without_answers(posted: FormData) -> dict[str, str]:
    """Return the fields beside the answers."""
    pairs = posted.multi_items()
    return {name: value for name, value in pairs if isinstance(value, str) and not name.startswith(PREFIX)}


def answers_view(content: Content, given: Mapping[str, str], judged: Judgement | None = None) -> FormView:
    """Return the questions' fields as typed, with what is missing or cannot be read."""
    view = FormView({PREFIX + code: (text,) for code, text in given.items()})
    if judged is None:
        return view
    for question in content.questions:
        name = PREFIX + question.code
        if question.code in judged.missing:
            view = view.with_error(name, t("checks.patient.missing"))
        elif question.code in judged.unreadable and question.kind is Kind.NUMBER and question.possible:
            low, high = (number_text(each) for each in question.possible)
            view = view.with_error(name, t("checks.patient.number", low=low, high=high))
        elif question.code in judged.unreadable:
            view = view.with_error(name, t("checks.patient.unreadable"))
    return view
