"""A call whose line fails, form by form: picture, sound, phone, and at last an answer in writing."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import expect
from sqlmodel import select

from telehealth.calls.forms import SEEN
from telehealth.calls.models import CallEvent, CallRoom
from telehealth.duty.service import add_member, add_pool
from telehealth.kit.security import Passwords
from telehealth.staff.models import Staff as StaffRow
from telehealth.staff.rules import DEMO_PASSWORD
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import PATIENCE_MS
from tests.support.people import Staff
from tests.support.processes import wait_until
from tests.support.world import SINCE

REASON = "Khó thở khi nằm"
IN_PICTURE = "Ngồi thở, nói được từng câu ngắn; môi tím nhẹ."
IN_SOUND = "Nghĩ suy tim, nghe nói thở rít không có."
ON_PHONE = "Nằm đầu cao, đến trạm đo lại huyết áp"
"""What the doctor writes in each form; nobody types it again."""


def prepare(stage: CallStage, call: BookedCall) -> None:
    """Let the doctor be of a pool, know codes and sign with a password."""
    with stage.database.write() as unit:
        visits.load_reference(unit.session)
        pool = add_pool(unit.session, call.doctor.facility_id, "Nội", now=unit.now)
        add_member(unit.session, pool, call.doctor.ref, on=SINCE)
        row = unit.session.get_one(StaffRow, call.doctor.staff_id)
        row.password_hash = Passwords(memory_kib=64, time_cost=1).hash(DEMO_PASSWORD)
        unit.session.add(row)


def given_the_station_wrote_and_sent_a_photo(nurse: Caller, visit: str) -> None:
    nurse.page.goto(f"{visit}/station")
    for name, value in {"systolic": "162", "diastolic": "96", "pulse": "104"}.items():
        nurse.page.fill(f"[name={name}]", value)
    plain = BytesIO()
    Image.new("RGB", (640, 480), "tan").save(plain, "JPEG")
    photo = {"name": "chan.jpg", "mimeType": "image/jpeg", "buffer": plain.getvalue()}
    nurse.page.locator("#attached input[type=file]").set_input_files(photo)
    expect(nurse.page.locator("#attached [data-part=items] > li[data-state=done]")).to_have_count(1)
    with nurse.page.expect_navigation():
        nurse.page.locator("form[data-module^=submit] .foot button").click()


def when_the_picture_is_lost_and_the_phone_rung(
    stage: CallStage, call: BookedCall, nurse: Caller, doctor: Caller
) -> None:
    nurse.come()
    doctor.come()
    assert min(doctor.presented(1)) >= 15
    wait_until(lambda: talked_for(stage, call) >= SEEN.total_seconds(), what="a picture long enough to count")
    writes(doctor, "findings", IN_PICTURE)
    nurse.press("Hình bật")
    doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
    wait_until(lambda: "picture" in kinds(stage, call), what="the journal being told")
    writes(doctor, "opinion", IN_SOUND)
    doctor.press("Kết thúc")
    doctor.press("Chuyển sang điện thoại")
    for caller in (nurse, doctor):
        is_told = lambda who=caller: "chuyển sang điện thoại" in who.status()  # noqa: E731
        wait_until(is_told, what="the phone", seconds=60)
    writes(doctor, "advice", ON_PHONE)


def writes(doctor: Caller, section: str, words: str) -> None:
    """Write one part of the record beside the call, and wait until it is kept."""
    part = doctor.page.locator(f"#section-{section}")
    part.locator("textarea").fill(words)
    part.locator("textarea").blur()
    expect(part.locator("[data-part=saved]")).to_contain_text("Đã lưu", timeout=PATIENCE_MS)


def kinds(stage: CallStage, call: BookedCall) -> list[str]:
    with stage.database.read() as unit:
        query = select(CallEvent.kind).join(CallRoom, CallRoom.id == CallEvent.room_id)
        return list(unit.session.exec(query.where(CallRoom.appointment_id == call.appointment.id)))


def talked_for(stage: CallStage, call: BookedCall) -> float:
    with stage.database.read() as unit:
        room = unit.session.exec(select(CallRoom).where(CallRoom.appointment_id == call.appointment.id)).one()
        return (unit.now - room.started_at).total_seconds() if room.started_at else 0


def when_the_station_turns_it_into_an_answer_in_writing(nurse: Caller) -> None:
    nurse.page.get_by_role("button", name="Gửi để bác sĩ trả lời sau").locator("visible=true").click()
    nurse.page.wait_for_url("**/answers/*")
    nurse.page.get_by_text("Chờ bác sĩ nhận").first.wait_for()


def then_the_doctor_finds_all_and_answers(doctor: Caller, visit: str) -> None:
    person = Staff(doctor)
    person.open("/queue")
    person.page.get_by_role("button", name="Nhận trả lời").first.click()
    person.page.wait_for_url("**/write")
    person.sees(REASON)
    for value in ("162", "96", "104"):
        person.sees(value)
    photo = person.page.locator("#attachments img").first
    expect(photo).to_be_visible()
    wait_until(lambda: bool(photo.evaluate("each => each.naturalWidth > 0")), what="the photo's pixels")
    for section, words in {"findings": IN_PICTURE, "opinion": IN_SOUND, "advice": ON_PHONE}.items():
        expect(person.page.locator(f"#section-{section} textarea")).to_have_value(words)
    person.write("findings", f"{IN_PICTURE}\nPhù hai chân trên ảnh")
    person.diagnose("suy tim")
    person.sign()
    person.sees("Đã ký")


def test_a_call_goes_from_picture_to_sound_to_phone_to_an_answer_without_retyping(
    call_stage: CallStage,
) -> None:
    """Given what the station wrote, when the line fails step by step, the doctor answers it in writing."""
    call = call_stage.book()
    prepare(call_stage, call)
    visit = f"/visits/{call.appointment.visit_id}"
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        given_the_station_wrote_and_sent_a_photo(nurse, visit)
        when_the_picture_is_lost_and_the_phone_rung(call_stage, call, nurse, doctor)
        when_the_station_turns_it_into_an_answer_in_writing(nurse)
        then_the_doctor_finds_all_and_answers(doctor, visit)
        nurse.page.goto(visit)
        forms = "Cuộc gọi có hình → Cuộc gọi chỉ có tiếng → Điện thoại → Trả lời sau"
        nurse.page.get_by_text(forms).first.wait_for()
        for words in (REASON, IN_PICTURE, "Phù hai chân trên ảnh", IN_SOUND, ON_PHONE):
            nurse.page.get_by_text(words).first.wait_for()
        assert nurse.errors + doctor.errors == []
    with call_stage.database.read() as unit:
        row = unit.session.get_one(Visit, call.appointment.visit_id)
        assert row.modalities == ["video", "audio", "phone", "later"]
        assert (row.modality, row.state) == ("later", "signed")
