"""Loading our own small list of diagnosis codes."""

import csv
from importlib.resources import files

from sqlmodel import Session, select

from telehealth.visits.models import DiagnosisCode
from telehealth.visits.rules import OWN_LIST, accept_code, searchable


def load_reference(session: Session) -> int:
    """Bring the own list of ICD-10 codes to what the data file says; return how many rows it has.

    The names are ours, each row names why it is there and stays unreviewed until a clinician of the
    deployment approves it. Rows that older records point to are never taken away.
    """
    known = {
        row.code: row
        for row in session.exec(select(DiagnosisCode).where(DiagnosisCode.code_list == OWN_LIST))
    }
    with files("telehealth.visits").joinpath("data/icd10_vi.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for each in rows:
        code, name = accept_code(each["code"]), each["name"]
        row = known.get(code) or DiagnosisCode(code_list=OWN_LIST, code=code, name="", folded="", source="")
        row.name, row.folded, row.source = name, searchable(code, name), each["source"]
        session.add(row)
    session.flush()
    return len(rows)
