"""People in a call, ready to be measured, and what their pages noted."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.support.callers import Caller
from tests.support.laboratory.recordings import Recording, Window
from tests.support.laboratory.stage import LaboratoryStage, clock, recording_of

PAIR = ("station", "doctor")
ADMIT = """() => {
  const at = performance.timeOrigin + performance.now();
  document.querySelector("[data-part=knocks] [data-act=admit]").click();
  return at;
}"""


@dataclass(frozen=True)
class Meeting:
    """The pages of a call by who sits at them."""

    stage: LaboratoryStage
    callers: dict[str, Caller]

    def recordings(self) -> dict[str, Recording]:
        """Take what every page noted so far."""
        return {who: recording_of(caller) for who, caller in self.callers.items()}

    def watch(self, seconds: float) -> Window:
        """Let time pass; return the span."""
        start = clock()
        time.sleep(seconds)
        return Window(start, clock())


def admit(doctor: Caller) -> float:
    """Let in who knocks at the doctor's; return when, in milliseconds of the day's clock."""
    doctor.page.locator("[data-part=knocks] [data-act=admit]").wait_for()
    at: float = doctor.page.evaluate(ADMIT)
    return at


@contextmanager
def invited(stage: LaboratoryStage, people: Sequence[str] = PAIR) -> Iterator[Meeting]:
    """Open a page for everybody; nobody has come yet."""
    call = stage.book()
    with ExitStack() as pages:
        yield Meeting(stage, {who: pages.enter_context(stage.person(call, who)) for who in people})


@contextmanager
def met(stage: LaboratoryStage, people: Sequence[str] = PAIR, *, settled: float = 5) -> Iterator[Meeting]:
    """Have everybody in the call, seeing all others for so many seconds already."""
    with invited(stage, people) as meeting:
        for caller in meeting.callers.values():
            caller.come()
        if "patient" in people:
            admit(meeting.callers["doctor"])
        for caller in meeting.callers.values():
            caller.presented(len(people) - 1, seconds=40)
        meeting.watch(settled)
        yield meeting


def frames_of(recording: Recording, whose: Recording | None = None) -> list[float]:
    """When pictures reached a screen: those of one participant, or of the only other one."""
    if whose is not None:
        return recording.frames.get(whose.self_id, [])
    return sorted(at for each in recording.frames.values() for at in each)


def worst(values: Sequence[float | None]) -> float | None:
    """Return the largest; None, which means "never", is larger than any."""
    return None if None in values else max(value for value in values if value is not None)
