"""Lists of diagnosis codes: imported whole or not at all, put into use from a day, approved row by row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import insert, update
from sqlmodel import Session, col

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.text import nfc
from telehealth.staff.actors import MembershipActor
from telehealth.visits.codefile import LABEL, CodeFile, CodeRow
from telehealth.visits.models import CodeList, CodeWord, DiagnosisCode
from telehealth.visits.rules import searchable, words_of

ROWS_AT_ONCE = 1_000
REVIEWED_AT_ONCE = 200

Progress = Callable[[int, int], None]
"""Told after each batch: how many rows are in, how many there are."""


@dataclass(frozen=True, slots=True)
class ImportedCodes:
    """What an import did; `is_new` is false for a file that was there already."""

    label: str
    count: int
    is_new: bool


def import_codes(
    session: Session,
    label: str,
    file: CodeFile,
    content: bytes,
    *,
    source: str,
    now: datetime,
    leave_out_refused: bool = False,
    progress: Progress | None = None,
) -> ImportedCodes:
    """Add a list under a label that none has yet, beside those that are there; it is not in use by that.

    The same file again under its label changes nothing. Raises `code-label-invalid`, `code-file-empty`,
    `code-rows-refused` (the caller shows which; nothing was written), `code-list-exists` (the label names
    another content already: signed records point to it).
    """
    named = nfc(label)
    if not LABEL.fullmatch(named):
        raise InvalidError("code-label-invalid", field="label")
    digest = sha256(content).hexdigest()
    known = session.get(CodeList, named)
    if known is not None:
        if known.sha256 != digest:
            raise ConflictError("code-list-exists", label=named)
        return ImportedCodes(named, known.row_count, is_new=False)
    if file.refused and not leave_out_refused:
        raise InvalidError("code-rows-refused", count=len(file.refused))
    if not file.rows:
        raise InvalidError("code-file-empty")
    session.add(
        CodeList(label=named, source=source, sha256=digest, row_count=len(file.rows), imported_at=now)
    )
    session.flush()
    done = 0
    for rows in _batches(file.rows):
        _insert(session, named, rows, source)
        done += len(rows)
        if progress is not None:
            progress(done, len(file.rows))
    return ImportedCodes(named, len(file.rows), is_new=True)


def use_list(session: Session, actor: Actor, label: str, *, from_on: date | None, now: datetime) -> CodeList:
    """Put a list into use from a day on, or out of use (None); what was signed keeps the list it names.

    Raises `not-allowed`, `code-list-not-found`.
    """
    check(actor, "codes.manage")
    row = decide_use(session, label, from_on=from_on)
    row.decided_by, row.decided_at = actor.ref, now
    session.add(row)
    session.flush()
    facts = {"list": row.label, "from": from_on.isoformat() if from_on else ""}
    record(session, actor, "codes.manage", subject_kind="code_list", facts=facts, now=now)
    return row


def decide_use(session: Session, label: str, *, from_on: date | None) -> CodeList:
    """Put a list into use from a day on; for the command line, which acts for nobody.

    Raises `code-list-not-found`.
    """
    row = session.get(CodeList, nfc(label))
    if row is None:
        raise NotFoundError("code-list-not-found")
    row.in_use_from = from_on
    session.add(row)
    session.flush()
    return row


def review_codes(
    session: Session,
    actor: MembershipActor,
    code_list: str,
    codes: Sequence[str],
    *,
    is_reviewed: bool,
    now: datetime,
) -> int:
    """Approve rows of a list by name, or take the approval back; return how many changed.

    Raises `not-allowed` (needs a qualification to treat and a licence), `too-many-codes`,
    `codes-none-chosen`.
    """
    check(actor, "codes.review")
    if not codes:
        raise InvalidError("codes-none-chosen", field="code")
    if len(codes) > REVIEWED_AT_ONCE:
        raise InvalidError("too-many-codes", limit=REVIEWED_AT_ONCE)
    values = {
        "is_reviewed": is_reviewed,
        "reviewed_by": actor.ref if is_reviewed else None,
        "reviewed_name": signed_name(actor) if is_reviewed else "",
        "reviewed_at": now if is_reviewed else None,
    }
    rows = update(DiagnosisCode).where(
        col(DiagnosisCode.code_list) == code_list,
        col(DiagnosisCode.code).in_(codes),
        col(DiagnosisCode.is_reviewed) != is_reviewed,
    )
    changed = int(session.execute(rows.values(**values)).rowcount)  # type: ignore[attr-defined]
    facts = {"list": code_list, "count": changed, "is_reviewed": is_reviewed, "codes": sorted(codes)}
    record(session, actor, "codes.review", subject_kind="code_list", facts=facts, now=now)
    return changed


def signed_name(actor: MembershipActor) -> str:
    """Return who stands for something, as it is kept: title, name, licence."""
    name = f"{actor.title} {actor.full_name}".strip()
    return f"{name} ({actor.licence_number})" if actor.licence_number else name


def _batches(rows: Sequence[CodeRow]) -> list[tuple[CodeRow, ...]]:
    return [tuple(rows[at : at + ROWS_AT_ONCE]) for at in range(0, len(rows), ROWS_AT_ONCE)]


def _insert(session: Session, label: str, rows: Sequence[CodeRow], source: str) -> None:
    folded = {row.code: searchable(row.code, row.name) for row in rows}
    codes = [
        {
            "code_list": label,
            "code": row.code,
            "name": row.name,
            "folded": folded[row.code],
            "source": row.source or source,
            "is_reviewed": False,
            "reviewed_name": "",
        }
        for row in rows
    ]
    words = [
        {"code_list": label, "word": word, "code": code}
        for code, text in folded.items()
        for word in sorted(words_of(text))
    ]
    session.execute(insert(DiagnosisCode), codes)
    session.execute(insert(CodeWord), words)
