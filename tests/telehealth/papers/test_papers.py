"""Handles: one for each state of a paper, void once it is replaced; records checked for their operator."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from telehealth.kit.budgets import Budget
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError
from telehealth.kit.events import Bus
from telehealth.papers import rules, service
from telehealth.papers.models import DigitalSignature, PaperHandle
from telehealth.papers.service import Signed
from telehealth.papers.signer import LocalSigner
from telehealth.visits.models import SignedRecord
from telehealth.visits.queries import records_of
from telehealth.visits.rules import fingerprint
from telehealth.visits.service import amend
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld, make_visit_world


@pytest.fixture
def world(unit: Unit) -> VisitWorld:
    """A signed visit."""
    world = make_visit_world(unit.session, now=unit.now)
    world.write(unit.session, now=unit.now)
    world.sign(unit.session, now=unit.now)
    return world


def handle(unit: Unit, world: VisitWorld, state: str = "a") -> str:
    signed = Signed("visit", state, "Bệnh viện Hồng Hà", unit.now)
    return service.issue_handle(unit.session, world.visit, signed, now=unit.now)


def test_the_same_paper_keeps_its_handle(unit: Unit, world: VisitWorld) -> None:
    first = handle(unit, world)
    assert handle(unit, world) == first
    assert len(first) == 26
    assert first != handle(unit, world, "b")


def test_a_handle_answers_valid_date_and_facility_and_nothing_else(unit: Unit, world: VisitWorld) -> None:
    verdict = service.verify_handle(unit.session, handle(unit, world))
    assert verdict == rules.Verdict(True, unit.now.date(), "Bệnh viện Hồng Hà")


def test_typed_by_hand_it_is_found_as_well(unit: Unit, world: VisitWorld) -> None:
    given = handle(unit, world)
    typed = f" {given[:5].upper()}-{given[5:13]} {given[13:]} "
    assert service.verify_handle(unit.session, typed) is not None


@pytest.mark.parametrize("typed", ["", "x", "a" * 26, "0" * 26, "' OR 1=1 --", "a" * 10_000])
def test_what_was_never_given_out_is_unknown(unit: Unit, typed: str) -> None:
    assert service.verify_handle(unit.session, typed) is None


def test_a_newer_state_voids_the_earlier_paper(unit: Unit, world: VisitWorld) -> None:
    earlier, newer = handle(unit, world), handle(unit, world, "b")
    assert [_is_valid(unit, each) for each in (earlier, newer)] == [False, True]


def test_an_amendment_voids_the_paper_at_once(unit: Unit, world: VisitWorld) -> None:
    earlier = handle(unit, world)
    amend(unit.session, world.doctor, world.visit.id, reason="Bổ sung", text="Kali", now=unit.now)
    assert not _is_valid(unit, earlier)


def test_the_database_does_not_hold_a_handle(unit: Unit, world: VisitWorld) -> None:
    given = handle(unit, world)
    row = unit.session.exec(select(PaperHandle)).one()
    assert given not in str(row.model_dump())
    assert row.digest == rules.digest(given)


def test_a_record_is_signed_digitally_and_so_is_its_amendment(
    unit: Unit, world: VisitWorld, signer: LocalSigner
) -> None:
    amend(unit.session, world.doctor, world.visit.id, reason="Bổ sung", text="Kali", now=unit.now)
    checks = service.check_records(unit.session, records_of(unit.session, world.visit))
    assert [(each.number, each.is_sound) for each in checks] == [(1, True), (2, True)]
    assert {each.verified.subject for each in checks if each.verified} == {signer.subject}
    assert {each.certificate_sha256 for each in unit.session.exec(select(DigitalSignature))} == {
        signer.certificate_sha256
    }


@pytest.mark.parametrize("is_rehashed", [False, True])
def test_tampered_bytes_are_found(unit: Unit, world: VisitWorld, is_rehashed: bool) -> None:
    record = records_of(unit.session, world.visit)[0]
    changed = SignedRecord(**record.model_dump())
    changed.canonical = record.canonical.replace("I10", "I11")
    assert changed.canonical != record.canonical
    if is_rehashed:
        changed.sha256 = fingerprint(changed.canonical)
    (check,) = service.check_records(unit.session, [changed])
    assert not check.is_sound
    assert check.is_unchanged == is_rehashed
    assert check.verified is None


def test_a_missing_link_of_the_chain_is_found(unit: Unit, world: VisitWorld) -> None:
    amend(unit.session, world.doctor, world.visit.id, reason="Bổ sung", text="Kali", now=unit.now)
    records = records_of(unit.session, world.visit)
    assert not service.check_records(unit.session, records[1:])[0].is_unchanged


def test_without_a_valid_certificate_nothing_is_signed_digitally(unit: Unit, clock: FixedClock) -> None:
    world = make_visit_world(unit.session, now=unit.now)
    world.write(unit.session, now=unit.now, follow_up_on=None)
    world.sign(unit.session, now=unit.now + timedelta(days=400))
    (check,) = service.check_records(unit.session, records_of(unit.session, world.visit))
    assert (check.is_signed, check.is_sound, clock.now() == unit.now) == (False, True, True)


def test_the_database_itself_keeps_signatures(database: Database, bus: Bus) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        world.write(unit.session, now=unit.now)
        world.sign(unit.session, now=unit.now)
        assert unit.session.exec(select(DigitalSignature)).one()
    for statement in ("UPDATE digital_signature SET value = 'x'", "DELETE FROM digital_signature"):
        with pytest.raises(DBAPIError, match="append_only"), database.write() as unit:
            unit.session.execute(text(statement))


def test_a_budget_is_spent_by_each_for_itself_and_comes_back(clock: FixedClock) -> None:
    budget = Budget(2, timedelta(minutes=1), keys=2)
    for key in ("a", "a", "b"):
        budget.take(key, now=clock.now())
    with pytest.raises(DomainError, match="too-many-requests") as refused:
        budget.take("a", now=clock.now())
    assert refused.value.facts["minutes"] == 1
    budget.take("a", now=clock.now() + timedelta(minutes=1))
    budget.take("c", now=clock.now())


def _is_valid(unit: Unit, given: str) -> bool:
    verdict = service.verify_handle(unit.session, given)
    assert verdict is not None
    return verdict.is_valid
