"""Papers of a signed visit: PDF, the code on them and what it answers, text and FHIR for other systems."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.papers.certificates import make_certificate
from telehealth.papers.service import on_record_signed
from telehealth.papers.signer import LocalSigner, Signer
from telehealth.patients.models import Patient
from telehealth.visits.events import VisitSigned
from telehealth.visits.service import amend
from tests.support.app import Browser, api_client
from tests.support.clock import FixedClock
from tests.support.pdfs import A4, A5, metadata_of, patient_press, sizes_of, text_of
from tests.support.practice import Practice, open_practice
from tests.support.verdicts import is_valid
from tests.support.visits import WRITTEN
from tests.support.world import make_token
from web.papers import verifying

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


@pytest.fixture(autouse=True)
def press(practice: Practice) -> Iterator[None]:
    """Papers are set with patience, and the press is ended."""
    with patient_press(practice.app):
        yield


def actions(practice: Practice) -> list[str]:
    with practice.database.read() as unit:
        return list(unit.session.exec(select(AuditEntry.action)))


def pdf(practice: Practice, more: str = "") -> bytes:
    answer = practice.nurse.get(f"{practice.visit}/papers/visit.pdf{more}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def code_of(practice: Practice) -> str:
    page = practice.nurse.get(f"{practice.visit}/print").text
    (address,) = re.findall(r"/v/([a-z2-7]{26})", page)
    return str(address)


@pytest.mark.parametrize(("size", "paper"), [("a5", A5), ("a4", A4)])
def test_the_pdf_says_what_the_record_says(practice: Practice, size: str, paper: tuple[int, int]) -> None:
    content = pdf(practice, f"?size={size}")
    text = text_of(content)
    with practice.database.read() as unit:
        name = unit.session.get_one(Patient, practice.world.patient_id).full_name
    for words in (*WRITTEN.values(), name.upper(), "158/94 mmHg", "I10 Tăng huyết áp vô căn", "Chưa ký số"):
        assert words in text, words
    assert f"/v/{code_of(practice)}" in text.replace(" ", "")
    assert sizes_of(content) == [paper]
    assert metadata_of(content)["Title"] == "PHIẾU KHÁM"


def test_a_pdf_is_on_record_like_a_print_and_its_name_tells_nothing(practice: Practice) -> None:
    answer = practice.nurse.get(f"{practice.visit}/papers/visit.pdf")
    assert actions(practice).count("visit.print") == 1
    (name,) = re.findall(r'filename="([^"]+)"', answer.headers["content-disposition"])
    assert re.fullmatch(r"visit-[0-9a-f]{8}-a5\.pdf", name)


def test_what_is_not_there_or_hidden_looks_alike(practice: Practice) -> None:
    names = ("visit", "minutes", "prescription", "referral", "nothing")
    for path in (*(f"papers/{name}.pdf" for name in names), "text", "print"):
        hidden = practice.stranger.get(f"{practice.visit}/{path}")
        absent = practice.stranger.get(f"/visits/{new_id()}/{path}")
        assert hidden.status_code == absent.status_code == 404, path
    for name in ("minutes", "prescription", "referral"):
        assert practice.nurse.get(f"{practice.visit}/papers/{name}.pdf").status_code == 404


def test_an_unsigned_visit_has_no_paper(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    other = open_practice(database, tmp_path / "other", clock)
    for path in ("papers/visit.pdf", "text"):
        assert other.nurse.get(f"{other.visit}/{path}").status_code == 404


def test_the_code_answers_anybody_and_tells_nothing_of_the_patient(practice: Practice) -> None:
    answer = Browser(practice.app, None).get(f"/v/{code_of(practice)}")
    assert answer.status_code == 200
    assert is_valid(answer.text)
    assert "23/11/2026" in answer.text
    with practice.database.read() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        assert patient.full_name not in answer.text
        assert patient.mrn not in answer.text
    assert str(practice.world.visit.id) not in answer.text
    assert "Tăng huyết áp" not in answer.text


def test_amended_the_earlier_paper_is_void_and_the_new_one_valid(practice: Practice) -> None:
    earlier = code_of(practice)
    with practice.database.write() as unit:
        amend(
            unit.session,
            practice.world.doctor,
            practice.world.visit.id,
            reason="Bổ sung",
            text="Kali",
            now=unit.now,
        )
    assert not is_valid(practice.nurse.get(f"/v/{earlier}").text)
    newer = code_of(practice)
    assert newer != earlier
    assert is_valid(practice.nurse.get(f"/v/{newer}").text)
    assert "Kali" in text_of(pdf(practice))


@pytest.mark.parametrize("handle", ["a" * 26, "x", "%00", "A" * 500])
def test_an_unknown_code_says_so(practice: Practice, handle: str) -> None:
    answer = practice.nurse.get(f"/v/{handle}")
    assert answer.status_code == 404


def test_whoever_tries_one_code_after_another_is_held_off(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying.BUDGET, "_limit", 3)
    verifying.BUDGET._tries.clear()
    answers = [practice.nurse.get(f"/v/{'a' * 26}").status_code for _ in range(5)]
    verifying.BUDGET._tries.clear()
    assert answers == [404, 404, 404, 429, 429]


def test_the_record_says_that_it_is_unchanged_and_not_signed_digitally(practice: Practice) -> None:
    page = practice.nurse.get(practice.visit).text
    assert "Nội dung còn nguyên. Chưa ký số." in page
    assert f'href="{practice.visit}/papers/visit.pdf?size=a4"' in page


def test_signed_digitally_the_certificate_is_named_on_page_and_paper(
    database: Database, tmp_path: Path, clock: FixedClock, practice: Practice
) -> None:
    local = LocalSigner.load(*make_certificate(tmp_path / "k", "Trạm Vi Hương", now=clock.now()))
    database.bus.extend(Signer, local)
    database.bus.subscribe(VisitSigned, on_record_signed)
    other = open_practice(database, tmp_path / "other", clock, is_written=True)
    other.app.state.press = practice.app.state.press
    with database.write() as unit:
        other.world.sign(unit.session, now=unit.now)
    words = f"Ký số: Trạm Vi Hương (chứng thư {local.certificate_sha256[:16]})"
    assert words in other.nurse.get(f"{other.visit}/print").text
    page = other.nurse.get(other.visit).text
    assert "Trạm Vi Hương ký số lúc 08:00, 23/11/2026" in page
    paper = text_of(other.nurse.get(f"{other.visit}/papers/visit.pdf").content)
    assert words in paper
    assert "Chưa ký số" not in paper


def test_the_sheet_is_shown_in_either_size_and_in_no_other(practice: Practice) -> None:
    sheet = f"{practice.visit}/print"
    usual, large = (practice.nurse.get(f"{sheet}{more}").text for more in ("", "?size=a4"))
    assert f'href="{sheet}?size=a4"' in usual
    assert "/a4.css" not in usual
    assert f'href="{sheet}?size=a5"' in large
    assert "/a4.css" in large
    assert practice.nurse.get(f"{sheet}?size=a3").status_code == 422


def test_the_text_for_the_province_has_all_in_one_block(practice: Practice) -> None:
    page = practice.nurse.get(f"{practice.visit}/text").text
    (block,) = re.findall(r'data-part="value">([^<]*)</div>', page)
    lines = block.splitlines()
    assert [line.split(":")[0] for line in lines[:4]] == ["Họ tên", "Mã người bệnh", "Khám lúc", "Lý do khám"]
    assert "Mã bệnh: I10" in lines
    assert actions(practice).count("visit.print") == 1


def test_the_fhir_document_is_valid_scoped_and_on_record(practice: Practice) -> None:
    world, clients = practice.world, {}
    with practice.database.write() as unit:
        for actor in (world.nurse, world.other_doctor):
            clients[actor] = make_token(unit.session, actor, now=unit.now)
    path = f"/api/v1{practice.visit}/fhir"
    answer = api_client(practice.app, clients[world.nurse]).get(path)
    assert answer.headers["content-type"] == "application/fhir+json"
    assert Bundle.model_validate_json(answer.content).type == "document"
    assert json.loads(answer.content)["entry"][0]["resource"]["resourceType"] == "Composition"
    assert actions(practice).count("visit.print") == 1
    assert api_client(practice.app, clients[world.other_doctor]).get(path).status_code == 404
