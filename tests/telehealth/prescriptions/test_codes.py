"""National codes: asked for after the signature, over real HTTP, again and again, and never made here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from telehealth.facilities.models import FacilityIdentifier
from telehealth.fitting import build_issuer
from telehealth.kit.db import Database
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.jobs import ask_for_codes
from telehealth.prescriptions.models import Prescription, PrescriptionCode
from telehealth.prescriptions.national import NationalSystem
from telehealth.prescriptions.ports import Answer, Errand, Outcome
from telehealth.prescriptions.service.codes import LONGEST_WAIT, wait_after
from telehealth.prescriptions.states import CodeState
from telehealth.staff.models import Membership
from tests.support.clock import FixedClock
from tests.support.national import CODE, FACILITY, PRESCRIBER, System, national_system
from tests.support.prescriptions import open_pharmacy
from tests.support.visits import make_visit_world


@dataclass
class Signed:
    """A signed prescription, committed; the doctor's hospital and licence are known to the system."""

    database: Database
    prescription_id: object
    licence: str

    def code(self) -> PrescriptionCode:
        """Return how the asking stands now."""
        with self.database.write() as unit:
            return unit.session.get_one(PrescriptionCode, self.prescription_id)


@pytest.fixture
def signed(database: Database) -> Signed:
    with database.write() as unit:
        session, now = unit.session, unit.now
        world = make_visit_world(session, now=now)
        pharmacy = open_pharmacy(session, world, now=now)
        pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=now)
        session.add(
            FacilityIdentifier(
                facility_id=world.doctor.here,
                system="lien_thong",
                value=FACILITY,
                valid_from=date(2026, 1, 1),
                source="test",
            )
        )
        row = session.exec(select(Prescription)).one()
        licence = session.get_one(Membership, world.doctor.ref).licence_number or ""
        return Signed(database, row.id, licence)


@pytest.fixture
def system() -> Iterator[System]:
    with national_system() as system:
        yield system


def test_a_signed_prescription_gets_its_code(signed: Signed, system: System) -> None:
    assert ask_for_codes(signed.database, system.issuer(signed.licence)) == 1
    code = signed.code()
    assert (code.state, code.code, code.attempts) == (CodeState.GIVEN, CODE, 1)
    handed = system.handed_over[0]
    assert handed["ma_lien_thong_bac_si"] == PRESCRIBER
    assert handed["loai_don_thuoc"] == "c"
    medicine = handed["thong_tin_don_thuoc"][0]
    assert (medicine["ten_thuoc"], medicine["so_luong"], medicine["so_ngay"]) == ("Amlodipin", "30", 30)
    assert (medicine["dang_bao_che"], medicine["duong_dung"]) == ("viên nén", "uống")
    assert ask_for_codes(signed.database, system.issuer(signed.licence)) == 0


@pytest.mark.parametrize("answer", [503, 500, 429, "no code", b"<html>", b"[]", b"x" * 70_000])
def test_what_is_no_code_is_asked_again_later(
    signed: Signed, system: System, clock: FixedClock, answer: int | str | bytes
) -> None:
    system.answers = [answer]
    issuer = system.issuer(signed.licence)
    ask_for_codes(signed.database, issuer)
    waiting = signed.code()
    assert (waiting.state, waiting.code) == (CodeState.WAITING, None)
    assert ask_for_codes(signed.database, issuer) == 0
    clock.advance(minutes=1)
    ask_for_codes(signed.database, issuer)
    assert signed.code().code == CODE
    assert [each["ma_don_thuoc_co_so"] for each in system.handed_over] == [str(signed.prescription_id)] * 2


def test_a_slow_system_holds_no_transaction_and_is_asked_again(
    signed: Signed, system: System, clock: FixedClock
) -> None:
    system.answers = ["slow"]
    ask_for_codes(signed.database, system.issuer(signed.licence, patience_seconds=0.3))
    assert signed.code().problem == "unreachable"
    system.release.set()
    clock.advance(minutes=1)
    ask_for_codes(signed.database, system.issuer(signed.licence))
    assert signed.code().state == CodeState.GIVEN


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ((409, CODE), CodeState.GIVEN, CODE),
        (409, CodeState.REFUSED, "already-there"),
        ((409, "not a code"), CodeState.REFUSED, "already-there"),
    ],
)
def test_a_second_asking_after_a_lost_answer_takes_the_code_there_is(
    signed: Signed, system: System, clock: FixedClock, answer: int | tuple[int, str], state: str, said: str
) -> None:
    system.answers = [503, answer]
    ask_for_codes(signed.database, system.issuer(signed.licence))
    clock.advance(minutes=1)
    ask_for_codes(signed.database, system.issuer(signed.licence))
    code = signed.code()
    assert (code.state, code.code or code.problem) == (state, said)


def test_nobody_listening_is_asked_again(signed: Signed) -> None:
    nobody = NationalSystem("http://127.0.0.1:9", {FACILITY: "x"}, {signed.licence: "y"})
    ask_for_codes(signed.database, nobody)
    assert (signed.code().state, signed.code().problem) == (CodeState.WAITING, "unreachable")


def test_a_wrong_password_is_said_and_asked_again(signed: Signed, system: System) -> None:
    system.sign_in_status = 401
    ask_for_codes(signed.database, system.issuer(signed.licence))
    assert signed.code().problem == "sign-in-failed"
    assert system.handed_over == []


def test_without_accounts_nothing_leaves_the_house(signed: Signed, system: System) -> None:
    ask_for_codes(signed.database, NationalSystem(system.address, {}, {}))
    assert signed.code().problem == "facility-unknown"
    assert system.sign_ins == 0


def test_a_prescriber_without_a_code_there_is_said(signed: Signed, system: System) -> None:
    ask_for_codes(signed.database, system.issuer("nobody's licence"))
    assert signed.code().problem == "prescriber-unknown"
    assert system.sign_ins == 0


def test_what_the_system_refuses_is_not_asked_again(
    signed: Signed, system: System, clock: FixedClock
) -> None:
    system.answers = [422]
    ask_for_codes(signed.database, system.issuer(signed.licence))
    assert (signed.code().state, signed.code().problem) == (CodeState.REFUSED, "content-refused")
    clock.advance(days=1)
    assert ask_for_codes(signed.database, system.issuer(signed.licence)) == 0


def _lease(database: Database) -> Errand:
    with database.write() as unit:
        (errand,) = service.lease_due(unit.session, now=unit.now, limit=4)
        return errand


def test_two_nodes_never_ask_at_once_and_a_lost_lease_says_nothing_late(
    signed: Signed, clock: FixedClock
) -> None:
    first = _lease(signed.database)
    with signed.database.write() as unit:
        assert service.lease_due(unit.session, now=unit.now, limit=4) == []
    clock.advance(minutes=3)
    second = _lease(signed.database)
    for errand, answer in (
        (first, Answer(Outcome.REFUSED, problem="content-refused")),
        (second, Answer(Outcome.LATER, problem="unreachable")),
        (first, Answer(Outcome.GIVEN, CODE)),
        (second, Answer(Outcome.GIVEN, "06023aaaaaaa-c")),
    ):
        with signed.database.write() as unit:
            service.settle(unit.session, errand, answer, now=unit.now)
    assert (signed.code().state, signed.code().code) == (CodeState.GIVEN, CODE)


def test_waits_double_up_to_six_hours() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 30)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == LONGEST_WAIT
    assert waits == sorted(waits)


def test_an_errand_shows_nobodys_data_in_a_log(signed: Signed) -> None:
    shown = repr(_lease(signed.database))
    assert "Amlodipin" not in shown
    assert "full_name" not in shown


def test_settings_that_cannot_work_are_refused() -> None:
    assert build_issuer(Settings()) is None
    with pytest.raises(UnusableSettingError, match="https"):
        build_issuer(Settings(prescription_url="http://example.vn"))
    with pytest.raises(UnusableSettingError, match="ACCOUNTS"):
        build_issuer(Settings(prescription_url="https://example.vn"))
    made = build_issuer(Settings(prescription_url="https://example.vn", prescription_accounts={"1": "s"}))
    assert made is not None
    assert "'s'" not in repr(made)


def test_the_code_is_beside_what_was_signed_and_not_in_it(signed: Signed, system: System) -> None:
    with signed.database.write() as unit:
        row = unit.session.get_one(Prescription, signed.prescription_id)
        before = queries.signed_content(unit.session, row)
    ask_for_codes(signed.database, system.issuer(signed.licence))
    with signed.database.write() as unit:
        row = unit.session.get_one(Prescription, signed.prescription_id)
        assert queries.signed_content(unit.session, row) == before
        assert before.content["lines"][0]["total"] == str(Decimal(30))
