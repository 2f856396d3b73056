"""What is seen in a call: a picture that froze and heals by itself, a sharp one that is asked for."""

from tests.support.callers import Caller, CallStage
from tests.support.processes import wait_until

FREEZE = "() => { document.querySelector('[data-part=tiles] video').srcObject = null; }"
"""The player lost its picture: all still arrives and is decoded, as in the freeze that was seen once."""

ENCODING = """() => {
  const pc = window.peerConnections.find((each) => each.connectionState === "connected");
  const sender = pc.getSenders().find((each) => each.track && each.track.kind === "video");
  const {maxFramerate, scaleResolutionDownBy} = sender.getParameters().encodings[0];
  return [maxFramerate, scaleResolutionDownBy, sender.track.contentHint, sender.track.getSettings().height];
}"""


def meet(nurse: Caller, doctor: Caller) -> None:
    nurse.come()
    doctor.come()
    for caller in (nurse, doctor):
        assert min(caller.presented(1)) >= 15


def test_a_picture_that_stands_is_given_to_its_player_anew(call_stage: CallStage) -> None:
    """Given a call, when a picture freezes while all still arrives, then it moves again by itself."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        doctor.page.evaluate(FREEZE)
        assert min(doctor.presented(1)) >= 15
        assert doctor.page.evaluate("window.peerConnections.length") == 1
        assert doctor.errors == []


def test_a_doctor_asks_for_a_sharp_picture_and_the_station_is_told(call_stage: CallStage) -> None:
    """Given a call, when the doctor wants to see a wound, then large pictures come until either ends it."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        usual = nurse.page.evaluate(ENCODING)
        doctor.press("Xem rõ")
        wait_until(lambda: "rõ nét" in nurse.status(), what="the station being told")
        wait_until(lambda: nurse.page.evaluate(ENCODING)[:3] == [5, 1, "detail"], what="few pictures")
        wait_until(lambda: nurse.page.evaluate(ENCODING)[3] > usual[3], what="large pictures")
        doctor.page.locator("[data-part=tiles] [data-part=line]", has_text="Đang xem rõ").wait_for()
        assert min(doctor.presented(1, wanted=5)) >= 5

        nurse.page.keyboard.press("Alt+x")
        wait_until(lambda: nurse.status() == "", what="the picture being as it was")
        wait_until(lambda: nurse.page.evaluate(ENCODING)[2] == usual[2] == "", what="motion before size")
        doctor.page.locator("[data-part=detail][aria-pressed=false]").wait_for()
