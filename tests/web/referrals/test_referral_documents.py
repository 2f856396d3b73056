"""Photos and papers that go along with a referral, in process: who opens them, and what the letter says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.referrals.models import Referral
from telehealth.visits.models import Attachment
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.pdfs import patient_press, text_of
from tests.support.pictures import picture
from tests.support.referrals import ReferralWorld, make_referral_world
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere

_CSRF = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


@dataclass(frozen=True)
class Scene:
    database: Database
    world: ReferralWorld
    doctor: Browser
    nurse: Browser
    receiver: Browser
    desk: Browser
    above: Browser

    @property
    def visit(self) -> str:
        return f"/visits/{self.world.base.visit.id}"

    @property
    def here(self) -> str:
        with self.database.read() as unit:
            return f"/referrals/{unit.session.exec(select(Referral)).one().id}"

    def attach(self, kind: str, caption: str) -> str:
        """The nurse sends a photo with the form; return its id."""
        page = f"{self.visit}/attachments"
        proof = _CSRF.search(self.nurse.get(page).text)
        assert proof
        answer = self.nurse.client.post(
            page,
            data={"kind": kind, "caption": caption, "csrf_token": proof[1]},
            files=[("files", (f"{kind}.jpg", picture(size=(400, 300))))],
        )
        assert answer.status_code == 303, answer.text
        with self.database.read() as unit:
            found = unit.session.exec(select(Attachment).where(Attachment.caption == caption)).one()
            return str(found.id)

    def send(self, *attachments: str) -> None:
        given = {
            "to_facility_id": str(self.world.receiver.here),
            "urgency": "urgent",
            "transport": "ambulance",
            "reason": "Nghi suy tim mất bù",
            "attachments": list(attachments),
            "version": "0",
        }
        part = f"{self.visit}/referral"
        answer = self.doctor.post(part, given, page=part)
        assert answer.status_code == 303, answer.text
        with self.database.write() as unit:
            self.world.base.write(unit.session, now=unit.now)
            self.world.base.sign(unit.session, now=unit.now)


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Scene]:
    with database.write() as unit:
        world = make_referral_world(unit.session, now=unit.now)
        people = (world.base.doctor, world.base.nurse, world.receiver, world.desk, world.above)
        tokens = [make_sign_in(unit.session, who, now=unit.now) for who in people]
    app = build_app(database, tmp_path, clock)
    with patient_press(app):
        yield Scene(database, world, *(Browser(app, token) for token in tokens))


def opened(who: Browser, attachment: str) -> int:
    """Open an attachment's page and its pixels; both answer alike."""
    page = who.get(f"/attachments/{attachment}").status_code
    pixels = who.get(f"/attachments/{attachment}/picture?size=view")
    assert pixels.status_code == page
    assert (pixels.content[:2] == b"\xff\xd8") is (page == 200)
    return page


def test_the_receiving_side_opens_what_was_sent_along_and_nobody_else_does(scene: Scene) -> None:
    ecg = scene.attach("ecg", "Điện tim 12 đạo trình")
    assert [opened(who, ecg) for who in (scene.receiver, scene.above)] == [404, 404], (
        "nothing before it is sent"
    )
    scene.send(ecg)
    page = scene.receiver.get(scene.here).text
    assert f'href="/attachments/{ecg}"' in page
    assert "Điện tim 12 đạo trình" in page
    assert opened(scene.receiver, ecg) == 200
    assert [opened(who, ecg) for who in (scene.nurse, scene.doctor)] == [200, 200]
    assert opened(scene.above, ecg) == 404


def test_sent_on_the_documents_go_along_and_are_closed_to_the_first(scene: Scene) -> None:
    ecg = scene.attach("ecg", "Điện tim")
    scene.send(ecg)
    here = scene.here
    with scene.database.read() as unit:
        version = unit.session.exec(select(Referral)).one().version
    given = {"to_facility_id": str(scene.world.above.here), "version": str(version)}
    scene.receiver.post(f"{here}/redirect", given, page=here)
    assert opened(scene.above, ecg) == 200
    assert opened(scene.receiver, ecg) == 404


def test_declined_the_documents_are_closed_again(scene: Scene) -> None:
    ecg = scene.attach("ecg", "Điện tim")
    scene.send(ecg)
    with scene.database.read() as unit:
        version = unit.session.exec(select(Referral)).one().version
    given = {"reason": "no_bed", "text": "Mai mới có giường", "version": str(version)}
    scene.receiver.post(f"{scene.here}/decline", given, page=scene.here)
    assert opened(scene.receiver, ecg) == 404


def test_the_letter_names_what_goes_along_and_nothing_else(scene: Scene) -> None:
    ecg = scene.attach("ecg", "Điện tim 12 đạo trình")
    scene.attach("photo", "Vết loét cẳng chân")
    scene.send(ecg)
    letter = scene.nurse.get(f"{scene.here}/print").text
    said = re.search(r"1 ảnh, giấy tờ: ([^<]+)", letter)
    assert said
    assert "Điện tim 12 đạo trình" in said[1]
    assert "Vết loét" not in said[1]
    paper = " ".join(text_of(scene.nurse.get(f"{scene.visit}/papers/referral.pdf").content).split())
    assert "Điện tim 12 đạo trình" in paper
    assert "Vết loét" not in paper


def test_without_documents_the_letter_says_nothing_of_them(scene: Scene) -> None:
    scene.attach("ecg", "Điện tim")
    scene.send()
    assert "ảnh, giấy tờ" not in scene.nurse.get(f"{scene.here}/print").text
