"""Keys of drafts: one membership's own, renewed, destroyed in time, sealed anew with everything else."""

from datetime import timedelta

from sqlmodel import Session, select

from telehealth.kit.crypto import Keyring
from telehealth.kit.db import Database, Unit
from telehealth.staff import service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.jobs import forget_draft_keys
from telehealth.staff.models import DraftKey
from telehealth.staff.rules import DRAFT_LASTS
from telehealth.staff.service import DraftSecret
from tests.support.clock import FixedClock
from tests.support.world import make_facility, make_member

HOUR = timedelta(hours=1)


def keys(unit: Unit, actor: MembershipActor, *, later: timedelta = timedelta()) -> list[DraftSecret]:
    return service.draft_secrets(unit.session, actor, now=unit.now + later)


def colleagues(session: Session) -> tuple[MembershipActor, MembershipActor]:
    station = make_facility(session)
    return make_member(session, station), make_member(session, station, name="Lý Thị Lan")


def test_a_member_gets_the_same_key_each_time_and_a_colleague_another(unit: Unit) -> None:
    nurse, colleague = colleagues(unit.session)
    [first] = keys(unit, nurse)
    assert keys(unit, nurse, later=HOUR) == [first]
    [other] = keys(unit, colleague)
    assert len(first.secret) == 32
    assert other.secret != first.secret
    assert first.secret.hex() not in repr(first)


def test_a_key_is_renewed_and_the_old_one_opens_as_long_again(unit: Unit) -> None:
    nurse, _ = colleagues(unit.session)
    [old] = keys(unit, nurse)
    assert keys(unit, nurse, later=DRAFT_LASTS - HOUR) == [old]
    new, kept = keys(unit, nurse, later=DRAFT_LASTS)
    assert kept == old
    assert new.secret != old.secret
    assert keys(unit, nurse, later=2 * DRAFT_LASTS - HOUR) == [new, old]
    assert old not in keys(unit, nurse, later=2 * DRAFT_LASTS)


def test_keys_no_draft_needs_are_destroyed(database: Database, clock: FixedClock) -> None:
    with database.write() as unit:
        nurse, _ = colleagues(unit.session)
        keys(unit, nurse)
    clock.advance(days=27)
    assert forget_draft_keys(database) == 0
    clock.advance(days=1)
    assert forget_draft_keys(database) == 1


def test_a_key_that_cannot_be_read_any_more_is_replaced(unit: Unit) -> None:
    nurse, _ = colleagues(unit.session)
    [lost] = keys(unit, nurse)
    unit.session.info["keyring"] = Keyring.generate()
    [new] = keys(unit, nurse, later=HOUR)
    assert new.id != lost.id


def test_a_password_changed_keeps_the_key(unit: Unit) -> None:
    nurse, _ = colleagues(unit.session)
    before = keys(unit, nurse)
    service.set_password(unit.session, nurse, "hash", now=unit.now)
    assert keys(unit, nurse) == before


def test_keys_are_sealed_anew_with_the_rest(unit: Unit, keyring: Keyring) -> None:
    nurse, _ = colleagues(unit.session)
    before = keys(unit, nurse)
    rotated = keyring.rotated()
    unit.session.info["keyring"] = rotated
    assert service.reseal(unit.session, rotated, 10) == 1
    assert service.reseal(unit.session, rotated, 10) == 0
    [row] = unit.session.exec(select(DraftKey)).all()
    assert rotated.is_current(row.secret_sealed)
    assert keys(unit, nurse) == before
    assert before[0].secret.hex().encode() not in row.secret_sealed
