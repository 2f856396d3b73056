"""Codes by SMS: kept nowhere, used once, for one opening; refused and counted where they would be pumped."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.links import queries, service
from telehealth.links.actors import LinkActor
from telehealth.links.models import LinkCode, LinkOpening, LinkRefusal, OwnPhone
from telehealth.links.rules import CODE_TRIES, CODES
from telehealth.links.service import CodeCheck, CodeRefusal
from tests.support.world import make_patient
from tests.telehealth.links.world import World


def make(world: World, actor: LinkActor) -> str:
    """Make a code and return its digits."""
    code = service.make_code(world.session, actor, now=world.now)
    assert isinstance(code, LinkCode), code
    return service.code_for_delivery(world.session, code.id)


def confirm(world: World, actor: LinkActor, typed: str, *, own: bool = False) -> CodeCheck:
    return service.confirm_code(world.session, actor, typed, is_own_phone=own, now=world.now)


def again(world: World, actor: LinkActor) -> LinkActor:
    """The same phone, as the next request finds it."""
    row = world.session.get_one(LinkOpening, actor.opening_id)
    world.session.refresh(row)
    opened = next(each for each in world.opened if each.opening_id == actor.opening_id)
    found = world.actor(opened)
    assert found is not None
    return found


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def refusals(world: World) -> dict[str, int]:
    rows = world.session.exec(select(LinkRefusal)).all()
    return {row.kind: row.count for row in rows}


def test_the_digits_of_a_code_are_in_no_row(world: World) -> None:
    phone = world.phone()
    code = make(world, phone)
    confirm(world, phone, wrong(code))
    kept = [
        str(row.model_dump())
        for table in (LinkCode, LinkOpening, AuditEntry, LinkRefusal)
        for row in world.session.exec(select(table)).all()
    ]
    assert kept
    assert not any(code in each for each in kept)


def test_the_right_code_opens_and_is_used_once(world: World) -> None:
    phone = world.phone()
    code = make(world, phone)
    assert confirm(world, phone, f"{code[:3]} {code[3:]}") is CodeCheck.RIGHT
    assert again(world, phone).code_given_at == world.now
    assert refusals(world) == {}
    for tries in (1, 2):
        assert confirm(world, phone, code) is CodeCheck.ENDED
        assert refusals(world) == {"code_ended": tries}, "a replayed code is refused and counted"


@pytest.mark.parametrize(
    "spelt",
    [
        "mã {code}",
        "Mã của bạn: {code}.",
        "{code}\u200b",
        "\ufeff{code}",
        "{code} ạ",
        "{wide}",
        "  {code}\u00a0",
    ],
)
def test_a_code_is_its_digits_however_it_was_typed_or_pasted(world: World, spelt: str) -> None:
    phone = world.phone()
    code = make(world, phone)
    wide = code.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    assert confirm(world, phone, spelt.format(code=code, wide=wide)) is CodeCheck.RIGHT


@pytest.mark.parametrize("typed", ["", "mã", "١٢٣", "²³", "một hai ba", "\u200b", "😀"])
def test_what_is_no_code_is_a_wrong_one_and_no_fault(world: World, typed: str) -> None:
    phone = world.phone()
    make(world, phone)
    assert confirm(world, phone, typed) is CodeCheck.WRONG


def test_five_wrong_codes_end_it_and_the_right_one_helps_no_more(world: World) -> None:
    phone = world.phone()
    code = make(world, phone)
    answers = [confirm(world, phone, wrong(code)) for _ in range(CODE_TRIES)]
    assert answers == [CodeCheck.WRONG] * (CODE_TRIES - 1) + [CodeCheck.ENDED]
    assert refusals(world) == {"code_wrong": CODE_TRIES}
    assert confirm(world, phone, code) is CodeCheck.ENDED
    assert again(world, phone).code_given_at is None


def test_a_code_is_good_for_ten_minutes_on_the_phone_that_asked(world: World) -> None:
    phone, other = world.phone(), world.phone()
    code = make(world, phone)
    assert confirm(world, other, code) is CodeCheck.ENDED
    world.now += timedelta(minutes=10)
    assert confirm(world, phone, code) is CodeCheck.ENDED


def test_another_code_takes_the_place_of_the_one_before(world: World) -> None:
    phone = world.phone()
    first = make(world, phone)
    assert service.make_code(world.session, phone, now=world.now) is CodeRefusal.TOO_SOON
    world.now += timedelta(seconds=60)
    second = make(world, phone)
    if first != second:  # one in a million is the same
        assert confirm(world, phone, first) is CodeCheck.WRONG
    assert confirm(world, phone, second) is CodeCheck.RIGHT
    assert refusals(world)["code_too_soon"] == 1


def test_texts_cannot_be_pumped_by_phones_or_links(world: World) -> None:
    for _ in range(CODES.per_number):
        make(world, world.phone())
    further = world.phone(world.token(world.issue()))
    assert service.make_code(world.session, further, now=world.now) is CodeRefusal.NUMBER
    assert service.make_code(world.session, further, now=world.now) is CodeRefusal.NUMBER
    assert refusals(world) == {"code_number": 2}
    # The next day it is allowed again; another patient of the same number was never held up.
    other = make_patient(world.session, world.nurse, full_name="Triệu Văn Sáng", birth="1990")
    make(world, world.phone(world.token(world.issue(patient_id=other.id))))
    world.now += CODES.span
    make(world, world.phone(world.token(world.issue())))


def test_a_facility_sends_only_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    few = type(CODES)(CODES.span, per_number=5, per_facility=1)
    monkeypatch.setattr("telehealth.links.service.codes.CODES", few)
    make(world, world.phone())
    assert service.make_code(world.session, world.phone(), now=world.now) is CodeRefusal.FACILITY
    assert refusals(world) == {"code_facility": 1}


def test_without_a_number_there_is_no_code(world: World) -> None:
    nobody = make_patient(world.session, world.nurse, full_name="Hoàng Văn Páo", birth="1950", phone=None)
    phone = world.phone(world.token(world.issue(patient_id=nobody.id)))
    assert service.make_code(world.session, phone, now=world.now) is CodeRefusal.NO_PHONE


def test_a_phone_is_remembered_only_when_the_patient_calls_it_theirs(world: World) -> None:
    lent, own = world.phone(), world.phone()
    confirm(world, lent, make(world, lent))
    confirm(world, own, make(world, own), own=True)
    assert not again(world, lent).is_own_phone
    assert again(world, own).is_own_phone
    [row] = world.session.exec(select(OwnPhone)).all()
    assert (row.patient_id, row.device_id) == (world.patient.id, own.device_id)


def test_nobody_says_of_a_helpers_phone_that_it_is_the_patients_own(world: World) -> None:
    helper = replace(world.phone(), relation="child")
    assert confirm(world, helper, make(world, helper), own=True) is CodeCheck.RIGHT
    assert world.session.exec(select(OwnPhone)).all() == []
    [kept] = world.session.exec(select(AuditEntry).where(AuditEntry.action == "link.confirm_code")).all()
    assert kept.facts["is_own_phone"] is False


def test_an_own_phone_is_one_patients_own(world: World) -> None:
    opened = world.open(world.token())
    actor = world.actor(opened)
    assert actor is not None
    confirm(world, actor, make(world, actor), own=True)
    other = make_patient(world.session, world.nurse, full_name="Triệu Văn Sáng", birth="1990")
    second = world.open(world.token(world.issue(patient_id=other.id)), opened.device_token)
    shared = world.actor(second)
    assert shared is not None
    assert not shared.is_own_phone


@pytest.mark.parametrize("by", ["patient", "station"])
def test_an_own_phone_can_be_taken_back(world: World, by: str) -> None:
    phone = world.phone()
    confirm(world, phone, make(world, phone), own=True)
    if by == "patient":
        service.forget_phone(world.session, again(world, phone), now=world.now)
        assert again(world, phone).code_given_at is None
    else:
        assert service.end_own_phones(world.session, world.patient.id, now=world.now) == 1
    assert not again(world, phone).is_own_phone
    world.now += timedelta(minutes=1)
    confirm(world, phone, make(world, phone), own=True)
    assert again(world, phone).is_own_phone


def test_a_link_that_lives_by_codes_lives_a_day_from_each(world: World) -> None:
    link = world.issue(purpose="documents")
    phone = world.phone(world.token(link))
    world.now += timedelta(hours=20)
    confirm(world, phone, make(world, phone))
    assert link.expires_at == world.now + timedelta(hours=24)
    joined = world.phone()
    ends_at = world.link.expires_at
    world.now += timedelta(minutes=1)
    confirm(world, joined, make(world, joined))
    assert world.link.expires_at == ends_at, "one that ends with its subject does so"


def test_a_code_nobody_waits_for_is_not_sent(world: World) -> None:
    phone = world.phone()
    digits = make(world, phone)
    code: UUID = world.session.exec(select(LinkCode.id)).one()
    assert queries.is_code_waiting(world.session, code, now=world.now)
    confirm(world, phone, digits)
    assert not queries.is_code_waiting(world.session, code, now=world.now)
    found = queries.find_link_of_code(world.session, code)
    assert found is not None
    assert found.id == world.link.id
