"""Photos over a bad link, and sharp photos in a call, in real browsers against the running program."""

import re
import signal
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlmodel import select

from telehealth.files.models import FileUpload
from telehealth.visits.models import Attachment, AttachmentFile
from tests.support import world
from tests.support.callers import Caller, CallStage
from tests.support.chromium import PATIENCE_MS, open_device, wait_until_mounted
from tests.support.processes import wait_until
from tests.support.slow_link import slow_link

KBPS, CUT_EVERY = 300, 20
LONG_MS = 240_000

WATCH = """() => {
  window.seen = new Map();
  const look = () => document.querySelectorAll("[data-part=items] > li").forEach((item, place) => {
    const told = window.seen.get(place) ?? [];
    const value = item.querySelector("progress").value;
    if (told[told.length - 1] !== value) told.push(value);
    window.seen.set(place, told);
  });
  new MutationObserver(look).observe(document.body, {subtree: true, attributes: true, childList: true});
}"""


def grainy_photo() -> bytes:
    """A photo of 12 megapixels and about 4 megabytes: grain above a few soft spots, as in poor light."""
    spots = Image.frombytes("RGB", (16, 12), Random(1).randbytes(16 * 12 * 3))
    soft = spots.resize((4000, 3000), Image.Resampling.BICUBIC)
    grain = Image.merge("RGB", (Image.effect_noise((4000, 3000), 22),) * 3)
    written = BytesIO()
    Image.blend(soft, grain, 0.25).save(written, "JPEG", quality=93)
    return written.getvalue()


def scanned_paper(kilobytes: int) -> bytes:
    """A PDF of one grey scan, which no browser makes smaller."""
    side = 400
    written = BytesIO()
    while written.tell() < kilobytes * 1000:
        side += 40
        written = BytesIO()
        noise = Image.frombytes("L", (side, side), Random(side).randbytes(side * side))
        noise.save(written, "PDF", quality=60)
    return written.getvalue()


@pytest.fixture(scope="module")
def photos() -> list[dict[str, object]]:
    """Three photos of some four megabytes."""
    made = grainy_photo()
    assert 3_500_000 < len(made) < 6_000_000, len(made)
    return [{"name": f"anh{n}.jpg", "mimeType": "image/jpeg", "buffer": made} for n in range(3)]


def kept_for(stage: CallStage, visit_id: object) -> list[tuple[bool, str]]:
    with stage.database.read() as unit:
        query = select(Attachment).where(Attachment.visit_id == visit_id)
        return [(each.is_whole, each.source) for each in unit.session.exec(query)]


def test_three_photos_of_four_megabytes_and_a_paper_arrive_over_a_line_that_drops(
    call_stage: CallStage, photos: list[dict[str, object]]
) -> None:
    """Given 300 kbit/s and a cut every 20 s, when files are chosen, all come and none runs backwards."""
    call = call_stage.book()
    visit_id = call.appointment.visit_id
    with call_stage.database.write() as unit:
        token = world.make_sign_in(unit.session, call.nurse, now=unit.now)
    port = int(call_stage.server.base_url.rpartition(":")[2])
    with slow_link(port) as link, open_device(call_stage.browser, base_url=link.address) as context:
        context.add_cookies([{"name": "signin", "value": token, "url": link.address}])
        page = context.new_page()
        page.goto(f"/visits/{visit_id}/station")
        field = page.locator("#attached input[type=file]")
        expect(field).to_be_visible()
        page.evaluate(WATCH)
        link.narrow(KBPS, cut_every=CUT_EVERY)
        paper = {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": scanned_paper(100)}
        field.set_input_files([*photos, paper])
        # Nobody waits: the form above is written meanwhile.
        page.fill("[name=history]", "Sốt từ hôm qua, có ban ở cẳng chân.")
        done = page.locator("#attached [data-part=items] > li[data-state=done]")
        expect(done).to_have_count(4, timeout=LONG_MS)
        seen = page.evaluate("[...window.seen.values()]")
        assert link.cuts >= 1, "the line never dropped: the test shows nothing"
    assert len(seen) == 4
    for values in seen:
        assert values == sorted(values)
        assert values[-1] == 100
    assert kept_for(call_stage, visit_id) == [(True, "record")] * 4
    with call_stage.database.read() as unit:
        widths = unit.session.exec(
            select(AttachmentFile.width)
            .join(Attachment)
            .where(Attachment.visit_id == visit_id, AttachmentFile.size == "full", Attachment.kind == "photo")
        ).all()
        assert sorted(widths)[-3:] == [2048, 2048, 2048]
        assert unit.session.exec(select(FileUpload).where(FileUpload.subject_id == visit_id)).all() == []


def test_what_was_acknowledged_survives_a_server_that_is_killed(
    call_stage: CallStage, photos: list[dict[str, object]]
) -> None:
    """Given an upload under way, when the server is killed and started again, then it goes on from there."""
    call = call_stage.book()
    visit_id = call.appointment.visit_id

    def received() -> int:
        with call_stage.database.read() as unit:
            query = select(FileUpload.received).where(FileUpload.subject_id == visit_id)
            return max(unit.session.exec(query), default=0)

    with call_stage.database.write() as unit:
        token = world.make_sign_in(unit.session, call.nurse, now=unit.now)
    port = int(call_stage.server.base_url.rpartition(":")[2])
    with slow_link(port) as link, open_device(call_stage.browser, base_url=link.address) as context:
        context.add_cookies([{"name": "signin", "value": token, "url": link.address}])
        page = context.new_page()
        page.goto(f"/visits/{visit_id}/attachments")
        link.narrow(160, cut_every=600)
        page.locator("#attached input[type=file]").set_input_files(photos[0])
        wait_until(lambda: received() > 60_000, what="some of the full photo", seconds=120)
        call_stage.server.stop(how=signal.SIGKILL)
        kept = received()
        assert kept > 0
        call_stage.server.start()
        assert received() >= kept
        expect(page.locator("[data-part=items] > li[data-state=done]")).to_have_count(1, timeout=LONG_MS)
    assert kept_for(call_stage, visit_id) == [(True, "record")]


def thumbs(caller: Caller) -> int:
    """Count the photos a page of a call shows, with pixels in them."""
    shown: int = caller.page.evaluate(
        "[...document.querySelectorAll('[data-part=still-list] img')]"
        ".filter((image) => image.complete && image.naturalWidth > 0).length"
    )
    return shown


def test_a_doctor_asks_for_a_sharp_photo_and_sees_it_though_the_picture_is_off(call_stage: CallStage) -> None:
    """Given a call without the station's picture, when the doctor asks, a sharp photo is seen and kept."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1)) >= 15
        nurse.press("Hình bật")
        doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
        doctor.page.locator("[data-part=stills-open]").click()
        doctor.press("Nhờ bên kia chụp")
        nurse.page.get_by_text(re.compile("nhờ chụp ảnh nét")).wait_for()
        nurse.press("Chụp ảnh nét")
        wait_until(lambda: thumbs(doctor) == 1, what="the photo at the doctor's", seconds=120)
        wait_until(
            lambda: kept_for(call_stage, call.appointment.visit_id) == [(True, "call")],
            what="the full photo",
            seconds=120,
        )
        # The camera that was off is off again, and the call goes on.
        off = doctor.page.locator("[data-part=tiles] [data-still=no_video]")
        expect(off).to_have_count(1, timeout=PATIENCE_MS)
        doctor.press("Chụp ảnh nét")
        wait_until(lambda: thumbs(nurse) == 2, what="the doctor's photo at the station's", seconds=120)
        assert nurse.errors + doctor.errors == []


def test_a_patient_who_waits_sends_a_photo_that_is_there_at_the_knock(
    call_stage: CallStage, photos: list[dict[str, object]], tmp_path: Path
) -> None:
    """Given a patient in the waiting room, when a photo is sent, it stands beside the doctor's record."""
    call = call_stage.book()
    with call_stage.patient(call) as patient, call_stage.staff(call, "doctor") as doctor:
        patient.come()
        form = patient.page.locator("form[data-module='upload/form']")
        expect(form).to_be_visible()
        # What sends photos comes when one is chosen; if not, the plain way is there, then it is retried.
        plain = form.locator("[data-part=plain] button")
        expect(plain).to_be_hidden()
        fetched = "performance.getEntriesByType('resource').map((each) => each.name).join()"
        assert "upload/form.js" not in patient.page.evaluate(fetched)
        patient.page.route("**/upload/form.js", lambda route: route.abort())
        form.locator("input[type=file]").set_input_files(photos[0])
        expect(plain).to_be_visible()
        patient.page.unroute("**/upload/form.js")
        patient.page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(form.locator("li[data-state=done]")).to_have_count(1, timeout=LONG_MS)
        expect(plain).to_be_hidden()
        doctor.come()
        doctor.page.get_by_text("đang đợi ở phòng chờ").first.wait_for()
        expect(doctor.page.locator("#attachments")).to_contain_text("Người bệnh gửi")
        assert kept_for(call_stage, call.appointment.visit_id) == [(True, "waiting")]
        assert doctor.errors + patient.errors == []


def test_arrows_drawn_with_a_finger_are_kept_beside_the_picture(call_stage: CallStage) -> None:
    """Given a photo of a visit, when an arrow is drawn and saved, then whoever opens it sees it there."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        call_stage.staff(call, "doctor", media=False) as doctor,
    ):
        page: Page = nurse.page
        page.goto(f"/visits/{call.appointment.visit_id}/attachments")
        plain = BytesIO()
        Image.new("RGB", (640, 480), "tan").save(plain, "JPEG")
        photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": plain.getvalue()}
        page.locator("#attached input[type=file]").set_input_files(photo)
        page.locator("#attachments a").first.click()
        with page.expect_navigation():
            page.get_by_role("button", name="Xoay phải").click()
        wait_until_mounted(page)
        page.get_by_role("button", name="Vẽ mũi tên").click()
        box = page.locator("svg.drawing image").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5, steps=4)
        page.mouse.up()
        with page.expect_navigation():
            page.get_by_role("button", name="Lưu mũi tên").click()
        expect(page.locator("svg.drawing .drawing__arrow")).to_have_count(1)
        doctor.page.goto(page.url)
        expect(doctor.page.locator("svg.drawing .drawing__arrow")).to_have_count(1)
        assert nurse.errors + doctor.errors == []
    with call_stage.database.read() as unit:
        query = select(Attachment).where(Attachment.visit_id == call.appointment.visit_id)
        attachment = unit.session.exec(query).one()
        [[on, x1, y1, x2, y2]] = attachment.arrows
        assert (on, attachment.turn) == (1, 90)
        # On the screen the arrow went right and down; the picture as it came lies on its side.
        assert y2 < y1
        assert x2 > x1
