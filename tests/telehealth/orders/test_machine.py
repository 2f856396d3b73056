"""Random sequences of ordering and doing, with what must hold after each step.

No order is lost, what is to be done is exactly one task of the station and of nobody else, every clock goes
off once, and the steps tell how it came to be.
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

from telehealth.facilities.models import Facility
from telehealth.followup.models import Task
from telehealth.kit.db import Database, Unit
from telehealth.orders import jobs, queries, service
from telehealth.orders.models import Order, OrderStep
from telehealth.orders.rules import DeclineReason, OrderKind, When
from telehealth.orders.states import MACHINE, PENDING, OrderCommand, OrderState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts, steps_of, tell
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_member

TASK_OF = {OrderState.OPEN: ["see_order"], OrderState.SEEN: ["do_order"]}

orders = st.integers(0, 2)
stale = st.sampled_from([0, 0, 0, 1])


class Orders(Refusals, RuleBasedStateMachine):
    """One visit, its doctor and another, the station and another, a clock that moves, and the ticker."""

    new_database: Callable[[], Database]
    clock: FixedClock
    tables = ("clinical_order", "order_step", "task", "visit")

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            session = unit.session
            self.world: VisitWorld = make_visit_world(session, now=unit.now)
            self.elsewhere = make_member(session)
            house = session.get_one(Facility, self.world.doctor.here)
            self.coordinator = make_member(session, house, role=Role.COORDINATOR)
        self.people = (self.world.nurse, self.world.practitioner, self.elsewhere, self.world.doctor)
        self.written = 0
        self.is_signed = False
        self.composed: object = None

    @rule(when=st.sampled_from(When), who=st.sampled_from(["doctor", "doctor", "nurse"]))
    def write(self, when: When, who: str) -> None:
        wanted = service.Wanted(kind=OrderKind.LAB, what="Công thức máu", when=when)
        with self.refused() as session:
            service.write(session, getattr(self.world, who), self.world.visit.id, wanted, now=self.clock.at)
            self.written += 1

    @rule(number=orders, behind=stale, when=st.sampled_from(When))
    def rewrite(self, number: int, behind: int, when: When) -> None:
        wanted = service.Wanted(kind=OrderKind.IMAGING, what="X-quang phổi", when=when)
        with self.refused() as session:
            if (row := self.find(session, number)) is not None:
                version = row.version - behind
                service.rewrite(
                    session, self.world.doctor, row.id, wanted, version=version, now=self.clock.at
                )

    @rule(number=orders, behind=stale, who=st.sampled_from(["doctor", "other_doctor"]))
    def revoke(self, number: int, behind: int, who: str) -> None:
        with self.refused() as session:
            if (row := self.find(session, number)) is not None:
                actor, version = getattr(self.world, who), row.version - behind
                service.revoke(session, actor, row.id, version=version, now=self.clock.at)

    @rule(number=orders, who=st.integers(0, 3), behind=stale, act=st.sampled_from(["see", "do", "decline"]))
    def station_acts(self, number: int, who: int, behind: int, act: str) -> None:
        with self.refused() as session:
            if (row := self.find(session, number)) is None:
                return
            self.act(session, self.people[who], row, act, row.version - behind)

    def act(self, session: Session, actor: MembershipActor, row: Order, act: str, version: int) -> None:
        now = self.clock.at
        if act == "see":
            service.acknowledge(session, actor, row.id, version=version, now=now)
        elif act == "do":
            result = service.Result(text="Bạch cầu 9,1")
            service.finish(session, actor, row.id, result, version=version, now=now)
        else:
            reason = DeclineReason.NO_MEANS
            service.decline(session, actor, row.id, reason=reason, version=version, now=now)

    @precondition(lambda self: not self.is_signed)
    @rule()
    def sign(self) -> None:
        with self.database.write() as unit:
            later = self.clock.at.date() + timedelta(days=14)
            self.world.write(unit.session, now=self.clock.at, follow_up_on=later)
            self.world.sign(unit.session, now=self.clock.at)
        self.is_signed = True

    @rule(minutes=st.sampled_from([1, 5, 60, 480, 5000]))
    def time_passes(self, minutes: int) -> None:
        """A tick comes after: then nothing may be late."""
        self.clock.advance(minutes=minutes)
        jobs.keep_clocks(self.database)
        with self.database.read() as unit:
            for row in unit.session.exec(select(Order)):
                assert row.due_at is None or row.due_at > unit.now

    @invariant()
    def what_must_hold_does(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            rows = unit.session.exec(select(Order)).all()
            assert len(rows) == self.written, "nothing is lost"
            for row in rows:
                self.exactly_the_station_has_it(unit, row)
                self.history_tells(unit.session, row)
                self.coordinators_follow(unit, row)
                assert not (self.is_signed and row.state == OrderState.DRAFT), "signed is released"
                assert (row.ended_at is None) == (row.state in {OrderState.DRAFT, *PENDING})

    def exactly_the_station_has_it(self, unit: Unit, row: Order) -> None:
        """What is pending is one task of the station, in its list; what is not is nobody's."""
        query = select(Task).where(Task.subject_id == row.id, Task.state == "open")
        tasks = unit.session.exec(query).all()
        assert [each.kind for each in tasks] == TASK_OF.get(OrderState(row.state), [])
        assert {each.facility_id for each in tasks} <= {row.station_facility_id}
        for actor in (self.world.nurse, self.elsewhere, self.world.other_doctor):
            listed = [each.id for each in queries.list_pending(unit.session, actor, now=unit.now)]
            is_theirs = actor is self.world.nurse and row.state in PENDING
            assert (row.id in listed) == is_theirs

    def history_tells(self, session: Session, row: Order) -> None:
        """Replaying the steps gives the row; every clock stands in it once at the most."""
        steps = steps_of(session, OrderStep, OrderStep.order_id == row.id)
        tell(MACHINE, OrderCommand, OrderState.DRAFT, row, steps)
        kinds = Counter(step.kind for step in steps)
        assert all(kinds[each] <= 1 for each in ("released", "seen", "reminded", "climbed", "overdue"))
        if row.state == OrderState.OPEN:
            assert kinds["reminded"] == int(row.remind_at is None)
            assert kinds["climbed"] == int(row.climb_at is None)
        if row.state in PENDING:
            assert kinds["overdue"] == int(row.overdue_at is None)

    def coordinators_follow(self, unit: Unit, row: Order) -> None:
        """The doctor's house sees what nobody saw or what is late, and nothing else."""
        listed = [each.id for each in queries.list_pending(unit.session, self.coordinator, now=unit.now)]
        assert (row.id in listed) == (row.state in PENDING and row.has_climbed)

    def find(self, session: Session, number: int) -> Order | None:
        rows = session.exec(select(Order).order_by(col(Order.id))).all()
        return rows[number] if number < len(rows) else None


@pytest.mark.databases("sqlite")  # hundreds of fresh databases; the acts run on both elsewhere
@pytest.mark.timeout(3600)
def test_random_ordering(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Orders, new_database, clock, examples=12)
