"""Use-cases: importing the list, checking a visit against it, naming a legal basis."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import ConsultKind, check
from telehealth.conditions import queries
from telehealth.conditions.models import AllowedCondition, RemoteBasis
from telehealth.conditions.rules import outside
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import extensions
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Condition, Visit
from telehealth.visits.prefixes import read_list
from telehealth.visits.queries import conditions_of, get_visit
from telehealth.visits.service.history import note
from telehealth.visits.states import VisitState

PART = "remote_list"


@dataclass(frozen=True, slots=True)
class Checked:
    """A visit against the list: which list, what is outside it, which basis was named."""

    label: str
    outside: tuple[Condition, ...]
    basis: str
    version: int
    is_referred: bool = False

    @property
    def is_held_back(self) -> bool:
        """Whether it cannot be signed as it is; a patient who is sent on is examined there."""
        return bool(self.outside) and not self.basis and not self.is_referred


@runtime_checkable
class Referring(Protocol):
    """What knows whether the patient of a visit is sent on to another facility."""

    def is_referred(self, session: Session, visit: Visit) -> bool:
        """Tell it of a visit fetched in scope."""
        ...


def import_list(session: Session, text: str, label: str, *, now: datetime) -> int:
    """Store a list under its label, in place of one of the same label; return how many rows.

    Raises `conditions-unreadable`, `conditions-unlabelled`.
    """
    if not label.strip():
        raise InvalidError("conditions-unlabelled")
    rows = read_list(text)
    session.execute(delete(AllowedCondition).where(col(AllowedCondition.list_label) == label))
    for each in rows:
        session.add(
            AllowedCondition(
                list_label=label, prefix=each.prefix, name=each.name, source=each.source, imported_at=now
            )
        )
    session.flush()
    return len(rows)


def check_visit(session: Session, visit: Visit) -> Checked:
    """Check a visit fetched in scope; a support between facilities is bound to no list."""
    said = queries.find_basis(session, visit)
    basis, version = (said.text, said.version) if said else ("", 0)
    if visit.consult_kind != ConsultKind.REMOTE_EXAM:
        return Checked("", (), basis, version)
    label = queries.newest_label(session)
    prefixes = [row.prefix for row in queries.list_rows(session, label)] if label else []
    diagnoses = conditions_of(session, visit)
    found = tuple(diagnoses[place] for place in outside(diagnoses, prefixes))
    asked = extensions(session, Referring)  # type: ignore[type-abstract]
    is_referred = any(each.is_referred(session, visit) for each in asked)
    return Checked(label, found, basis, version, is_referred)


def name_basis(
    session: Session, actor: MembershipActor, visit_id: UUID, *, is_on: bool, version: int, now: datetime
) -> Checked:
    """Say that a visit is signed outside the list on the basis the deployment configured, or take it back.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `basis-not-configured`, `stale-version`.
    """
    check(actor, "visit.sign")
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    check(actor, "visit.sign", visit)
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    configured = policy_of(session).remote_basis
    if is_on and not configured:
        raise ForbiddenError("basis-not-configured")
    row = queries.find_basis(session, visit)
    if (row.version if row else 0) != version:
        raise StaleError("stale-version")
    if row is None:
        row = RemoteBasis(visit_id=visit.id, text="", said_by=actor.ref, said_at=now, version=0)
    row.text, row.said_by, row.said_at = configured if is_on else "", actor.ref, now
    row.version += 1
    session.add(row)
    session.flush()
    note(session, actor, visit, "visit.write", {"part": PART, "basis": is_on}, now=now)
    return check_visit(session, visit)


class RemoteListPart:
    """What `visits.parts.RecordPart` asks: what is outside the list holds the signature back."""

    name = PART

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (the port)
        """Return the list that was asked, what was outside it, and why it is signed all the same."""
        checked = check_visit(session, visit)
        if not checked.label:
            return None
        return {
            "list": checked.label,
            "outside": [each.code or each.text for each in checked.outside],
            "basis": checked.basis if checked.outside else "",
            **({"referred": True} if checked.outside and checked.is_referred else {}),
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return that the diagnosis is outside the list and nothing was said of it."""
        return (PART,) if check_visit(session, visit).is_held_back else ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return how often a basis was named or taken back."""
        said = queries.find_basis(session, visit)
        return said.version if said else 0
