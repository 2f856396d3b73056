"""The paper a consent was signed on: photographed at the station, shown to whoever may, kept for good."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from PIL import Image
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.consents.models import ConsentProof
from telehealth.consents.rules import GivenBy, How, Purpose
from telehealth.files.models import StoredFile
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.patients.rules import Relation
from telehealth.requests import FILES_BYTES
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import FixedClock
from tests.support.pictures import GPS, corpus, paper, picture
from tests.support.world import (
    let_in,
    make_consent,
    make_doctor,
    make_member,
    make_patient,
    make_sign_in,
    make_token,
)

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both

CSRF = re.compile(r'name="csrf_token"\s+value="([^"]+)"')
CORPUS = corpus()
BY_MOTHER: dict[str, Any] = {
    "given_by": GivenBy.GUARDIAN,
    "guardian_name": "Hoàng Thị Mây",
    "guardian_relation": Relation.MOTHER,
    "is_child_heard": True,
}


class Desk:
    """A station with a patient, who agreed on paper to treatment and data, and by word to a recording."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database, self.folder = database, folder
        with database.write() as unit:
            self.nurse = make_member(unit.session)
            patient = make_patient(unit.session, self.nurse, birth="12/05/2016")
            self.patient_id = patient.id
            self.treatment, self.data, self.spoken = (
                make_consent(unit.session, self.nurse, patient.id, purpose, how=how, **BY_MOTHER).id
                for purpose, how in (
                    (Purpose.TREATMENT, How.WRITTEN),
                    (Purpose.DATA, How.WRITTEN),
                    (Purpose.RECORDING, How.SPOKEN),
                )
            )
        self.app = build_app(database, folder, clock)
        self.page = f"/patients/{self.patient_id}"
        self.station = self.browser(self.nurse)

    def browser(self, actor: MembershipActor) -> Browser:
        with self.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))

    def send(self, content: bytes, *consents: UUID, browser: Browser | None = None) -> Response:
        """Send the form of the patient's page, as a browser without script does."""
        sender = browser or self.station
        found = CSRF.search(self.station.get(self.page).text)
        assert found
        return sender.client.post(
            f"{self.page}/consents/proof",
            data={"csrf_token": found[1], "consent_id": [str(each) for each in consents]},
            files=[("proof", ("giay.jpg", content))],
        )

    def proof(self, consent: UUID, rest: str = "/picture") -> str:
        return f"{self.page}/consents/{consent}/proof{rest}"

    def left_behind(self) -> list[object]:
        """Rows and bytes of anything that was kept."""
        with self.database.read() as unit:
            rows = [each for table in (StoredFile, ConsentProof) for each in unit.session.exec(select(table))]
            return [*rows, *(path for path in (self.folder / "files").rglob("*") if path.is_file())]

    def trail(self, action: str) -> list[dict[str, Any]]:
        with self.database.read() as unit:
            query = select(AuditEntry).where(
                AuditEntry.action == action, AuditEntry.patient_id == self.patient_id
            )
            return [each.facts for each in unit.session.exec(query)]


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: FixedClock) -> Desk:
    return Desk(database, tmp_path, clock)


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    return picture(size=(900, 1200), exif=exif)


def test_a_photographed_paper_proves_what_was_signed_and_stays_when_that_is_taken_back(desk: Desk) -> None:
    """Given a mother who signed for two purposes, one photo proves both, and outlives the withdrawal."""
    before = desk.station.get(desk.page).text
    assert before.count("Chưa có giấy đã ký") == 2
    assert desk.send(photo_with_place(), desk.treatment, desk.data).status_code == 303
    record = desk.station.get(f"{desk.page}?done=proof").text
    assert record.count("Giấy đã ký: 1 trang") == 2
    assert "Đã lưu giấy đã ký" in record
    assert "Bản 1" in record

    sheet = desk.station.get(desk.proof(desk.data, "")).text
    assert "Hoàng Thị Mây (đã hỏi cháu), ký phiếu giấy" in sheet
    assert f'src="{desk.proof(desk.data)}?page=1"' in sheet
    for size in ("view", "full"):
        shown = desk.station.get(f"{desk.proof(desk.data)}?page=1&size={size}")
        assert shown.headers["content-disposition"] == "attachment"
        assert shown.headers["cache-control"] == "no-store"
        kept = Image.open(BytesIO(shown.content))
        assert kept.format == "JPEG"
        assert not kept.getexif()
    assert [facts["proof_pages"] for facts in desk.trail("consent.record")] == [0, 0, 0, 1, 1]
    assert len(desk.trail("file.add")) == len(desk.trail("file.read")) == 2

    withdrawn = desk.station.post(f"{desk.page}/consents/{desk.data}/withdrawal", page=desk.page)
    assert withdrawn.status_code == 303
    assert desk.station.get(desk.page).text.count("Giấy đã ký: 1 trang") == 2
    assert "đã được rút lại 08:00, 23/11/2026" in desk.station.get(desk.proof(desk.data, "")).text
    assert desk.station.get(desk.proof(desk.data)).status_code == 200
    assert desk.trail("consent.record")[-1]["proof_pages"] == 1


def test_the_same_paper_sent_twice_is_kept_once_and_another_follows_it(desk: Desk) -> None:
    for content in (picture(size=(300, 400)), picture(size=(300, 400)), paper(2)):
        assert desk.send(content, desk.treatment).status_code == 303
    assert "Giấy đã ký: 3 trang" in desk.station.get(desk.page).text
    assert [desk.station.get(f"{desk.proof(desk.treatment)}?page={n}").status_code for n in (1, 2, 3)] == [
        200
    ] * 3
    assert desk.station.get(f"{desk.proof(desk.treatment)}?page=4").status_code == 404


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(desk: Desk, name: str) -> None:
    refused = desk.send(CORPUS[name][0], desk.treatment)
    assert refused.status_code == 422
    assert 'class="field field--error"' in refused.text
    assert desk.left_behind() == []
    assert len(desk.trail("consent.record")) == 3


def test_what_is_larger_than_any_paper_is_refused_unread(desk: Desk) -> None:
    refused = desk.send(bytes(FILES_BYTES + 1), desk.treatment)
    assert refused.status_code == 413
    assert desk.left_behind() == []


def test_only_what_was_signed_has_a_signed_paper(desk: Desk) -> None:
    spoken = desk.send(picture(), desk.data, desk.spoken)
    assert (spoken.status_code, "Chỉ sự đồng ý bằng giấy" in spoken.text) == (422, True)
    nothing = desk.send(picture())
    assert (nothing.status_code, "Chọn sự đồng ý mà giấy này chứng minh" in nothing.text) == (422, True)
    assert desk.left_behind() == []


def test_a_paper_is_shown_to_whoever_may_and_to_others_it_looks_absent(desk: Desk) -> None:
    desk.send(picture(), desk.data)
    with desk.database.write() as unit:
        doctor, stranger = make_doctor(unit.session), make_member(unit.session)
        coordinator = make_member(unit.session, role=Role.COORDINATOR)
        for actor in (doctor, coordinator):
            let_in(unit.session, desk.patient_id, actor, now=unit.now)
    reader, other, planner = (desk.browser(each) for each in (doctor, stranger, coordinator))
    assert "Giấy đã ký: 1 trang" in reader.get(desk.page).text
    assert reader.get(desk.proof(desk.data)).status_code == 200
    assert planner.get(desk.proof(desk.data)).status_code == 403
    assert f'href="{desk.proof(desk.data, "")}"' not in planner.get(desk.page).text
    for path in (desk.proof(desk.data), desk.proof(desk.data, "")):
        missing = other.get(path.replace(str(desk.data), str(new_id())))
        assert (other.get(path).status_code, missing.status_code) == (404, 404)
    assert desk.send(picture(), desk.data, browser=reader).status_code == 403
    assert desk.send(picture(), desk.data, browser=other).status_code in (403, 404)


def test_a_program_sends_and_reads_a_paper_too(desk: Desk) -> None:
    with desk.database.write() as unit:
        token = make_token(unit.session, desk.nurse, now=unit.now)
    program, base = api_client(desk.app, token), f"/api/v1/patients/{desk.patient_id}/consents"
    keyed = {"Idempotency-Key": str(new_id())}
    sent = program.post(f"{base}/{desk.data}/proof", content=picture(), headers=keyed)
    assert (sent.status_code, sent.json()["proof_pages"]) == (201, 1)
    listed = {each["id"]: each["proof_pages"] for each in program.get(base).json()}
    assert listed == {str(desk.data): 1, str(desk.treatment): 0, str(desk.spoken): 0}
    assert program.get(f"{base}/{desk.data}/proof/picture").headers["content-type"] == "image/jpeg"
    broken = program.post(
        f"{base}/{desk.treatment}/proof", content=b"MZ\x90", headers={"Idempotency-Key": str(new_id())}
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "file-type-refused")
