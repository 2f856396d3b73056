"""A link that is cut for a while: how long after its return sound and picture are back on both sides."""

from tests.bench.calls.meeting import Meeting, frames_of, met, worst
from tests.bench.calls.profiles import RURAL_500, impair
from tests.support.laboratory.recordings import Window, back_after
from tests.support.laboratory.stage import LaboratoryStage

RETURNING = 30


def same_address(stage: LaboratoryStage) -> dict[str, float | None]:
    """Twenty seconds of nothing."""
    return _cut(stage, seconds=20)


def new_address(stage: LaboratoryStage) -> dict[str, float | None]:
    """Twenty seconds of nothing, then another network."""
    return _cut(stage, seconds=20, roams=True)


def through_the_relay(stage: LaboratoryStage) -> dict[str, float | None]:
    """A minute of nothing for sites that reach each other only through the relay."""
    stage.laboratory.forward(False)
    return _cut(stage, seconds=60)


def _cut(stage: LaboratoryStage, *, seconds: float, roams: bool = False) -> dict[str, float | None]:
    station = stage.site("station")
    impair(station, RURAL_500)
    with met(stage) as meeting:
        station.cut()
        meeting.watch(seconds)
        if roams:
            station.roam()
        station.mend()
        return _return(meeting, meeting.watch(RETURNING))


def _return(meeting: Meeting, window: Window) -> dict[str, float | None]:
    pages = meeting.recordings().values()
    return {
        "audio": worst([back_after(page.all_voices, window.start) for page in pages]),
        "video": worst([back_after(frames_of(page), window.start) for page in pages]),
    }
