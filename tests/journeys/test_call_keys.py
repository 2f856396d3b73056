"""The call's page by keys alone, the mark on who speaks, and ringing somebody who is missing."""

from playwright.sync_api import expect

from telehealth.kit.ids import new_id
from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.chromium import PATIENCE_MS
from tests.support.processes import wait_until

SPOKE = """async ([selector, seconds]) => {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    if (document.querySelector(selector)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}"""

FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return {
    name: at.dataset.part || at.dataset.opens || at.dataset.dialog || at.id || at.tagName,
    isShown: at.matches(":focus-visible") && style.outlineStyle !== "none"
      && parseFloat(style.outlineWidth) >= 2,
  };
}"""

TILE = "[data-part=tiles] > [data-state=speaking]"


def meet(nurse: Caller, doctor: Caller) -> None:
    nurse.come()
    doctor.come()
    for caller in (nurse, doctor):
        assert min(caller.presented(1, wanted=5)) >= 5


def has_focus(caller: Caller, name: str) -> None:
    """Wait until something has the focus, and assert that it can be seen."""
    wait_until(lambda: caller.page.evaluate(FOCUS)["name"] == name, what=f"the focus on {name}")
    assert caller.page.evaluate(FOCUS)["isShown"], name


def walk(caller: Caller, wanted: set[str]) -> None:
    """Press Tab until each of the wanted had the focus, visibly; fail where one is not on the way."""
    missing = set(wanted)
    for _ in range(60):
        caller.page.keyboard.press("Tab")
        found = caller.page.evaluate(FOCUS)
        if found["name"] in wanted:
            assert found["isShown"], found["name"]
        missing.discard(found["name"])
        if not missing:
            return
    raise AssertionError(f"not reached by Tab: {missing}")


def test_a_call_is_held_by_keys_alone(call_stage: CallStage) -> None:
    """Given a call, when the nurse has no mouse, then she mutes, writes, sends a photo and leaves by keys."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        keys = nurse.page.keyboard
        walk(nurse, {"audio", "video", "people", "stills-open", "more", "end-call"})

        muted = doctor.page.locator("[data-part=tiles] [data-part=muted]:visible")
        dark = doctor.page.locator("[data-part=tiles] > [data-still=no_video]")
        for key, sign in (("Alt+m", muted), ("Alt+v", dark)):
            keys.press(key)
            expect(sign).to_have_count(1, timeout=PATIENCE_MS)
            keys.press(key)
            expect(sign).to_have_count(0, timeout=PATIENCE_MS)

        keys.press("Alt+c")
        has_focus(nurse, "text")
        said = f"Em đang đo lại huyết áp {new_id().hex[-4:]}"
        keys.type(said)
        keys.press("Enter")
        doctor.page.get_by_text(said).wait_for()

        keys.press("Alt+a")
        has_focus(nurse, "still-take")
        keys.press("Enter")
        thumb = doctor.page.locator("[data-part=still-list] img")
        expect(thumb).to_have_count(1, timeout=2 * PATIENCE_MS)

        keys.press("Alt+k")
        nurse.page.locator("dialog#end-call[open]").wait_for()
        walk(nurse, {"leave"})
        keys.press("Enter")
        wait_until(lambda: "Đã rời phòng" in nurse.status(), what="the nurse having left")
        wait_until(lambda: "Chưa có ai khác" in doctor.status(), what="the doctor being alone")
        assert nurse.errors + doctor.errors == []


def test_a_mark_shows_who_speaks_and_nobody_who_is_muted(call_stage: CallStage) -> None:
    """Given a call, when one speaks, then the tile says so; muted, it does not."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        assert doctor.page.evaluate(SPOKE, [TILE, 60]), "the invented microphone beeps every second"
        ring = "[...document.styleSheets].some((sheet) => [...sheet.cssRules].some("
        ring += "(rule) => rule.selectorText === '.tile[data-state=\"speaking\"]' && rule.style.boxShadow))"
        assert doctor.page.evaluate(ring), "the mark is drawn"

        nurse.press("Mic bật")
        doctor.page.locator("[data-part=tiles] [data-part=muted]:visible").wait_for()
        wait_until(lambda: doctor.page.locator(TILE).count() == 0, what="the last beep being over")
        assert not doctor.page.evaluate(SPOKE, [TILE, 4]), "four beeps that nobody hears"

        nurse.press("Mic tắt")
        assert doctor.page.evaluate(SPOKE, [TILE, 60])


def is_rung_and_comes(nurse: Caller, doctor: Caller, name: str) -> None:
    """The doctor rings the station, whose page leads into the call; then there is nobody to ring."""
    doctor.page.locator("[data-opens=more]").click()
    doctor.press("Gọi trạm vào phòng")
    doctor.page.get_by_text("Chuông reo trên các máy của trạm").wait_for()

    ring = nurse.page.get_by_role("button", name="Vào cuộc gọi")
    ring.wait_for()
    nurse.page.get_by_text(f"{name} đang đợi trong cuộc gọi").wait_for()
    check_accessibility(nurse.page)
    ring.click()
    nurse.page.wait_for_url("**/calls/*")
    for caller in (nurse, doctor):
        assert min(caller.presented(1, wanted=5)) >= 5
    expect(doctor.page.locator("[data-desk=ring][value=station]")).to_be_hidden(timeout=PATIENCE_MS)


def test_a_station_that_is_missing_is_rung_on_its_page_and_comes(call_stage: CallStage) -> None:
    """Given a doctor alone in the call, when the station is rung, then its page rings and leads in."""
    call = call_stage.book()
    with (
        call_stage.seat(call.nurse, "/today", media=True) as nurse,
        call_stage.staff(call, "doctor") as doctor,
    ):
        nurse.come()
        doctor.come()
        wait_until(lambda: "Chưa có ai khác" in doctor.status(), what="the doctor being alone")
        expect(doctor.page.locator("[data-part=people-count]")).to_have_text("1", timeout=PATIENCE_MS)
        is_rung_and_comes(nurse, doctor, call.doctor.full_name)
        expect(doctor.page.locator("[data-desk=ring][value=patient]")).to_be_visible(timeout=PATIENCE_MS)
        assert nurse.errors + doctor.errors == []


def test_a_station_that_closed_the_page_is_rung_at_once(call_stage: CallStage) -> None:
    """Given a call, when the station's page is closed, then the doctor reads so, rings, and it comes back."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(doctor.presented(1, wanted=5)) >= 5
        nurse.page.goto("/today")
        wait_until(lambda: "đã đóng trang" in doctor.status(), what="the doctor being told")
        doctor.page.locator("[data-part=tiles] > [data-still=closed]").wait_for()
        is_rung_and_comes(nurse, doctor, call.doctor.full_name)
        wait_until(lambda: doctor.status() == "", what="nothing to say any more")
        assert nurse.errors + doctor.errors == []
