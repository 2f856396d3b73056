"""A referral from the signature to the back-referral, who sees what meanwhile, and what time does."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.access.queries import is_visible
from telehealth.facilities.models import Facility
from telehealth.followup.models import Task
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.referrals import queries, service
from telehealth.referrals.errors import ReferralNotFoundError
from telehealth.referrals.models import ReferralStep
from telehealth.referrals.rules import ANSWER_WITHIN, DeclineReason, Urgency
from telehealth.staff.rules import Role
from telehealth.visits import queries as visits
from tests.support.referrals import ReferralWorld, make_referral_world
from tests.support.visits import make_visit_world
from tests.support.world import make_facility, make_member


@pytest.fixture
def world(unit: Unit) -> ReferralWorld:
    return make_referral_world(unit.session, now=unit.now)


def tasks(unit: Unit) -> dict[str, str]:
    found = unit.session.exec(select(Task).order_by(Task.id)).all()  # type: ignore[arg-type]
    return {task.kind: task.state for task in found if "referral" in task.kind or "return" in task.kind}


def test_a_draft_goes_nowhere_before_the_signature(unit: Unit, world: ReferralWorld) -> None:
    written = world.write(unit.session, now=unit.now)
    assert queries.list_open(unit.session, world.receiver, now=unit.now) == []
    assert not is_visible(unit.session, world.receiver, written.patient_id, now=unit.now)
    world.base.write(unit.session, now=unit.now)
    document = json.loads(world.base.sign(unit.session, now=unit.now).canonical)
    assert document["parts"]["referral"]["reason"] == "Nghi suy tim mất bù"
    to = document["parts"]["referral"]["to"]
    assert (to["name"], to["code"]) == ("BVĐK tỉnh", None)
    assert to["level"] == {"code": "specialised", "name": "Chuyên sâu"}
    assert to["tier"]["code"] == "province"
    assert written.state == "sent"
    assert written.answer_by == unit.now + ANSWER_WITHIN[Urgency.URGENT]
    for receiver in (world.receiver, world.desk):
        assert [each.id for each in queries.list_open(unit.session, receiver, now=unit.now)] == [written.id]
        assert is_visible(unit.session, receiver, written.patient_id, now=unit.now)
    assert queries.list_open(unit.session, world.above, now=unit.now) == []
    assert tasks(unit) == {"answer_referral": "open"}


def test_accepted_with_when_to_come_and_whom_to_ask_for(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    coming = service.Coming(come_at=unit.now + timedelta(days=1), ask_for="BS. Nhận, khoa Nội")
    service.accept(unit.session, world.desk, sent.id, coming, version=sent.version, now=unit.now)
    assert (sent.state, sent.ask_for) == ("accepted", "BS. Nhận, khoa Nội")
    assert sent.due_at is None
    assert tasks(unit) == {"answer_referral": "done", "tell_referral": "open"}


def test_declined_the_right_ends_and_the_station_chooses_again(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.decline(
        unit.session,
        world.receiver,
        sent.id,
        reason=DeclineReason.NO_BED,
        text="Mai mới có giường",
        version=sent.version,
        now=unit.now,
    )
    assert not is_visible(unit.session, world.receiver, sent.patient_id, now=unit.now)
    assert tasks(unit)["referral_stuck"] == "open"
    service.redirect(
        unit.session,
        world.base.nurse,
        sent.id,
        to_facility_id=world.above.here,
        version=sent.version,
        now=unit.now,
    )
    assert (sent.state, sent.to_facility_id) == ("sent", world.above.here)
    assert is_visible(unit.session, world.above, sent.patient_id, now=unit.now)
    said = [each.text for each in queries.list_notes(unit.session, sent.id)]
    assert said == ["Mai mới có giường"], "the thread goes along"
    assert tasks(unit)["referral_stuck"] == "done"


def test_the_receiving_side_sends_it_on_with_its_thread(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.message(unit.session, world.base.nurse, sent.id, text="Còn giường không?", now=unit.now)
    service.redirect(
        unit.session,
        world.receiver,
        sent.id,
        to_facility_id=world.above.here,
        text="Cần tim mạch can thiệp",
        version=sent.version,
        now=unit.now,
    )
    with pytest.raises(ReferralNotFoundError):
        queries.get_referral(unit.session, world.receiver, sent.id, now=unit.now)
    found = queries.get_referral(unit.session, world.above, sent.id, now=unit.now)
    assert len(queries.list_notes(unit.session, found.id)) == 2


def test_sent_back_it_is_a_task_the_station_acknowledges(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.accept(
        unit.session, world.receiver, sent.id, service.Coming(), version=sent.version, now=unit.now
    )
    back = service.Returning(found="EF 38 %", treated="Lợi tiểu", to_do="Cân mỗi sáng")
    with pytest.raises(ForbiddenError):
        service.give_back(unit.session, world.desk, sent.id, back, version=sent.version, now=unit.now)
    service.give_back(unit.session, world.receiver, sent.id, back, version=sent.version, now=unit.now)
    assert (sent.state, sent.to_do) == ("returned", "Cân mỗi sáng")
    assert tasks(unit)["read_return"] == "open"
    assert is_visible(unit.session, world.receiver, sent.patient_id, now=unit.now + timedelta(days=29))
    assert not is_visible(unit.session, world.receiver, sent.patient_id, now=unit.now + timedelta(days=31))
    service.acknowledge(unit.session, world.base.nurse, sent.id, version=sent.version, now=unit.now)
    assert sent.state == "closed"
    assert tasks(unit)["read_return"] == "done"
    with pytest.raises(ConflictError, match="referral-over"):
        service.message(unit.session, world.base.nurse, sent.id, text="Cảm ơn", now=unit.now)


def test_what_is_written_is_checked(unit: Unit, world: ReferralWorld) -> None:
    for more, code in (
        ({"to_facility_id": world.base.nurse.here}, "referral-to-itself"),
        ({"reason": " "}, "referral-words-missing"),
        ({"reason": "a" * 4001}, "text-too-long"),
        ({"attachments": (new_id(),)}, "attachment-not-found"),
    ):
        with pytest.raises(InvalidError, match=code), unit.session.begin_nested():
            world.write(unit.session, now=unit.now, **more)
    written = world.write(unit.session, now=unit.now)
    with pytest.raises(StaleError):
        world.write(unit.session, now=unit.now, reason="Nghi viêm phổi")
    before = visits.content_version(unit.session, world.base.visit)
    world.write(unit.session, now=unit.now, reason="Nghi nhồi máu", version=written.version)
    assert visits.content_version(unit.session, world.base.visit) > before
    service.discard(unit.session, world.base.doctor, written.id, version=written.version, now=unit.now)
    assert queries.find_for_visit(unit.session, written.visit_id) is None


def test_a_time_to_come_lies_ahead(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    for days in (-1, 400):
        coming = service.Coming(come_at=unit.now + timedelta(days=days))
        with pytest.raises(InvalidError, match="referral-time-past"), unit.session.begin_nested():
            service.accept(unit.session, world.receiver, sent.id, coming, version=sent.version, now=unit.now)


@pytest.mark.parametrize("urgency", Urgency)
def test_unanswered_it_reminds_then_the_station_has_to_choose_each_once(
    unit: Unit, world: ReferralWorld, urgency: Urgency
) -> None:
    sent = world.send(unit.session, now=unit.now, urgency=urgency)
    term = ANSWER_WITHIN[urgency]
    for at in (unit.now + term / 2, unit.now + term, unit.now + timedelta(days=30)):
        for _ in range(2):
            if sent.id in service.list_due(unit.session, now=at):
                service.tick(unit.session, sent.id, now=at)
    query = select(ReferralStep).order_by(ReferralStep.seq)  # type: ignore[arg-type]
    kinds = [each.kind for each in unit.session.exec(query)]
    assert kinds == ["written", "sent", "reminded", "overdue"]
    assert tasks(unit) == {"answer_referral": "open", "referral_stuck": "open"}


def test_called_off_nobody_has_to_answer(unit: Unit, world: ReferralWorld) -> None:
    sent = world.send(unit.session, now=unit.now)
    service.withdraw(unit.session, world.base.nurse, sent.id, version=sent.version, now=unit.now)
    assert tasks(unit) == {"answer_referral": "done"}
    assert not is_visible(unit.session, world.receiver, sent.patient_id, now=unit.now)


def test_a_nurse_refers_nobody_and_a_stranger_answers_nothing(unit: Unit, world: ReferralWorld) -> None:
    wanted = service.Wanted(to_facility_id=world.above.here, urgency=Urgency.URGENT, reason="x")
    with pytest.raises(ForbiddenError):
        service.write(unit.session, world.base.nurse, world.base.visit.id, wanted, version=0, now=unit.now)
    sent = world.send(unit.session, now=unit.now)
    with pytest.raises(ReferralNotFoundError):
        service.accept(
            unit.session, world.above, sent.id, service.Coming(), version=sent.version, now=unit.now
        )


UP_AND_DOWN = ("commune", "regional", "province", "central")


@pytest.mark.parametrize("to", UP_AND_DOWN)
@pytest.mark.parametrize("begun_at", UP_AND_DOWN)
def test_every_level_refers_to_every_other_and_to_its_like(unit: Unit, begun_at: str, to: str) -> None:
    """Given a visit at a house of one level, when it refers, then one of any level takes it."""
    base = make_visit_world(unit.session, now=unit.now)
    house = unit.session.get_one(Facility, base.nurse.here)
    other = make_facility(unit.session, name="Nơi nhận", tier=to)
    house.tier_code = make_facility(unit.session, name="Nơi khác", tier=begun_at).tier_code
    role = Role.STATION_PRACTITIONER if to == "commune" else Role.DOCTOR
    receiver = make_member(unit.session, other, role=role, name="Nơi Nhận")
    reader = make_member(unit.session, other, role=Role.STATION_NURSE, name="Điều Dưỡng")
    world = ReferralWorld(base, receiver, reader, receiver)
    sent = world.send(unit.session, now=unit.now)
    assert (sent.from_facility_id, sent.to_facility_id, sent.state) == (house.id, other.id, "sent")
    for who in (receiver, reader):
        assert [each.id for each in queries.list_open(unit.session, who, now=unit.now)] == [sent.id]
        assert is_visible(unit.session, who, sent.patient_id, now=unit.now)
    service.accept(unit.session, receiver, sent.id, service.Coming(), version=sent.version, now=unit.now)
    back = service.Returning(found="Ổn", treated="", to_do="Tái khám một tháng")
    service.give_back(unit.session, receiver, sent.id, back, version=sent.version, now=unit.now)
    assert tasks(unit)["read_return"] == "open"
    service.acknowledge(unit.session, base.nurse, sent.id, version=sent.version, now=unit.now)
    assert sent.state == "closed"
