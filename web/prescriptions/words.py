"""A signed line of a prescription in words: name, amount, how it is taken."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from telehealth.prescriptions.rules import MOMENTS, Line, quantity_text, total_of
from web.formatting import number_text
from web.i18n import t
from web.visits.partlines import PartLine

Content = Mapping[str, Any]


def name_text(line: Content) -> str:
    """Return what the medicine is, the generic name first: Amoxicilin (Ospamox) 500 mg."""
    brand = f"({line['brand_name']})" if line["brand_name"] else ""
    return " ".join(part for part in (line["generic_name"], brand, line["strength"]) if part)


def amount_text(line: Content) -> str:
    """Return what is handed out, so that no figure can be put before it: 05 viên."""
    return f"{quantity_text(Decimal(line['total']))} {line['unit']}"


def usage_text(line: Content) -> str:
    """Return how it is taken: Viên nén, uống. Mỗi lần 1 viên, ngày 3 lần. Dùng 7 ngày. Sau ăn.

    The form stands there too: a "viên" may be swallowed, dissolved or put in elsewhere.
    """
    parts = [
        _capital(", ".join(part for part in (line["form"], line["route"]) if part)),
        _how_often(line),
        t("prescriptions.for_days", count=line["days"]),
        line["instructions"],
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def lines_text(lines: Sequence[Line]) -> str:
    """Return lines that are being written, one a row, with dose, times, days and total as far as said."""
    return "\n".join(_draft_text(line) for line in lines)


def _draft_text(line: Line) -> str:
    content = {"generic_name": line.generic_name, "brand_name": line.brand_name, "strength": line.strength}
    amount, unit = total_of(line), line.unit
    moments = {name: str(value) for name, value in line.moments.items()}
    often = {"unit": unit, "moments": moments, "dose": line.dose, "times_a_day": line.times}
    is_said = bool(line.moments) or (line.dose is not None and line.times is not None)
    said = [
        line.route,
        _how_often(often) if is_said else "",
        t("prescriptions.for_days", count=line.days) if line.days is not None else "",
        f"{quantity_text(amount)} {unit}".strip() if amount is not None else "",
        line.instructions,
    ]
    how = ". ".join(part.rstrip(".") for part in said if part)
    return f"{name_text(content)}: {how}" if how else name_text(content)


def read_part(content: Content) -> tuple[PartLine, ...]:
    """Return the lines of a signed prescription; one that only takes another back says so."""
    if not content["lines"]:
        return (PartLine(t("prescriptions.taken_back")),)
    lines = tuple(
        PartLine(f"{name_text(line)}: {amount_text(line)}", _with_reason(line)) for line in content["lines"]
    )
    why = content["long_reason"]
    return (*lines, PartLine(t("prescriptions.said_long", reason=why))) if why else lines


def _with_reason(line: Content) -> str:
    """Return how it is taken, and why another quantity is handed out than that makes."""
    why = line["total_reason"]
    return f"{usage_text(line)} {t('prescriptions.said_total', reason=why)}" if why else usage_text(line)


def warning_text(code: str, names: tuple[str, ...] = ()) -> str:
    """Return the words of a warning."""
    return t(f"prescriptions.warnings.{code}", names=", ".join(names))


def _how_often(line: Content) -> str:
    unit = line["unit"]
    if line["moments"]:
        said = [
            t(f"prescriptions.at.{name}", amount=f"{_number(line['moments'][name])} {unit}")
            for name in MOMENTS
            if name in line["moments"]
        ]
        return _capital(", ".join(said))
    amount = f"{number_text(Decimal(line['dose']))} {unit}"
    return t("prescriptions.each_time", amount=amount, count=line["times_a_day"])


def _number(text: str) -> str:
    return number_text(Decimal(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
