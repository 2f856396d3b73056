"""A running call: put on hold, a picture shown, handed to another doctor, and nobody hangs up."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import select

from telehealth.calls.models import CallEvent, CallRoom
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from tests.support import world
from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.processes import wait_until

PLAYED = "[...document.querySelectorAll('[data-part=tiles] video')].map((each) => each.muted)"


@contextmanager
def colleague_of(stage: CallStage, call: BookedCall) -> Iterator[tuple[Caller, MembershipActor]]:
    """Sit another doctor of the same house down before their first page."""
    with stage.database.write() as unit:
        house = unit.session.get_one(world.Facility, call.doctor.facility_id)
        other = world.make_doctor(unit.session, house, name=f"Lường Thu Hà {new_id().hex[-4:]}")
    with stage.seat(other, "/queue") as caller:
        yield caller, other


def open_more(caller: Caller) -> None:
    """Open what is seldom needed, if it is not open."""
    panel = caller.page.locator("#call-more")
    if not panel.is_visible():
        caller.page.locator("[data-opens=more]").click()
    panel.wait_for()


def kinds(stage: CallStage, call: BookedCall) -> list[str]:
    """What the call's journal tells, in order."""
    query = (
        select(CallEvent.kind)
        .join(CallRoom, CallRoom.id == CallEvent.room_id)
        .where(CallRoom.appointment_id == call.appointment.id)
        .order_by(CallEvent.occurred_at, CallEvent.id)
    )
    with stage.database.read() as unit:
        return list(unit.session.exec(query))


def sends(caller: Caller) -> int:
    """Return the bytes of picture and sound sent so far to everybody."""
    return int(
        caller.page.evaluate(
            """async () => { let sum = 0;
            for (const pc of window.peerConnections.filter((one) => one.connectionState === "connected"))
              for (const each of (await pc.getStats()).values())
                if (each.type === "outbound-rtp") sum += each.bytesSent;
            return sum; }"""
        )
    )


def hold_and_go_on(nurse: Caller, doctor: Caller) -> None:
    """The doctor holds: nobody hears or sees the other, in plain words; then the call goes on."""
    open_more(doctor)
    check_accessibility(doctor.page)
    doctor.press("Tạm giữ máy")
    for caller, words in ((nurse, "Bác sĩ tạm giữ máy"), (doctor, "Đang tạm giữ máy")):
        wait_until(lambda who=caller, said=words: said in who.status(), what=words, seconds=60)  # type: ignore[misc]
        caller.page.locator("[data-part=tiles] > [data-still=held]").wait_for()
        wait_until(lambda who=caller: who.page.evaluate(PLAYED) == [True], what="no sound being played")  # type: ignore[misc]
    check_accessibility(doctor.page)
    wait_until(lambda: is_still(nurse) and is_still(doctor), what="silence both ways", seconds=60)
    doctor.page.keyboard.press("Alt+h")
    assert min(nurse.presented(1)) >= 15
    assert min(doctor.presented(1)) >= 15
    nurse.hears()


def is_still(caller: Caller) -> bool:
    """Tell whether nothing but a trickle leaves a page within a second."""
    before = sends(caller)
    caller.page.wait_for_timeout(1000)
    return sends(caller) - before < 1000


def show_a_picture(nurse: Caller, doctor: Caller, picture: Path) -> None:
    """The doctor shows a picture: the nurse sees it large and is told; one press ends it."""
    doctor.page.locator("[data-part=self]").screenshot(path=picture)
    doctor.page.locator("[data-desk=picture]").set_input_files(picture)
    nurse.page.locator("[data-part=tiles] > [data-shows=screen][data-place=main]").wait_for()
    wait_until(lambda: "đang chia sẻ" in nurse.status(), what="the sharing announced", seconds=60)
    assert min(nurse.presented(1, wanted=3)) >= 3
    doctor.press("Dừng chia sẻ")
    nurse.page.locator("[data-part=tiles] > [data-shows='']").wait_for()
    doctor.press("Chia sẻ màn hình")
    nurse.page.locator("[data-part=tiles] > [data-shows=screen][data-place=main]").wait_for()
    doctor.press("Dừng chia sẻ")
    nurse.page.locator("[data-part=tiles] > [data-shows='']").wait_for()
    assert min(nurse.presented(1)) >= 15


def hand_over(nurse: Caller, doctor: Caller, colleague: Caller, name: str) -> None:
    """The doctor rings a colleague, who takes the call over; then the doctor leaves."""
    colleague.come()
    open_more(doctor)
    doctor.press("Mời hoặc bàn giao")
    doctor.page.get_by_role("button", name=re.compile(f"^Bàn giao: .*{re.escape(name)}")).click()
    doctor.page.get_by_text("Đang đổ chuông").wait_for()
    check_accessibility(doctor.page)
    colleague.page.get_by_role("button", name="Nhận bàn giao").click()
    colleague.page.wait_for_url("**/calls/*")
    assert min(colleague.presented(2)) >= 15
    assert min(nurse.presented(2)) >= 15
    doctor.page.locator("#ask-in [data-part=close]").click()
    wait_until(lambda: "Đã bàn giao" in doctor.status(), what="the former doctor being told", seconds=60)
    colleague.page.locator("#case").wait_for()
    doctor.press("Kết thúc")
    assert doctor.page.get_by_role("button", name="Kết thúc cho mọi người").count() == 0
    doctor.press("Rời phòng")
    assert min(colleague.presented(1)) >= 15
    assert min(nurse.presented(1)) >= 15


def test_a_call_is_held_shown_something_and_handed_over(call_stage: CallStage, tmp_path: Path) -> None:
    """Given a call, when the doctor holds, shows and hands over, then the station stays in it throughout."""
    call = call_stage.book()
    with (
        call_stage.staff(call, "nurse") as nurse,
        call_stage.staff(call, "doctor") as doctor,
        colleague_of(call_stage, call) as (colleague, other),
    ):
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
        hold_and_go_on(nurse, doctor)
        show_a_picture(nurse, doctor, tmp_path / "ecg.png")
        hand_over(nurse, doctor, colleague, other.full_name)
        colleague.press("Kết thúc")
        colleague.press("Kết thúc cho mọi người")
        wait_until(lambda: "đã kết thúc" in nurse.status(), what="the end", seconds=60)
        assert nurse.errors + doctor.errors + colleague.errors == []

    times = {"held": 1, "resumed": 1, "shared": 2, "unshared": 2, "handed_over": 1, "ended": 1}
    told = lambda: {kind: kinds(call_stage, call).count(kind) for kind in times}  # noqa: E731
    # Lines of the journal are written some at a time.
    wait_until(lambda: all(told()[kind] >= count for kind, count in times.items()), what="the journal")
    assert told() == times
    with call_stage.database.read() as unit:
        visit = unit.session.get_one(Visit, call.appointment.visit_id)
        assert visit.doctor_membership_id == other.ref
        assert visit.modality == "video"


def test_a_call_that_cannot_go_on_becomes_a_phone_call_and_may_come_back(call_stage: CallStage) -> None:
    """Given a call, when the doctor goes on by phone, then both are told, and may come in again."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15
        doctor.press("Kết thúc")
        doctor.press("Chuyển sang điện thoại")
        for caller in (nurse, doctor):
            is_told = lambda who=caller: "chuyển sang điện thoại" in who.status()  # noqa: E731
            wait_until(is_told, what="the phone", seconds=60)
            caller.page.get_by_role("link", name="Vào lại").wait_for()
            assert caller.page.locator("a[href^='tel:']:visible").count() == 1
        doctor.page.get_by_role("link", name="Vào lại").click()
        nurse.come()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
    assert [kind for kind in kinds(call_stage, call) if kind in ("ended", "reopened")] == [
        "ended",
        "reopened",
    ]
