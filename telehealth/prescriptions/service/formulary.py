"""Importing lists of medicines, whole or not at all, and approving them."""

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.kit.text import nfc
from telehealth.prescriptions import finding
from telehealth.prescriptions.formularies import Row, fingerprint, read_formulary
from telehealth.prescriptions.models import Formulary, Medicine
from telehealth.staff.actors import MembershipActor

OWN_LABEL: Final = "xã-2026.1"
"""Version label of the program's own small list (data/medicines.csv)."""

_LABEL = re.compile(r"[\w .()/-]{1,60}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: the list, and whether it is new."""

    formulary: Formulary
    is_new: bool


def import_formulary(
    session: Session, actor: Actor, facility_id: UUID | None, label: str, content: bytes, *, now: datetime
) -> Imported:
    """Import a list for a facility (None: for all, the program's); the same file again changes nothing.

    Raises `formulary-refused` with the rows in the way, `label-invalid`, `label-taken` where the label stands
    for other rows already.
    """
    name = nfc(label)
    if not _LABEL.fullmatch(name):
        raise InvalidError("label-invalid", field="label")
    rows = read_formulary(content)
    print_of = fingerprint(rows)
    known = finding.find_label(session, facility_id, name)
    if known is not None:
        if known.sha256 != print_of:
            raise ConflictError("label-taken", label=name)
        return Imported(known, is_new=False)
    formulary = Formulary(
        facility_id=facility_id, label=name, sha256=print_of, medicines=len(rows), imported_at=now
    )
    session.add(formulary)
    session.flush()
    session.add_all(_medicine(formulary, row) for row in rows)
    session.flush()
    facts = {"label": name, "medicines": len(rows), "act": "import"}
    _trace(session, actor, formulary, facts, now)
    return Imported(formulary, is_new=True)


def load_reference(session: Session, *, now: datetime) -> int:
    """Load the program's own list where it is not there yet; return how many medicines it has.

    The rows are ours, each names its source, and stay unreviewed until somebody of the deployment approves.
    """
    content = files("telehealth.prescriptions").joinpath("data/medicines.csv").read_bytes()
    return import_formulary(session, SYSTEM, None, OWN_LABEL, content, now=now).formulary.medicines


def approve(session: Session, actor: MembershipActor, formulary_id: UUID, *, now: datetime) -> Formulary:
    """Say in one's own name that a list was reviewed; again is once.

    Raises `not-allowed`, `formulary-not-found`. The program's own list is approved by administrators only.
    """
    check(actor, "formulary.approve")
    formulary = finding.get_formulary(session, formulary_id, actor.here)
    if formulary.facility_id is None:
        check(actor, "facility.change")
    if formulary.approved_at is None:
        formulary.approved_at, formulary.approved_by = now, actor.ref
        session.add(formulary)
        session.flush()
        _trace(session, actor, formulary, {"label": formulary.label, "act": "approve"}, now)
    return formulary


def _medicine(formulary: Formulary, row: Row) -> Medicine:
    return Medicine(
        id=new_id(),
        formulary_id=formulary.id,
        code=row.code,
        generic_name=row.generic_name,
        brand_name=row.brand_name,
        strength=row.strength,
        form=row.form,
        route=row.route,
        unit=row.unit,
        drug_class=row.drug_class,
        ingredients=list(row.ingredients),
        groups=list(row.groups),
        dose=row.dose,
        times=row.times,
        days=row.days,
        instructions=row.instructions,
        source=row.source or formulary.label,
        folded=row.folded,
    )


def _trace(
    session: Session, actor: Actor, formulary: Formulary, facts: dict[str, object], now: datetime
) -> None:
    record(
        session,
        actor,
        "formulary.approve",
        subject_kind="formulary",
        subject_id=formulary.id,
        facts=facts,
        now=now,
    )
