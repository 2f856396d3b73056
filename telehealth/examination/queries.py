"""Every select of examination; a visit comes fetched in scope."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from telehealth.examination.models import ExaminationItem, RecordTemplate, VisitTemplate
from telehealth.kit.errors import NotFoundError
from telehealth.visits.models import Visit


def list_templates(session: Session) -> list[RecordTemplate]:
    """List the newest version of each template, in the order pages show them."""
    newest = (
        select(RecordTemplate.code, func.max(col(RecordTemplate.version)).label("version"))
        .group_by(RecordTemplate.code)
        .subquery()
    )
    query = select(RecordTemplate).join(
        newest,
        (col(RecordTemplate.code) == newest.c.code) & (col(RecordTemplate.version) == newest.c.version),
    )
    return list(session.exec(query.order_by(col(RecordTemplate.rank), col(RecordTemplate.code))))


def list_versions(session: Session, code: str) -> list[RecordTemplate]:
    """List all versions of a template, the newest first; raise `template-not-found`."""
    query = select(RecordTemplate).where(RecordTemplate.code == code)
    found = list(session.exec(query.order_by(col(RecordTemplate.version).desc())))
    if not found:
        raise NotFoundError("template-not-found")
    return found


def get_template(session: Session, code: str, version: int) -> RecordTemplate:
    """Return one version; raise `template-not-found`."""
    found = session.get(RecordTemplate, (code, version))
    if found is None:
        raise NotFoundError("template-not-found")
    return found


def choice_of(session: Session, visit: Visit) -> VisitTemplate | None:
    """Find the version a visit is written in; None before its first word."""
    return session.get(VisitTemplate, visit.id)


def items_of(session: Session, visit: Visit) -> dict[str, ExaminationItem]:
    """Return what was written of a visit, by item."""
    query = select(ExaminationItem).where(ExaminationItem.visit_id == visit.id)
    return {row.item: row for row in session.exec(query)}


def version_of(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of the examination; 0 where nothing was written."""
    items = select(func.coalesce(func.sum(ExaminationItem.version), 0)).where(
        ExaminationItem.visit_id == visit.id
    )
    choice = select(func.coalesce(func.sum(VisitTemplate.version), 0)).where(
        VisitTemplate.visit_id == visit.id
    )
    counted = session.exec(select(items.scalar_subquery(), choice.scalar_subquery())).one()
    return sum(int(each) for each in counted)


def newest_of(templates: Sequence[RecordTemplate], code: str) -> RecordTemplate:
    """Return the template of a code among the newest, the first where it is not there."""
    return next((each for each in templates if each.code == code), templates[0])
