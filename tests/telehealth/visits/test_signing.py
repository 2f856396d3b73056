"""Who signs, what is frozen, and that nothing changes it afterwards."""

import json
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from telehealth.access.models import Grant
from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.events import Bus
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.staff.models import Staff
from telehealth.staff.rules import Qualification, Role
from telehealth.visits import queries, service
from telehealth.visits.events import VisitSigned
from telehealth.visits.models import SignedRecord, VisitEvent
from telehealth.visits.rules import Section, canonical, fingerprint
from tests.support.visits import FOLLOW_UP_ON, WRITTEN, VisitWorld, make_visit_world
from tests.support.world import make_member


@pytest.fixture
def written(unit: Unit, world: VisitWorld) -> VisitWorld:
    """A visit with all that a signature needs."""
    world.write(unit.session, now=unit.now)
    return world


@pytest.fixture
def supported(unit: Unit) -> VisitWorld:
    """A visit at which the doctor only supports the station."""
    world = make_visit_world(unit.session, now=unit.now, kind=ConsultKind.FACILITY_SUPPORT)
    world.write(unit.session, now=unit.now)
    return world


def read(record: SignedRecord) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(record.canonical)
    return document


def test_an_incomplete_record_is_refused_with_the_list(unit: Unit, world: VisitWorld) -> None:
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        world.sign(unit.session, now=unit.now)
    assert refused.value.facts["missing"] == ["findings", "diagnosis", "advice"]
    assert world.visit.state == "open"


def test_a_next_visit_whose_day_went_by_unsigned_is_set_anew(unit: Unit, written: VisitWorld) -> None:
    zone = policy_of(unit.session).zone
    midnight = datetime.combine(FOLLOW_UP_ON + timedelta(days=1), time(), zone)
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        written.sign(unit.session, now=midnight)
    assert refused.value.facts["missing"] == ["follow_up_past"]
    assert written.sign(unit.session, now=midnight - timedelta(seconds=1)), "on the day itself it holds"


def test_the_record_holds_everything_as_it_is(unit: Unit, written: VisitWorld) -> None:
    document = read(written.sign(unit.session, now=unit.now))
    patient = unit.session.get_one(Patient, written.patient_id)
    assert document["schema_version"] == 4
    assert document["patient"]["full_name"] == patient.full_name
    assert document["sections"]["findings"] == WRITTEN[Section.FINDINGS]
    assert document["observations"][0]["value"] == "158"
    assert document["observations"][0]["unit"] == "mm[Hg]"
    assert document["conditions"][0]["code"] == "I10"
    assert document["follow_up"]["on"] == FOLLOW_UP_ON.isoformat()
    assert document["signer"]["licence_number"] == written.doctor.licence_number
    assert document["station"]["level"] == {"code": "initial", "name": "Ban đầu"}
    assert document["signed_at"] == "2026-11-23T01:00:00Z"
    assert document["digital_signature"] is None


def test_the_hash_verifies_and_the_text_is_canonical(unit: Unit, written: VisitWorld) -> None:
    record = written.sign(unit.session, now=unit.now)
    assert fingerprint(record.canonical) == record.sha256
    assert canonical(read(record)) == record.canonical


def test_only_the_appointments_doctor_signs_a_remote_examination(unit: Unit, written: VisitWorld) -> None:
    for actor in (written.nurse, written.practitioner):
        with pytest.raises(ForbiddenError):
            written.sign(unit.session, now=unit.now, by=actor)
    with pytest.raises(NotFoundError):
        written.sign(unit.session, now=unit.now, by=written.other_doctor)
    assert written.sign(unit.session, now=unit.now).signed_by == written.doctor.ref


def test_only_the_stations_licensed_practitioner_signs_a_support(unit: Unit, supported: VisitWorld) -> None:
    unlicensed = make_member(
        unit.session,
        supported.station(unit.session),
        role=Role.STATION_PRACTITIONER,
        qualification=Qualification.ASSISTANT_PHYSICIAN,
        licence_number=None,
    )
    for actor in (supported.doctor, supported.nurse, unlicensed):
        with pytest.raises(ForbiddenError):
            supported.sign(unit.session, now=unit.now, by=actor)
    document = read(supported.sign(unit.session, now=unit.now, by=supported.practitioner))
    assert document["signer"]["name"] == "Hoàng Văn Dũng"
    assert document["doctor"]["membership_id"] == str(supported.doctor.ref)


def test_what_the_signer_did_not_read_cannot_slip_in(unit: Unit, written: VisitWorld) -> None:
    version = queries.content_version(unit.session, written.visit)
    service.measure(
        unit.session, written.nurse, written.visit.id, {"spo2": Decimal(89)}, at=unit.now, now=unit.now
    )
    with pytest.raises(StaleError):
        service.sign(unit.session, written.doctor, written.visit.id, version=version, now=unit.now)


def test_after_the_signature_nothing_is_written_any_more(unit: Unit, written: VisitWorld) -> None:
    written.sign(unit.session, now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        service.write_section(
            unit.session, written.doctor, written.visit.id, Section.ADVICE, "Khác", version=1, now=unit.now
        )
    with pytest.raises(ConflictError, match="invalid-transition"):
        written.sign(unit.session, now=unit.now)


def test_the_record_stays_as_it_was_when_names_change(unit: Unit, written: VisitWorld) -> None:
    record = written.sign(unit.session, now=unit.now)
    before = record.canonical
    station = written.station(unit.session)
    station.name, station.level_code = "Trạm Y tế phường Mới", "specialised"
    unit.session.get_one(Staff, written.doctor.staff_id).full_name = "Trần Văn Đổi Tên"
    unit.session.get_one(Patient, written.patient_id).full_name = "Lý Thị Khác"
    unit.session.flush()
    service.amend(
        unit.session, written.doctor, written.visit.id, reason="Bổ sung", text="Kali 4,1", now=unit.now
    )
    first, second = queries.records_of(unit.session, written.visit)
    assert first.canonical == before
    assert read(first)["station"]["name"] == "Trạm Y tế xã Phủ Thông"
    assert read(second)["signer"]["name"] == "Trần Văn Đổi Tên"


def test_amendments_chain_by_hash(unit: Unit, written: VisitWorld) -> None:
    first = written.sign(unit.session, now=unit.now)
    args = (unit.session, written.doctor, written.visit.id)
    second = service.amend(*args, reason="Nhầm liều", text="Hai viên", now=unit.now)
    third = service.amend(*args, reason="Bổ sung", text="Kali 4,1", now=unit.now)
    assert [second.number, third.number] == [2, 3]
    assert (second.previous_sha256, third.previous_sha256) == (first.sha256, second.sha256)
    assert read(third)["amends"] == second.sha256
    for record in (first, second, third):
        assert fingerprint(record.canonical) == record.sha256
    with pytest.raises(InvalidError, match="amendment-empty"):
        service.amend(*args, reason="Bổ sung", text=" ", now=unit.now)
    with pytest.raises(ForbiddenError):
        service.amend(unit.session, written.nurse, written.visit.id, reason="Sai", text="Sửa", now=unit.now)


def test_an_amendment_that_is_sent_again_is_the_one_that_is_there(unit: Unit, written: VisitWorld) -> None:
    first = written.sign(unit.session, now=unit.now)
    args = (unit.session, written.doctor, written.visit.id)
    wanted = {"reason": "Nhầm liều", "text": "Hai viên"}
    once = service.amend(*args, **wanted, after=first.number, now=unit.now)
    again = service.amend(*args, **wanted, after=first.number, now=unit.now)
    unnamed = service.amend(*args, **wanted, now=unit.now)
    assert {once.id, again.id, unnamed.id} == {once.id}
    with pytest.raises(StaleError):
        service.amend(*args, reason="Bổ sung", text="Kali 4,1", after=first.number, now=unit.now)
    assert len(queries.records_of(unit.session, written.visit)) == 2
    # Who has read it and says it once more means it.
    service.amend(*args, **wanted, after=once.number, now=unit.now)
    assert len(queries.records_of(unit.session, written.visit)) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signed_record SET canonical = '{}'",
        "DELETE FROM signed_record",
        "UPDATE visit_event SET reason = 'x'",
        "DELETE FROM visit_event",
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(
    unit: Unit, written: VisitWorld, statement: str
) -> None:
    written.sign(unit.session, now=unit.now)
    with pytest.raises(DBAPIError, match="append_only"):
        unit.session.connection().execute(text(statement))


def test_the_doctors_right_ends_but_what_one_signed_stays_readable(unit: Unit, written: VisitWorld) -> None:
    written.sign(unit.session, now=unit.now)
    until = unit.now + policy_of(unit.session).grant_after_visit
    grants = unit.session.exec(select(Grant).where(Grant.holder_id == written.doctor.ref)).all()
    assert [grant.until_at for grant in grants] == [until]
    later = until + timedelta(days=1)
    found = queries.get_visit(unit.session, written.doctor, written.visit.id, now=later)
    assert queries.records_of(unit.session, found) != []
    listed = queries.list_for_patient(unit.session, written.doctor, written.patient_id, now=later)
    assert listed == []


def test_signing_is_told_written_down_and_audited(unit: Unit, bus: Bus, written: VisitWorld) -> None:
    heard: list[VisitSigned] = []
    bus.subscribe(VisitSigned, lambda _session, event, _now: heard.append(event))
    written.sign(unit.session, now=unit.now)
    [event] = heard
    assert (event.visit_id, event.follow_up_on) == (written.visit.id, FOLLOW_UP_ON)
    assert event.signer_membership_id == written.doctor.ref
    moved = unit.session.exec(select(VisitEvent)).one()
    assert (moved.from_state, moved.to_state, moved.command) == ("open", "signed", "sign")
    audited = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "visit.sign")).one()
    assert audited.patient_id == written.patient_id


def test_reading_and_printing_leave_a_trace(unit: Unit, written: VisitWorld) -> None:
    service.read_visit(unit.session, written.nurse, written.visit.id, now=unit.now)
    service.read_visit(unit.session, written.nurse, written.visit.id, now=unit.now, action="visit.print")
    query = select(AuditEntry.action).where(AuditEntry.actor_ref == written.nurse.ref)
    assert {"visit.read", "visit.print"} <= set(unit.session.exec(query))


def test_a_line_written_after_the_signature_is_refused_not_left_unsigned(database: Database) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        world.write(unit.session, now=unit.now)
    with database.write() as unit:
        world.sign(unit.session, now=unit.now)
    with database.write() as unit, pytest.raises(ConflictError, match="visit-closed"):
        service.write_section(
            unit.session, world.doctor, world.visit.id, Section.ADVICE, "Thêm", version=1, now=unit.now
        )
    with database.read() as unit:
        [record] = queries.records_of(unit.session, world.visit)
        assert "Thêm" not in record.canonical
