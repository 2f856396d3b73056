"""From a posted form to strict values, and back to the page with everything that was typed.

`parse(SomeForm, posted)` gives a `Submission`: the value when all is well, and always a `FormView` that
knows what was typed and what is wrong. Words for errors come from the catalogues: first
`forms.<form>.<field>.<kind>`, then `forms.<kind>`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, ClassVar, Generic, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from starlette.datastructures import FormData

from telehealth.kit.errors import DomainError, InvalidError
from web.formatting import number_text
from web.i18n import current_language, has_text, t
from web.security import CSRF_FIELD

F = TypeVar("F", bound="Form")


class Form(BaseModel):
    """The fields of one form. Text arrives trimmed and in NFC; an empty field counts as not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: ClassVar[str] = ""
    """The catalogue table under `forms.` that holds this form's own words for errors."""


_THOUSANDS = {
    "vi": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    "en": re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+"),
}
"""What is a thousand to one reader and one to another: in Vietnam 1.000 is a thousand, in English 1,000."""


def two_readings(text: str) -> dict[str, str] | None:
    """Return both readings of a typed number, as words to ask by; None where it has but one."""
    typed = text.replace(" ", "")
    if not _THOUSANDS[current_language()].fullmatch(typed):
        return None
    digits = re.sub("[.,]", "", typed)
    first, *rest = re.split("[.,]", typed)
    small = number_text(Decimal(f"{first}.{rest[0]}")) if len(rest) == 1 else first
    return {"typed": typed, "thousands": digits, "small": small}


def told_one_way(text: str) -> str:
    """Return a stored number as a form shows it, so that it comes back as itself: 1.1250 for 1.125."""
    return f"{text}0" if two_readings(text) else text


def number_of(text: str) -> Decimal | None:
    """Return a typed number as `Number` reads it; None for what it would refuse, and for nothing typed."""
    try:
        value = _decimal(text)
    except PydanticCustomError:
        return None
    return value if isinstance(value, Decimal) and value.is_finite() else None


def _decimal(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (readings := two_readings(value)) is not None:
        raise PydanticCustomError("thousands", "two readings", readings)
    try:
        return Decimal(value.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise PydanticCustomError("number", "not a number") from None


_DATE_LIKE = re.compile(r"(\d{1,2})([-/.])\d{1,2}\2\d{4}|\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
"""What is written as a date and is none: no month has such a day."""


def _date(value: object) -> object:
    if not isinstance(value, str):
        return value
    for pattern in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(value, pattern).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    if _DATE_LIKE.fullmatch(value):
        raise PydanticCustomError("no-such-day", "no such day", {"typed": value})
    raise PydanticCustomError("date", "not a date")


Number = Annotated[Decimal, BeforeValidator(_decimal)]
"""A number typed with a decimal comma or point."""
LocalDate = Annotated[date, BeforeValidator(_date)]
"""A date typed as 23/11/2026 or sent by a date input."""
Tick = Annotated[bool, BeforeValidator(lambda value: value in ("on", "1", "true", True))]
"""A checkbox; declare it with the default False, an empty box sends nothing."""
Version = Annotated[int, Field(ge=0)]
"""The version of what a page was printed from; 0: there was none yet."""
ClockTime = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]
"""A time of the day typed as 07:30; `minute_of` reads it."""
EndTime = Annotated[str, Field(pattern=r"^(([01]?\d|2[0-3]):[0-5]\d|24:00)$")]
"""The same, or the end of the day."""


class VersionForm(Form):
    """An act without further words, against the version that was read."""

    version: Version


def version_of(posted: FormData | Mapping[str, str | Sequence[str]]) -> int | None:
    """Return the version a posted act without further words names, None where it names none."""
    sent = parse(VersionForm, posted)
    return sent.value.version if sent.value else None


def minute_of(clock: str) -> int:
    """Return the minute of the day of a ClockTime or EndTime."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True)
class Option:
    """One answer of a choice: what is sent, what is read, an explanation and an icon.

    Answers of one `group` come after each other; a select prints its name above them.
    """

    value: str
    label: str
    hint: str = ""
    icon: str = ""
    group: str = ""


@dataclass(frozen=True)
class FieldView:
    """One field as a template prints it."""

    name: str
    value: str = ""
    values: tuple[str, ...] = ()
    error: str = ""

    @property
    def id(self) -> str:
        """The id of the input, and where the error summary links to."""
        return f"f-{self.name.replace('.', '-')}"

    @property
    def is_ticked(self) -> bool:
        """Whether a checkbox of this name was ticked."""
        return bool(self.value)


@dataclass(frozen=True)
class FormView:
    """What a form shows: typed values and errors by field. Unknown fields are empty, never an error."""

    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FieldView:
        """Return the field; templates write `form.phone` or `form["phone"]`."""
        values = self.typed.get(name, ())
        return FieldView(name, values[0] if values else "", values, self.errors.get(name, ""))

    @property
    def summary(self) -> list[FieldView]:
        """The fields in error, in the order found; an error of the whole form has the name ''."""
        return [self[name] for name in self.errors]

    def with_error(self, name: str, text: str) -> "FormView":
        """Return the same form with one more error."""
        return FormView(self.typed, {**self.errors, name: text})

    def with_refusal(self, error: DomainError) -> "FormView":
        """Return the form with the domain's refusal, at the field it names or at the top."""
        return self.with_error(getattr(error, "field", None) or "", error_text(error))


@dataclass(frozen=True)
class Submission(Generic[F]):
    """A posted form: `value` is None exactly when `view.errors` is not empty."""

    value: F | None
    view: FormView


def parse(model: type[F], posted: FormData | Mapping[str, str | Sequence[str]]) -> Submission[F]:
    """Read a posted form. Never raises for what a person typed; uploaded files are not fields."""
    typed = _typed(posted)
    typed.pop(CSRF_FIELD, None)
    given = {
        name: list(filled) if _is_many(model.model_fields.get(name)) else filled[0]
        for name, values in typed.items()
        if (filled := tuple(value for value in values if value))
    }
    try:
        return Submission(model.model_validate(given), FormView(typed))
    except ValidationError as refusal:
        errors: dict[str, str] = {}
        for each in refusal.errors(include_url=False, include_context=True):
            name = ".".join(str(part) for part in each["loc"][:1])
            errors.setdefault(name, _words(model, name, each))
        return Submission(None, FormView(typed, errors))


def parse_own(model: type[F], posted: FormData | Mapping[str, str | Sequence[str]]) -> F:
    """Return what a button of our pages sends; raise `choice-missing` for what none of them does."""
    sent = parse(model, posted).value
    if sent is None:
        raise InvalidError("choice-missing")
    return sent


def filled(values: Mapping[str, object]) -> FormView:
    """Return a form that shows stored values: dates as dd/mm/yyyy, lists as several values."""
    typed: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        if value is None or value is False:
            continue
        many = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        typed[name] = tuple(_printed(each) for each in many)
    return FormView(typed)


_LIMITS = frozenset({"low", "high", "mmol"})
_FRACTION = re.compile(r"\d+\.\d+")


def error_text(error: DomainError) -> str:
    """Return the user's words for a refusal of the domain, its limits with the language's decimal mark."""
    limits = {
        name: number_text(Decimal(str(fact)))
        for name, fact in error.facts.items()
        if name in _LIMITS and _FRACTION.fullmatch(str(fact))
    }
    return t(f"errors.{error.code}", **{**error.facts, **limits})


def _printed(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return told_one_way(str(value))
    return "on" if value is True else str(value)


def _typed(posted: FormData | Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    typed: dict[str, tuple[str, ...]] = {}
    pairs: list[tuple[str, object]] = (
        list(posted.multi_items())
        if isinstance(posted, FormData)
        else [(k, v) for k, vs in posted.items() for v in ([vs] if isinstance(vs, str) else vs)]
    )
    for name, value in pairs:
        if isinstance(value, str):
            # No key types NUL, and PostgreSQL stores it in no text.
            clean = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\x00", "").strip()
            typed[name] = (*typed.get(name, ()), clean)
    return typed


def _is_many(info: FieldInfo | None) -> bool:
    return info is not None and get_origin(info.annotation) in (list, tuple, set, frozenset)


def _words(model: type[Form], name: str, detail: ErrorDetails) -> str:
    kind = _KINDS.get(detail["type"], detail["type"].replace("_", "-"))
    context = {key: value for key, value in detail.get("ctx", {}).items() if key != "error"}
    for key in (f"forms.{model.words}.{name}.{kind}", f"forms.{model.words}.{name}.invalid", f"forms.{kind}"):
        if has_text(key):
            return t(key, **context)
    return t("forms.invalid")


_KINDS = {
    "missing": "missing",
    "none_required": "missing",
    "string_too_short": "too-short",
    "string_too_long": "too-long",
    "too_short": "missing",
    "too_long": "too-many",
    "string_pattern_mismatch": "pattern",
    "int_parsing": "whole-number",
    "int_from_float": "whole-number",
    "decimal_parsing": "number",
    "decimal_max_places": "number",
    "greater_than_equal": "too-small",
    "greater_than": "too-small",
    "less_than_equal": "too-large",
    "less_than": "too-large",
    "literal_error": "choose",
    "enum": "choose",
    "uuid_parsing": "choose",
    "extra_forbidden": "unknown",
}
