"""Three in the call, the station on 500 kbit/s."""

from tests.bench.calls.meeting import frames_of, met
from tests.bench.calls.profiles import RURAL_500, impair
from tests.support.laboratory.recordings import per_second, worst_concealed
from tests.support.laboratory.stage import LaboratoryStage

PEOPLE = ("station", "doctor", "patient")


def parties(stage: LaboratoryStage) -> dict[str, float | None]:
    """Sound of all, and the picture between doctor and station."""
    impair(stage.site("station"), RURAL_500)
    with met(stage, PEOPLE, settled=10) as meeting:
        window = meeting.watch(20)
        pages = meeting.recordings()
        station, doctor = pages["station"], pages["doctor"]
        both = (frames_of(doctor, whose=station), frames_of(station, whose=doctor))
        return {
            "concealed": max(worst_concealed(page, window) for page in pages.values()),
            "fps": min(per_second(frames, window) for frames in both),
        }
