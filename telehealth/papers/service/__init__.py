"""Use-cases of papers: handles given out, voided and verified; records signed and checked."""

from telehealth.papers.service.export import export_document
from telehealth.papers.service.handles import (
    LETTER,
    Signed,
    issue_handle,
    on_minutes_reopened,
    on_visit_amended,
    verify_handle,
    void_papers,
)
from telehealth.papers.service.seals import (
    RecordCheck,
    check_records,
    list_records,
    on_record_amended,
    on_record_signed,
)

__all__ = [
    "LETTER",
    "RecordCheck",
    "Signed",
    "check_records",
    "export_document",
    "issue_handle",
    "list_records",
    "on_minutes_reopened",
    "on_record_amended",
    "on_record_signed",
    "on_visit_amended",
    "verify_handle",
    "void_papers",
]
