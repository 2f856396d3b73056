"""What is posted while prescribing: rows as typed, and the lines they make. Nothing typed is ever lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from starlette.datastructures import FormData

from telehealth.kit.errors import InvalidError
from telehealth.prescriptions.part import amount_text
from telehealth.prescriptions.rules import MAX_LINES, MOMENTS, Facts, Line
from telehealth.prescriptions.warnings import NEEDS_REASON
from web.formatting import number_text
from web.forms import Form, told_one_way, two_readings

TEXTS = {
    **{name: name for name in ("generic_name", "brand_name", "strength", "route", "unit", "total_reason")},
    "instructions": "instructions",
    "dosage_form": "form",
}
"""Column -> what of a line it is. No field of a page may be called `form`: it would hide the form's own."""

COLUMNS = ("medicine", *TEXTS, "dose", "times", "days", "total", *MOMENTS)
_LONGEST = 2_000
_HALVES = {"1/2": "0.5", "½": "0.5", "1/4": "0.25", "¼": "0.25", "3/4": "0.75", "¾": "0.75"}


class PrescriptionForm(Form):
    """What stands beside the rows, which are read by `rows_of`."""

    version: Annotated[int, Field(ge=0)]
    warned: str = ""
    q: str = ""
    act: str = ""
    pick: UUID | None = None
    weight_kg: str = ""
    escort_name: str = ""
    long_reason: str = ""
    theirs: Annotated[int, Field(ge=0)] | None = None
    keep: Literal["mine", "theirs"] | None = None


@dataclass(frozen=True)
class Row:
    """One row as it was typed: text by column, reasons by the code of a warning."""

    typed: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.typed.get(name, "")


class RowError(InvalidError):
    """What was typed in a row is no number, or two; `place` is the row's, counted from 0."""

    def __init__(self, code: str, place: int, field: str, **facts: object) -> None:
        super().__init__(code, field=field, line=place + 1, **facts)
        self.place = place


def rows_of(posted: FormData) -> list[Row]:
    """Return the rows as typed; raise `invalid-input` for what no page of ours sends."""
    columns = {name: [str(value).strip() for value in posted.getlist(name)] for name in COLUMNS}
    lengths = {len(column) for column in columns.values()}
    longest = max((len(text) for column in columns.values() for text in column), default=0)
    if len(lengths) != 1 or max(lengths) > MAX_LINES or longest > _LONGEST:
        raise InvalidError("invalid-input")
    count = lengths.pop()
    return [
        Row(
            {name: columns[name][place] for name in COLUMNS},
            {
                str(code): text
                for code in NEEDS_REASON
                if (text := str(posted.get(f"{code}-{place}", "")).strip()[:_LONGEST])
            },
        )
        for place in range(count)
    ]


def without_rows(posted: FormData) -> FormData:
    """Return the rest of the form."""
    reasons = tuple(f"{code}-" for code in NEEDS_REASON)
    return FormData(
        [
            (key, value)
            for key, value in posted.multi_items()
            if key not in COLUMNS and not key.startswith(reasons)
        ]
    )


def lines_from(rows: Sequence[Row]) -> list[Line]:
    """Return the lines the rows make; raise RowError for what is no number, `invalid-input` for no id."""
    return [_line(place, row) for place, row in enumerate(rows)]


def facts_from(sent: PrescriptionForm) -> Facts:
    """Return what is said of the whole; raise `amount-invalid` or `number-thousands` for a weight."""
    return Facts(
        weight_kg=_amount(sent.weight_kg, "weight_kg"),
        escort_name=sent.escort_name,
        long_reason=sent.long_reason,
    )


def row_of(line: Line) -> Row:
    """Return a stored line as its form shows it."""
    typed = {column: str(getattr(line, name)) for column, name in TEXTS.items()}
    typed["medicine"] = str(line.medicine_id or "")
    typed |= {name: _shown(getattr(line, name)) for name in ("dose", "total")}
    typed |= {name: _shown(line.moments.get(name)) for name in MOMENTS}
    typed |= {name: str(getattr(line, name) or "") for name in ("times", "days")}
    return Row(typed, dict(line.acknowledged))


def _line(place: int, row: Row) -> Line:
    try:
        medicine = UUID(row["medicine"]) if row["medicine"] else None
    except ValueError:
        raise InvalidError("invalid-input") from None

    def amount(name: str) -> Decimal | None:
        try:
            return _amount(row[name], name)
        except InvalidError as error:
            if error.code == "number-thousands":
                raise RowError("line-thousands", place, name, **error.facts) from None
            raise RowError("line-number", place, name) from None

    def count(name: str) -> int | None:
        text = row[name]
        if text and not (text.isascii() and text.isdecimal() and len(text) < 5):
            raise RowError("line-number", place, name)
        return int(text) if text else None

    return Line(
        medicine_id=medicine,
        generic_name=row["generic_name"],
        brand_name=row["brand_name"],
        strength=row["strength"],
        form=row["dosage_form"],
        route=row["route"],
        unit=row["unit"],
        total_reason=row["total_reason"],
        instructions=row["instructions"],
        dose=amount("dose"),
        times=count("times"),
        days=count("days"),
        total=amount("total"),
        moments={name: value for name in MOMENTS if (value := amount(name))},
        acknowledged=dict(row.reasons),
    )


def _amount(text: str, name: str) -> Decimal | None:
    if not text:
        return None
    if (readings := two_readings(text)) is not None:
        raise InvalidError("number-thousands", field=name, **readings)
    plain = _HALVES.get(text.replace(" ", ""), text.replace(" ", "").replace(",", "."))
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise InvalidError("amount-invalid", field=name, limit=9_999) from None
    if not value.is_finite() or abs(value) > 10**6:
        raise InvalidError("amount-invalid", field=name, limit=9_999)
    return value


def _shown(amount: Decimal | None) -> str:
    """Return an amount as it is typed: 0,5 and 1000 without a separator of thousands."""
    if amount is None:
        return ""
    return told_one_way((amount_text(amount) or "").replace(".", number_text(Decimal("0.5"))[1]))
