"""A referral said again, written by two, and one that cannot wait for the signature."""

import json

import pytest
from sqlmodel import select

from telehealth.access.queries import is_visible
from telehealth.followup.models import Task
from telehealth.kit.db import Unit
from telehealth.kit.errors import ClashError, ConflictError, DomainError, ForbiddenError, StaleError
from telehealth.referrals import queries, service
from telehealth.referrals.rules import ANSWER_WITHIN, DeclineReason, Urgency
from telehealth.visits.events import VisitWithdrawn
from tests.support.referrals import ReferralWorld, make_referral_world


@pytest.fixture
def world(unit: Unit) -> ReferralWorld:
    return make_referral_world(unit.session, now=unit.now)


def tasks(unit: Unit) -> list[str]:
    found = unit.session.exec(select(Task).where(Task.state == "open"))
    return [each.kind for each in found if each.kind == "answer_referral"]


def test_said_again_it_is_the_one_there_is(unit: Unit, world: ReferralWorld) -> None:
    first = world.write(unit.session, now=unit.now)
    version = first.version
    again = world.write(unit.session, now=unit.now, version=0)
    assert (again.id, again.version) == (first.id, version)


def test_a_conflict_carries_what_the_other_wrote(unit: Unit, world: ReferralWorld) -> None:
    world.write(unit.session, now=unit.now)
    with pytest.raises(ClashError) as clash:
        world.write(unit.session, now=unit.now, version=0, reason="Nghi viêm phổi")
    assert clash.value.shown["yours"]["reason"] == "Nghi viêm phổi"  # type: ignore[index]
    theirs = clash.value.shown["theirs"]
    assert (theirs["reason"], theirs["version"]) == ("Nghi suy tim mất bù", 1)  # type: ignore[index]
    json.dumps(clash.value.shown)


def test_an_emergency_is_sent_before_the_signature_and_signed_with_it(
    unit: Unit, world: ReferralWorld
) -> None:
    written = world.write(unit.session, now=unit.now, urgency=Urgency.EMERGENCY)
    sent = service.send_now(
        unit.session, world.base.doctor, written.id, version=written.version, now=unit.now
    )
    assert (sent.state, sent.answer_by) == ("sent", unit.now + ANSWER_WITHIN[Urgency.EMERGENCY])
    for receiver in (world.receiver, world.desk):
        assert [each.id for each in queries.list_open(unit.session, receiver, now=unit.now)] == [written.id]
        assert is_visible(unit.session, receiver, written.patient_id, now=unit.now)
    assert tasks(unit) == ["answer_referral"]
    assert unit.session.exec(select(Task.detail).where(Task.kind == "answer_referral")).one() == "emergency"
    version = sent.version
    again = service.send_now(unit.session, world.base.doctor, written.id, version=1, now=unit.now)
    assert again.version == version, "sent twice is sent once"
    with pytest.raises(ConflictError, match="referral-sent"):
        world.write(unit.session, now=unit.now, version=version, reason="Khác")
    world.base.write(unit.session, now=unit.now)
    document = json.loads(world.base.sign(unit.session, now=unit.now).canonical)
    assert document["parts"]["referral"]["urgency"] == "emergency"
    assert (sent.state, sent.version, tasks(unit)) == ("sent", version, ["answer_referral"])


def test_who_was_declined_goes_nowhere_until_sent_on(unit: Unit, world: ReferralWorld) -> None:
    part, visit, doctor = service.ReferralPart(), world.base.visit, world.base.doctor
    assert not part.is_referred(unit.session, visit)
    row = world.write(unit.session, now=unit.now, urgency=Urgency.EMERGENCY)
    service.send_now(unit.session, doctor, row.id, version=row.version, now=unit.now)
    assert part.is_referred(unit.session, visit)
    reason = DeclineReason.NO_BED
    service.decline(unit.session, world.receiver, row.id, reason=reason, version=row.version, now=unit.now)
    assert not part.is_referred(unit.session, visit)
    onward = world.above.here
    service.redirect(
        unit.session, world.base.nurse, row.id, to_facility_id=onward, version=row.version, now=unit.now
    )
    assert part.is_referred(unit.session, visit)


def test_only_who_signs_sends_now_and_only_an_emergency(unit: Unit, world: ReferralWorld) -> None:
    written = world.write(unit.session, now=unit.now)
    doctor = world.base.doctor
    with pytest.raises(ConflictError, match="referral-not-emergency"):
        service.send_now(unit.session, doctor, written.id, version=written.version, now=unit.now)
    world.write(unit.session, now=unit.now, urgency=Urgency.EMERGENCY, version=written.version)
    for actor in (world.base.nurse, world.base.practitioner, world.base.other_doctor, world.receiver):
        with pytest.raises(DomainError, match=r"not-allowed|not-found") as refused:
            service.send_now(unit.session, actor, written.id, version=written.version, now=unit.now)
        assert isinstance(refused.value, ForbiddenError) or refused.value.status == 404
    with pytest.raises(StaleError):
        service.send_now(unit.session, doctor, written.id, version=99, now=unit.now)
    assert written.state == "draft"


def test_where_the_visit_is_withdrawn_nobody_waits(unit: Unit, world: ReferralWorld) -> None:
    written = world.write(unit.session, now=unit.now, urgency=Urgency.EMERGENCY)
    service.send_now(unit.session, world.base.doctor, written.id, version=written.version, now=unit.now)
    event = VisitWithdrawn(visit_id=written.visit_id, patient_id=written.patient_id)
    service.on_visit_withdrawn(unit.session, event, unit.now)
    assert written.state == "withdrawn"
    assert tasks(unit) == []
    assert not is_visible(unit.session, world.receiver, written.patient_id, now=unit.now)
