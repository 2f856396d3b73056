"""A record out of scope, opened in an emergency: for an hour, told of, judged afterwards."""

from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.access.queries import ends_at, is_visible
from telehealth.access.service import Basis
from telehealth.audit.models import AuditEntry
from telehealth.followup.rules import Outcome, TaskKind
from telehealth.followup.service import complete_task
from telehealth.followup.todo import list_tasks
from telehealth.kit.changes import Change
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.patients import glasses, service
from telehealth.patients.models import BrokenGlass, Patient
from telehealth.patients.rules import GlassReason, Verdict
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.world import make_doctor, make_facility, make_member, make_patient

WHY = "Co giật, không nói được"
CCCD = "001166012345"


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def station(unit: Unit) -> MembershipActor:
    """A nurse of the station whose patient it is."""
    return make_member(unit.session, make_facility(unit.session, name="Trạm Y tế xã Bình Yên"))


@pytest.fixture
def patient(unit: Unit, station: MembershipActor) -> Patient:
    return make_patient(unit.session, station, full_name="Triệu Thị Mẩy", birth="1966", cccd=CCCD)


@pytest.fixture
def doctor(unit: Unit) -> MembershipActor:
    return make_doctor(unit.session)


@pytest.fixture
def coordinator(unit: Unit, doctor: MembershipActor) -> MembershipActor:
    from telehealth.facilities.models import Facility

    place = unit.session.get_one(Facility, doctor.here)
    return make_member(unit.session, place, role=Role.COORDINATOR, name="Hoàng Văn Nam")


def open_record(
    unit: Unit, actor: MembershipActor, patient: Patient, text: str = CCCD, reason: str = WHY
) -> BrokenGlass:
    return service.break_glass(
        unit.session,
        actor,
        patient.id,
        text,
        reason_code=GlassReason.DANGER,
        reason=reason,
        now=unit.now,
    )


@pytest.mark.parametrize("text", [CCCD, "trieu thi may 1966", "Triệu Thị Mẩy 01/01/1966"])
def test_whose_record_is_meant_is_found_by_a_number_or_the_whole_name(
    unit: Unit, doctor: MembershipActor, patient: Patient, text: str
) -> None:
    assert service.look_out(unit.session, doctor, text, now=unit.now) == [patient]
    looked = select(AuditEntry).where(AuditEntry.subject_kind == "candidate")
    assert [row.patient_id for row in unit.session.exec(looked)] == [patient.id]


@pytest.mark.usefixtures("patient")
def test_less_than_a_whole_name_and_a_year_finds_nobody(unit: Unit, doctor: MembershipActor) -> None:
    for text in ("may", "trieu thi may", "1966", "0868 123 456 1966", ""):
        with pytest.raises(InvalidError, match="glass-who-needed"):
            service.look_out(unit.session, doctor, text, now=unit.now)
    for text in ("thi may 1966", "trieu thi ma 1966", "trieu thi may 1967", "001166099999"):
        assert service.look_out(unit.session, doctor, text, now=unit.now) == []


def test_too_many_of_one_name_are_not_listed(
    unit: Unit, doctor: MembershipActor, station: MembershipActor
) -> None:
    for number in range(glasses.CANDIDATES_AT_MOST + 1):
        make_patient(unit.session, station, full_name="Lý Thị Lụa", phone=f"08681234{number:02}")
    with pytest.raises(InvalidError, match="glass-too-many"):
        service.look_out(unit.session, doctor, "ly thi lua 1985", now=unit.now)


def test_the_record_is_open_to_one_person_for_an_hour(
    unit: Unit, doctor: MembershipActor, coordinator: MembershipActor, patient: Patient
) -> None:
    opened = open_record(unit, doctor, patient)
    soon, over = unit.now + timedelta(minutes=59), unit.now + timedelta(minutes=60)
    assert is_visible(unit.session, doctor, patient.id, now=soon)
    assert not is_visible(unit.session, doctor, patient.id, now=over)
    assert not is_visible(unit.session, coordinator, patient.id, now=soon)
    told = ends_at(unit.session, doctor, patient.id, Basis.BREAK_GLASS, now=soon)
    assert told == opened.until_at


def test_both_facilities_are_told_at_once(
    unit: Unit,
    doctor: MembershipActor,
    station: MembershipActor,
    coordinator: MembershipActor,
    patient: Patient,
) -> None:
    opened = open_record(unit, doctor, patient)
    scopes = unit.session.exec(select(Change.scope_id).where(Change.topic == "glass")).all()
    assert set(scopes) == {doctor.here, station.here}
    assert glasses.count_waiting(unit.session, coordinator) == 1
    [task] = list_tasks(unit.session, station, now=unit.now)
    assert (task.kind, task.subject_id, task.patient_id) == (
        TaskKind.RECORD_OPENED,
        opened.id,
        patient.id,
    )
    with pytest.raises(InvalidError, match="outcome-not-offered"):
        complete_task(
            unit.session, station, task.id, outcome=Outcome.REACHED, version=task.version, now=unit.now
        )
    complete_task(unit.session, station, task.id, outcome=Outcome.SEEN, version=task.version, now=unit.now)
    assert list_tasks(unit.session, station, now=unit.now) == []


def test_it_is_on_record_whose_record_who_opened_and_why(
    unit: Unit, doctor: MembershipActor, patient: Patient
) -> None:
    opened = open_record(unit, doctor, patient)
    row = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == opened.id)).one()
    assert (row.action, row.patient_id, row.actor_ref) == ("glass.break", patient.id, doctor.ref)
    assert row.facts == {"reason_code": "danger"}


def test_only_who_was_looked_for_is_opened_and_for_words_of_reason(
    unit: Unit, doctor: MembershipActor, station: MembershipActor, patient: Patient
) -> None:
    other = make_patient(unit.session, station, full_name="Bàn Thị Nái")
    with pytest.raises(NotFoundError, match="patient-not-found"):
        open_record(unit, doctor, other, CCCD)
    with pytest.raises(InvalidError, match="reason-too-short"):
        open_record(unit, doctor, patient, reason="cấp cứu")
    clerk = make_member(unit.session, role=Role.COORDINATOR)
    with pytest.raises(ForbiddenError, match="not-allowed"):
        open_record(unit, clerk, patient)


def test_nobody_opens_one_record_after_another(
    unit: Unit, doctor: MembershipActor, station: MembershipActor
) -> None:
    names = ["An", "Binh", "Cuc", "Dao", "Giang", "Ha", "Khanh", "Lan", "Mai", "Nga", "Oanh"]
    for number, name in enumerate(names):
        each = make_patient(unit.session, station, full_name=f"Lò Thị {name}", phone=f"08681234{number:02}")
        if number < len(names) - 1:
            open_record(unit, doctor, each, f"lo thi {name} 1985")
            continue
        with pytest.raises(DomainError, match="glass-too-often"):
            open_record(unit, doctor, each, f"lo thi {name} 1985")


def test_a_coordinator_of_the_facility_says_whether_it_was_justified(
    unit: Unit, doctor: MembershipActor, coordinator: MembershipActor, patient: Patient
) -> None:
    opened = open_record(unit, doctor, patient)
    with pytest.raises(InvalidError, match="reason-too-short"):
        service.review(
            unit.session, coordinator, opened.id, Verdict.NOT_JUSTIFIED, note="không", now=unit.now
        )
    reviewed = service.review(unit.session, coordinator, opened.id, Verdict.JUSTIFIED, note="", now=unit.now)
    assert (reviewed.verdict, reviewed.reviewed_by, reviewed.reviewed_at) == (
        "justified",
        coordinator.ref,
        unit.now,
    )
    assert glasses.count_waiting(unit.session, coordinator) == 0
    with pytest.raises(ConflictError, match="glass-reviewed-before"):
        service.review(unit.session, coordinator, opened.id, Verdict.JUSTIFIED, note="", now=unit.now)
    assert service.read_reviews(unit.session, coordinator, now=unit.now) == [reviewed]


def test_no_other_facility_reviews_it(unit: Unit, doctor: MembershipActor, patient: Patient) -> None:
    opened = open_record(unit, doctor, patient)
    stranger = make_member(unit.session, role=Role.COORDINATOR)
    assert service.read_reviews(unit.session, stranger, now=unit.now) == []
    for glass_id in (opened.id, new_id()):
        with pytest.raises(NotFoundError, match="glass-not-found"):
            service.review(unit.session, stranger, glass_id, Verdict.JUSTIFIED, note="", now=unit.now)
    with pytest.raises(ForbiddenError, match="not-allowed"):
        service.review(unit.session, doctor, opened.id, Verdict.JUSTIFIED, note="", now=unit.now)
