"""Minutes: prefilled, written by two at once, signed by those they name, frozen, opened again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.calls.models import CallMember, CallRoom
from telehealth.conferences import queries, service
from telehealth.conferences.events import MinutesReopened
from telehealth.conferences.models import MinutesEvent, MinutesSignature
from telehealth.conferences.part import MinutesPart
from telehealth.conferences.rules import Part, Person, PersonRole
from telehealth.conferences.service import Beginning
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.patients.models import Patient
from tests.support.conferences import (
    TEXTS,
    frame,
    make_conference,
    sign_minutes,
    write_minutes,
)
from tests.support.visits import VisitWorld, make_visit_world

OUTSIDE = Person(PersonRole.MEMBER, "Lê Thị Hoa", "GS.", "Bệnh viện Bạch Mai")


def missing(unit: Unit, world: VisitWorld) -> tuple[str, ...]:
    return MinutesPart().missing(unit.session, world.visit)


def put_in_call(unit: Unit, world: VisitWorld, *refs: Any) -> None:
    """Let these have been admitted to a call of the visit."""
    room = CallRoom(
        appointment_id=world.appointment.id,
        visit_id=world.visit.id,
        opened_at=unit.now - timedelta(minutes=20),
    )
    unit.session.add(room)
    unit.session.flush()
    for ref in refs:
        member = CallMember(
            room_id=room.id,
            actor_kind="membership",
            actor_ref=ref,
            device_id=new_id(),
            display_name="x",
            role="guest",
            admitted_at=unit.now,
        )
        unit.session.add(member)
    unit.session.flush()


def test_a_support_cannot_be_signed_without_minutes(unit: Unit, world: VisitWorld) -> None:
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        world.sign(unit.session, now=unit.now, by=world.practitioner)
    assert refused.value.facts["missing"] == ["minutes"]


def test_a_remote_examination_has_no_minutes(unit: Unit) -> None:
    world = make_visit_world(unit.session, now=unit.now)
    assert missing(unit, world) == ()
    with pytest.raises(NotFoundError, match="minutes-not-here"):
        service.begin_minutes(unit.session, world.nurse, world.visit.id, Beginning(), now=unit.now)


def test_new_minutes_name_chair_secretary_and_who_was_in_the_call(unit: Unit, world: VisitWorld) -> None:
    put_in_call(unit, world, world.doctor.ref, world.other_doctor.ref)
    write_minutes(unit.session, world, now=unit.now)
    people = queries.people_of(unit.session, world.visit.id)
    assert [(each.role, each.membership_id) for each in people] == [
        ("chair", world.doctor.ref),
        ("secretary", world.nurse.ref),
        ("member", world.other_doctor.ref),
    ]
    minutes = queries.find_minutes(unit.session, world.visit.id)
    assert minutes is not None
    assert minutes.held_at == unit.now - timedelta(minutes=20)


def test_beginning_twice_changes_nothing(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    before = MinutesPart().version(unit.session, world.visit)
    service.begin_minutes(
        unit.session, world.doctor, world.visit.id, Beginning("Nơi khác", {Part.PLAN: "khác"}), now=unit.now
    )
    assert MinutesPart().version(unit.session, world.visit) == before


def test_what_is_missing_is_named_part_by_part(unit: Unit, world: VisitWorld) -> None:
    beginning = Beginning("", {Part.SUMMARY: "Tóm tắt"})
    service.begin_minutes(unit.session, world.nurse, world.visit.id, beginning, now=unit.now)
    assert missing(unit, world) == (
        "minutes_place",
        "minutes_discussion",
        "minutes_conclusion",
        "minutes_plan",
    )


def test_two_write_different_parts_and_neither_loses(unit: Unit, world: VisitWorld) -> None:
    service.begin_minutes(unit.session, world.nurse, world.visit.id, Beginning(), now=unit.now)
    for actor, part in ((world.nurse, Part.SUMMARY), (world.doctor, Part.CONCLUSION)):
        service.write_text(unit.session, actor, world.visit.id, part, f"của {part}", version=0, now=unit.now)
    texts = queries.texts_of(unit.session, world.visit.id)
    assert {name: row.text for name, row in texts.items()} == {
        "summary": "của summary",
        "conclusion": "của conclusion",
    }


def test_who_wrote_over_an_older_text_is_told(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    args = (unit.session, world.nurse, world.visit.id, Part.PLAN)
    service.write_text(*args, "mới", version=1, now=unit.now)
    with pytest.raises(StaleError):
        service.write_text(*args, "cũ hơn", version=1, now=unit.now)
    service.write_text(*args, "mới", version=1, now=unit.now)  # a repeated save is no conflict


def test_people_are_kept_as_they_were_named(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    wanted = frame(world, now=unit.now, members=(OUTSIDE,))
    minutes = service.set_frame(unit.session, world.nurse, world.visit.id, wanted, version=1, now=unit.now)
    people = queries.people_of(unit.session, world.visit.id)
    assert minutes.frame_version == 2
    assert (people[2].name, people[2].title, people[2].facility) == (
        "Lê Thị Hoa",
        "GS.",
        "Bệnh viện Bạch Mai",
    )
    with pytest.raises(StaleError):
        service.set_frame(
            unit.session, world.nurse, world.visit.id, frame(world, now=unit.now), version=1, now=unit.now
        )


def test_a_conference_of_the_future_is_refused(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    later = frame(world, now=unit.now + timedelta(hours=1))
    with pytest.raises(InvalidError, match="time-in-future"):
        service.set_frame(unit.session, world.nurse, world.visit.id, later, version=1, now=unit.now)


def test_complete_once_chair_and_secretary_have_signed_the_same_words(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    assert missing(unit, world) == ("minutes_signatures",)
    sign_minutes(unit.session, world, world.doctor, now=unit.now)
    assert missing(unit, world) == ("minutes_signatures",)
    assert queries.find_complete(unit.session, world.visit.id) == []
    sign_minutes(unit.session, world, world.nurse, now=unit.now)
    assert missing(unit, world) == ()
    chair, secretary = queries.find_complete(unit.session, world.visit.id)
    assert chair.canonical == secretary.canonical
    assert json.loads(chair.canonical)["texts"] == {str(part): words for part, words in TEXTS.items()}


def test_the_record_is_signed_with_its_minutes(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    sign_minutes(unit.session, world, world.doctor, world.nurse, now=unit.now)
    record = json.loads(world.sign(unit.session, now=unit.now, by=world.practitioner).canonical)
    minutes = record["parts"]["minutes"]
    assert minutes["content"]["texts"]["conclusion"] == TEXTS[Part.CONCLUSION]
    assert [each["role"] for each in minutes["signatures"]] == ["chair", "secretary"]
    places = [each["place"] for each in minutes["content"]["people"]]
    assert places == [record["doctor"]["facility"], record["station"]], (
        "with code, level and tier as they were"
    )


def test_a_signature_closes_the_text_for_all(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    sign_minutes(unit.session, world, world.doctor, now=unit.now)
    with pytest.raises(ConflictError, match="minutes-signed"):
        service.write_text(
            unit.session, world.nurse, world.visit.id, Part.PLAN, "khác", version=1, now=unit.now
        )
    with pytest.raises(ConflictError, match="minutes-signed-already"):
        sign_minutes(unit.session, world, world.doctor, now=unit.now)


def test_opened_again_with_a_reason_the_signatures_count_no_more_and_stay(
    unit: Unit, world: VisitWorld, bus: Bus
) -> None:
    heard: list[object] = []
    bus.subscribe(MinutesReopened, lambda _session, event, _now: heard.append(event))
    write_minutes(unit.session, world, now=unit.now)
    sign_minutes(unit.session, world, world.doctor, world.nurse, now=unit.now)
    with pytest.raises(InvalidError, match="minutes-reason-missing"):
        service.reopen_minutes(unit.session, world.nurse, world.visit.id, reason=" ", now=unit.now)
    service.reopen_minutes(unit.session, world.nurse, world.visit.id, reason="Thiếu liều", now=unit.now)
    assert heard == [MinutesReopened(world.visit.id, 1)]
    assert missing(unit, world) == ("minutes_signatures",)
    assert len(list(unit.session.exec(select(MinutesSignature)))) == 2
    service.write_text(unit.session, world.nurse, world.visit.id, Part.PLAN, "5 mg", version=1, now=unit.now)
    sign_minutes(unit.session, world, world.nurse, world.doctor, now=unit.now)
    events = unit.session.exec(select(MinutesEvent).order_by(MinutesEvent.seq)).all()  # type: ignore[arg-type]
    assert [each.command for each in events] == [
        "sign",
        "sign",
        "complete",
        "reopen",
        "sign",
        "sign",
        "complete",
    ]
    assert events[3].reason == "Thiếu liều"


def test_only_those_named_sign_and_only_what_they_read(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    with pytest.raises(ForbiddenError, match="minutes-not-named"):
        sign_minutes(unit.session, world, world.practitioner, now=unit.now)
    version = MinutesPart().version(unit.session, world.visit)
    service.write_text(unit.session, world.nurse, world.visit.id, Part.PLAN, "khác", version=1, now=unit.now)
    with pytest.raises(StaleError):
        service.sign_minutes(unit.session, world.doctor, world.visit.id, version=version, now=unit.now)


def test_nothing_changes_once_the_visit_is_signed(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    sign_minutes(unit.session, world, world.doctor, world.nurse, now=unit.now)
    world.sign(unit.session, now=unit.now, by=world.practitioner)
    with pytest.raises(ConflictError, match="visit-closed"):
        service.reopen_minutes(unit.session, world.nurse, world.visit.id, reason="sai", now=unit.now)


def test_a_stranger_neither_finds_nor_writes_them(unit: Unit, world: VisitWorld) -> None:
    other = make_conference(unit.session, now=unit.now)
    with pytest.raises(NotFoundError):
        write_minutes(unit.session, VisitWorld(**{**_fields(world), "nurse": other.nurse}), now=unit.now)


def test_every_act_leaves_a_trace_without_words(unit: Unit, world: VisitWorld) -> None:
    write_minutes(unit.session, world, now=unit.now)
    sign_minutes(unit.session, world, world.doctor, now=unit.now)
    entries = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == world.visit.id)).all()
    acts = [each for each in entries if each.action.startswith("minutes.")]
    assert [each.action for each in acts] == ["minutes.write", "minutes.sign"]
    patient = unit.session.get_one(Patient, world.patient_id)
    told = json.dumps([each.facts for each in acts], ensure_ascii=False)
    assert patient.full_name not in told
    assert not any(words in told for words in TEXTS.values())


def test_the_database_itself_keeps_signatures(database: Database, bus: Bus) -> None:
    with database.write() as unit:
        world = make_conference(unit.session, now=unit.now)
        write_minutes(unit.session, world, now=unit.now)
        sign_minutes(unit.session, world, world.doctor, now=unit.now)
    for statement in ("UPDATE minutes_signature SET sha256 = 'x'", "DELETE FROM minutes_signature"):
        with pytest.raises(DBAPIError, match="append_only"), database.write() as unit:
            unit.session.execute(text(statement))


def _fields(world: VisitWorld) -> dict[str, Any]:
    return {name: getattr(world, name) for name in VisitWorld.__dataclass_fields__}
