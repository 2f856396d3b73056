"""Two records of one person: merged, seen as one, and parted again exactly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.access.models import Grant, SamePerson
from telehealth.access.queries import is_visible
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.audit.models import AuditEntry
from telehealth.consents.queries import has_consent, list_consents
from telehealth.consents.rules import Purpose
from telehealth.consents.service import withdraw
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.patients import duplicates, finding, queries, service
from telehealth.patients.likeness import Reason
from telehealth.patients.models import NotSame, Patient
from telehealth.staff.actors import MembershipActor
from tests.support.world import make_consent, make_doctor, make_member, make_neighbour, make_patient

WHY = "Cùng một người, ghi hai lần"


@pytest.fixture
def nurse(unit: Unit) -> MembershipActor:
    return make_member(unit.session)


@pytest.fixture
def pair(unit: Unit, nurse: MembershipActor) -> tuple[Patient, Patient]:
    """The record to keep, and the one made later under a misspelt name."""
    kept = make_patient(unit.session, nurse, full_name="Lý Thị Lụa", cccd="001185012345")
    return kept, make_patient(unit.session, nurse, full_name="Lý Thị Lua Vàng", bhyt="0100000178")


def merge(unit: Unit, actor: MembershipActor, kept: Patient, merged: Patient) -> UUID:
    return service.merge(
        unit.session, actor, kept_id=kept.id, merged_id=merged.id, reason=WHY, now=unit.now
    ).id


def test_everything_of_both_is_seen_under_the_record_that_is_kept(
    unit: Unit, nurse: MembershipActor, pair: tuple[Patient, Patient]
) -> None:
    kept, merged = pair
    consent = make_consent(unit.session, nurse, merged.id, Purpose.DATA)
    merge(unit, nurse, kept, merged)
    for text in ("vang", "lua", "0100000178", "000002", "001185012345"):
        [card] = finding.search(unit.session, nurse, text, now=unit.now)
        assert card.id == kept.id, text
    [(found, _)] = list_consents(unit.session, nurse, kept.id, now=unit.now)
    assert found.id == consent.id
    assert has_consent(unit.session, kept.id, Purpose.DATA, unit.now)
    withdraw(unit.session, nurse, consent.id, patient_id=kept.id, now=unit.now)
    holder = queries.find_holder(unit.session, "0100000178")
    assert holder is not None
    assert holder.id == kept.id
    assert queries.get_patient(unit.session, nurse, merged.id, now=unit.now).id == merged.id


def test_who_sees_one_record_sees_the_other_as_long_as_the_merge_stands(
    unit: Unit, nurse: MembershipActor, pair: tuple[Patient, Patient]
) -> None:
    kept, merged = pair
    of_kept, of_merged = (make_neighbour(unit.session, each.id, now=unit.now) for each in pair)
    merge_id = merge(unit, nurse, kept, merged)
    for actor in (of_kept, of_merged):
        for patient in pair:
            assert is_visible(unit.session, actor, patient.id, now=unit.now)
    later = make_doctor(unit.session)
    source = new_id()
    for at in (unit.now, unit.now + timedelta(hours=1)):  # given, ended, and given again for the same
        open_grant(
            unit.session,
            patient_id=kept.id,
            holder_kind=HolderKind.MEMBERSHIP,
            holder_id=later.ref,
            basis=Basis.APPOINTMENT,
            source_id=source,
            now=at,
        )
        assert is_visible(unit.session, later, merged.id, now=at)
        close_grants(unit.session, source_id=source, until_at=at)
        assert not is_visible(unit.session, later, merged.id, now=at + timedelta(seconds=1))
    service.undo_merge(unit.session, nurse, merge_id, reason=WHY, now=unit.now)
    seen = [[is_visible(unit.session, a, p.id, now=unit.now) for p in pair] for a in (of_kept, of_merged)]
    assert seen == [[True, False], [False, True]]


def test_it_is_on_record_with_both_records(
    unit: Unit, nurse: MembershipActor, pair: tuple[Patient, Patient]
) -> None:
    merge_id = merge(unit, nurse, *pair)
    service.undo_merge(unit.session, nurse, merge_id, reason=WHY, now=unit.now)
    rows = unit.session.exec(select(AuditEntry).where(AuditEntry.subject_id == merge_id)).all()
    assert {(row.patient_id, row.facts["command"]) for row in rows} == {
        (patient.id, command) for patient in pair for command in ("merge", "undo")
    }


def test_nobody_merges_what_they_cannot_read(
    unit: Unit, nurse: MembershipActor, pair: tuple[Patient, Patient]
) -> None:
    stranger = make_member(unit.session)
    half = make_neighbour(unit.session, pair[0].id, now=unit.now)
    for actor in (stranger, half):
        with pytest.raises(NotFoundError, match="patient-not-found"):
            merge(unit, actor, *pair)
    merge_id = merge(unit, nurse, *pair)
    with pytest.raises(NotFoundError, match="patient-not-found"):
        service.undo_merge(unit.session, stranger, merge_id, reason=WHY, now=unit.now)
    with pytest.raises(NotFoundError, match="merge-not-found"):
        service.undo_merge(unit.session, nurse, new_id(), reason=WHY, now=unit.now)


def test_what_cannot_be_merged_is_refused(
    unit: Unit, nurse: MembershipActor, pair: tuple[Patient, Patient]
) -> None:
    kept, merged = pair
    third = make_patient(unit.session, nurse, full_name="Lý Lụa")
    numbered = make_patient(unit.session, nurse, full_name="Lý Lụa", cccd="001185099999")
    refused: list[tuple[Patient, Patient, type[DomainError], str]] = [
        (kept, kept, InvalidError, "merge-same"),
        (kept, numbered, ConflictError, "merge-numbers-differ"),
    ]
    for one, other, kind, code in refused:
        with pytest.raises(kind, match=code):
            merge(unit, nurse, one, other)
    with pytest.raises(InvalidError, match="reason-too-short"):
        service.merge(unit.session, nurse, kept_id=kept.id, merged_id=merged.id, reason="trùng", now=unit.now)
    merge_id = merge(unit, nurse, kept, merged)
    for one, other, code in (
        (third, merged, "patient-merged"),
        (merged, third, "patient-merged"),
        (third, kept, "merge-has-others"),
    ):
        with pytest.raises(ConflictError, match=code):
            merge(unit, nurse, one, other)
    service.undo_merge(unit.session, nurse, merge_id, reason=WHY, now=unit.now)
    with pytest.raises(ConflictError, match="merge-undone-before"):
        service.undo_merge(unit.session, nurse, merge_id, reason=WHY, now=unit.now)


def test_two_told_apart_are_not_asked_about_again(unit: Unit, nurse: MembershipActor) -> None:
    one = make_patient(unit.session, nurse)
    twin = make_patient(unit.session, nurse, full_name="Lý Thị Lụa")
    [named] = unit.session.exec(select(NotSame)).all()
    assert {named.patient_id, named.other_id} == {one.id, twin.id}
    described = duplicates.describe(unit.session, [one])[one.id]
    assert duplicates.find_probable(unit.session, nurse, described, now=unit.now, but=one.id) == []
    third = make_patient(unit.session, nurse, full_name="Lý Lụa", phone=None, birth="1985")
    unit.session.delete(unit.session.get(NotSame, tuple(sorted((one.id, third.id)))))
    unit.session.flush()
    [probable] = duplicates.find_probable(unit.session, nurse, described, now=unit.now, but=one.id)
    assert (probable.card.id, probable.reasons) == (
        third.id,
        (Reason.NAME_PART, Reason.BIRTH_MAY_BE, Reason.SAME_PLACE),
    )


def rows_of(unit: Unit) -> dict[str, Any]:
    """Return who may see what, and who stands for whom."""
    grants = unit.session.exec(select(Grant).order_by(Grant.id)).all()
    return {
        "grants": [row.model_dump() for row in grants],
        "persons": [row.model_dump() for row in unit.session.exec(select(SamePerson))],
    }


@pytest.mark.databases("sqlite")  # what is merged is decided the same way on both
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6))
def test_undoing_every_merge_restores_exactly_who_could_see_what(
    new_database: Callable[[], Database], steps: list[tuple[int, int]]
) -> None:
    """Four records, each seen by somebody else too, merged in any order that is allowed."""
    with new_database().write() as unit:
        nurse = make_member(unit.session)
        people = [make_patient(unit.session, nurse, phone=f"09123456{n:02}") for n in range(4)]
        for each in people:
            make_neighbour(unit.session, each.id, now=unit.now)
        before = rows_of(unit)
        merges = []
        for one, other in steps:
            try:
                merges.append(merge(unit, nurse, people[one], people[other]))
            except DomainError:
                continue
        for merge_id in merges[::2] + merges[1::2]:
            service.undo_merge(unit.session, nurse, merge_id, reason=WHY, now=unit.now)
        assert rows_of(unit) == before


def test_two_who_merge_the_same_at_once_merge_once(database: Database) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        one, other = make_patient(unit.session, nurse), make_patient(unit.session, nurse)
    with database.write() as unit:
        merge(unit, nurse, one, other)
    with pytest.raises(ConflictError, match="patient-merged"), database.write() as unit:
        merge(unit, nurse, other, one)


def test_who_is_called_under_the_merged_record_is_called_as_the_kept_one_says(
    unit: Unit, nurse: MembershipActor
) -> None:
    session, now = unit.session, unit.now
    kept = make_patient(session, nurse, full_name="Lý Thị Lụa", phone="0912345678")
    merged = make_patient(session, nurse, full_name="Lý Thị Lua", phone="")
    assert not queries.contacts_of_many(session, nurse, [merged.id], now=now).get(merged.id)
    merge(unit, nurse, kept, merged)
    found = queries.contacts_of_many(session, nurse, [merged.id, kept.id], now=now)
    assert [each.phone_e164 for each in found[merged.id]] == ["+84912345678"]
    assert [each.phone_e164 for each in found[kept.id]] == ["+84912345678"]
    assert list(queries.contacts_of_many(session, nurse, [merged.id], now=now)) == [merged.id]
