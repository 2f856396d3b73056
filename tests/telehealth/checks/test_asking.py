"""Set after a signed visit, asked on its day, reminded of, handed to a person; nothing stale is sent."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from telehealth.checks import queries, service
from telehealth.checks.models import CheckRound, CheckStep, Questionnaire
from telehealth.checks.questions import Kind, read_content
from telehealth.checks.rules import Via
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.links import service as link_service
from telehealth.links.models import PatientLink
from telehealth.messaging.events import MessageUndelivered
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.rules import Variant
from telehealth.messaging.templates import templates
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from telehealth.patients.service import allow_messages
from telehealth.staff.rules import Role
from tests.support.checks import AMBER, GOOD, Checks, make_checks
from tests.support.clock import FixedClock
from tests.support.visits import make_visit_world
from tests.support.world import make_member, make_neighbour


def test_each_day_is_asked_once_in_the_morning(checks: Checks) -> None:
    checks.set(1, 3)
    checks.tick()
    assert [row.state for row in checks.rows(CheckRound)] == ["planned", "planned"]
    checks.clock.advance(days=1)
    for _ in range(3):
        checks.tick()
    assert [row.state for row in checks.rows(CheckRound)] == ["asked", "planned"]
    [sent] = checks.sent()
    assert sent.startswith("TYT: Tram Y te xa Phu Thong moi tra loi vai cau hoi ngan.")
    assert "/k/" in sent


def test_the_texts_say_nothing_of_health_in_one_part() -> None:
    for key in ("check_due", "check_again", "missed_visit"):
        assert (key, Variant.PLAIN) in templates()


def test_the_link_is_for_the_questionnaire_and_lives_a_week_past_the_last_day(checks: Checks) -> None:
    checks.set(0, 5)
    checks.tick()
    [link] = checks.rows(PatientLink, purpose="questionnaire")
    asked = checks.rows(CheckRound)[0]
    assert (link.subject_id, link.facility_id) == (asked.id, checks.nurse.here)
    assert link.expires_at.date() >= asked.due_on + timedelta(days=12)


def test_one_reminder_then_the_call_list(checks: Checks) -> None:
    checks.ask()
    checks.clock.advance(hours=24)
    checks.tick()
    assert [each.template for each in checks.rows(OutboxMessage, subject_kind="check")] == [
        "check_due",
        "check_again",
    ]
    assert checks.round().state == "asked"
    checks.clock.advance(hours=24)
    checks.tick()
    assert checks.round().state == "calling"
    assert checks.listed() == ["calling"]
    assert len(checks.sent()) == 2


def test_without_any_phone_it_is_a_visit_at_home(database: Database, clock: FixedClock) -> None:
    checks = make_checks(database, clock, phone=None)
    row = checks.ask()
    assert row.state == "visiting"
    assert [each.reason for each in checks.rows(CheckStep)] == ["", "no-contact"]


def test_asked_at_home_no_text_is_queued(checks: Checks) -> None:
    checks.set(0, via=Via.HOME)
    checks.tick()
    assert checks.round().state == "visiting"
    assert checks.rows(OutboxMessage, subject_kind="check") == []
    assert checks.round().questionnaire_version == 1


def test_on_paper_the_link_is_there_from_the_first_day_and_nobody_is_reminded(checks: Checks) -> None:
    checks.set(1, via=Via.PAPER)
    assert len(checks.rows(PatientLink, purpose="questionnaire")) == 1
    with pytest.raises(ConflictError, match="check-not-yet"):
        checks.answer(AMBER)
    checks.clock.advance(days=1)
    checks.tick()
    assert checks.round().state == "asked"
    assert len(checks.rows(PatientLink, purpose="questionnaire")) == 1
    checks.clock.advance(days=1)
    checks.tick()
    assert checks.round().state == "calling"
    assert checks.rows(OutboxMessage, subject_kind="check") == []


def test_who_wants_no_texts_is_phoned(checks: Checks) -> None:
    checks.do(lambda s, now: allow_messages(s, checks.world.patient_id, is_allowed=False, now=now))
    assert checks.ask().state == "calling"
    assert checks.sent() == []


def test_a_text_that_does_not_arrive_is_a_call_at_once(checks: Checks) -> None:
    row = checks.ask()
    event = MessageUndelivered(
        message_id=row.id,
        facility_id=checks.nurse.here,
        patient_id=checks.world.patient_id,
        template="check_due",
        subject_kind="check",
        subject_id=row.id,
        reason="no-such-number",
    )
    checks.do(lambda s, now: service.on_message_undelivered(s, event, now))
    assert checks.round().state == "calling"
    checks.clock.advance(days=3)
    checks.tick()
    assert len(checks.sent()) == 1


def test_whoever_opened_the_questionnaire_is_reminded_before_somebody_phones(checks: Checks) -> None:
    """No receipt comes: the opened link shows that the text arrived."""
    checks.ask()
    checks.phone()
    checks.clock.advance(hours=23, minutes=1)
    checks.chase()
    assert checks.round().state == "asked"
    checks.clock.advance(hours=1)
    checks.tick()
    assert len(checks.sent()) == 2


def test_a_questionnaire_nobody_is_known_to_have_got_is_a_call(checks: Checks) -> None:
    checks.ask()
    checks.clock.advance(hours=23, minutes=1)
    checks.chase()
    assert checks.round().state == "calling"


def test_consent_withdrawn_before_it_leaves_nothing_is_sent(checks: Checks) -> None:
    checks.set(0)
    checks.tick(send=False)
    checks.do(lambda s, now: allow_messages(s, checks.world.patient_id, is_allowed=False, now=now))
    checks.tick()
    assert checks.sent() == []


def test_a_revoked_link_is_not_sent_and_a_person_phones(checks: Checks) -> None:
    checks.set(0)
    checks.tick(send=False)
    row = checks.round()
    checks.do(
        lambda s, now: link_service.revoke_links(
            s, subject_id=row.id, now=now, actor=checks.nurse, reason="revoked-by-staff"
        )
    )
    checks.tick()
    assert checks.sent() == []
    checks.clock.advance(hours=24)
    checks.tick()
    assert checks.round().state == "calling"


def test_withdrawn_before_it_leaves_nothing_is_sent(checks: Checks) -> None:
    series = checks.set(0, 3)
    checks.tick(send=False)
    checks.do(
        lambda s, now: service.withdraw_checks(s, checks.doctor, series.id, version=series.version, now=now)
    )
    checks.clock.advance(days=4)
    checks.tick()
    assert checks.sent() == []
    assert {row.state for row in checks.rows(CheckRound)} == {"withdrawn"}
    assert {link.state for link in checks.rows(PatientLink, purpose="questionnaire")} == {"revoked"}
    with pytest.raises(ConflictError, match="checks-withdrawn"):
        checks.do(lambda s, now: service.withdraw_checks(s, checks.doctor, series.id, version=2, now=now))


def test_days_are_changed_without_asking_twice(checks: Checks) -> None:
    series = checks.set(0, 2)
    checks.tick()
    today = checks.clock.now().date()
    days = [today, today + timedelta(days=4)]
    checks.do(lambda s, now: service.change_days(s, checks.doctor, series.id, days, version=1, now=now))
    states = [(row.due_on, row.state) for row in checks.rows(CheckRound)]
    assert states == [
        (today, "asked"),
        (today + timedelta(days=2), "withdrawn"),
        (today + timedelta(days=4), "planned"),
    ]
    with pytest.raises(StaleError):
        checks.do(lambda s, now: service.change_days(s, checks.doctor, series.id, days, version=1, now=now))


def test_what_is_sent_keeps_its_version_and_the_next_day_has_the_new_one(checks: Checks) -> None:
    checks.set(0, 1)
    checks.tick()

    def anew(session: Session, now: object) -> None:
        admin = make_member(session, checks.world.station(session), role=Role.ADMIN)
        newest = queries.list_versions(session, "blood_pressure")[0]
        source = newest.source.replace("systolic >= 140", "systolic >= 160")
        saved = service.save_version(
            session, admin, "blood_pressure", source=source, version=newest.version, now=checks.clock.now()
        )
        assert (saved.version, saved.approved_at) == (2, None)
        assert queries.find_approved(session, "blood_pressure").version == 1  # type: ignore[union-attr]
        service.approve_version(session, checks.doctor, "blood_pressure", 2, now=checks.clock.now())

    checks.do(anew)
    checks.clock.advance(days=1)
    checks.tick()
    first, second = checks.rows(CheckRound)
    assert (first.questionnaire_version, second.questionnaire_version) == (1, 2)
    given = {**AMBER, "systolic": "150"}
    assert checks.answer(given, by=checks.phone(first.id)).level == "amber"
    assert checks.answer(given, by=checks.phone(second.id)).level == "green"


def test_only_what_somebody_stands_for_is_asked(database: Database, clock: FixedClock) -> None:
    checks = make_checks(database, clock, is_approved=False)
    with pytest.raises(InvalidError, match="questionnaire-unapproved"):
        checks.set(1)


def test_a_version_is_approved_once_by_who_may_treat(checks: Checks) -> None:
    with pytest.raises(ConflictError, match="questionnaire-approved"):
        checks.do(lambda s, now: service.approve_version(s, checks.doctor, "fever", 1, now=now))
    with pytest.raises(ForbiddenError):
        checks.do(lambda s, now: service.approve_version(s, checks.nurse, "fever", 1, now=now))
    with pytest.raises(NotFoundError):
        checks.do(lambda s, now: service.approve_version(s, checks.doctor, "fever", 9, now=now))


def test_only_an_administrator_writes_a_version_and_the_same_again_is_none(checks: Checks) -> None:
    def act(session: Session, now: object) -> None:
        admin = make_member(session, checks.world.station(session), role=Role.ADMIN)
        at = checks.clock.now()
        source = queries.list_versions(session, "fever")[0].source
        with pytest.raises(ForbiddenError):
            service.save_version(session, checks.nurse, "fever", source=source, version=1, now=at)
        assert service.save_version(session, admin, "fever", source=source, version=1, now=at).version == 1
        changed = source + "\n# khác\n"
        with pytest.raises(StaleError):
            service.save_version(session, admin, "fever", source=changed, version=7, now=at)
        assert service.load_questionnaires(session, now=at) == 5

    checks.do(act)
    with checks.database.read() as unit:
        assert len(queries.list_questionnaires(unit.session)) == 5


def test_what_ships_anew_is_a_version_nobody_stands_for_yet(checks: Checks) -> None:
    def act(session: Session, _: object) -> None:
        at, admin = checks.clock.now(), make_member(session, checks.world.station(session), role=Role.ADMIN)
        for code in ("wound", "fever"):
            row = queries.get_questionnaire(session, code, 1)
            row.source = row.source.replace("Nháp", "Bản trước")  # as an earlier release shipped it
            session.add(row)
        source = queries.get_questionnaire(session, "fever", 1).source + "\n# ở đây\n"
        service.save_version(session, admin, "fever", source=source, version=1, now=at)
        for _again in range(2):
            service.load_questionnaires(session, now=at)
        wound, fever = queries.list_versions(session, "wound"), queries.list_versions(session, "fever")
        assert [(row.version, row.approved_at is None) for row in wound] == [(2, True), (1, False)]
        assert any(each.kind is Kind.PHOTO for each in read_content(wound[0].source).questions)
        assert queries.find_approved(session, "wound") == wound[1]
        assert [row.version for row in fever] == [2, 1], "what was written here is newer than a release"

    checks.do(act)


def test_an_unsigned_visit_has_no_questions(checks: Checks) -> None:
    def act(session: Session, now: object) -> None:
        other = make_visit_world(session, now=checks.clock.now())
        wanted = service.Wanted(questionnaire="fever", days=(checks.clock.now().date(),))
        with pytest.raises(ConflictError, match="check-visit-unsigned"):
            service.set_checks(session, other.doctor, other.visit.id, wanted, now=checks.clock.now())

    checks.do(act)


def test_a_neighbour_sees_nothing_and_withdraws_nothing(checks: Checks) -> None:
    series = checks.set(0)

    def act(session: Session, now: object) -> None:
        at = checks.clock.now()
        neighbour = make_neighbour(session, checks.world.patient_id, now=at)
        assert queries.list_listed(session, neighbour, now=at) == []
        with pytest.raises(NotFoundError, match="checks-not-found"):
            service.withdraw_checks(session, neighbour, series.id, version=1, now=at)
        with pytest.raises(NotFoundError, match="check-round-not-found"):
            queries.get_round(session, neighbour, checks.round().id, now=at)

    checks.do(act)


def test_the_questionnaires_of_a_deployment_stay_when_loaded_again(checks: Checks) -> None:
    with checks.database.read() as unit:
        row = unit.session.get(Questionnaire, ("fever", 1))
        assert row is not None
        assert row.approved_by == checks.doctor.ref


def test_the_number_of_a_village_health_worker_is_nobody_to_phone(
    database: Database, clock: FixedClock
) -> None:
    """Given a contact who goes there and no other, when nobody answers, then somebody goes there."""
    checks = make_checks(database, clock)

    def hand_to_worker(session: Session, _now: datetime) -> None:
        contact = session.exec(select(Contact)).one()
        contact.relation = Relation.HEALTH_WORKER

    checks.do(hand_to_worker)
    checks.set(0, via=Via.PAPER)
    for _ in range(2):
        checks.tick()
        checks.clock.advance(days=1)
    assert checks.round().state == "visiting"


def test_who_goes_there_finds_a_link_on_the_slip(checks: Checks) -> None:
    checks.set(0, via=Via.HOME)
    checks.tick()
    checks.answer(GOOD)
    assert checks.round().state == "answered"


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(1), timedelta(-1)])
def test_a_clock_that_jumps_and_returns_asks_each_day_once(checks: Checks, jump: timedelta) -> None:
    """Given questions for three days and a clock wrong for a while on each, none is missed or repeated."""
    checks.set(0, 1, 2)
    begins_at = checks.clock.now()
    for day in range(3):
        for minutes in (0, 5, 120):
            moment = begins_at + timedelta(days=day, minutes=minutes)
            for clock in (moment, moment + jump, moment):
                checks.clock.set(clock)
                checks.tick()
    rounds = checks.rows(CheckRound)
    assert len(rounds) == 3
    asked = [step.round_id for step in checks.rows(CheckStep, command="ask")]
    assert sorted(asked) == sorted(row.id for row in rounds)
    texts = [each.text for each in checks.gateway.taken.values() if "moi tra loi" in each.text]
    assert len(texts) == 3
