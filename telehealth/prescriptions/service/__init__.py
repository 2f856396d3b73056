"""Use-cases of prescriptions: writing, what signatures do, national codes, formularies."""

from telehealth.prescriptions.service.codes import has_due, lease_due, settle
from telehealth.prescriptions.service.formulary import Imported, approve, import_formulary, load_reference
from telehealth.prescriptions.service.issue import on_visit_amended, on_visit_signed
from telehealth.prescriptions.service.longuse import import_long_use
from telehealth.prescriptions.service.read import read_prescription
from telehealth.prescriptions.service.write import (
    drop_draft,
    line_of,
    lines_again,
    replace_prescription,
    write_lines,
)

__all__ = [
    "Imported",
    "approve",
    "drop_draft",
    "has_due",
    "import_formulary",
    "import_long_use",
    "lease_due",
    "line_of",
    "lines_again",
    "load_reference",
    "on_visit_amended",
    "on_visit_signed",
    "read_prescription",
    "replace_prescription",
    "settle",
    "write_lines",
]
