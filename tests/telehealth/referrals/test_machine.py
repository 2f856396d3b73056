"""Random sequences of referring and answering, with what must hold after each step.

No referral is lost, exactly the facility it lies at has a right by it, each side owes the other exactly one
task, both read one thread, every clock goes off once for each sending, and the steps tell how it came to be.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlmodel import Session, col, select

from telehealth.access.models import Grant
from telehealth.followup.models import Task
from telehealth.kit.db import Database, Unit
from telehealth.referrals import jobs, queries, service
from telehealth.referrals.errors import ReferralNotFoundError
from telehealth.referrals.models import Referral, ReferralNote, ReferralStep
from telehealth.referrals.rules import DeclineReason, Urgency
from telehealth.referrals.states import MACHINE, RECEIVED, ReferralCommand, ReferralState
from telehealth.staff.actors import MembershipActor
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts, steps_of, tell
from tests.support.referrals import ReferralWorld, make_referral_world

AT_STATION = ("tell_referral", "referral_stuck", "read_return")
GONE = (ReferralState.DRAFT, ReferralState.DECLINED, ReferralState.WITHDRAWN)

people = st.integers(0, 3)
stale = st.sampled_from([0, 0, 0, 1])


class Referrals(Refusals, RuleBasedStateMachine):
    """One visit, a hospital with doctor and desk, one further up, a clock that moves, and the ticker."""

    new_database: Callable[[], Database]
    clock: FixedClock
    tables = ("referral", "referral_note", "referral_step", "grant", "task", "visit")

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: ReferralWorld = make_referral_world(unit.session, now=unit.now)
        self.nurse = self.world.base.nurse
        self.people = (self.world.receiver, self.world.desk, self.world.above, self.nurse)
        self.places = [each.here for each in (self.world.receiver, self.world.above, self.nurse)]
        self.written = 0
        self.is_signed = False

    @rule(urgency=st.sampled_from(Urgency), to=st.integers(0, 2), behind=stale)
    def write(self, urgency: Urgency, to: int, behind: int) -> None:
        with self.refused() as session:
            row = queries.find_for_visit(session, self.world.base.visit.id)
            version = (row.version if row else 0) - behind
            more = {"urgency": urgency, "to_facility_id": self.places[to], "version": version}
            self.world.write(session, now=self.clock.at, **more)
            self.written += row is None

    @rule(behind=stale)
    def discard(self, behind: int) -> None:
        with self.refused() as session:
            if (row := self.find(session)) is not None:
                doctor, version = self.world.base.doctor, row.version - behind
                service.discard(session, doctor, row.id, version=version, now=self.clock.at)

    @precondition(lambda self: not self.is_signed and self.written)
    @rule()
    def sign(self) -> None:
        with self.database.write() as unit:
            self.world.base.write(unit.session, now=self.clock.at)
            self.world.base.sign(unit.session, now=self.clock.at)
        self.is_signed = True

    @rule(who=people, behind=stale, act=st.sampled_from(["accept", "accept", "decline", "return"]))
    def receiving_side_acts(self, who: int, behind: int, act: str) -> None:
        with self.refused() as session:
            if (row := self.find(session)) is not None:
                self.act(session, self.people[who], row, act, row.version - behind)

    def act(self, session: Session, actor: MembershipActor, row: Referral, act: str, version: int) -> None:
        now = self.clock.at
        if act == "accept":
            coming = service.Coming(come_at=now + timedelta(hours=3), note="Đến khoa Nội")
            service.accept(session, actor, row.id, coming, version=version, now=now)
        elif act == "decline":
            reason = DeclineReason.NO_BED
            service.decline(
                session, actor, row.id, reason=reason, text="Hết giường", version=version, now=now
            )
        else:
            back = service.Returning(found="EF 38 %", to_do="Cân mỗi sáng")
            service.give_back(session, actor, row.id, back, version=version, now=now)

    @rule(who=people, to=st.integers(0, 2), behind=stale)
    def redirect(self, who: int, to: int, behind: int) -> None:
        with self.refused() as session:
            if (row := self.find(session)) is not None:
                service.redirect(
                    session,
                    self.people[who],
                    row.id,
                    to_facility_id=self.places[to],
                    text="Cần can thiệp",
                    version=row.version - behind,
                    now=self.clock.at,
                )

    @rule(behind=stale, act=st.sampled_from([service.withdraw, service.acknowledge, service.acknowledge]))
    def station_acts(self, behind: int, act: Callable[..., Referral]) -> None:
        with self.refused() as session:
            if (row := self.find(session)) is not None:
                act(session, self.nurse, row.id, version=row.version - behind, now=self.clock.at)

    @rule(who=people)
    def somebody_says_something(self, who: int) -> None:
        with self.refused() as session:
            if (row := self.find(session)) is not None:
                service.message(session, self.people[who], row.id, text="Còn giường?", now=self.clock.at)

    @rule(minutes=st.sampled_from([1, 8, 70, 800, 5000]))
    def time_passes(self, minutes: int) -> None:
        """A tick comes after: then nothing may be late."""
        self.clock.advance(minutes=minutes)
        jobs.keep_clocks(self.database)
        with self.database.read() as unit:
            for row in unit.session.exec(select(Referral)):
                assert row.due_at is None or row.due_at > unit.now

    @invariant()
    def what_must_hold_does(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            rows = unit.session.exec(select(Referral)).all()
            assert len(rows) == self.written, "nothing is lost"
            assert sum(row.state != ReferralState.WITHDRAWN for row in rows) <= 1
            for row in rows:
                self.rights_match(unit, row)
                self.tasks_match(unit.session, row)
                self.history_tells(unit.session, row)
                self.both_read_one_thread(unit, row)

    def rights_match(self, unit: Unit, row: Referral) -> None:
        """The facility it lies at, and no other, has a right that rests on it; afterwards it runs out."""
        grants = unit.session.exec(select(Grant).where(Grant.source_id == row.id)).all()
        holders = [each.holder_id for each in grants if each.until_at is None or each.until_at > unit.now]
        if row.state in RECEIVED:
            assert holders == [row.to_facility_id]
        elif row.state in GONE:
            assert holders == []
        else:
            assert set(holders) <= {row.to_facility_id}

    def tasks_match(self, session: Session, row: Referral) -> None:
        """An answer is asked of where it lies; what comes of it is exactly one task of the station."""
        query = select(Task).where(Task.subject_id == row.id, Task.state == "open")
        tasks = sorted((each.kind, each.facility_id) for each in session.exec(query))
        here, there = row.from_facility_id, row.to_facility_id
        is_late = row.state == ReferralState.SENT and row.overdue_at is None
        expected = {
            ReferralState.SENT: [
                ("answer_referral", there),
                *([("referral_stuck", here)] if is_late else []),
            ],
            ReferralState.ACCEPTED: [("tell_referral", here)],
            ReferralState.DECLINED: [("referral_stuck", here)],
            ReferralState.RETURNED: [("read_return", here)],
        }
        assert tasks == sorted(expected.get(ReferralState(row.state), []))

    def history_tells(self, session: Session, row: Referral) -> None:
        """Replaying the steps gives the row; each sending reminds and is late once at the most."""
        steps = steps_of(session, ReferralStep, ReferralStep.referral_id == row.id)
        tell(MACHINE, ReferralCommand, ReferralState.DRAFT, row, steps)
        kinds = Counter(step.kind for step in steps)
        sendings = kinds["sent"] + kinds["redirected"]
        assert kinds["reminded"] <= sendings
        assert kinds["overdue"] <= sendings
        assert (row.due_at is not None) <= (row.state == ReferralState.SENT)
        assert steps[-1].facility_id == row.to_facility_id

    def both_read_one_thread(self, unit: Unit, row: Referral) -> None:
        """Whoever may see it reads all of it: the station always, the other side while it lies there."""
        query = select(ReferralNote).where(ReferralNote.referral_id == row.id)
        said = unit.session.exec(query.order_by(col(ReferralNote.seq))).all()
        assert [each.seq for each in said] == list(range(1, len(said) + 1))
        readers = {each.ref for each in self.people if self.may_read(unit, each, row)}
        assert self.nurse.ref in readers
        for each in (self.world.receiver, self.world.above):
            if row.state in RECEIVED or row.state in GONE:
                lies_there = row.state in RECEIVED and each.here == row.to_facility_id
                assert (each.ref in readers) == lies_there

    def may_read(self, unit: Unit, actor: MembershipActor, row: Referral) -> bool:
        try:
            return bool(queries.get_referral(unit.session, actor, row.id, now=unit.now))
        except ReferralNotFoundError:
            return False

    def find(self, session: Session) -> Referral | None:
        return session.exec(select(Referral).order_by(col(Referral.id).desc()).limit(1)).first()


@pytest.mark.databases("sqlite")  # hundreds of fresh databases; the acts run on both elsewhere
@pytest.mark.timeout(3600)
def test_random_referring(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Referrals, new_database, clock, examples=12)
