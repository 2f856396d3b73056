"""A photo among the answers: sent with the form, washed, never green, seen by who may read the round."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from PIL import Image

from telehealth import wiring
from telehealth.audit.models import AuditEntry
from telehealth.checks import service
from telehealth.checks.models import CheckAnswer, CheckPhoto
from telehealth.checks.rules import Outcome
from telehealth.files.models import StoredFile
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from tests.support.app import Browser
from tests.support.checks import make_checks
from tests.support.clock import FixedClock
from tests.support.pictures import GPS, corpus, paper, picture
from tests.support.world import make_facility, make_member
from tests.web.checks.test_check_pages import Ward
from tests.web.test_page_costs import cost

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere

WELL = {"q_look": "dry", "q_fever": "no", "q_pain": "1"}
CORPUS = corpus()


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def ward(database: Database, clock: FixedClock, tmp_path: Path) -> Ward:
    """A patient asked about a wound today."""
    checks = make_checks(database, clock)
    today = clock.now().date()
    wanted = service.Wanted(questionnaire="wound", days=(today,), via="sms")  # type: ignore[arg-type]
    checks.do(lambda s, now: service.set_checks(s, checks.doctor, checks.world.visit.id, wanted, now=now).id)
    checks.tick()
    return Ward(checks, tmp_path)


def with_gps() -> bytes:
    """A photo as a phone takes it: with the place it was taken at."""
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (22.0, 15.0, 0.0)}
    return picture(exif=exif.tobytes())


def send(phone: Browser, here: str, photo: bytes, **given: str) -> Response:
    """Send the form with a photo, as a browser without script does."""
    page = phone.get(here).text
    assert 'enctype="multipart/form-data"' in page
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert found
    return phone.client.post(
        here,
        data={"csrf_token": found[1], **WELL, **given},
        files={"q_photo": ("wound.jpg", photo, "image/jpeg")},
    )


def photos_on(page: str) -> list[str]:
    return re.findall(r'<img src="(/checks/rounds/[^"]+/photos/[^"]+)"', page)


def test_a_photo_is_never_green_and_is_seen_with_the_answers(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    assert send(phone, here, with_gps()).status_code == 303
    row = ward.checks.round()
    assert (row.state, row.level) == ("calling", "amber")
    assert "Trạm sẽ gọi" in phone.get(here).text
    for actor in (ward.checks.nurse, ward.checks.doctor):
        staff = ward.staff(actor)
        page = staff.get(f"/checks/rounds/{row.id}").text
        assert "Có ảnh cần xem" in page
        [path] = photos_on(page)
        shown = staff.get(path)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["content-disposition"] == "attachment"
        full = Image.open(BytesIO(staff.get(f"{path}?size=full").content))
        assert full.size == (60, 40)
        assert not full.getexif()
    looks = [each for each in ward.checks.rows(AuditEntry, action="check.read") if "photo" in each.facts]
    assert len(looks) == 4


def test_nobody_else_opens_it(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    send(phone, here, picture())
    row = ward.checks.round()
    [path] = photos_on(ward.staff(ward.checks.nurse).get(f"/checks/rounds/{row.id}").text)
    stranger = ward.staff(ward.checks.do(lambda s, _now: make_member(s, make_facility(s, name="Trạm khác"))))
    assert stranger.get(path).status_code == 404
    assert phone.get(path).status_code in (303, 401)
    assert Browser(ward.app).get(path).status_code in (303, 401)
    other = path.rsplit("/", 1)[0] + f"/{row.id}"
    assert ward.staff(ward.checks.nurse).get(other).status_code == 404


@pytest.mark.parametrize("name", ["text", "html", "svg with a script", "one byte", "a paper", "huge"])
def test_a_hostile_file_is_refused_in_words_and_nothing_else_is_lost(ward: Ward, name: str) -> None:
    content = {"a paper": paper(), "huge": b"\xff\xd8\xff" + bytes(16 * 1024 * 1024)}.get(name)
    phone, here = ward.open(ward.link())
    content = CORPUS[name][0] if content is None else content
    answer = send(phone, here, content, q_more="Mệt <b>nhiều</b>")
    assert answer.status_code == 422
    assert 'id="f-q_photo-error"' in answer.text
    assert "Mệt &lt;b&gt;nhiều&lt;/b&gt;" in answer.text
    assert re.search(r'value="dry"[^>]* checked', answer.text)
    assert ward.checks.rows(CheckAnswer) == []
    assert ward.checks.rows(StoredFile) == []


def test_a_red_is_heard_whatever_the_photo_is(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    assert send(phone, here, b"no picture", q_look="open").status_code == 303
    assert ward.checks.round().level == "red"
    assert ward.checks.rows(CheckPhoto) == []


def test_without_a_photo_all_is_as_before(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    assert phone.post(here, WELL).status_code == 303
    assert ward.checks.round().level == "green"


def test_what_is_missing_is_asked_for_with_the_photo(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    answer = send(phone, here, picture(), q_pain="")
    assert answer.status_code == 422
    assert "Chọn lại ảnh khi gửi" in answer.text
    assert ward.checks.rows(StoredFile) == []


def test_nobody_types_a_photo(ward: Ward) -> None:
    phone, here = ward.open(ward.link())
    phone.post(here, {**WELL, "q_photo": "photo"})
    assert ward.checks.round().level == "green"
    ward.checks.clock.advance(hours=1)
    nurse_given = {"look": "wet", "fever": "no", "pain": "1", "photo": "photo"}
    phone.post(f"{here}?again=true", {**WELL, "q_look": "wet"}, page=f"{here}?again=true")
    ward.checks.call(Outcome.ADVISED, given=nurse_given)
    assert all("photo" not in each.given for each in ward.checks.rows(CheckAnswer))


def test_neither_slip_nor_call_asks_for_a_photo(ward: Ward) -> None:
    nurse = ward.staff(ward.checks.nurse)
    row = ward.checks.round()
    made = nurse.post(f"/checks/rounds/{row.id}/slip", page=f"/checks/rounds/{row.id}")
    assert "Ảnh chụp vết thương" not in nurse.get(made.headers["location"]).text
    phone, here = ward.open(ward.link())
    phone.post(here, {**WELL, "q_look": "wet"})
    assert 'type="file"' not in nurse.get(f"/checks/rounds/{row.id}").text


def test_a_round_costs_the_same_with_one_photo_and_with_three(ward: Ward) -> None:
    app: FastAPI = ward.app
    phone, here = ward.open(ward.link())
    nurse, path = ward.staff(ward.checks.nurse), f"/checks/rounds/{ward.checks.round().id}"
    send(phone, here, picture())
    few = cost(app, nurse, path)
    for _ in range(2):
        send(phone, f"{here}?again=true", picture())
    assert len(photos_on(nurse.get(path).text)) == 3
    assert cost(app, nurse, path) == few
