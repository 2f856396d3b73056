"""Orders as a part of the record: what was ordered is signed, what is done of it is not."""

from datetime import date

from sqlmodel import Session

from telehealth.orders import queries
from telehealth.visits.models import Visit


class Orders:
    """The part of the record that orders keep."""

    name = "orders"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (as every part)
        """Return what is ordered, in the order it was written; None where nothing is."""
        orders = queries.orders_of(session, visit)
        return [
            {"kind": each.kind, "what": each.what, "code": each.code, "when": each.when, "note": each.note}
            for each in orders
        ] or None

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002  (as every part)
        """Return nothing: a record without orders is whole."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change of what is ordered."""
        return queries.revision_of(session, visit)
