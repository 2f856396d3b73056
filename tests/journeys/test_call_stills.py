"""Sharp photos in a call keep the camera's full size, over lines that drop; refusals are told in words."""

from io import BytesIO
from random import Random
from urllib.parse import parse_qs
from uuid import UUID

from PIL import Image
from playwright.sync_api import Request, Route, expect
from sqlmodel import select

from telehealth.files import washing
from telehealth.visits.models import Attachment, AttachmentFile
from tests.support.callers import Caller, CallStage
from tests.support.processes import wait_until

CAMERA = (3840, 2160)
"""The largest picture of Chromium's invented camera."""
SHOT = (3000, 2250)
"""What the shutter of a phone's camera gives: less than the server's most, more than a form would send."""

SHUTTER = """
window.ImageCapture = class {
  async getPhotoCapabilities() { return {imageWidth: {max: 3000}, imageHeight: {max: 2250}}; }
  async takePhoto(wish) {
    if (wish?.imageWidth !== 3000) throw new Error("not asked for its largest");
    const photo = await (await fetch("/shot.jpg")).blob();
    return new Blob([photo, new Uint8Array(window.appended ?? 0)], {type: photo.type});
  }
};
const usual = MediaStreamTrack.prototype.getCapabilities;
MediaStreamTrack.prototype.getCapabilities = function () {
  return {...usual.call(this), width: {max: 1920}, height: {max: 1080}};
};
"""
"""A phone's shutter: Chromium's invented camera has one that gives a picture of its video only."""


def shot(quality: int) -> bytes:
    """A grainy photo as a phone takes it."""
    spots = Image.frombytes("RGB", (16, 12), Random(2).randbytes(16 * 12 * 3))
    soft = spots.resize(SHOT, Image.Resampling.BICUBIC)
    grain = Image.merge("RGB", (Image.effect_noise(SHOT, 22),) * 3)
    written = BytesIO()
    Image.blend(soft, grain, 0.25).save(written, "JPEG", quality=quality)
    return written.getvalue()


def kept(stage: CallStage, visit_id: UUID) -> list[tuple[int, int]]:
    """How large the photos of a visit are kept, once they are whole."""
    with stage.database.read() as unit:
        query = (
            select(AttachmentFile.width, AttachmentFile.height)
            .join(Attachment)
            .where(Attachment.visit_id == visit_id, AttachmentFile.size == "full")
        )
        return [(width, height) for width, height in unit.session.exec(query)]


def take(caller: Caller) -> None:
    if (
        caller.page.locator("[data-part=stills][data-open=true]").count() == 0
    ):  # it opens for a photo that comes
        caller.page.locator("[data-part=stills-open]").click()
    caller.press("Chụp ảnh nét")


def test_both_sides_send_the_camera_s_full_size_with_the_picture_on_or_off(call_stage: CallStage) -> None:
    """Given a call, when either side takes a photo, then it is as large as camera and server allow."""
    call = call_stage.book()
    visit_id, most = (
        call.appointment.visit_id,
        (washing.FULL_EDGE, washing.FULL_EDGE * CAMERA[1] // CAMERA[0]),
    )
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1)) >= 15
        doctor.press("Hình bật")  # one browser has one camera: whoever has it open decides its size for all
        nurse.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
        take(nurse)
        wait_until(lambda: kept(call_stage, visit_id) == [most], what="the nurse's photo, picture on")
        own = "document.querySelector('[data-part=self] video').srcObject.getVideoTracks()[0]"
        small = lambda: nurse.page.evaluate(f"{own}.getSettings().width") == 640  # noqa: E731
        wait_until(small, what="the call's picture being small again")
        assert min(doctor.presented(1)) >= 15
        nurse.press("Hình bật")
        doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
        take(doctor)
        wait_until(lambda: kept(call_stage, visit_id) == [most, most], what="the doctor's photo, picture off")
        assert nurse.errors + doctor.errors == []


def test_a_phone_s_own_shutter_is_sent_as_it_is_and_goes_on_after_a_cut(call_stage: CallStage) -> None:
    """Given a line that is cut midway, when a photo of 7 megapixels is sent, then it goes on where it was."""
    call = call_stage.book()
    visit_id, photo = call.appointment.visit_id, shot(88)
    assert len(photo) > 400_000, len(photo)
    announced: list[str] = []
    lost: list[str] = []
    carried: list[str] = []

    def cut(route: Route) -> None:
        at = route.request.headers["upload-offset"]
        if at != "0" and len(lost) < 3:  # what came before is kept at the server
            lost.append(at)
            route.abort("internetdisconnected")
        else:
            carried.append(at)
            route.continue_()

    with call_stage.staff(call, "nurse") as nurse:
        page = nurse.page
        page.add_init_script(SHUTTER)
        page.route("**/shot.jpg", lambda route: route.fulfill(body=photo, content_type="image/jpeg"))
        page.route("**/uploads/*", cut)
        page.on(
            "request", lambda sent: announced.append(sent.post_data or "") if is_announcing(sent) else None
        )
        nurse.come()
        page.locator("[data-part=self][data-still='']").wait_for()
        take(nurse)
        # Waited for on the page: only so are the routes above served meanwhile.
        expect(page.locator("[data-part=still-state]")).to_have_text("Đã xong", timeout=120_000)
    assert kept(call_stage, visit_id) == [SHOT]
    assert len(lost) == 3
    assert carried.count(lost[0]) == 1, "it goes on from the byte that was kept last"
    assert carried.count("0") == 2, "the quick picture and the full one begin once each"
    ids = {parse_qs(each)["id"][0] for each in announced if f"length={len(photo)}" in each}
    assert len(ids) == 1


def is_announcing(sent: Request) -> bool:
    return sent.method == "POST" and sent.url.endswith("/uploads")


def test_a_photo_above_the_server_s_limit_is_refused_in_words(call_stage: CallStage) -> None:
    """Given a camera whose photos are larger than the server takes, when one is taken, the page says so."""
    call = call_stage.book()
    photo = shot(60)
    with call_stage.staff(call, "nurse") as nurse:
        nurse.page.add_init_script(f"window.appended = 15 * 1024 * 1024; {SHUTTER}")
        nurse.page.route("**/shot.jpg", lambda route: route.fulfill(body=photo, content_type="image/jpeg"))
        nurse.come()
        nurse.page.locator("[data-part=self][data-still='']").wait_for()
        take(nurse)
        expect(nurse.page.locator("[data-part=still-state]")).to_contain_text("Tệp lớn quá 15 MB")
        expect(nurse.page.locator("[data-part=still-again]")).to_be_visible()
        assert kept(call_stage, call.appointment.visit_id) == []
        assert nurse.errors == []
