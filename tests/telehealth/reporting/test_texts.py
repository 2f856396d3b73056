"""Whom texts reached: counted by facility and week, for the houses concerned only; how gateways do."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from telehealth.access.models import Grant
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.followup.models import Reply, Task
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.ids import new_id
from telehealth.links.models import LinkDevice, LinkOpening, PatientLink
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.routing import CLOSES_AFTER, Standing
from telehealth.reporting.rules import TextFigures
from telehealth.reporting.service import TextReport, report_texts
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.booking import TODAY, at
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_doctor, make_member
from tests.telehealth.reporting.test_waits import lead

NOON = at("12:00")


class Texts:
    """Texts of a station to one patient, and what came of them."""

    def __init__(self, unit: Unit) -> None:
        self.session: Session = unit.session
        self.world: VisitWorld = make_visit_world(unit.session, now=unit.now)
        self.facility_id = self.world.nurse.here
        self.lead: MembershipActor = lead(unit, self.facility_id)

    def text(
        self, state: str = "sent", *, tried_at: datetime | None = NOON, **values: object
    ) -> OutboxMessage:
        when = tried_at or NOON
        row = {
            "dedupe_key": str(new_id()),
            "facility_id": self.facility_id,
            "patient_id": self.world.patient_id,
            "template": "appointment_cancelled",
            "params": {"facility": "TYT", "date": "25/11", "time": "08:30", "phone": ""},
            "subject_kind": "appointment",
            "subject_id": new_id(),
            "subject_version": 1,
            "state": state,
            "due_at": when,
            "not_after_at": when,
            "next_try_at": when,
            "queued_at": when,
            "tried_at": tried_at,
            "parts": 1,
            "cost": 850,
        }
        message = OutboxMessage(**{**row, **values})
        self.session.add(message)
        self.session.flush()
        return message

    def link(self) -> UUID:
        link = PatientLink(
            purpose="appointment",
            patient_id=self.world.patient_id,
            facility_id=self.facility_id,
            subject_id=new_id(),
            state="open",
            expires_at=NOON + timedelta(days=30),
            created_at=NOON,
        )
        self.session.add(link)
        self.session.flush()
        return link.id

    def open(self, link_id: UUID, when: datetime) -> None:
        device = LinkDevice(token_hash=str(new_id()), created_at=when)
        self.session.add(device)
        self.session.flush()
        self.session.add(
            LinkOpening(link_id=link_id, device_id=device.id, opened_at=when, last_opened_at=when)
        )
        self.session.flush()

    def reply(self, link_id: UUID, when: datetime) -> None:
        about = {"subject_kind": "appointment", "subject_id": new_id(), "subject_version": 1}
        who = {"patient_id": self.world.patient_id, "link_id": link_id}
        self.session.add(Reply(**about, **who, kind="confirm", recorded_at=when))
        self.session.flush()

    def phone(self, subject_id: UUID, outcome: str, when: datetime, by: UUID | None = None) -> None:
        self.session.add(
            Task(
                facility_id=self.facility_id,
                patient_id=self.world.patient_id,
                kind="phone_patient",
                subject_kind="appointment",
                subject_id=subject_id,
                state="done",
                due_at=when,
                opened_at=when,
                done_at=when,
                done_by=by or self.world.nurse.ref,
                outcome=outcome,
            )
        )
        self.session.flush()

    def round(self, *, state: str, **ended: object) -> UUID:
        series = CheckSeries(
            visit_id=self.world.visit.id,
            patient_id=self.world.patient_id,
            station_facility_id=self.facility_id,
            questionnaire_code="fever",
            via="sms",
            asked_by=self.world.doctor.ref,
            set_at=NOON,
            ends_on=TODAY,
        )
        self.session.add(series)
        self.session.flush()
        asked = CheckRound(
            series_id=series.id,
            patient_id=series.patient_id,
            station_facility_id=self.facility_id,
            due_on=TODAY,
            state=state,
            **ended,
        )
        self.session.add(asked)
        self.session.flush()
        return asked.id

    def report(self, *gateways: str) -> TextReport:
        return report_texts(self.session, self.lead, gateways, now=at("18:00"))

    @property
    def here(self) -> TextFigures:
        """The figures of the only station and week there are."""
        (figures,) = self.report().by_station_week.values()
        return figures


@pytest.fixture
def texts(unit: Unit) -> Texts:
    return Texts(unit)


def test_what_left_is_counted_with_what_became_of_it_and_its_cost(texts: Texts) -> None:
    for state in ("sent", "delivered", "delivered", "failed", "unknown"):
        texts.text(state)
    texts.text("queued", tried_at=None)
    texts.text("skipped", tried_at=None)
    assert texts.here == TextFigures(5, 2, 1, 0, 0, 0, 5 * 850)


def test_an_opened_link_reaches_by_the_text_that_came_before_it_only(texts: Texts) -> None:
    link = texts.link()
    texts.text("delivered", link_id=link)
    texts.open(link, NOON + timedelta(hours=1))
    texts.text("delivered", link_id=link, tried_at=NOON + timedelta(hours=2))
    found = texts.here
    assert (found.sent, found.opened, found.reached) == (2, 1, 1)


def test_a_link_opened_on_two_phones_counts_once(texts: Texts) -> None:
    link = texts.link()
    texts.text("delivered", link_id=link)
    for _ in range(2):
        texts.open(link, NOON + timedelta(hours=1))
    assert (texts.here.sent, texts.here.opened) == (1, 1)


def test_an_answer_by_the_link_reaches(texts: Texts) -> None:
    link = texts.link()
    texts.text(link_id=link)
    texts.reply(link, NOON + timedelta(minutes=5))
    found = texts.here
    assert (found.answered, found.reached, found.opened) == (1, 1, 0)


def test_answered_questions_and_a_round_that_ended_with_a_person_reach(texts: Texts) -> None:
    later = NOON + timedelta(hours=3)
    answered = texts.round(state="answered", answered_at=later)
    texts.text(subject_kind="check", subject_id=answered)
    assert (texts.here.answered, texts.here.reached) == (1, 1)
    met = texts.round(state="reached", ended_at=later, outcome="reached")
    texts.text(subject_kind="check", subject_id=met)
    assert (texts.here.answered, texts.here.reached) == (1, 2)


@pytest.mark.parametrize("outcome", ["new_time", "reached"])
def test_a_call_that_became_needless_met_nobody(texts: Texts, outcome: str) -> None:
    message = texts.text("failed")
    texts.phone(message.subject_id, outcome, NOON + timedelta(hours=1), by=SYSTEM.ref)
    assert texts.here.reached == 0


@pytest.mark.parametrize(("outcome", "reached"), [("reached", 1), ("told_relative", 1), ("not_reached", 0)])
def test_a_call_that_met_somebody_reaches(texts: Texts, outcome: str, reached: int) -> None:
    message = texts.text("failed")
    texts.phone(message.subject_id, outcome, NOON + timedelta(hours=1))
    assert texts.here.reached == reached


def test_weeks_begin_on_monday_and_what_is_older_is_left_out(texts: Texts) -> None:
    texts.text()
    texts.text(tried_at=at("00:00"))
    texts.text(tried_at=at("00:00") - timedelta(seconds=1))
    texts.text(tried_at=NOON - timedelta(weeks=8))
    report = texts.report()
    counted = {week: found.sent for (_, week), found in report.by_station_week.items()}
    assert counted == {TODAY: 2, TODAY - timedelta(weeks=1): 1}
    assert {week: found.sent for week, found in report.by_week.items()} == counted
    assert next(iter(report.by_week)) == TODAY


def test_a_coordinator_sees_what_any_station_sent_to_patients_in_scope_and_a_stranger_nothing(
    texts: Texts,
) -> None:
    texts.text()
    lead = make_member(texts.session, role=Role.COORDINATOR)
    assert report_texts(texts.session, lead, (), now=NOON).by_station_week == {}
    open_grant(
        texts.session,
        patient_id=texts.world.patient_id,
        holder_kind=HolderKind.FACILITY,
        holder_id=lead.here,
        basis=Basis.APPOINTMENT,
        source_id=new_id(),
        now=at("08:00"),
    )
    assert list(report_texts(texts.session, lead, (), now=NOON).by_station_week) == [
        (texts.facility_id, TODAY)
    ]


def test_what_was_counted_stays_counted_when_the_right_has_ended(texts: Texts) -> None:
    texts.text()
    texts.text(tried_at=at("14:00"))
    lead, source_id = make_member(texts.session, role=Role.COORDINATOR), new_id()
    open_grant(
        texts.session,
        patient_id=texts.world.patient_id,
        holder_kind=HolderKind.FACILITY,
        holder_id=lead.here,
        basis=Basis.APPOINTMENT,
        source_id=source_id,
        now=at("08:00"),
    )
    close_grants(texts.session, source_id=source_id, until_at=at("13:00"))

    def cost(now: datetime) -> list[int]:
        return [each.cost for each in report_texts(texts.session, lead, (), now=now).by_station_week.values()]

    assert cost(NOON) == cost(at("13:00", days=1)) == [850], "the text after the end was never in scope"


def test_a_stations_own_texts_count_whatever_became_of_its_rights(texts: Texts) -> None:
    texts.text()
    grants = select(Grant).where(Grant.patient_id == texts.world.patient_id)
    for grant in texts.session.exec(grants).all():
        grant.until_at = at("09:00")
        texts.session.add(grant)
    assert texts.here.sent == 1


def test_only_those_who_coordinate_read_it(unit: Unit) -> None:
    with pytest.raises(ForbiddenError):
        report_texts(unit.session, make_doctor(unit.session), (), now=unit.now)


def note_try(texts: Texts, gateway: str, state: str, when: datetime, fault: str = "") -> None:
    row = {"message_id": texts.text().id, "number": 1, "gateway": gateway, "state": state, "fault": fault}
    texts.session.add(Delivery(**row, cost=850, started_at=when, ended_at=when + timedelta(seconds=1)))
    texts.session.flush()


def test_gateways_tell_how_they_do_now_and_what_became_of_a_day(texts: Texts) -> None:
    now = at("18:00")
    for minutes, state in ((300, "delivered"), (200, "undelivered"), (100, "accepted"), (90, "unknown")):
        note_try(texts, "esms", state, now - timedelta(minutes=minutes))
    note_try(texts, "esms", "refused", now - timedelta(hours=25))
    for second in range(CLOSES_AFTER):
        note_try(texts, "gammu", "refused", now - timedelta(seconds=10 + second), "temporary")
    note_try(texts, "former", "accepted", now - timedelta(hours=20))
    esms, gammu, former = texts.report("esms", "gammu").gateways
    assert [line.standing for line in (esms, gammu, former)] == [Standing.OPEN, Standing.CLOSED, "gone"]
    assert (esms.tries.tries, esms.tries.taken, esms.tries.lost, esms.tries.delivered) == (4, 3, 1, 1)
    assert (esms.tries.cost, esms.tries.last_taken_at) == (
        3400,
        now - timedelta(minutes=100) + timedelta(seconds=1),
    )
    assert (gammu.tries.refused, gammu.tries.last_taken_at) == (CLOSES_AFTER, None)


def test_a_report_is_three_statements_and_one_for_each_gateway(database: Database) -> None:
    with database.write() as unit:
        texts = Texts(unit)
        for _ in range(5):
            texts.text()
    seen: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with database.read() as unit:
        report_texts(unit.session, texts.lead, ("esms", "gammu"), now=at("18:00"))
    assert len([each for each in seen if each.startswith("SELECT")]) == 5
