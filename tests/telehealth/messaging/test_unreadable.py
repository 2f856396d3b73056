"""One text that cannot be read, judged or told of holds up no other, and is not forgotten."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import event as events
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, select
from structlog.testing import capture_logs

from telehealth.kit.events import Bus
from telehealth.messaging.events import MessageUndelivered
from telehealth.messaging.jobs import AT_ONCE, Post, chase, send_due
from telehealth.messaging.ports import Claimed, Fault, GatewayError, one_by_one
from telehealth.patients.models import Contact
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_patient
from tests.telehealth.messaging.outbox import SENDER, Outbox


def make_another(outbox: Outbox) -> UUID:
    """Add a patient whose number is stored so that nobody can read it."""
    with outbox.database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse, full_name="Lò Thị Hai", phone="0868 999 111")
        return patient.id


def spoil_number(outbox: Outbox, patient_id: UUID) -> None:
    with outbox.database.write() as unit:
        contact = unit.session.exec(select(Contact).where(Contact.patient_id == patient_id)).one()
        contact.phone_sealed = contact.phone_sealed[:-1] + bytes([contact.phone_sealed[-1] ^ 1])
        unit.session.add(contact)


def test_a_number_that_cannot_be_read_stops_no_other_text(outbox: Outbox) -> None:
    other = make_another(outbox)
    first, bad, last = outbox.queue(), outbox.queue(patient_id=other), outbox.queue()
    spoil_number(outbox, other)
    with capture_logs() as told:
        outbox.send()
    assert outbox.states() == ["sent", "skipped", "sent"]
    assert [(each.message_id, each.reason) for each in outbox.undelivered] == [(bad, "unreadable")]
    assert set(outbox.gateway.taken) == {first, last}
    assert [each["error"] for each in told if each["event"] == "message-unreadable"] == ["UnreadableError"]
    assert "999" not in str(told)


@pytest.mark.parametrize("error", [NoResultFound, LookupError, ZeroDivisionError])
def test_a_checker_that_fails_stops_no_other_text(outbox: Outbox, error: type[Exception]) -> None:
    bad, good = outbox.queue(subject_kind="torn"), outbox.queue()

    def torn(session: Session, claimed: Claimed, now: datetime) -> bool:
        raise error

    checkers = {"thing": one_by_one(outbox.still_true), "torn": one_by_one(torn)}
    send_due(Post(outbox.database, [outbox.gateway], SENDER, checkers))
    assert (outbox.message(bad).state, outbox.message(good).state) == ("skipped", "sent")
    assert [each.message_id for each in outbox.undelivered] == [bad]


def test_what_only_a_newer_release_knows_waits_for_it(outbox: Outbox, clock: FixedClock) -> None:
    """More of them than are taken at once, due longer than the rest: they starve nobody."""
    newer = [outbox.queue(subject_kind="of_a_newer_release") for _ in range(AT_ONCE + 1)]
    clock.advance(seconds=1)
    known = outbox.queue()
    outbox.send()
    assert set(outbox.gateway.taken) == {known}
    assert {outbox.message(each).state for each in newer} == {"queued"}
    post = outbox.post
    with capture_logs() as told:
        chase(post)
        chase(post)
    assert [each["kind"] for each in told if "kind" in each] == ["of_a_newer_release"]
    checkers = {**post.checkers, "of_a_newer_release": one_by_one(outbox.still_true)}
    send_due(Post(outbox.database, [outbox.gateway], SENDER, checkers))
    assert set(outbox.states()) == {"sent"}


def test_the_call_about_it_waits_for_the_newer_release_as_well(outbox: Outbox, clock: FixedClock) -> None:
    outbox.queue(subject_kind="of_a_newer_release")
    clock.advance(days=2)
    assert outbox.chase() == 0
    checkers = {"of_a_newer_release": one_by_one(outbox.still_true)}
    assert chase(Post(outbox.database, [outbox.gateway], SENDER, checkers)) == 1
    assert len(outbox.undelivered) == 1


def test_what_nobody_could_be_told_is_told_again(outbox: Outbox, bus: Bus, clock: FixedClock) -> None:
    heard: list[UUID] = []
    is_torn = True

    def hear(_session: Session, event: MessageUndelivered, _now: datetime) -> None:
        if is_torn:
            raise NoResultFound
        heard.append(event.message_id)

    bus.subscribe(MessageUndelivered, hear)
    bad, good = outbox.queue(), outbox.queue()
    outbox.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")] * 2
    outbox.send()
    assert outbox.states() == ["failed", "failed"]
    assert heard == []
    is_torn = False
    outbox.chase()
    assert heard == []
    clock.advance(minutes=5)
    outbox.chase()
    assert sorted(heard) == [bad, good]
    assert {each.reason for each in outbox.undelivered} == {"no-such-number"}
    clock.advance(minutes=5)
    assert outbox.chase() == 0


def test_a_refusal_of_what_is_untrue_by_now_asks_for_no_call(outbox: Outbox) -> None:
    message_id = outbox.queue()
    send = outbox.gateway.send

    def change(outgoing: object, *, now: datetime) -> str:
        outbox.versions[outbox.message(message_id).subject_id] = 2
        return send(outgoing, now=now)  # type: ignore[arg-type]

    outbox.gateway.send = change  # type: ignore[method-assign,assignment]
    outbox.gateway.faults = [GatewayError(Fault.PERMANENT, "no-such-number")]
    outbox.send()
    assert outbox.message(message_id).state == "failed"
    assert outbox.undelivered == []


def test_taking_up_many_asks_the_database_no_oftener_than_taking_up_two(
    new_outbox: Callable[[], Outbox],
) -> None:
    counts = []
    for texts in (2, 20):
        outbox = new_outbox()
        for _ in range(texts):
            outbox.queue()
        seen: list[str] = []
        engine = outbox.database.writer

        def note(_c: object, _k: object, statement: str, *_more: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        events.listen(engine, "before_cursor_execute", note)
        outbox.send()
        events.remove(engine, "before_cursor_execute", note)
        assert set(outbox.states()) == {"sent"}
        counts.append(sum("SAVEPOINT" in each for each in seen))
    assert counts == [2, 2]  # one for all of them, and its end


def test_rows_that_fail_let_those_behind_them_be_chased(outbox: Outbox, bus: Bus, clock: FixedClock) -> None:
    """A hundred at the head that nobody can be told of."""
    bad = outbox.patient_id
    heard: set[UUID] = set()

    def hear(_session: Session, event: MessageUndelivered, _now: datetime) -> None:
        if event.patient_id == bad:
            raise NoResultFound
        heard.add(event.message_id)

    bus.subscribe(MessageUndelivered, hear)
    for _ in range(100):
        outbox.queue()
    clock.advance(seconds=1)
    behind = outbox.queue(patient_id=make_another(outbox))
    clock.advance(days=2)
    outbox.chase()
    outbox.chase()
    assert heard == {behind}
