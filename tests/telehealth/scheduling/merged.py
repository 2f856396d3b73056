"""Two records that turn out to be one person, or were taken for one: merged, and the merge undone.

Rules of the scheduling machine.
"""

from itertools import combinations
from uuid import UUID

from hypothesis.stateful import initialize, invariant, rule
from sqlmodel import Session, col, select

from telehealth.access.models import SamePerson
from telehealth.access.queries import current_id
from telehealth.availability.models import Resource
from telehealth.availability.rules import ResourceKind
from telehealth.patients import service as patients
from telehealth.patients.models import Merge
from telehealth.scheduling.models import IS_LIVE, Claim
from tests.telehealth.scheduling.unplanned import Unplanned

REASON = "hai hồ sơ của cùng một người"


class Merged(Unplanned):
    """Nothing moves when records are merged, and from then on the person is in one place at a time."""

    admitted: set[frozenset[UUID]]
    """Pairs of claims that stood at one time already when their records were merged."""

    @initialize()
    def begin_apart(self) -> None:
        self.admitted = set()

    @rule()
    def merge_or_part(self) -> None:
        before = self.untouched()
        with self.database.write() as unit:
            session, nurse = unit.session, self.world.nurse
            merged = session.exec(select(Merge).where(col(Merge.undone_at).is_(None))).first()
            if merged is not None:
                patients.undo_merge(session, nurse, merged.id, reason=REASON, now=self.clock.at)
            else:
                kept, other = self.world.patients
                patients.merge(
                    session, nurse, kept_id=kept, merged_id=other, reason=REASON, now=self.clock.at
                )
            session.flush()
            self.admitted |= clashes(session)
        assert self.untouched() == before

    @invariant()
    def a_person_is_in_one_place(self) -> None:
        """Invariant 2 for people: whatever was agreed since their records were merged."""
        with self.database.read() as unit:
            assert clashes(unit.session) <= self.admitted


def clashes(session: Session) -> set[frozenset[UUID]]:
    """Return the pairs of live claims of one person that overlap, under whatever record."""
    if session.exec(select(SamePerson).limit(1)).first() is None:
        return set()  # of one record: see `require_no_overlap`
    query = (
        select(Claim, Resource.owner_id)
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(Resource.kind == ResourceKind.PATIENT, IS_LIVE)
    )
    rows = [(claim, current_id(session, owner_id)) for claim, owner_id in session.exec(query)]
    return {
        frozenset({one.id, two.id})
        for (one, person), (two, other) in combinations(rows, 2)
        if person == other and one.busy_start < two.busy_end and two.busy_start < one.busy_end
    }
