"""Ranges raise alarms only while a named clinician stands for exactly these figures."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from telehealth.visits import service
from telehealth.visits.ranges import RANGES
from tests.support.visits import VisitWorld


def test_an_approval_says_who_when_and_for_which_version(unit: Unit, world: VisitWorld) -> None:
    assert service.find_approval(unit.session) is None
    service.approve_ranges(unit.session, world.doctor, version=RANGES.version, now=unit.now)
    approval = service.find_approval(unit.session)
    assert approval is not None
    assert (approval.version, approval.approved_by, approval.approved_at) == (
        RANGES.version,
        world.doctor.ref,
        unit.now,
    )
    assert world.doctor.full_name in approval.approved_name
    acts = select(AuditEntry).where(col(AuditEntry.action) == "ranges.approve")
    assert [entry.facts["act"] for entry in unit.session.exec(acts)] == ["approve"]


def test_other_figures_under_the_same_label_are_not_approved(unit: Unit, world: VisitWorld) -> None:
    service.approve_ranges(unit.session, world.doctor, version=RANGES.version, now=unit.now)
    changed = replace(RANGES, rows=RANGES.rows[1:])
    assert service.find_approval(unit.session, ranges=changed) is None


def test_an_approval_is_withdrawn_with_a_reason_and_stays_in_the_list(unit: Unit, world: VisitWorld) -> None:
    approval = service.approve_ranges(unit.session, world.doctor, version=RANGES.version, now=unit.now)
    with pytest.raises(ConflictError, match="ranges-approved"):
        service.approve_ranges(unit.session, world.doctor, version=RANGES.version, now=unit.now)
    with pytest.raises(InvalidError, match="withdrawal-reason-missing"):
        service.withdraw_approval(unit.session, world.doctor, approval.id, reason=" ", now=unit.now)
    service.withdraw_approval(unit.session, world.doctor, approval.id, reason="Sai dòng trẻ em", now=unit.now)
    assert service.find_approval(unit.session) is None
    with pytest.raises(NotFoundError, match="approval-not-found"):
        service.withdraw_approval(unit.session, world.doctor, approval.id, reason="Lại", now=unit.now)
    service.approve_ranges(unit.session, world.practitioner, version=RANGES.version, now=unit.now)
    assert len(service.list_approvals(unit.session)) == 2


def test_a_nurse_or_another_version_is_refused(unit: Unit, world: VisitWorld) -> None:
    with pytest.raises(ForbiddenError):
        service.approve_ranges(unit.session, world.nurse, version=RANGES.version, now=unit.now)
    with pytest.raises(ConflictError, match="ranges-changed"):
        service.approve_ranges(unit.session, world.doctor, version="1999.1", now=unit.now)
