"""Who may do what: the whole table, written out a second time, so that no change goes unseen."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from telehealth.access.rules import ACTIONS, INTEGRATION_ACTIONS, NEEDS_LICENCE, ConsultKind, can, check
from telehealth.kit.actors import SYSTEM, Actor, ActorKind
from telehealth.kit.errors import ForbiddenError
from telehealth.staff.actors import IntegrationActor, MembershipActor
from telehealth.staff.rules import Qualification, Role

STATION, HOSPITAL, DOCTOR = UUID(int=1), UUID(int=2), UUID(int=3)

LETTERS = {
    "N": Role.STATION_NURSE,
    "P": Role.STATION_PRACTITIONER,
    "D": Role.DOCTOR,
    "C": Role.COORDINATOR,
    "M": Role.MANAGER,
    "A": Role.ADMIN,
}

TABLE = """
    account.own             NPDCMA
    live.read               NPDCMA
    facility.read           NPDCMA
    facility.change         .....A
    staff.read              ...CMA
    staff.manage            ....MA
    day.see                 NP.C..
    queue.see               ..D...
    patient.find            NPDC..
    patient.read            NPDC..
    patient.register        NP....
    patient.change          NP....
    patient.merge           NP.C..
    glass.break             NPD...
    glass.review            ...C..
    consent.record          NP....
    file.read               NPD...
    file.add                NPD...
    file.delete             NPD...
    visit.read              NPD...
    visit.open              NP....
    visit.measure           NPD...
    visit.write             .PD...
    visit.diagnose          .PD...
    visit.prescribe         .PD...
    formulary.read          ....MA
    formulary.approve       ....MA
    visit.sign              .PD...
    visit.amend             .PD...
    visit.print             NPD...
    minutes.write           NPD...
    minutes.sign            NPD...
    codes.read              NPD.MA
    codes.manage            ....MA
    codes.review            .PD...
    ranges.read             NPD.MA
    ranges.approve          .PD...
    template.read           NPD.MA
    template.manage         ....MA
    slot.find               NPDC..
    availability.read       NPDCMA
    appointment.read        NPDC..
    appointment.book        NP.C..
    appointment.cancel      NPDC..
    appointment.answer      ..DC..
    appointment.override    ...C..
    appointment.rebook      NPDC..
    appointment.check_in    NP....
    appointment.run         NPD...
    call.join               NPD...
    call.admit              NPD...
    call.ring               NPD...
    call.invite             ..D...
    call.answer             NPDCMA
    call.take_over          ..D...
    line.check              NPDCMA
    line.see                ...CMA
    message.read            NP.CMA
    message.receive         ......
    message.texts           ...CMA
    message.edit            .....A
    link.manage             NP.C..
    task.read               NP.C..
    task.complete           NP.C..
    plan.read               NPDC..
    calendar.manage         ..DCM.
    duty.see                NPDCMA
    shift.own               ..D...
    shift.swap              ..D...
    roster.read             ...CMA
    roster.plan             ...CMA
    pool.manage             ...CMA
    service.read            ...CMA
    service.change          ...C.A
    day.hand_over           ...C..
    report.read             ...CMA
    availability.change     ..DCMA
    holiday.change          .....A
    urgent.ring             NP....
    urgent.read             NPDC..
    urgent.answer           ..D...
    urgent.close            NP.C..
    answer.ask              NP....
    answer.read             NPDC..
    answer.give             ..D...
    answer.follow           ...C..
    answer.turn             NPD...
    order.write             .PD...
    order.read              NPDC..
    order.do                NP....
    order.follow            ...C..
    referral.write          .PD...
    referral.read           NPDC..
    referral.send           NP.C..
    referral.answer         .PDC..
    referral.return         .PD...
    check.set               NPD...
    check.read              NPDC..
    check.call              NP....
    check.take              NPD...
    check.answer            ......
    questionnaire.read      NPD.MA
    questionnaire.manage    .....A
    questionnaire.approve   .PD...
    duty.read               NPDC..
    duty.switch             ..D...
    plan.book               NP....
    reminder.send           NP....
    waitlist.read           NP.C..
    waitlist.join           NP....
    waitlist.answer         NP....
    waitlist.coordinate     ...C..
"""


@dataclass(frozen=True)
class Visit:
    """What decides who is responsible."""

    consult_kind: str
    station_facility_id: UUID = STATION
    doctor_membership_id: UUID | None = DOCTOR


def member(role: Role, qualification: Qualification = Qualification.DOCTOR) -> MembershipActor:
    """A licensed member of the role: a doctor by training unless said otherwise."""
    return MembershipActor(
        kind=ActorKind.MEMBERSHIP,
        ref=DOCTOR if role is Role.DOCTOR else UUID(int=9),
        facility_id=HOSPITAL if role is Role.DOCTOR else STATION,
        staff_id=UUID(int=10),
        role=role,
        qualification=qualification,
        licence_number="000123/TN-GPHN",
        full_name="Hoàng Văn Khoa",
        title="BS.",
    )


def written() -> dict[str, set[Role]]:
    """The table as sets of roles."""
    rows = (line.split() for line in TABLE.strip().splitlines())
    return {action: {LETTERS[letter] for letter in marks if letter != "."} for action, marks in rows}


def test_the_table_is_as_written() -> None:
    found = {action: {role for role in Role if can(member(role), action)} for action in ACTIONS}
    assert found == written()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("trained_as", [Qualification.NURSE, Qualification.MIDWIFE, Qualification.OTHER])
@pytest.mark.parametrize("action", sorted(NEEDS_LICENCE))
def test_a_nurse_never_diagnoses_prescribes_or_signs(
    role: Role, trained_as: Qualification, action: str
) -> None:
    assert not can(member(role, trained_as), action)


@pytest.mark.parametrize("action", sorted(NEEDS_LICENCE))
def test_without_a_licence_nobody_treats(action: str) -> None:
    assert not can(replace(member(Role.DOCTOR), licence_number=None), action)


@pytest.mark.parametrize("action", ["visit.sign", "visit.amend", "visit.prescribe"])
def test_who_is_responsible_signs(action: str) -> None:
    practitioner = member(Role.STATION_PRACTITIONER, Qualification.ASSISTANT_PHYSICIAN)
    doctor = member(Role.DOCTOR)
    exam, support = Visit(ConsultKind.REMOTE_EXAM), Visit(ConsultKind.FACILITY_SUPPORT)
    assert [can(each, action, exam) for each in (doctor, practitioner)] == [True, False]
    assert [can(each, action, support) for each in (doctor, practitioner)] == [False, True]


def test_the_practitioner_of_another_station_does_not_sign() -> None:
    stranger = replace(member(Role.STATION_PRACTITIONER), facility_id=HOSPITAL)
    assert not can(stranger, "visit.sign", Visit(ConsultKind.FACILITY_SUPPORT))


def test_another_doctor_does_not_sign() -> None:
    assert not can(
        member(Role.DOCTOR), "visit.sign", Visit(ConsultKind.REMOTE_EXAM, doctor_membership_id=None)
    )


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_program_does_what_it_was_allowed_and_never_treats(action: str) -> None:
    allowed = IntegrationActor(
        kind=ActorKind.INTEGRATION,
        ref=UUID(int=7),
        facility_id=STATION,
        name="HIS",
        actions=frozenset(ACTIONS),
    )
    assert can(allowed, action) == (action in INTEGRATION_ACTIONS)
    assert not can(replace(allowed, actions=frozenset()), action)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_patient_link_only_sends_and_sees_photos_and_the_system_does_nothing(action: str) -> None:
    link = Actor(kind=ActorKind.LINK, ref=UUID(int=8))
    assert can(link, action) == (action in {"file.add", "file.read"})
    assert not can(SYSTEM, action)


def test_treating_and_running_the_staff_are_not_for_programs() -> None:
    assert not INTEGRATION_ACTIONS & (NEEDS_LICENCE | {"staff.manage", "account.own", "call.join"})


def test_refusing_says_so() -> None:
    with pytest.raises(ForbiddenError, match="not-allowed"):
        check(member(Role.STATION_NURSE), "staff.manage")


def test_an_action_nobody_listed_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        can(member(Role.ADMIN), "patient.delete")
