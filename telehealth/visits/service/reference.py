"""Loading our own small list of diagnosis codes."""

import csv
import io
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from telehealth.visits.models import CodeList, CodeWord, DiagnosisCode
from telehealth.visits.rules import OWN_LIST, accept_code, searchable, words_of

OWN_SOURCE: Final = "telehealth/visits/data/icd10_vi.csv"
OWN_SINCE: Final = date(2026, 1, 1)
"""In use from the beginning, until a deployment puts another list into use."""


def load_reference(session: Session) -> int:
    """Bring the own list of ICD-10 codes to what the data file says; return how many rows it has.

    The names are ours, each row names why it is there and stays unreviewed until a clinician of the
    deployment approves it; a name that changed needs that anew. Rows that older records point to are never
    taken away.
    """
    known = {
        row.code: row
        for row in session.exec(select(DiagnosisCode).where(DiagnosisCode.code_list == OWN_LIST))
    }
    content = files("telehealth.visits").joinpath("data/icd10_vi.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    for each in rows:
        code, name = accept_code(each["code"]), each["name"]
        row = known.get(code) or DiagnosisCode(code_list=OWN_LIST, code=code, name="", folded="", source="")
        if row.name != name:
            row.is_reviewed, row.reviewed_by, row.reviewed_at, row.reviewed_name = False, None, None, ""
        row.name, row.folded, row.source = name, searchable(code, name), each["source"]
        session.add(row)
        known[code] = row
    session.flush()
    _index(session, known)
    _list(session, content, len(known))
    return len(rows)


def _index(session: Session, known: dict[str, DiagnosisCode]) -> None:
    wanted = {(word, code) for code, row in known.items() for word in words_of(row.folded)}
    stored = select(CodeWord.word, CodeWord.code).where(CodeWord.code_list == OWN_LIST)
    if set(session.exec(stored)) == wanted:
        return
    session.execute(delete(CodeWord).where(col(CodeWord.code_list) == OWN_LIST))
    values = [{"code_list": OWN_LIST, "word": word, "code": code} for word, code in sorted(wanted)]
    session.execute(insert(CodeWord), values)


def _list(session: Session, content: bytes, count: int) -> None:
    row = session.get(CodeList, OWN_LIST)
    if row is None:
        since = datetime(OWN_SINCE.year, OWN_SINCE.month, OWN_SINCE.day, tzinfo=UTC)
        row = CodeList(
            label=OWN_LIST,
            source=OWN_SOURCE,
            sha256="",
            row_count=0,
            imported_at=since,
            in_use_from=OWN_SINCE,
        )
    row.sha256, row.row_count = sha256(content).hexdigest(), count
    session.add(row)
    session.flush()
