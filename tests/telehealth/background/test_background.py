"""Facts carried from visit to visit and confirmed at each; a pregnancy with its weeks."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from telehealth.access.models import SamePerson
from telehealth.background import queries, service
from telehealth.background.models import Pregnancy
from telehealth.background.rules import (
    LONGEST_DAYS,
    TERM_DAYS,
    DatedBy,
    FactKind,
    FactStatus,
    accept_births,
    accept_dating,
    accept_fact,
    gestation,
)
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.ids import new_id
from telehealth.patients.models import Patient
from telehealth.patients.rules import Sex
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from tests.support.visits import VisitWorld
from tests.support.world import make_patient

TODAY = date(2026, 11, 23)


def another_visit(session: Session, world: VisitWorld, unit: Unit) -> Visit:
    request = visits.VisitRequest(
        patient_id=world.patient_id, consult_kind=world.visit.consult_kind, reason="Tái khám"
    )
    return visits.open_visit(session, world.nurse, request, now=unit.now)


def test_what_was_noted_at_one_visit_is_confirmed_in_one_act_at_the_next(
    unit: Unit, world: VisitWorld
) -> None:
    session = unit.session
    allergy = service.add_fact(
        session, world.nurse, world.visit.id, FactKind.ALLERGY, "Penicillin", now=unit.now
    )
    service.add_fact(session, world.nurse, world.visit.id, FactKind.PROBLEM, "Tăng huyết áp", now=unit.now)
    later = another_visit(session, world, unit)
    assert [each.text for each in queries.facts_of(session, later)] == ["Penicillin", "Tăng huyết áp"]
    assert queries.confirmations_of(session, later) == {}
    service.confirm_facts(session, world.nurse, later.id, FactKind.ALLERGY, shown={allergy.id}, now=unit.now)
    assert set(queries.confirmations_of(session, later)) == {"allergy"}
    assert queries.allergies_of(session, world.doctor, world.patient_id, now=unit.now) == ["Penicillin"]


def test_heard_again_what_is_over_ends_and_the_rest_of_what_was_shown_is_confirmed(
    unit: Unit, world: VisitWorld
) -> None:
    session = unit.session
    facts = {
        text: service.add_fact(session, world.nurse, world.visit.id, kind, text, now=unit.now).id
        for kind, text in (
            (FactKind.ALLERGY, "Penicillin"),
            (FactKind.MEDICINE, "Amlodipin 5 mg"),
            (FactKind.MEDICINE, "Metformin 500 mg"),
        )
    }
    later = another_visit(session, world, unit)
    heard = service.Heard(
        shown=frozenset(facts.values()), over=frozenset({facts["Metformin 500 mg"]}), is_true=True
    )
    seen = []
    for _ in range(2):  # a browser that heard no answer sends again
        service.hear_again(session, world.nurse, later.id, heard, now=unit.now)
        seen.append(queries.facts_version(session, later))
    assert seen[0] == seen[1]
    assert [each.text for each in queries.facts_of(session, later)] == ["Penicillin", "Amlodipin 5 mg"]
    assert set(queries.confirmations_of(session, later)) == {"allergy", "medicine"}, "no problem was shown"


def test_what_was_not_shown_is_not_confirmed(unit: Unit, world: VisitWorld) -> None:
    session = unit.session
    shown = service.add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Tôm", now=unit.now)
    later = another_visit(session, world, unit)
    service.add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Penicillin", now=unit.now)
    heard = service.Heard(shown=frozenset({shown.id}), is_true=True)
    with pytest.raises(StaleError, match="facts-changed"):
        service.hear_again(session, world.nurse, later.id, heard, now=unit.now)
    assert queries.confirmations_of(session, later) == {}


def test_what_is_carried_is_listed_in_scope_only(unit: Unit, world: VisitWorld) -> None:
    session = unit.session
    service.add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Tôm", now=unit.now)
    listed = queries.list_carried(session, world.nurse, world.patient_id, now=unit.now)
    assert [each.text for each in listed] == ["Tôm"]
    assert queries.list_carried(session, world.other_doctor, world.patient_id, now=unit.now) == []


def test_the_record_carries_what_was_confirmed_and_none_means_none(unit: Unit, world: VisitWorld) -> None:
    session = unit.session
    world.write(session, now=unit.now)
    service.add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Penicillin", now=unit.now)
    service.confirm_facts(session, world.nurse, world.visit.id, FactKind.MEDICINE, shown=set(), now=unit.now)
    parts = json.loads(world.sign(session, now=unit.now).canonical)["parts"]
    assert parts == {
        "background": {"allergy": [{"text": "Penicillin", "since": "2026-11-23"}], "medicine": []}
    }


def test_nothing_is_confirmed_that_was_not_shown(unit: Unit, world: VisitWorld) -> None:
    session = unit.session
    later = another_visit(session, world, unit)
    tom = service.add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Tôm", now=unit.now)
    for shown in (set(), {tom.id, new_id()}):
        with pytest.raises(StaleError, match="facts-changed"):
            service.confirm_facts(session, world.nurse, later.id, FactKind.ALLERGY, shown=shown, now=unit.now)
    assert queries.confirmations_of(session, later) == {}


def test_the_record_carries_what_was_confirmed_not_what_another_visit_noted_since(
    unit: Unit, world: VisitWorld
) -> None:
    session, visit = unit.session, world.visit
    world.write(session, now=unit.now)
    tom = service.add_fact(session, world.nurse, visit.id, FactKind.ALLERGY, "Tôm", now=unit.now)
    later = another_visit(session, world, unit)
    service.add_fact(session, world.nurse, later.id, FactKind.ALLERGY, "Aspirin", now=unit.now)
    service.end_fact(session, world.nurse, later.id, tom.id, FactStatus.ENDED, version=1, now=unit.now)
    parts = json.loads(world.sign(session, now=unit.now).canonical)["parts"]
    assert [each["text"] for each in parts["background"]["allergy"]] == ["Tôm"]


def test_an_ended_fact_leaves_the_list_and_can_come_back(unit: Unit, world: VisitWorld) -> None:
    session, visit = unit.session, world.visit
    fact = service.add_fact(session, world.nurse, visit.id, FactKind.MEDICINE, "Amlodipin 5 mg", now=unit.now)

    def change(status: FactStatus, version: int) -> None:
        service.end_fact(session, world.nurse, visit.id, fact.id, status, version=version, now=unit.now)

    change(FactStatus.ENDED, 1)
    assert queries.facts_of(session, visit) == []
    assert [each.status for each in queries.facts_of(session, visit, is_active=False)] == ["ended"]
    change(FactStatus.ENDED, 1)
    with pytest.raises(StaleError):
        change(FactStatus.ACTIVE, 1)
    change(FactStatus.ACTIVE, 2)
    assert fact.ended_at is None
    assert [each.text for each in queries.facts_of(session, visit)] == ["Amlodipin 5 mg"]


def test_the_same_words_are_one_fact_and_other_kinds_are_others(unit: Unit, world: VisitWorld) -> None:
    session, visit = unit.session, world.visit
    first = service.add_fact(session, world.nurse, visit.id, FactKind.PROBLEM, "Hen phế quản", now=unit.now)
    again = service.add_fact(session, world.nurse, visit.id, FactKind.PROBLEM, "HEN PHẾ QUẢN ", now=unit.now)
    assert again.id == first.id
    later = another_visit(session, world, unit)
    carried = service.add_fact(session, world.nurse, later.id, FactKind.PROBLEM, "hen phế quản", now=unit.now)
    assert carried.id == first.id
    assert set(queries.confirmations_of(session, later)) == {"problem"}, "said again is confirmed"
    service.add_fact(session, world.nurse, visit.id, FactKind.MEDICINE, "Hen phế quản", now=unit.now)
    assert len(queries.facts_of(session, visit)) == 2


def test_every_change_moves_the_version_a_signer_read(unit: Unit, world: VisitWorld) -> None:
    session, visit = unit.session, world.visit
    seen = [queries.facts_version(session, visit)]
    fact = service.add_fact(session, world.nurse, visit.id, FactKind.PROBLEM, "Hen", now=unit.now)
    seen.append(queries.facts_version(session, visit))
    service.end_fact(session, world.nurse, visit.id, fact.id, FactStatus.MISTAKEN, version=1, now=unit.now)
    seen.append(queries.facts_version(session, visit))
    service.confirm_facts(session, world.nurse, visit.id, FactKind.ALLERGY, shown=set(), now=unit.now)
    seen.append(queries.facts_version(session, visit))
    assert seen == sorted(set(seen))


def test_strangers_and_closed_visits_are_refused(unit: Unit, world: VisitWorld) -> None:
    session, visit = unit.session, world.visit
    with pytest.raises((ForbiddenError, NotFoundError)):
        service.add_fact(session, world.other_doctor, visit.id, FactKind.PROBLEM, "Hen", now=unit.now)
    with pytest.raises(NotFoundError, match="fact-not-found"):
        service.end_fact(session, world.nurse, visit.id, new_id(), FactStatus.ENDED, version=1, now=unit.now)
    world.write(session, now=unit.now)
    world.sign(session, now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        service.confirm_facts(session, world.nurse, visit.id, FactKind.PROBLEM, shown=set(), now=unit.now)


@pytest.mark.parametrize(("text", "refusal"), [("  ", "fact-empty"), ("a" * 201, "fact-too-long")])
def test_a_fact_is_a_short_line(text: str, refusal: str) -> None:
    with pytest.raises(InvalidError, match=refusal):
        accept_fact(text)


def date_it(unit: Unit, world: VisitWorld, on: date, *, version: int = 0) -> Pregnancy:
    return service.date_pregnancy(
        unit.session,
        world.nurse,
        world.visit.id,
        dated_by=DatedBy.LMP,
        dated_on=on,
        gravida=2,
        para=1,
        version=version,
        now=unit.now,
    )


def test_a_pregnancy_is_signed_with_its_weeks_on_the_day(unit: Unit, world: VisitWorld) -> None:
    world.write(unit.session, now=unit.now)
    date_it(unit, world, TODAY - timedelta(days=31 * 7 + 2))
    assert service.is_pregnant(unit.session, world.patient_id, on=TODAY)
    part = json.loads(world.sign(unit.session, now=unit.now).canonical)["parts"]["pregnancy"]
    assert part == {
        "dated_by": "lmp",
        "dated_on": "2026-04-18",
        "due_on": "2027-01-23",
        "gestation_days": 219,
        "gestation": "31+2",
        "loinc": "18185-9",
        "gravida": 2,
        "para": 1,
    }


@pytest.mark.parametrize(
    ("sex", "born"),
    [
        (Sex.MALE, date(1990, 1, 1)),
        (Sex.FEMALE, TODAY.replace(year=TODAY.year - 9)),
        (Sex.FEMALE, date(1950, 1, 1)),
    ],
)
def test_no_pregnancy_is_noted_of_whom_it_cannot_be(
    unit: Unit, world: VisitWorld, sex: Sex, born: date
) -> None:
    patient = unit.session.get_one(Patient, world.patient_id)
    patient.sex, patient.birth_date, patient.birth_precision = sex, born, "day"
    unit.session.flush()
    with pytest.raises(InvalidError, match="pregnancy-impossible"):
        date_it(unit, world, TODAY - timedelta(days=100))
    assert not service.is_pregnant(unit.session, world.patient_id, on=TODAY)


def test_a_pregnancy_is_corrected_by_who_read_it_and_ends(unit: Unit, world: VisitWorld) -> None:
    row = date_it(unit, world, TODAY - timedelta(days=100))
    assert date_it(unit, world, TODAY - timedelta(days=100)).version == 1
    with pytest.raises(StaleError):
        date_it(unit, world, TODAY - timedelta(days=90))
    assert date_it(unit, world, TODAY - timedelta(days=90), version=1).id == row.id
    service.end_pregnancy(unit.session, world.nurse, world.visit.id, ended_on=TODAY, version=2, now=unit.now)
    assert not service.is_pregnant(unit.session, world.patient_id, on=TODAY)
    assert date_it(unit, world, TODAY - timedelta(days=30)).id != row.id


def test_of_many_patients_those_are_known_who_are_pregnant_in_any_record_of_theirs(
    unit: Unit, world: VisitWorld
) -> None:
    session, today = unit.session, TODAY
    others = [make_patient(session, world.nurse, full_name=f"Sùng Thị {n}", phone=None) for n in range(2)]
    kept, stranger = (each.id for each in others)
    date_it(unit, world, TODAY - timedelta(days=100))
    asked = {world.patient_id, kept, stranger}
    assert service.pregnant_among(session, asked, on=today) == {world.patient_id}
    session.add(SamePerson(patient_id=world.patient_id, current_id=kept))
    session.flush()
    assert service.pregnant_among(session, asked, on=today) == {world.patient_id, kept}
    assert all(service.is_pregnant(session, each, on=today) for each in (world.patient_id, kept))
    service.end_pregnancy(session, world.nurse, world.visit.id, ended_on=TODAY, version=1, now=unit.now)
    assert service.pregnant_among(session, asked, on=today) == set()


def test_a_pregnancy_ends_between_its_beginning_and_today(unit: Unit, world: VisitWorld) -> None:
    began = TODAY - timedelta(days=100)
    date_it(unit, world, began)

    def end(on: date) -> None:
        by, visit_id = world.nurse, world.visit.id
        service.end_pregnancy(unit.session, by, visit_id, ended_on=on, version=1, now=unit.now)

    for wrong in (began - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(InvalidError, match="pregnancy-date"):
            end(wrong)
    end(began)


@given(days=st.integers(0, LONGEST_DAYS), dated_by=st.sampled_from(DatedBy))
def test_both_datings_of_one_pregnancy_say_the_same(days: int, dated_by: DatedBy) -> None:
    began = TODAY - timedelta(days=days)
    dated_on = began if dated_by is DatedBy.LMP else began + timedelta(days=TERM_DAYS)
    found = accept_dating(dated_by, dated_on, today=TODAY)
    assert (found.days, found.due_on) == (days, began + timedelta(days=TERM_DAYS))
    weeks, rest = found.label.split("+")
    assert int(weeks) * 7 + int(rest) == days
    assert gestation(dated_by, dated_on, TODAY + timedelta(days=7)).weeks == found.weeks + 1


@pytest.mark.parametrize(
    ("dated_by", "days"), [(DatedBy.LMP, -1), (DatedBy.LMP, 309), (DatedBy.EDD, -1), (DatedBy.EDD, 309)]
)
def test_dates_no_pregnancy_can_have_are_refused(dated_by: DatedBy, days: int) -> None:
    began = TODAY - timedelta(days=days)
    dated_on = began if dated_by is DatedBy.LMP else began + timedelta(days=TERM_DAYS)
    with pytest.raises(InvalidError, match="pregnancy-date"):
        accept_dating(dated_by, dated_on, today=TODAY)


@pytest.mark.parametrize(("gravida", "para"), [(0, 0), (1, 2), (26, 0), (3, -1), (None, 26)])
def test_numbers_of_births_that_cannot_be_are_refused(gravida: int | None, para: int | None) -> None:
    with pytest.raises(InvalidError, match="pregnancy-births"):
        accept_births(gravida, para)
