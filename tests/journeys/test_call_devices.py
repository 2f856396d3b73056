"""Which camera, microphone and loudspeaker: another chosen in a call, one tap on a phone, one unplugged."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.support.axe import check_accessibility
from tests.support.callers import Caller, CallStage
from tests.support.chromium import open_browser
from tests.support.processes import wait_until

TWO_OF_EACH = ("--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream")

SECOND_ARE_OTHERS = """(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const red = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 360];
    const context = canvas.getContext("2d");
    let place = 0;
    setInterval(() => {
      context.fillStyle = "#c00000";
      context.fillRect(0, 0, 640, 360);
      context.fillStyle = "white";
      context.fillRect((place += 8) % 640, 340, 8, 8);
    }, 66);
    return canvas.captureStream(15);
  };
  const tone = () => {
    const context = new AudioContext();
    const sound = context.createMediaStreamDestination();
    const source = new OscillatorNode(context, {frequency: 1000});
    source.connect(sound);
    source.start();
    context.resume();
    return sound.stream;
  };
  const made = {fake_device_1: red, "Fake Audio Input 2": tone};
  const replaced = (track) => {
    if (!made[track.label]) return track;
    const [other] = made[track.label]().getTracks();
    Object.defineProperty(other, "label", {value: track.label});
    other.getSettings = () => track.getSettings();
    const stop = other.stop.bind(other);
    other.stop = () => [track, other].forEach((each) => each === track ? track.stop() : stop());
    return other;
  };
  navigator.mediaDevices.getUserMedia = async (wish) =>
    new MediaStream((await open(wish)).getTracks().map(replaced));
})()"""
"""What Chromium invents is told apart: before a page's scripts run, the second camera is made to show red,
the second microphone to sing. Without this all microphones beep alike, and the second camera is one of depth
(Y16), which Chromium itself does not encode for a call."""

COLOUR = """() => {
  const video = document.querySelector("[data-part=tiles] [data-still=''] video");
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 36];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 64, 36);
  const {data} = context.getImageData(0, 0, 64, 36);
  let red = 0;
  for (let at = 0; at < data.length; at += 4) red += data[at] > 120 && data[at + 1] < 60;
  return red / (data.length / 4);
}"""
"""How much of the other's picture is the red of the second camera; the first one's is green."""

TONE = """async () => {
  const {srcObject} = document.querySelector("[data-part=tiles] [data-still=''] video");
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, {fftSize: 4096});
  context.createMediaStreamSource(srcObject).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const found = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(found);
  const at = Math.round(1000 / (context.sampleRate / 4096));
  const level = Math.max(...found.slice(at - 2, at + 3));
  await context.close();
  return level;
}"""
"""How loud a tone of 1000 Hz arrives, in decibels."""

SENT = """() => {
  const pc = window.peerConnections.find((each) => each.connectionState === "connected");
  return Object.fromEntries(pc.getSenders().filter((each) => each.track).map((each) => {
    const {enabled, label} = each.track;
    const {maxBitrate, maxFramerate} = each.getParameters().encodings[0];
    return [each.track.kind, {enabled, label, maxBitrate, maxFramerate}];
  }));
}"""

UNPLUG = """(kind) => {
  const pc = window.peerConnections.find((each) => each.connectionState === "connected");
  const {track} = pc.getSenders().find((each) => each.track && each.track.kind === kind);
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
"""What a browser does when a device is pulled out."""


@pytest.fixture(scope="module")
def stage(call_stage: CallStage, playwright: Playwright) -> Iterator[CallStage]:
    """The same server, before browsers with two cameras, two microphones and two loudspeakers."""
    with open_browser(playwright, flags=TWO_OF_EACH) as browser:
        yield replace(call_stage, browser=browser)


def sent(caller: Caller) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = caller.page.evaluate(SENT)
    return found


def redness(caller: Caller) -> float:
    found = caller.page.evaluate(COLOUR)
    return 0.3 if found is None else float(found)  # no picture is neither camera's


def labels(caller: Caller) -> dict[str, str]:
    return {kind: each["label"] for kind, each in sent(caller).items()}


def open_menu(caller: Caller) -> Page:
    """Open the choice of devices by keyboard."""
    for opener in (caller.page.locator("[data-opens=more]"), caller.page.get_by_text("Máy ảnh, micro, loa")):
        opener.focus()
        caller.page.keyboard.press("Enter")
    return caller.page


def meet(*callers: Caller) -> None:
    for caller in callers:
        caller.page.add_init_script(SECOND_ARE_OTHERS)
        caller.come()
    for caller in callers:
        assert min(caller.presented(1)) >= 15


def test_another_camera_and_microphone_reach_the_other_side_without_a_new_agreement(stage: CallStage) -> None:
    """Given a call, when another camera and microphone are chosen, then they are seen and heard."""
    call = stage.book()
    with stage.staff(call, "nurse") as nurse, stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        assert redness(doctor) < 0.1
        before, offers = sent(nurse), sum("media.offer" in each for each in nurse.said + doctor.said)
        page = nurse.page

        open_menu(nurse)
        camera = page.get_by_label("Máy ảnh", exact=True)
        expect(camera.locator("option")).to_have_count(2)
        check_accessibility(page)
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.set_viewport_size({"width": 1280, "height": 800})
        camera.focus()
        page.keyboard.press("ArrowDown")  # by keyboard alone
        wait_until(lambda: redness(doctor) > 0.5, what="the other camera's picture at the doctor's")
        assert min(doctor.presented(1)) >= 15

        assert doctor.page.evaluate(TONE) < -60, "of its beep a little is heard there, too"
        nurse.press("Mic bật")
        page.get_by_label("Micro", exact=True).select_option(label="Fake Audio Input 2")
        wait_until(lambda: sent(nurse)["audio"]["label"].endswith("2"), what="the other microphone")
        assert not sent(nurse)["audio"]["enabled"], "muted stays muted"
        nurse.press("Mic tắt")
        wait_until(lambda: doctor.page.evaluate(TONE) > -45, what="the other microphone's sound")

        after = sent(nurse)
        assert after["video"]["label"] != before["video"]["label"]
        for kind in ("audio", "video"):
            assert after[kind]["maxBitrate"] == before[kind]["maxBitrate"]
        assert sum("media.offer" in each for each in nurse.said + doctor.said) == offers
        assert page.evaluate("window.peerConnections.length") == 1
        own = "document.querySelector('[data-part=self] video').srcObject.getVideoTracks()[0].label"
        assert page.evaluate(own) == after["video"]["label"], "one's own picture is the new camera's"
        assert nurse.errors + doctor.errors == []


def test_what_was_chosen_on_a_machine_is_used_in_its_next_call(stage: CallStage) -> None:
    """Given devices that were chosen, when the page is opened anew, then the call begins with them."""
    call = stage.book()
    with stage.staff(call, "nurse") as nurse, stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        page = open_menu(nurse)
        page.get_by_label("Máy ảnh", exact=True).select_option(label="fake_device_1")
        page.get_by_label("Micro", exact=True).select_option(label="Fake Audio Input 2")
        page.get_by_label("Loa", exact=True).select_option(label="Fake Audio Output 2")
        heard = "document.querySelector('[data-part=tiles] video').sinkId"
        wait_until(lambda: page.evaluate(heard) != "", what="the other loudspeaker")
        chosen = {"audio": "Fake Audio Input 2", "video": "fake_device_1"}
        wait_until(lambda: labels(nurse) == chosen, what="the others in use")
        nurse.come()
        assert min(nurse.presented(1)) >= 15
        assert labels(nurse) == chosen
        wait_until(lambda: page.evaluate(heard) != "", what="the loudspeaker chosen before")
        wait_until(lambda: redness(doctor) > 0.5, what="the camera chosen before")
        assert nurse.errors + doctor.errors == []


def test_one_tap_on_a_phone_shows_the_other_side(stage: CallStage) -> None:
    """Given a patient's phone in a call, when the camera is switched by one tap, then the doctor sees it."""
    call = stage.book()
    with stage.patient(call) as patient, stage.staff(call, "doctor") as doctor:
        for caller in (patient, doctor):
            caller.page.add_init_script(SECOND_ARE_OTHERS)
            caller.come()
        doctor.press("Cho vào")
        assert min(doctor.presented(1)) >= 15
        assert redness(doctor) < 0.1
        patient.press("Mic bật")
        check_accessibility(patient.page)
        patient.press("Đổi máy ảnh")
        wait_until(lambda: redness(doctor) > 0.5, what="the other camera's picture")
        assert not sent(patient)["audio"]["enabled"]
        assert patient.page.evaluate("document.documentElement.scrollWidth") <= 360
        patient.press("Đổi máy ảnh")
        wait_until(lambda: redness(doctor) < 0.1, what="the first camera's picture")
        expect(doctor.page.locator("[data-part=flip]")).to_be_hidden()  # a laptop has a menu
        assert patient.errors + doctor.errors == []


def test_a_device_that_is_unplugged_gives_way_to_another_in_words(stage: CallStage) -> None:
    """Given the second camera and microphone in use, when they are pulled out, then the first go on."""
    call = stage.book()
    with stage.staff(call, "nurse") as nurse, stage.staff(call, "doctor") as doctor:
        meet(nurse, doctor)
        page = nurse.page
        open_menu(nurse)
        page.get_by_label("Máy ảnh", exact=True).select_option(label="fake_device_1")
        wait_until(lambda: redness(doctor) > 0.5, what="the second camera's picture")
        page.evaluate(UNPLUG, "video")
        note = page.locator("[data-part=device-note]")
        expect(note).to_contain_text("fake_device_1 đã bị rút hoặc tắt")
        assert min(doctor.presented(1)) >= 15
        note.get_by_role("button", name="Đóng").click()
        expect(note).to_be_hidden()
        nurse.press("Mic bật")
        page.evaluate(UNPLUG, "audio")
        expect(note).to_contain_text("Giờ dùng micro")
        assert not sent(nurse)["audio"]["enabled"], "as muted as it was"
        assert nurse.errors + doctor.errors == []
