"""Random lives of plans, appointments, links and consents, under the program's own wiring.

Nothing leaves for a stale version, a cancelled or past appointment, a revoked link, a withdrawn consent, or
in quiet hours; nothing leaves twice; every active appointment has its due reminders.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import Session, col, select

from telehealth.access.rules import ConsultKind
from telehealth.calls.events import PatientRung
from telehealth.followup import service
from telehealth.followup.models import Plan
from telehealth.followup.rules import ReplyKind
from telehealth.followup.service.plans import move as command_plan
from telehealth.followup.states import PlanCommand
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.links import queries as link_queries
from telehealth.links import service as links
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty, CancelReason, PatientPlace
from telehealth.visits.events import VisitSigned
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.telehealth.followup import promises
from tests.telehealth.followup.promises import AGREED, Agreed, Trouble
from tests.telehealth.followup.surroundings import Surroundings, few, picks

days = st.integers(0, 3)
walls = st.sampled_from(["07:30", "07:50", "09:30", "10:30", "14:30", "16:10"])


UNSURE = [Trouble.LOST_ON_THE_WAY, Trouble.ANSWER_LOST, Trouble.DIES_BEFORE, Trouble.DIES_AFTER, Trouble.BUSY]
CHANGES = ["moved", "called off", "plan booked", "revoked", "new link", "no texts", "other phone"]
CHANGES += ["past", "late", "night"]


class Promises(Surroundings):
    """What is done with appointments, plans and links, and what must hold of every text."""

    new_database: Callable[[], Database]

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        self.read = 0
        self.agreed = Agreed()
        self.begin_surroundings()
        self.book(0, 2, "07:30", 0, PatientPlace.STATION)

    @rule(patient=few, day=days, wall=walls, doctor=few, place=st.sampled_from(PatientPlace))
    def book(self, patient: int, day: int, wall: str, doctor: int, place: PatientPlace) -> None:
        visit = VisitRequest(
            patient_id=self.people[patient].id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối"
        )
        with self.unit() as (session, now):
            opened = open_visit(session, self.world.nurse, visit, now=now)
            asked = {"doctor": doctor, "patient": patient, "visit_id": opened.id}
            held = self.world.hold(session, self.instant(day, wall), now=now, **asked)
            row = scheduling.confirm(
                session, self.world.nurse, held.id, version=held.version, patient_place=place, now=now
            )
            self.agreed.note(row.id, row.version, now)

    @rule(pick=picks, day=days, wall=walls, is_waited_for=st.booleans())
    def move(self, pick: int, day: int, wall: str, is_waited_for: bool) -> None:
        """Agree another time, perhaps after a reminder of the first, and let it come: it has its own."""
        if is_waited_for:
            self.time_comes(pick, 1440, False)
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status) == "booked")
            was, starts_at = row.starts_at, self.instant(day, wall)
            scheduling.reschedule(
                session, self.world.nurse, row.id, starts_at=starts_at, version=row.version, now=now
            )
            if row.starts_at != was:
                self.agreed.note(row.id, row.version, now)
            if is_waited_for:
                self.clock.at = max(now, row.starts_at - timedelta(hours=23))
        self.remind()

    @rule(pick=picks, doctor=few)
    def give_to_another_doctor(self, pick: int, doctor: int) -> None:
        doctor_id = self.world.doctors[doctor].ref
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status) == "booked")
            scheduling.reassign(
                session, self.world.nurse, row.id, doctor_membership_id=doctor_id, version=None, now=now
            )

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status).in_(AGREED))
            reason = CancelReason.PATIENT_ASKED
            scheduling.cancel(session, self.world.nurse, row.id, reason=reason, version=row.version, now=now)

    @rule(pick=picks, step=st.sampled_from(["check_in", "start", "complete", "note_absence"]))
    def carry_out(self, pick: int, step: str) -> None:
        more = {"party": AbsentParty.PATIENT} if step == "note_absence" else {}
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status).in_(AGREED))
            getattr(scheduling, step)(session, self.world.nurse, row.id, now=now, **more)

    @rule(pick=picks)
    def take_absence_back(self, pick: int) -> None:
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status) == "no_show")
            scheduling.undo_absence(session, self.world.nurse, row.id, version=row.version, now=now)

    @rule(patient=few, day=days)
    def ask_back(self, patient: int, day: int) -> None:
        """A signed record plans the next visit."""
        with self.unit() as (session, now):
            event = VisitSigned(
                visit_id=new_id(),
                patient_id=self.people[patient].id,
                appointment_id=None,
                station_facility_id=self.world.nurse.here,
                signer_membership_id=self.world.doctors[0].ref,
                follow_up_on=self.instant(day, "12:00").date(),
                follow_up_facility_id=None,
            )
            publish(session, event, now=now)
            plan = session.exec(select(Plan).where(Plan.visit_id == event.visit_id)).one()
            self.agreed.note(plan.id, plan.version, now)

    @rule(pick=picks, day=days, hour=st.integers(7, 15))
    def move_plan(self, pick: int, day: int, hour: int) -> None:
        with self.unit() as (session, now):
            plan = self.some(session, Plan, pick)
            service.move_plan(
                session,
                self.world.nurse,
                plan.id,
                due_on=self.instant(day, "12:00").date(),
                from_minute=60 * hour,
                until_minute=60 * hour + 90,
                version=plan.version,
                now=now,
            )
            self.agreed.note(plan.id, plan.version, now)

    @rule(pick=picks)
    def withdraw_plan(self, pick: int) -> None:
        with self.unit() as (session, now):
            plan = self.some(session, Plan, pick)
            command_plan(session, SYSTEM, plan, PlanCommand.WITHDRAW, now=now)

    @rule(pick=picks, day=days, wall=walls, doctor=few)
    def book_plan(self, pick: int, day: int, wall: str, doctor: int) -> None:
        with self.unit() as (session, now):
            plan = self.some(session, Plan, pick)
            row = service.book_plan(
                session,
                self.world.nurse,
                plan.id,
                doctor_membership_id=self.world.doctors[doctor].ref,
                starts_at=self.instant(day, wall),
                version=plan.version,
                now=now,
            )
            self.agreed.note(row.id, row.version, now)

    @rule(pick=picks, kind=st.sampled_from([ReplyKind.CONFIRM, ReplyKind.CANNOT_COME]))
    def reply(self, pick: int, kind: ReplyKind) -> None:
        """The patient taps the address in some text and answers; a revoked one opens nothing."""
        addresses = [
            each.outgoing.text.rpartition("/k/")[2] for each in self.handed if "/k/" in each.outgoing.text
        ]
        if not addresses:
            return
        with self.unit() as (session, now):
            opened = links.open_link(session, addresses[pick % len(addresses)], None, now=now)
            actor = link_queries.find_actor(session, opened.opening_id, opened.device_token, now=now)
            assert actor is not None
            assert session.get_one(PatientLink, actor.link_id).state != "revoked"
            links.confirm_year(session, actor, 1985, now=now)
            answer = service.reply_to_plan if actor.purpose == "next_visit" else service.reply_to_appointment
            answer(session, actor, kind, now=now)

    @rule(pick=picks, act=st.sampled_from(["revoke_link", "reissue_link"]))
    def end_link(self, pick: int, act: str) -> None:
        with self.unit() as (session, now):
            link = self.some(session, PatientLink, pick, PatientLink.state == "open")
            getattr(service, act)(session, self.world.nurse, link.id, now=now)

    @rule(patient=few)
    def ask_for_lost_link(self, patient: int) -> None:
        number = self.people[patient].number
        if number is not None:
            with self.unit() as (session, now):
                links.ask_for_link(session, number, now=now)
            self.tick("lost")

    @rule(pick=picks, late=st.sampled_from([-10, 5, 45]))
    def ring_the_patient(self, pick: int, late: int) -> None:
        """Somebody waits in a running call, however late it is: the way in must leave, at night as well."""
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status).in_(AGREED))
            if row.status != "in_progress":
                scheduling.start(session, self.world.nurse, row.id, now=now)
            self.clock.at = now = max(now, row.ends_at + timedelta(minutes=late))
            publish(session, PatientRung(appointment_id=row.id, by=row.doctor_membership_id), now=now)
        self.tick("send")
        with self.database.read() as unit:
            urgent = select(OutboxMessage).where(
                col(OutboxMessage.is_urgent).is_(True), OutboxMessage.queued_at == self.clock.at
            )
            for message in unit.session.exec(urgent):
                assert message.reason not in ("no-longer-true", "link-closed"), "nobody is called in"

    @rule(day=days, wall=walls, trouble=st.sampled_from(UNSURE), act=st.sampled_from(CHANGES))
    def things_change_while_a_text_is_out(self, day: int, wall: str, trouble: Trouble, act: str) -> None:
        """Nobody knows whether two texts have left when what they say changes: too late to take them back."""
        self.book(patient=0, day=day, wall=wall, doctor=0, place=PatientPlace.STATION)
        self.ask_back(patient=0, day=day)
        self.work(trouble, both=True)
        self.what_left_was_right()
        self.change(act, day + 1, wall)
        self.clock.advance(seconds=70)
        self.work(Trouble.NONE, both=True)
        self.ask_gateways()
        self.work(Trouble.NONE, both=True)

    def change(self, act: str, day: int, wall: str) -> None:
        """Let something befall the newest appointment, plan and link of the first patient."""
        newest = -1
        acts: dict[str, Callable[[], object]] = {
            "moved": lambda: (self.move_plan(newest, day, 8), self.move(newest, day, wall, False)),
            "called off": lambda: (self.withdraw_plan(newest), self.cancel(newest)),
            "plan booked": lambda: self.book_plan(newest, day, wall, 1),
            "revoked": lambda: self.end_link(newest, "revoke_link"),
            "new link": lambda: self.end_link(newest, "reissue_link"),
            "no texts": lambda: self.withdraw_consent(0),
            "other phone": lambda: self.change_contact(0, "0868 654 321"),
            "past": lambda: self.time_comes(newest, -5, False),
            "late": lambda: self.time_comes(newest, 119, False),
            "night": lambda: self.clock.set(self.instant(0, "22:00")),
        }
        acts[act]()

    @rule()
    def remind(self) -> None:
        """Every active appointment whose patient can be told has exactly its due reminders.

        Where the station ended the link no reminder carries it: somebody is asked to phone instead.
        """
        self.tick("remind")
        with self.database.read() as unit:
            for row, leads in self.appointments_ahead(unit.session):
                standing = promises.standing_leads(unit.session, row.id, self.agreed.versions[row.id])
                if promises.has_lost_its_way(unit.session, row.id) and not set(leads) <= set(standing):
                    assert promises.is_asked_to_phone(unit.session, row.id), "nobody tells of the time"
                else:
                    assert set(leads) <= set(standing), "a due reminder is missing"
                assert len(standing) == len(set(standing)), "a reminder twice"
                assert set(standing) <= set(promises.LEADS)

    @rule(pick=picks, before=st.sampled_from([1440, 1430, 125, 119, 30, 0, -10]), does_work=st.booleans())
    def time_comes(self, pick: int, before: int, does_work: bool) -> None:
        """It is soon before an appointment, or just after its time."""
        with self.unit() as (session, now):
            row = self.some(session, Appointment, pick, col(Appointment.status).in_(AGREED))
            self.clock.at = max(now, row.starts_at - timedelta(minutes=before))
        self.remind()
        if does_work:
            self.tick("send")

    @rule()
    def catch_up(self) -> None:
        """Liveness: once all goes well every text has left or failed, and of a reminder somebody was told."""
        self.clock.at = promises.next_morning(self.clock.at)
        self.remind()
        for _ in range(9):
            self.tick("send")
            self.tick("receipts")
            self.what_left_was_right()
            self.clock.advance(seconds=100)
        self.remind()
        self.tick("send")
        with self.database.read() as unit:
            for message in unit.session.exec(select(OutboxMessage)):
                assert promises.is_settled(unit.session, message, self.clock.at)
        if not promises.is_night(self.clock.at):
            self.every_due_reminder_left()

    def every_due_reminder_left(self) -> None:
        """A reminder has left, or a person was asked to phone; one whose answer is lost is chased later."""
        taken = {each.reference for each in self.handed}
        with self.database.read() as unit:
            for row, leads in self.appointments_ahead(unit.session):
                if promises.is_asked_to_phone(unit.session, row.id):
                    continue
                for each in promises.reminders_of(unit.session, row.id, self.agreed.versions[row.id]):
                    if promises.lead_of(each) in leads and each.state not in ("skipped", "unknown"):
                        assert each.id in taken

    @invariant()
    def what_left_was_right(self) -> None:
        """What a turn handed over is judged before anything else happens."""
        new, self.read = self.handed[self.read :], len(self.handed)
        with self.database.read() as unit:
            for each in new:
                assert each.at == self.clock.at
                message = unit.session.get_one(OutboxMessage, each.reference)
                person = next(p for p in self.people if p.id == message.patient_id)
                promises.require_right(unit.session, each, person, self.agreed, message)
        times = Counter(each.reference for each in self.handed)
        assert max(times.values(), default=1) == 1

    def appointments_ahead(self, session: Session) -> list[tuple[Appointment, list[timedelta]]]:
        """List what is booked for patients who can be told, each with the reminders that must be there."""
        told = [person.id for person in self.people if person.can_be_told]
        ahead = select(Appointment).where(
            col(Appointment.status) == "booked", col(Appointment.patient_id).in_(told)
        )
        return [
            (row, promises.due_leads(row.starts_at, self.agreed.at[row.id], self.clock.at))
            for row in session.exec(ahead).all()
        ]


@pytest.fixture
def machine(new_database: Callable[[], Database], clock: FixedClock, tmp_path: Path) -> type[Promises]:
    """The machine over fresh databases of one kind."""
    given = {"new_database": staticmethod(new_database), "clock": clock, "folder": tmp_path}
    return type("Machine", (Promises,), given)


@pytest.mark.timeout(3600)
def test_every_promise_about_texts_is_kept(machine: type[Promises], database_kind: str) -> None:
    is_nightly = settings().max_examples > 100
    examples = 300 if is_nightly else 12
    if database_kind == "postgresql":  # a step costs four times as much there
        examples //= 4
    chosen = settings(max_examples=examples, stateful_step_count=60 if is_nightly else 30)
    run_state_machine_as_test(machine, settings=chosen)
