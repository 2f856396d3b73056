"""A signed record that asks the patient back: told, answered, moved."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.followup import jobs, service
from telehealth.followup.models import FollowupHistory, Plan, Task
from telehealth.followup.queries import find_link_subject, list_plans
from telehealth.followup.rules import ReplyKind, Subject, Wish
from telehealth.followup.service import lapsing
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.events import publish
from telehealth.links.models import PatientLink
from telehealth.staff.actors import MembershipActor
from telehealth.visits.events import VisitSigned
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_neighbour
from tests.telehealth.followup.world import Follow, make_follow


def test_a_record_without_a_date_leads_to_nothing(follow: Follow) -> None:
    follow.sign(None)
    assert follow.rows(Plan) == []
    assert follow.messages() == []


def test_a_date_makes_a_plan_and_a_text(follow: Follow) -> None:
    follow.sign(follow.next_week())
    follow.send()
    [sent] = follow.gateway.taken.values()
    assert sent.text.startswith("TYT: Moi kham lai 07:30 ngay 30/11 tai Tram Y te xa Phu Thong.")
    [link] = follow.rows(PatientLink)
    assert (link.purpose, link.subject_id) == ("next_visit", follow.plan().id)


def test_a_patient_without_a_phone_is_told_by_a_person(database: Database, clock: FixedClock) -> None:
    follow = make_follow(database, clock, phone=None)
    follow.sign(follow.next_week())
    assert follow.tasks() == [("tell_next_visit", "no-contact")]


def test_a_day_already_past_is_told_by_a_person(follow: Follow) -> None:
    follow.sign(follow.next_week() - timedelta(days=7))
    follow.clock.advance(hours=2)
    follow.send()
    assert follow.messages() == [("next_visit", "skipped")]
    assert follow.tasks() == [("phone_patient", "too-late")]


def test_asking_for_another_time_and_getting_one(follow: Follow) -> None:
    follow.sign(follow.next_week())
    follow.send()
    plan = follow.plan()
    patient = follow.phone(plan.id)
    follow.do(
        lambda s, now: service.reply_to_plan(s, patient, ReplyKind.OTHER_TIME, wish=Wish.NEXT_WEEK, now=now)
    )
    assert follow.plan().state == "change_asked"
    assert follow.tasks() == [("other_time", "next_week")]
    [task] = follow.rows(Task)
    assert at("17:00") < task.due_at <= at("17:00", days=1), "called within the next working day"
    later = follow.next_week() + timedelta(days=7)
    follow.do(
        lambda s, now: service.move_plan(
            s,
            follow.booking.nurse,
            plan.id,
            due_on=later,
            from_minute=13 * 60,
            until_minute=15 * 60,
            version=1,
            now=now,
        )
    )
    moved = follow.plan()
    assert (moved.state, moved.version, moved.due_on) == ("planned", 2, later)
    assert follow.tasks() == []
    assert [link.state for link in follow.rows(PatientLink)] == ["revoked", "open"]
    follow.send()
    assert "13:00 ngay 07/12" in list(follow.gateway.taken.values())[-1].text
    steps = [each.to_state for each in follow.rows(FollowupHistory, subject_kind="plan")]
    assert steps == ["change_asked", "planned"]


def test_a_plan_is_moved_by_its_station_and_by_where_the_patient_is_to_come(follow: Follow) -> None:
    follow.sign(follow.next_week())
    neighbour = follow.do(lambda s, now: make_neighbour(s, follow.patient_id, now=now))
    terms = {"due_on": follow.next_week(), "from_minute": 780, "until_minute": 900}

    def move(actor: MembershipActor, version: int, **more: Any) -> None:
        follow.do(
            lambda s, now: service.move_plan(
                s, actor, follow.plan().id, version=version, now=now, **terms, **more
            )
        )

    with pytest.raises(ForbiddenError):
        move(neighbour, 1)
    move(follow.booking.nurse, 1, facility_id=neighbour.here)
    move(neighbour, 2)
    assert follow.plan().version == 3


def test_the_text_of_a_moved_plan_is_not_sent(follow: Follow) -> None:
    follow.sign(follow.next_week())
    plan = follow.plan()
    follow.do(
        lambda s, now: service.move_plan(
            s,
            follow.booking.nurse,
            plan.id,
            due_on=plan.due_on,
            from_minute=480,
            until_minute=600,
            version=1,
            now=now,
        )
    )
    follow.send()
    assert [state for _, state in follow.messages()] == ["skipped", "sent"]
    assert "08:00" in next(iter(follow.gateway.taken.values())).text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": 5}, StaleError),
        ({"due_days": -8}, InvalidError),
        ({"until_minute": 100}, InvalidError),
    ],
)
def test_a_plan_is_not_moved_into_nonsense(
    follow: Follow, change: dict[str, int], error: type[Exception]
) -> None:
    follow.sign(follow.next_week())
    plan = follow.plan()
    terms = {"from_minute": 480, "until_minute": 600, "version": 1, **change}
    due_on = plan.due_on + timedelta(days=terms.pop("due_days", 0))
    with pytest.raises(error):
        follow.do(
            lambda s, now: service.move_plan(
                s, follow.booking.nurse, plan.id, due_on=due_on, now=now, **terms
            )
        )


def test_a_confirmed_plan_can_be_seen_and_answered_until_it_is_over(follow: Follow) -> None:
    follow.sign(follow.next_week())
    plan = follow.plan()
    patient = follow.phone(plan.id)
    follow.do(lambda s, now: service.reply_to_plan(s, patient, ReplyKind.CONFIRM, now=now))
    subject = follow.do(lambda s, now: find_link_subject(s, patient, now=now))
    assert (subject.kind, subject.reply.kind, subject.is_over) == (Subject.PLAN, "confirm", False)
    follow.clock.advance(days=8)
    with pytest.raises(ConflictError, match="too-late-to-answer"):
        follow.do(lambda s, now: service.reply_to_plan(s, patient, ReplyKind.CONFIRM, now=now))


def test_plans_are_seen_within_scope_only(follow: Follow) -> None:
    follow.sign(follow.next_week())
    stranger = follow.do(lambda s, _now: make_member(s))
    assert follow.do(lambda s, now: list_plans(s, stranger, now=now)) == []
    assert len(follow.do(lambda s, now: list_plans(s, follow.booking.nurse, now=now))) == 1
    with pytest.raises(NotFoundError):
        follow.do(
            lambda s, now: service.move_plan(
                s,
                stranger,
                follow.plan().id,
                due_on=follow.next_week(),
                from_minute=1,
                until_minute=2,
                version=1,
                now=now,
            )
        )


def test_signing_twice_makes_one_plan(follow: Follow) -> None:
    visit_id = follow.sign(follow.next_week())
    event = VisitSigned(
        visit_id=visit_id,
        patient_id=follow.patient_id,
        appointment_id=None,
        station_facility_id=follow.booking.nurse.here,
        signer_membership_id=follow.booking.doctors[0].ref,
        follow_up_on=follow.next_week(),
        follow_up_facility_id=None,
    )
    follow.do(lambda s, now: publish(s, event, now=now))
    assert len(follow.rows(Plan)) == 1


def test_a_plan_may_last_until_midnight(follow: Follow) -> None:
    """Its last instant is the first of the next day; once, nobody could be told anything any more."""
    follow.sign(follow.next_week())
    plan = follow.plan()

    def move(session: Session, now: datetime) -> None:
        service.move_plan(
            session,
            follow.booking.nurse,
            plan.id,
            due_on=plan.due_on,
            from_minute=450,
            until_minute=24 * 60,
            version=plan.version,
            now=now,
        )

    follow.do(move)
    follow.send()
    assert follow.messages()[-1] == ("next_visit", "sent")


def test_a_plan_that_cannot_be_asked_about_holds_up_no_other(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        follow.sign(follow.next_week())
    bad, good = (each.id for each in follow.rows(Plan))
    follow.clock.advance(days=40)
    real = lapsing.open_task

    def torn(session: Session, *, subject_id: UUID, **named: Any) -> Task:
        task = real(session, subject_id=subject_id, **named)
        if subject_id == bad:
            raise LookupError
        return task

    monkeypatch.setattr(lapsing, "open_task", torn)
    assert jobs.lapse_plans(follow.database) == 1
    assert [each.subject_id for each in follow.rows(Task)] == [good]


def test_a_next_visit_moved_earlier_is_told_earlier(database: Database, clock: FixedClock) -> None:
    """The call that waits for whom no text reaches is due before the new day, not before the old one."""
    follow = make_follow(database, clock, phone=None)
    follow.sign(follow.next_week())
    plan, earlier = follow.plan(), follow.next_week() - timedelta(days=4)

    def move(session: Session, now: datetime) -> object:
        to = {"due_on": earlier, "from_minute": 450, "until_minute": 660, "version": plan.version}
        return service.move_plan(session, follow.booking.nurse, plan.id, now=now, **to)

    follow.do(move)
    [task] = follow.rows(Task)
    assert (task.kind, task.due_at.date()) == ("tell_next_visit", earlier)
