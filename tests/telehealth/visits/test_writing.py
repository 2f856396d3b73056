"""Opening a visit, and two people writing it at once without losing a word."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.kit.changes import Change
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.ids import new_id
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Qualification, Role
from telehealth.visits import queries, service
from telehealth.visits.models import VisitSection
from telehealth.visits.rules import Certainty, Diagnosis, Section
from telehealth.visits.service import VisitRequest
from tests.support.booking import at
from tests.support.visits import PRESSURE, VISIT_REASON, VisitWorld
from tests.support.world import make_doctor, make_member, make_neighbour


def put(
    unit: Unit, actor: MembershipActor, world: VisitWorld, text: str, *, version: int, name: str = "findings"
) -> VisitSection:
    return service.write_section(
        unit.session, actor, world.visit.id, Section(name), text, version=version, now=unit.now
    )


def test_a_visit_opens_with_what_the_station_knows(unit: Unit, world: VisitWorld) -> None:
    visit = queries.get_visit(unit.session, world.nurse, world.visit.id, now=unit.now)
    sections = queries.sections_of(unit.session, visit)
    assert sections["reason"].text == VISIT_REASON
    assert sections["reason"].written_by == world.nurse.ref
    assert list(queries.observations_of(unit.session, visit)) == ["systolic", "diastolic", "pulse"]
    assert visit.station_facility_id == world.nurse.here


def test_sending_a_request_twice_opens_one_visit(unit: Unit, world: VisitWorld) -> None:
    request = VisitRequest(patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho")
    first = service.open_visit(unit.session, world.nurse, request, now=unit.now)
    assert service.open_visit(unit.session, world.nurse, request, now=unit.now) is first
    with pytest.raises(InvalidError, match="id-not-v7"):
        service.open_visit(unit.session, world.nurse, replace(request, id=uuid4()), now=unit.now)


def test_a_request_written_on_before_it_was_sent_again_brings_its_visit_up(
    unit: Unit, world: VisitWorld
) -> None:
    first = VisitRequest(
        patient_id=world.patient_id,
        consult_kind=ConsultKind.REMOTE_EXAM,
        reason="Ho",
        sections={Section.HISTORY: "Hen"},
        vitals={"pulse": Decimal(88)},
    )
    visit = service.open_visit(unit.session, world.nurse, first, now=unit.now)
    service.write_section(
        unit.session, world.practitioner, visit.id, Section.HISTORY, "Hen phế quản", version=1, now=unit.now
    )
    again = replace(
        first,
        reason="Ho ra máu",
        sections={Section.HISTORY: "Hen nhẹ", Section.ALLERGIES: "Penicillin"},
        vitals={"pulse": Decimal(92), "spo2": Decimal(96)},
    )
    assert service.open_visit(unit.session, world.nurse, again, now=unit.now + timedelta(minutes=1)) is visit
    texts = {name: row.text for name, row in queries.sections_of(unit.session, visit).items()}
    # What somebody else wrote meanwhile stays theirs.
    assert texts == {"reason": "Ho ra máu", "history": "Hen phế quản", "allergies": "Penicillin"}
    measured = queries.observations_of(unit.session, visit)
    assert {code: row.value for code, row in measured.items()} == {"pulse": 92, "spo2": 96}
    assert len(queries.all_observations_of(unit.session, visit, ["pulse"])) == 2


def test_a_request_only_sent_again_changes_nothing(unit: Unit, world: VisitWorld) -> None:
    request = VisitRequest(
        patient_id=world.patient_id,
        consult_kind=ConsultKind.REMOTE_EXAM,
        reason="Ho",
        vitals={"pulse": Decimal(88)},
    )
    visit = service.open_visit(unit.session, world.nurse, request, now=unit.now)
    before = queries.content_version(unit.session, visit)
    service.open_visit(unit.session, world.nurse, request, now=unit.now + timedelta(minutes=1))
    assert queries.content_version(unit.session, visit) == before


def test_a_value_typed_while_the_line_was_down_keeps_its_time_and_is_added_once(
    unit: Unit, world: VisitWorld
) -> None:
    typed = unit.now - timedelta(hours=2)

    def send(version: int, at: datetime | None) -> int:
        values = {"temperature": Decimal("38.5")}
        return service.measure_group(
            unit.session,
            world.nurse,
            world.visit.id,
            values,
            ["temperature"],
            version=version,
            at=at,
            now=unit.now,
        )

    assert send(0, typed) == 1
    assert send(0, typed) == 1  # the answer was lost, so it is sent again
    [row] = queries.all_observations_of(unit.session, world.visit, ["temperature"])
    assert row.occurred_at == typed
    # A clock that is wrong by days or ahead is not believed.
    for wrong in (unit.now + timedelta(hours=1), unit.now - timedelta(days=30)):
        send(len(queries.all_observations_of(unit.session, world.visit, ["temperature"])), wrong)
    times = [
        row.occurred_at for row in queries.all_observations_of(unit.session, world.visit, ["temperature"])
    ]
    assert times == [typed, unit.now]


def test_a_visit_without_a_reason_or_from_the_future_is_refused(unit: Unit, world: VisitWorld) -> None:
    request = VisitRequest(patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason=" ")
    with pytest.raises(InvalidError, match="reason-missing"):
        service.open_visit(unit.session, world.nurse, request, now=unit.now)
    late = replace(request, reason="Ho", occurred_at=unit.now + timedelta(hours=1))
    with pytest.raises(InvalidError, match="time-in-future"):
        service.open_visit(unit.session, world.nurse, late, now=unit.now)
    unknown = replace(request, reason="Ho", specialty_code="nobody-knows")
    with pytest.raises(InvalidError, match="specialty-unknown"):
        service.open_visit(unit.session, world.nurse, unknown, now=unit.now)


def test_a_booking_names_the_doctor_and_a_cancellation_takes_the_name_away(
    unit: Unit, world: VisitWorld
) -> None:
    visit = world.visit
    assert (visit.appointment_id, visit.doctor_membership_id) == (world.appointment.id, world.doctor.ref)
    scheduling.cancel(
        unit.session,
        world.nurse,
        world.appointment.id,
        reason=next(iter(CancelReason)),
        version=world.appointment.version,
        now=unit.now,
    )
    assert (visit.appointment_id, visit.doctor_membership_id) == (None, None)


def test_sections_are_written_side_by_side(unit: Unit, world: VisitWorld) -> None:
    put(unit, world.doctor, world, "Tim đều", version=0)
    put(unit, world.nurse, world, "Uống rượu", version=1, name="history")
    sections = queries.sections_of(unit.session, world.visit)
    assert (sections["findings"].text, sections["findings"].version) == ("Tim đều", 1)
    assert (sections["history"].text, sections["history"].version) == ("Uống rượu", 2)


def test_a_stale_writer_is_told_and_nothing_is_overwritten(unit: Unit, world: VisitWorld) -> None:
    put(unit, world.doctor, world, "Tim đều", version=0)
    with pytest.raises(StaleError):
        put(unit, world.practitioner, world, "Phổi trong", version=0)
    assert queries.sections_of(unit.session, world.visit)["findings"].text == "Tim đều"


def test_repeating_a_save_whose_answer_got_lost_is_no_conflict(unit: Unit, world: VisitWorld) -> None:
    first = put(unit, world.doctor, world, "Tim đều", version=0)
    again = put(unit, world.doctor, world, "Tim đều ", version=0)
    assert again is first
    assert again.version == 1


def test_each_change_is_audited_and_wakes_both_sides(unit: Unit, world: VisitWorld) -> None:
    put(unit, world.doctor, world, "Tim đều", version=0)
    entry = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "visit.write")).one()
    assert (entry.actor_ref, entry.patient_id) == (world.doctor.ref, world.patient_id)
    assert entry.facts == {"section": "findings"}
    scopes = unit.session.exec(select(Change.scope_id).where(Change.topic == "visit")).all()
    assert {world.nurse.here, world.doctor.ref} <= set(scopes)


def test_a_nurse_writes_the_stations_part_only(unit: Unit, world: VisitWorld) -> None:
    put(unit, world.nurse, world, "Bà kể thêm", version=1, name="history")
    with pytest.raises(ForbiddenError):
        put(unit, world.nurse, world, "Tim đều", version=0)
    with pytest.raises(ForbiddenError):
        service.set_diagnoses(unit.session, world.nurse, world.visit.id, [PRESSURE], version=0, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.plan_follow_up(
            unit.session, world.nurse, world.visit.id, date(2026, 12, 1), None, version=0, now=unit.now
        )


def test_a_practitioner_without_a_licence_does_not_treat(unit: Unit, world: VisitWorld) -> None:
    unlicensed = make_member(
        unit.session,
        world.station(unit.session),
        role=Role.STATION_PRACTITIONER,
        qualification=Qualification.ASSISTANT_PHYSICIAN,
        licence_number=None,
    )
    with pytest.raises(ForbiddenError):
        put(unit, unlicensed, world, "Tim đều", version=0)


def test_who_sees_the_patient_but_has_no_part_in_the_visit_writes_nothing(
    unit: Unit, world: VisitWorld
) -> None:
    other = service.open_visit(
        unit.session,
        world.nurse,
        VisitRequest(patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho"),
        now=unit.now,
    )
    world.booking.book(unit.session, at("10:30"), now=unit.now, visit_id=other.id, doctor=1)
    service.read_visit(unit.session, world.other_doctor, world.visit.id, now=unit.now)
    with pytest.raises(ForbiddenError):
        put(unit, world.other_doctor, world, "Tim đều", version=0)


def test_measurements_are_added_never_overwritten(unit: Unit, world: VisitWorld) -> None:
    later = unit.now + timedelta(minutes=2)
    service.measure(
        unit.session, world.nurse, world.visit.id, {"pulse": Decimal(104)}, at=later, now=unit.now
    )
    newest = queries.observations_of(unit.session, world.visit)["pulse"]
    assert newest.value == Decimal(104)
    tomorrow = unit.now + timedelta(days=1)
    with pytest.raises(InvalidError, match="time-in-future"):
        service.measure(
            unit.session, world.nurse, world.visit.id, {"pulse": Decimal(90)}, at=tomorrow, now=unit.now
        )


def test_refused_measurements_leave_nothing_behind(unit: Unit, world: VisitWorld) -> None:
    before = queries.content_version(unit.session, world.visit)
    values = {"pulse": Decimal(90), "spo2": Decimal(140)}
    with pytest.raises(InvalidError, match="vital-impossible"):
        service.measure(unit.session, world.nurse, world.visit.id, values, at=unit.now, now=unit.now)
    assert queries.content_version(unit.session, world.visit) == before


def test_diagnoses_take_words_from_the_list_or_are_free_text(unit: Unit, world: VisitWorld) -> None:
    service.load_reference(unit.session)
    given = [
        Diagnosis("", Certainty.CONFIRMED, "i10"),
        Diagnosis("Theo dõi  suy tim", Certainty.PROVISIONAL),
        Diagnosis("Bệnh hiếm", Certainty.PROVISIONAL, "Q99.9"),
    ]
    rows = service.set_diagnoses(unit.session, world.doctor, world.visit.id, given, version=0, now=unit.now)
    assert [(row.rank, row.code, row.text) for row in rows] == [
        (0, "I10", "Tăng huyết áp vô căn (nguyên phát)"),
        (1, None, "Theo dõi suy tim"),
        (2, "Q99.9", "Bệnh hiếm"),
    ]
    assert [row.code_list for row in rows] == ["xã-2026.1", None, None]


def test_diagnoses_have_a_version_of_their_own(unit: Unit, world: VisitWorld) -> None:
    args = (unit.session, world.doctor, world.visit.id)
    service.set_diagnoses(*args, [PRESSURE], version=0, now=unit.now)
    service.set_diagnoses(*args, [PRESSURE], version=0, now=unit.now)
    with pytest.raises(StaleError):
        service.set_diagnoses(*args, [], version=0, now=unit.now)
    service.set_diagnoses(*args, [], version=1, now=unit.now)
    assert queries.conditions_of(unit.session, world.visit) == []
    with pytest.raises(InvalidError, match="diagnosis-empty"):
        service.set_diagnoses(*args, [Diagnosis(" ", Certainty.CONFIRMED)], version=2, now=unit.now)
    with pytest.raises(InvalidError, match="too-many-diagnoses"):
        service.set_diagnoses(*args, [PRESSURE] * 13, version=2, now=unit.now)


def test_a_follow_up_is_on_a_later_day_at_the_station_unless_said(unit: Unit, world: VisitWorld) -> None:
    args = (unit.session, world.doctor, world.visit.id)
    visit = service.plan_follow_up(*args, date(2026, 11, 30), None, version=0, now=unit.now)
    assert visit.follow_up_facility_id == world.nurse.here
    with pytest.raises(InvalidError, match="follow-up-in-past"):
        service.plan_follow_up(*args, date(2026, 11, 23), None, version=1, now=unit.now)
    with pytest.raises(NotFoundError, match="facility-not-found"):
        service.plan_follow_up(*args, date(2026, 12, 1), new_id(), version=1, now=unit.now)
    with pytest.raises(StaleError):
        service.plan_follow_up(*args, None, None, version=0, now=unit.now)
    assert service.plan_follow_up(*args, None, None, version=1, now=unit.now).follow_up_facility_id is None


def test_every_change_moves_the_version_of_the_whole(unit: Unit, world: VisitWorld) -> None:
    seen = [queries.content_version(unit.session, world.visit)]
    put(unit, world.doctor, world, "Tim đều", version=0)
    seen.append(queries.content_version(unit.session, world.visit))
    service.set_diagnoses(unit.session, world.doctor, world.visit.id, [PRESSURE], version=0, now=unit.now)
    seen.append(queries.content_version(unit.session, world.visit))
    service.measure(
        unit.session, world.nurse, world.visit.id, {"spo2": Decimal(97)}, at=unit.now, now=unit.now
    )
    seen.append(queries.content_version(unit.session, world.visit))
    assert seen == sorted(set(seen))


def test_out_of_scope_is_as_if_it_were_not_there(unit: Unit, world: VisitWorld) -> None:
    stranger = make_doctor(unit.session)
    for actor in (stranger, world.other_doctor, make_member(unit.session)):
        with pytest.raises(NotFoundError, match="visit-not-found"):
            queries.get_visit(unit.session, actor, world.visit.id, now=unit.now)
        assert queries.list_visits(unit.session, actor, [world.visit.id], now=unit.now) == []
        assert queries.reasons(unit.session, actor, [world.visit.id], now=unit.now) == {}
    with pytest.raises(NotFoundError, match="visit-not-found"):
        put(unit, stranger, world, "Tim đều", version=0)
    with pytest.raises(NotFoundError, match="visit-not-found"):
        service.read_visit(unit.session, stranger, world.visit.id, now=unit.now)


def test_a_withdrawn_visit_is_closed_and_stays_readable(unit: Unit, world: VisitWorld) -> None:
    world.call_off(unit.session, now=unit.now)
    service.withdraw(unit.session, world.nurse, world.visit.id, reason="Người bệnh về", now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        service.measure(unit.session, world.nurse, world.visit.id, {}, at=unit.now, now=unit.now)
    assert service.read_visit(unit.session, world.nurse, world.visit.id, now=unit.now).state == "withdrawn"


def test_a_station_that_only_sees_the_patient_changes_no_visit_of_another(
    unit: Unit, world: VisitWorld
) -> None:
    neighbour = make_neighbour(unit.session, world.patient_id, now=unit.now)
    with pytest.raises(ForbiddenError):
        service.withdraw(unit.session, neighbour, world.visit.id, reason="Người bệnh về", now=unit.now)
    same_id = VisitRequest(
        id=world.visit.id, patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho"
    )
    with pytest.raises(ConflictError, match="id-taken"):
        service.open_visit(unit.session, neighbour, same_id, now=unit.now)
    assert queries.get_visit(unit.session, world.nurse, world.visit.id, now=unit.now).state == "open"


def test_what_one_signed_stays_readable_but_nothing_beside_it(unit: Unit, world: VisitWorld) -> None:
    session, earlier = unit.session, unit.now - timedelta(days=9)
    before = VisitRequest(
        patient_id=world.patient_id,
        consult_kind=ConsultKind.REMOTE_EXAM,
        reason="Ho",
        vitals={"pulse": Decimal(70)},
        occurred_at=earlier,
    )
    service.open_visit(session, world.nurse, before, now=unit.now)
    world.write(session, now=unit.now)
    world.sign(session, now=unit.now)
    known = queries.earlier_observations(session, world.doctor, world.visit, now=unit.now)
    assert [str(row.value) for row in known["pulse"]] == ["70"]
    later = unit.now + timedelta(days=400)
    visit = queries.get_visit(session, world.doctor, world.visit.id, now=later)
    assert queries.earlier_observations(session, world.doctor, visit, now=later) == {}
