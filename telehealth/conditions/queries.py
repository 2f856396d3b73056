"""Every select of the list."""

from sqlmodel import Session, col, func, select

from telehealth.conditions.models import AllowedCondition, RemoteBasis
from telehealth.visits.models import Visit


def newest_label(session: Session) -> str:
    """Return the label of the list imported last; '' where there is none."""
    query = select(AllowedCondition.list_label).group_by(AllowedCondition.list_label)
    newest = session.exec(query.order_by(func.max(AllowedCondition.imported_at).desc()).limit(1)).first()
    return newest or ""


def list_rows(session: Session, label: str) -> list[AllowedCondition]:
    """List the rows of a list by code."""
    query = select(AllowedCondition).where(AllowedCondition.list_label == label)
    return list(session.exec(query.order_by(col(AllowedCondition.prefix))))


def find_basis(session: Session, visit: Visit) -> RemoteBasis | None:
    """Find what was said of a visit fetched in scope."""
    return session.get(RemoteBasis, visit.id)
