"""What two browsers of a call agree on for the voice: doubled against loss, quiet where nobody speaks."""

from typing import Any

from tests.support.callers import Caller, CallStage
from tests.support.processes import wait_until

VOICE = """async () => {
  const pc = window.peerConnections.find((each) => each.connectionState === "connected");
  if (!pc) return null;
  const all = [...(await pc.getStats()).values()];
  const out = all.find((each) => each.type === "outbound-rtp" && each.kind === "audio");
  const [voice] = pc.getTransceivers().filter((each) => each.receiver.track.kind === "audio");
  const first = (end) => end.getParameters().codecs[0]?.mimeType ?? "";
  const settings = all.find((each) => each.id === out?.codecId)?.sdpFmtpLine ?? "";
  return {sent: first(voice.sender), heard: first(voice.receiver), settings: settings.split(";")};
}"""
"""Statistics name the codec inside of RED; what is sent first is among the parameters of the sender."""


def voice(caller: Caller) -> dict[str, Any]:
    """Return what carries the voice, and the settings of the codec in it."""
    found: dict[str, Any] | None = caller.page.evaluate(VOICE)
    return found or {}


def test_the_voice_goes_doubled_and_falls_silent_with_whoever_speaks(call_stage: CallStage) -> None:
    """Given a call on a good line, when both speak, then RED carries the voice and both ask for DTX."""
    call = call_stage.book()
    with call_stage.staff(call, "nurse") as nurse, call_stage.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        nurse.hears()
        doctor.hears()
        for caller in (nurse, doctor):
            wait_until(lambda who=caller: voice(who).get("sent") == "audio/red", what="RED going out")  # type: ignore[misc]
            found = voice(caller)
            assert found["heard"] == "audio/red"
            assert {"usedtx=1", "useinbandfec=1"} <= set(found["settings"])
