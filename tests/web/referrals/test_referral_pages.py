"""The pages of referrals, in process: written beside the record, answered, printed, sent back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.referrals.models import Referral
from telehealth.visits.service import amend
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.pdfs import A4, A5, greys_of, metadata_of, patient_press, sizes_of, squeezed, text_of
from tests.support.referrals import ReferralWorld, make_referral_world
from tests.support.verdicts import is_valid
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@dataclass(frozen=True)
class Scene:
    database: Database
    world: ReferralWorld
    doctor: Browser
    nurse: Browser
    receiver: Browser
    above: Browser

    @property
    def part(self) -> str:
        return f"/visits/{self.world.base.visit.id}/referral"

    @property
    def row(self) -> Referral:
        with self.database.read() as unit:
            found = unit.session.exec(select(Referral)).one()
            unit.session.expunge(found)
            return found

    @property
    def here(self) -> str:
        return f"/referrals/{self.row.id}"

    def given(self, **more: str) -> dict[str, str]:
        return {
            "to_facility_id": str(self.world.receiver.here),
            "urgency": "urgent",
            "transport": "ambulance",
            "reason": "Nghi suy tim mất bù",
            "version": "0",
            **more,
        }

    @property
    def pdf(self) -> str:
        return f"/visits/{self.world.base.visit.id}/papers/referral.pdf"

    def send(self, **more: str) -> None:
        self.doctor.post(self.part, self.given(**more), page=self.part)
        with self.database.write() as unit:
            self.world.base.write(unit.session, now=unit.now)
            self.world.base.sign(unit.session, now=unit.now)

    def act(self, who: Browser, name: str, **fields: str) -> str:
        given = {"version": str(self.row.version), **fields}
        return who.post(f"{self.here}/{name}", given, page=self.here).headers.get("location", "")


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Scene]:
    with database.write() as unit:
        world = make_referral_world(unit.session, now=unit.now)
        people = (world.base.doctor, world.base.nurse, world.receiver, world.above)
        tokens = [make_sign_in(unit.session, who, now=unit.now) for who in people]
    app = build_app(database, tmp_path, clock)
    with patient_press(app):
        yield Scene(database, world, *(Browser(app, token) for token in tokens))


def test_written_in_the_workspace_and_nothing_typed_is_lost(scene: Scene) -> None:
    assert "Chuyển người bệnh" in scene.doctor.get(scene.part).text
    wrong = scene.doctor.post(scene.part, scene.given(reason="", condition="Khó thở"), page=scene.part)
    assert wrong.status_code == 422
    assert "Khó thở" in wrong.text
    answer = scene.doctor.post(
        scene.part, scene.given(), page=scene.part, hx_request="true", hx_target="part-referral"
    )
    assert answer.text.lstrip().startswith('<section id="part-referral"')
    assert answer.headers["hx-trigger-after-settle"] == "record-saved"
    assert scene.receiver.get("/referrals").text.count("Lý Thị 0") == 0


def test_received_accepted_and_told_to_the_patient(scene: Scene) -> None:
    scene.send()
    assert "Lý Thị 0" in scene.receiver.get("/referrals").text
    page = scene.receiver.get(scene.here).text
    assert "Nghi suy tim mất bù" in page
    assert "Nhận người bệnh" in page
    scene.act(scene.receiver, "accept", come_on="24/11/2026", clock="08:30", ask_for="Khoa Nội tim mạch")
    seen = scene.nurse.get(scene.here).text
    assert "08:30, 24/11/2026" in seen
    assert "Khoa Nội tim mạch" in seen
    assert "báo người bệnh" in scene.nurse.get("/tasks").text


def test_a_day_gone_by_is_refused_and_stays_typed(scene: Scene) -> None:
    scene.send()
    given = {"version": str(scene.row.version), "come_on": "01/01/2026", "ask_for": "Khoa Nội"}
    answer = scene.receiver.post(f"{scene.here}/accept", given, page=scene.here)
    assert answer.status_code == 422
    assert "Khoa Nội" in answer.text
    assert "phải ở phía trước" in answer.text


def test_sent_on_the_first_no_longer_sees_it_and_the_next_does(scene: Scene) -> None:
    scene.send()
    here = scene.here
    to = scene.act(scene.receiver, "redirect", to_facility_id=str(scene.world.above.here))
    assert to == "/referrals"
    assert scene.receiver.get(here).status_code == 404
    assert "Lý Thị 0" in scene.above.get(here).text


def test_declined_the_station_chooses_again(scene: Scene) -> None:
    scene.send()
    scene.act(scene.receiver, "decline", reason="no_bed", text="Mai mới có giường")
    page = scene.nurse.get(scene.here).text
    assert "Hết giường" in page
    assert "Mai mới có giường" in page
    assert "cần chọn lại" in scene.nurse.get("/today").text


def test_sent_back_it_is_read_at_the_station(scene: Scene) -> None:
    scene.send()
    scene.act(scene.receiver, "accept")
    scene.receiver.post(f"{scene.here}/message", {"text": "Đang siêu âm"}, page=scene.here)
    scene.act(scene.receiver, "return", found="EF 38 %", to_do="Cân mỗi sáng")
    today = scene.nurse.get("/today").text
    assert "Người bệnh được chuyển về" in today
    page = scene.nurse.get(scene.here).text
    for words in ("EF 38 %", "Cân mỗi sáng", "Đang siêu âm"):
        assert words in page
    scene.act(scene.nurse, "acknowledge")
    assert "Người bệnh được chuyển về" not in scene.nurse.get("/today").text


def test_words_that_come_too_late_are_shown_to_be_copied(scene: Scene) -> None:
    scene.send()
    scene.act(scene.receiver, "accept")
    scene.act(scene.receiver, "return", found="EF 38 %", to_do="Cân mỗi sáng")
    late = scene.receiver.post(f"{scene.here}/return", {"found": "EF 40 %", "version": "0"}, page=scene.here)
    assert late.status_code == 412
    assert 'id="f-found">EF 40 %</p>' in late.text
    scene.act(scene.nurse, "acknowledge")
    over = scene.receiver.post(f"{scene.here}/message", {"text": "Còn phù không?"}, page=scene.here)
    assert over.status_code == 409
    assert 'id="f-text">Còn phù không?</p>' in over.text
    assert "Lời chưa gửi" not in scene.receiver.get(scene.here).text


def letter(scene: Scene, more: str = "") -> bytes:
    answer = scene.nurse.get(f"{scene.pdf}{more}")
    assert answer.status_code == 200
    return answer.content


def code_of(scene: Scene) -> str:
    (code,) = re.findall(r"/v/([a-z2-7]{26})", scene.nurse.get(f"{scene.here}/print").text)
    return str(code)


def verdict(scene: Scene, code: str) -> bool:
    return is_valid(scene.nurse.get(f"/v/{code}").text)


def test_the_letter_says_what_was_signed(scene: Scene) -> None:
    scene.doctor.post(scene.part, scene.given(), page=scene.part)
    assert scene.doctor.get(f"{scene.here}/print").status_code == 404, "a draft is no letter"
    assert scene.doctor.get(scene.pdf).status_code == 404
    with scene.database.write() as unit:
        scene.world.base.write(unit.session, now=unit.now)
        scene.world.base.sign(unit.session, now=unit.now)
    sheet = scene.nurse.get(f"{scene.here}/print").text
    for words in ("Giấy chuyển cơ sở khám bệnh, chữa bệnh", "LÝ THỊ 0", "BVĐK tỉnh", "ký số"):
        assert words in sheet
    assert "Tim đều, phổi trong" in sheet


@pytest.mark.parametrize(("more", "size"), [("", A4), ("?size=a4", A4), ("?size=a5", A5)])
def test_the_letter_as_a_file_is_one_page_in_either_size(
    scene: Scene, more: str, size: tuple[int, int]
) -> None:
    hostile = "#set page(fill: red) <b>Nghi</b> suy tim *mất bù* ữ ộ"
    scene.send(reason=hostile, condition="Tỉnh, thở 24 lần/phút", treatment="Furosemid 20 mg tiêm 9:00")
    content = letter(scene, more)
    text = text_of(content)
    for words in (
        "Giấy chuyển cơ sở khám bệnh, chữa bệnh",
        "Kính gửi: BVĐK tỉnh",
        "LÝ THỊ 0",
        "Dị ứng Penicillin",
        "Tim đều, phổi trong, không phù.",
        "Huyết áp 158/94 mmHg",
        "I10 Tăng huyết áp vô căn",
        "Furosemid 20 mg tiêm 9:00",
        "Tỉnh, thở 24 lần/phút",
        hostile,
        "Xe cấp cứu 115",
        "Đại diện cơ sở chuyển",
        "Chưa ký số",
    ):
        assert words in text, words
    assert squeezed(f"/v/{code_of(scene)}") in squeezed(text)
    assert sizes_of(content) == [size]
    assert greys_of(content) == (0, 255)
    assert metadata_of(content)["Title"] == "Giấy chuyển cơ sở khám bệnh, chữa bệnh"


def test_both_sides_are_offered_the_letter_in_either_size(scene: Scene) -> None:
    scene.send()
    for who in (scene.nurse, scene.receiver):
        for page in (who.get(scene.here).text, who.get(f"{scene.here}/print").text):
            assert f'href="{scene.pdf}?size=a4"' in page
            assert f'href="{scene.pdf}?size=a5"' in page
        assert who.get(scene.pdf).status_code == 200
    assert f'href="{scene.here}/print"' in scene.nurse.get(f"/visits/{scene.world.base.visit.id}").text
    assert "/a4.css" in scene.nurse.get(f"{scene.here}/print").text
    assert "/a4.css" not in scene.nurse.get(f"{scene.here}/print?size=a5").text
    assert scene.above.get(scene.pdf).status_code == 404


def test_sent_on_the_letter_says_so_and_the_earlier_one_is_void(scene: Scene) -> None:
    scene.send()
    first = code_of(scene)
    assert verdict(scene, first)
    scene.act(scene.nurse, "redirect", to_facility_id=str(scene.world.above.here))
    assert not verdict(scene, first)
    text = text_of(letter(scene))
    assert "Kính gửi: BVĐK tỉnh" in text, "what was signed stays"
    assert "Chuyển sang BV trung ương 08:00, 23/11/2026" in text
    second = code_of(scene)
    assert second != first
    scene.act(scene.nurse, "redirect", to_facility_id=str(scene.world.receiver.here))
    assert [verdict(scene, each) for each in (first, second, code_of(scene))] == [False, False, True]
    assert scene.receiver.get(scene.pdf).status_code == 200


def test_an_amendment_stands_on_the_letter_and_voids_the_earlier_one(scene: Scene) -> None:
    scene.send()
    first = code_of(scene)
    base = scene.world.base
    with scene.database.write() as unit:
        amend(unit.session, base.doctor, base.visit.id, reason="Bổ sung", text="Kali 4,1", now=unit.now)
    assert not verdict(scene, first)
    assert "Kali 4,1" in text_of(letter(scene))
    assert "Kali 4,1" in scene.nurse.get(f"{scene.here}/print").text
    assert verdict(scene, code_of(scene))


def test_called_off_there_is_no_letter_and_its_code_says_void(scene: Scene) -> None:
    scene.send()
    first = code_of(scene)
    scene.act(scene.nurse, "withdraw")
    assert not verdict(scene, first)
    for path in (scene.pdf, f"{scene.here}/print"):
        assert scene.nurse.get(path).status_code == 404
    assert "In giấy chuyển" not in scene.nurse.get(scene.here).text


def test_who_has_no_part_in_it_finds_nothing(scene: Scene) -> None:
    scene.send()
    assert scene.above.get(scene.here).status_code == 404
    assert scene.nurse.get(f"/referrals/{UUID(int=7)}").status_code == 404
