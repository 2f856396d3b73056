"""The cases and what each must reach: the one place where the figures of a call are demanded."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.calls import cost, cuts, first_frame, picture, restarts, sound, three
from tests.support.laboratory.stage import LaboratoryStage

Measure = Callable[[LaboratoryStage], dict[str, float | None]]


@dataclass(frozen=True)
class Goal:
    """One figure of a case: its key, how it is printed, and its bound; `is_least` where more is better."""

    key: str
    what: str
    bound: float
    unit: str
    is_least: bool = False

    def is_reached(self, got: float) -> bool:
        """Tell whether a figure is good enough; "never" is infinite."""
        if got == float("inf"):
            return False
        return got >= self.bound if self.is_least else got <= self.bound

    @property
    def words(self) -> str:
        """The bound in words."""
        return f"{'>=' if self.is_least else '<='} {self.bound:g} {self.unit}"


@dataclass(frozen=True)
class Case:
    """One line of the issue's table."""

    name: str
    title: str
    measure: Measure
    goals: tuple[Goal, ...]


CASES = (
    Case(
        "first-clean",
        "admit to first frame, clean",
        first_frame.on_a_clean_line,
        (Goal("first_frame", "worse side", 1.2, "s"),),
    ),
    Case(
        "first-rural",
        "admit to first frame, 500 kbit/s, 200 ms, 3 %",
        first_frame.on_a_rural_line,
        (Goal("first_frame", "worse side", 3, "s"),),
    ),
    Case(
        "first-no-udp",
        "admit to first frame, the same without UDP",
        first_frame.without_udp,
        (Goal("first_frame", "worse side", 4.5, "s"),),
    ),
    Case("sound-5", "5 % loss", sound.at_5_percent, (Goal("concealed", "sound concealed", 1, "%"),)),
    Case("sound-10", "10 % loss", sound.at_10_percent, (Goal("concealed", "sound concealed", 2, "%"),)),
    Case(
        "sound-bursts",
        "bursts of 200 ms every 5 s",
        sound.at_bursts,
        (Goal("concealed", "sound concealed", 6, "%"),),
    ),
    Case(
        "opus-target",
        "clean",
        sound.target,
        (Goal("target_kbps", "Opus target, lower side", 16, "kbit/s", is_least=True),),
    ),
    Case(
        "picture-300",
        "300 kbit/s up, 300 ms, 5 %",
        picture.at_300_kbps,
        (
            Goal("fps", "presented", 10, "fps", is_least=True),
            Goal("frozen", "frozen", 5, "%"),
        ),
    ),
    Case(
        "starved",
        "80 kbit/s up, then 1 Mbit/s",
        picture.starved,
        (
            Goal("audio_only", "sound only after", 8, "s"),
            Goal("rtt", "worst round trip then", 800, "ms"),
            Goal("concealed", "sound concealed, the fall included", 3, "%"),
            Goal("concealed_then", "sound concealed then", 3, "%"),
            Goal("video_back", "picture back after", 20, "s"),
            Goal("gone_again", "gone again", 0, "times"),
        ),
    ),
    Case(
        "cut-20",
        "20 s cut, same address",
        cuts.same_address,
        (Goal("audio", "sound back after", 2.5, "s"), Goal("video", "picture back after", 3.5, "s")),
    ),
    Case(
        "cut-20-roam",
        "20 s cut, new address",
        cuts.new_address,
        (Goal("audio", "sound back after", 4, "s"), Goal("video", "picture back after", 5, "s")),
    ),
    Case(
        "cut-60-relay",
        "60 s cut through TURN",
        cuts.through_the_relay,
        (Goal("audio", "sound back after", 5, "s"), Goal("video", "picture back after", 6, "s")),
    ),
    Case(
        "server-killed",
        "server killed and started",
        restarts.server_killed,
        (
            Goal("picture_gap", "longest picture", 0.3, "s"),
            Goal("sound_gap", "longest silence", 0.5, "s"),
            Goal("signalling", "signalling back after", 5, "s"),
        ),
    ),
    Case(
        "reload",
        "page reload",
        restarts.page_reloaded,
        (
            Goal("presented", "presented on both sides", 4, "s"),
            Goal("asked", "second admissions, of a patient", 0, "times"),
        ),
    ),
    Case(
        "three",
        "three parties, station on 500 kbit/s",
        three.parties,
        (
            Goal("concealed", "sound concealed, worst pair", 2, "%"),
            Goal("fps", "doctor and station, slower side", 10, "fps", is_least=True),
        ),
    ),
    Case(
        "scripts",
        "the call's page: JS before its first picture, packed",
        cost.scripts,
        (
            Goal("station_kb", "of a station", 25, "kB"),
            Goal("doctor_kb", "of a doctor", 25, "kB"),
            Goal("patient_kb", "of a phone", 25, "kB"),
            Goal("later_kb", "of a doctor after it or at a press, htmx among it", 40, "kB"),
        ),
    ),
    Case(
        "processor",
        "360p15, clean",
        cost.processor,
        (Goal("cpu_percent", "CPU of the station's browser", 45, "% of a core"),),
    ),
)
