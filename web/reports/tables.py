"""Tables of reports: on the page, and as a file for those who go on counting."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from fastapi import Response

from web.formatting import date_text

Row = tuple[str, ...]

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a table program would take for a formula at the head of a cell (OWASP, CSV injection)."""


def week_text(monday: date) -> str:
    """Return the days of a week."""
    return f"{date_text(monday)[:5]}–{date_text(monday + timedelta(days=6))}"


def table_file(name: str, first: date, last: date, rows: Iterable[Row]) -> Response:
    """Return rows as a CSV file named for its days; with the mark by which table programs know UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(tuple(map(plain, row)) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{first:%Y%m%d}-{last:%Y%m%d}.csv"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def plain(cell: str) -> str:
    """Return a cell that no table program runs."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
