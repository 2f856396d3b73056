"""Sending and looking at photos without a browser: in parts, with a form, by a patient's phone."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from telehealth.files.models import FileUpload, FileUploadPart, StoredFile
from telehealth.files.rules import CHUNK_BYTES
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.visits.models import Attachment, AttachmentFile, AttachmentUpload
from telehealth.wiring import build_bus
from tests.support.app import Browser, build_app
from tests.support.attachments import checksum
from tests.support.calls import BookedCall, book_call, open_on_phone
from tests.support.clock import FixedClock
from tests.support.pictures import corpus, paper, picture, scripted_pdf
from tests.support.world import make_facility, make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slices run on both

_CSRF = re.compile(r'name="csrf_token"\s+value="([^"]+)"')
JSON = {"Accept": "application/json"}
CORPUS = corpus()
KEPT = (FileUpload, FileUploadPart, StoredFile, AttachmentUpload, AttachmentFile)


@pytest.fixture
def bus() -> Bus:
    """The bus of the program: a visit hears of its appointment."""
    return build_bus()


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def call(database: Database) -> BookedCall:
    with database.write() as unit:
        return book_call(unit.session, now=unit.now)


class Sender:
    """Somebody at a page that sends files: with its proof, in parts or with the form."""

    def __init__(self, browser: Browser, page: str, uploads: str, announce: str) -> None:
        self.browser, self.page, self.uploads, self.announce = browser, page, uploads, announce
        found = _CSRF.search(browser.get(page).text)
        assert found, "no form to send with"
        self.proof = {"X-CSRF-Token": found[1]}

    def post(self, path: str, **fields: str) -> Response:
        """Post as a script of ours does."""
        return self.browser.client.post(path, data=fields, headers=self.proof | JSON)

    def patch(self, upload: UUID, at: int, chunk: bytes, **headers: str) -> Response:
        """Send one part."""
        named = {"Upload-Offset": str(at), "Upload-Checksum": checksum(chunk), **headers}
        return self.browser.client.patch(
            f"{self.uploads}{upload}", content=chunk, headers=self.proof | JSON | named
        )

    def send(self, content: bytes, media_type: str = "image/jpeg", **said: str) -> Response:
        """Announce, send in two parts or more and attach; return the answer to the last, or to a refusal."""
        upload, part = new_id(), min(len(content) // 2 or 1, CHUNK_BYTES)
        begun = self.post(self.announce, id=str(upload), media_type=media_type, length=str(len(content)))
        if begun.status_code != 204:
            return begun
        for at in range(0, len(content), part):
            self.patch(upload, at, content[at : at + part])
        return self.post(self.page, id=str(new_id()), upload_id=str(upload), **said)

    def send_form(self, *files: tuple[str, bytes], **said: str) -> Response:
        """Send as a browser without script does."""
        return self.browser.client.post(
            self.page, data=said, files=[("files", each) for each in files], headers=self.proof
        )


def at_station(app: FastAPI, database: Database, call: BookedCall, who: str = "nurse") -> Sender:
    with database.write() as unit:
        browser = Browser(app, make_sign_in(unit.session, getattr(call, who), now=unit.now))
    visit = f"/visits/{call.appointment.visit_id}"
    return Sender(browser, f"{visit}/attachments", "/uploads/", f"{visit}/uploads")


def on_phone(app: FastAPI, database: Database, call: BookedCall) -> Sender:
    with database.write() as unit:
        phone = open_on_phone(unit.session, call, now=unit.now)
    browser = Browser(app)
    browser.client.cookies.set("phone", phone.cookie)
    base = f"/p/{phone.opening_id}"
    return Sender(browser, f"{base}/photos", f"{base}/uploads/", f"{base}/uploads")


def attachments(database: Database) -> list[Attachment]:
    with database.read() as unit:
        found = list(unit.session.exec(select(Attachment)).all())
        unit.session.expunge_all()
        return found


def left_behind(database: Database, folder: Path) -> list[object]:
    """Rows, parts and bytes of files that belong to nothing."""
    with database.read() as unit:
        rows = [each for table in KEPT for each in unit.session.exec(select(table))]
        return [*rows, *(path for path in (folder / "files").rglob("*") if path.is_file())]


def test_a_photo_sent_in_parts_is_seen_by_the_doctor(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse = at_station(app, database, call)
    answer = nurse.send(picture(size=(400, 300)), caption="Vết loét", kind="photo")
    assert answer.status_code == 201
    doctor = at_station(app, database, call, "doctor").browser
    page = doctor.get(nurse.page).text
    assert "Vết loét" in page
    shown = doctor.get(f"/attachments/{answer.json()['id']}/picture?size=view")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8")
    for name, value in {
        "content-disposition": "attachment",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
    }.items():
        assert shown.headers[name] == value


def test_parts_at_the_wrong_place_or_damaged_are_told_where_to_go_on(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse, upload = at_station(app, database, call), new_id()
    nurse.post(nurse.announce, id=str(upload), media_type="image/png", length="100")
    assert nurse.patch(upload, 0, b"x" * 60).headers["upload-offset"] == "60"
    again = nurse.patch(upload, 0, b"x" * 60)
    assert (again.status_code, again.json()["code"]) == (409, "upload-offset")
    assert again.json()["facts"] == {"offset": 60}
    bent = nurse.patch(upload, 60, b"y" * 40, **{"Upload-Checksum": checksum(b"z")})
    assert bent.json()["code"] == "upload-checksum"
    asked = nurse.browser.client.head(f"/uploads/{upload}")
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("60", "100")
    early = nurse.post(nurse.page, id=str(new_id()), upload_id=str(upload))
    assert early.json()["code"] == "upload-incomplete"
    gone = nurse.browser.client.delete(f"/uploads/{upload}", headers=nurse.proof)
    assert gone.status_code == 204
    assert nurse.browser.client.head(f"/uploads/{upload}").status_code == 404


def test_nothing_is_taken_without_proof_of_origin(app: FastAPI, database: Database, call: BookedCall) -> None:
    nurse, upload = at_station(app, database, call), new_id()
    nurse.proof = {}
    assert nurse.post(nurse.announce, id=str(upload), media_type="image/png", length="9").status_code == 403
    assert nurse.patch(upload, 0, b"x").status_code == 403
    assert nurse.send_form(("a.jpg", picture())).status_code == 403


def test_a_form_without_script_takes_several_files(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse = at_station(app, database, call)
    big = picture(size=(3000, 2000), quality=100) + bytes(2_000_000)
    answer = nurse.send_form(("a.jpg", big), ("b.pdf", paper(2)), kind="document", caption="Giấy ra viện")
    assert answer.status_code == 303, answer.text
    assert [each.kind for each in attachments(database)] == ["document", "document"]
    page = nurse.browser.get(nurse.page).text
    assert page.count("Giấy ra viện") >= 2


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_what_is_refused_is_said_in_words_and_leaves_nothing(
    app: FastAPI, database: Database, call: BookedCall, tmp_path: Path, name: str
) -> None:
    nurse, (content, code) = at_station(app, database, call), CORPUS[name]
    refused = nurse.send_form(("anh.jpg", content), caption="Vết loét")
    assert refused.status_code == 422
    assert 'value="Vết loét"' in refused.text
    assert 'class="field field--error"' in refused.text
    if content:
        sent = nurse.send(content, media_type="image/jpeg")
        assert (sent.status_code, sent.json()["code"]) == (422, code)
        assert sent.json()["detail"]
    assert left_behind(database, tmp_path) == []
    assert attachments(database) == []


def test_a_paper_that_would_run_something_is_kept_as_pictures(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse = at_station(app, database, call)
    made = nurse.send(scripted_pdf(), media_type="application/pdf", kind="document").json()
    shown = nurse.browser.get(f"/attachments/{made['id']}/picture?size=full")
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"JavaScript" not in shown.content


def test_an_attachment_is_turned_pointed_at_described_moved_taken_back_and_put_back(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    nurse = at_station(app, database, call)
    one, other = (nurse.send(picture()).json()["id"] for _ in range(2))

    def change(act: str, which: str = one, **fields: str) -> str:
        page = nurse.browser.get(f"/attachments/{which}").text
        version = re.search(r'name="version" value="(\d+)"', page)
        fields = {"version": version[1] if version else "0", **fields}
        answer = nurse.browser.client.post(
            f"/attachments/{which}", data={"act": act, **fields}, headers=nurse.proof
        )
        assert answer.status_code == 303, answer.text
        return nurse.browser.get(answer.headers["location"]).text

    assert 'transform="translate(40 0) rotate(90)"' in change("right")
    assert "<line" in change("arrows", arrows="[[1, 1000, 1000, 5000, 5000]]")
    assert "Vết loét cẳng chân" in change("describe", caption="Vết loét cẳng chân", kind="photo")
    assert change("earlier", other).index(other) < nurse.browser.get(nurse.page).text.index(one)
    assert "Đã rút lại" in change("withdraw")
    assert "Đã rút lại" not in change("restore")
    stale = nurse.browser.client.post(
        f"/attachments/{one}", data={"act": "left", "version": "1"}, headers=nurse.proof
    )
    assert stale.status_code == 412
    bad = nurse.browser.client.post(
        f"/attachments/{one}", data={"act": "arrows", "version": "9", "arrows": "[[["}, headers=nurse.proof
    )
    assert bad.status_code == 422
    printed = nurse.browser.get(f"{nurse.page}/print").text
    assert "Vết loét cẳng chân" in printed
    assert "rotate(90)" in printed


def test_a_patient_who_waits_sends_photos_the_doctor_sees_at_once(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    phone = on_phone(app, database, call)
    sent = phone.send(picture())
    assert sent.status_code == 201, sent.text
    assert phone.send_form(("b.jpg", picture())).status_code == 303
    assert {each.source for each in attachments(database)} == {"waiting"}
    doctor = at_station(app, database, call, "doctor").browser
    assert doctor.get(f"/visits/{call.appointment.visit_id}/attachments").text.count("Người bệnh gửi") == 2
    which = sent.json()["id"]
    assert phone.browser.get(f"{phone.page}/{which}/picture").status_code == 200
    assert phone.browser.client.post(f"{phone.page}/{which}", headers=phone.proof).status_code == 303
    assert phone.browser.get(f"{phone.page}").text.count("<img") == 2  # the other one, and the script's


def test_a_patients_phone_reaches_nothing_it_did_not_send(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    other = at_station(app, database, call).send(picture()).json()["id"]
    phone = on_phone(app, database, call)
    assert phone.browser.get(f"{phone.page}/{other}/picture").status_code == 404
    assert phone.browser.client.post(f"{phone.page}/{other}", headers=phone.proof).status_code == 404
    assert phone.browser.get(f"/attachments/{other}").status_code == 303  # to the sign-in


def test_another_station_finds_nothing(app: FastAPI, database: Database, call: BookedCall) -> None:
    made = at_station(app, database, call).send(picture()).json()["id"]
    with database.write() as unit:
        elsewhere = make_member(unit.session, make_facility(unit.session, name="Trạm Y tế xã Cao Thượng"))
        browser = Browser(app, make_sign_in(unit.session, elsewhere, now=unit.now))
    visit = f"/visits/{call.appointment.visit_id}"
    for path in (
        f"/attachments/{made}",
        f"/attachments/{made}/picture",
        f"{visit}/attachments",
        f"{visit}/attachments/print",
    ):
        assert browser.get(path).status_code == 404
