"""The server dies and comes back; the station's page is loaded again."""

import signal

from tests.bench.calls.meeting import frames_of, met, worst
from tests.support.laboratory.recordings import Recording, Window, first_after, longest_gap
from tests.support.laboratory.stage import LaboratoryStage, clock

RETURNING = 12


def server_killed(stage: LaboratoryStage) -> dict[str, float | None]:
    """SIGKILL, then a start at once on the same data."""
    with met(stage) as meeting:
        killed_at = clock()
        stage.server.stop(how=signal.SIGKILL)
        stage.server.start()
        again_at = clock()
        meeting.watch(RETURNING)
        whole = Window(killed_at, clock())
        pages = meeting.recordings().values()
        welcomes = [first_after(_welcomes(page), killed_at) for page in pages]
        starting = (again_at - killed_at) / 1000
        return {
            "picture_gap": max(longest_gap(frames_of(page), whole) for page in pages),
            "sound_gap": max(longest_gap(page.all_voices, whole) for page in pages),
            # A page may be back before the server's first answer to us.
            "signalling": worst([None if at is None else max(0.0, at - starting) for at in welcomes]),
        }


def _welcomes(page: Recording) -> list[float]:
    return [each["at"] for each in page.said("waiting")]


def page_reloaded(stage: LaboratoryStage) -> dict[str, float | None]:
    """The station reloads, and the patient: only whoever knocks can be admitted a second time."""
    return {**_station_reloaded(stage), "asked": _patient_reloaded(stage)}


def _patient_reloaded(stage: LaboratoryStage) -> float:
    """Return how often the doctor's page is told that an admitted patient knocks again."""
    with met(stage, ("patient", "doctor")) as meeting:
        patient, doctor = meeting.callers["patient"], meeting.callers["doctor"]
        knocks = doctor.page.locator("[data-part=knocks] [data-act=admit]")
        patient.page.reload(wait_until="commit")
        patient.presented(1, wanted=5)
        doctor.presented(1, wanted=5)
        told = [frame for frame in doctor.frames if '"state":"waiting"' in frame]
        return float(len(told) - 1 + knocks.count())  # the first time they were admitted


def _station_reloaded(stage: LaboratoryStage) -> dict[str, float | None]:
    with met(stage) as meeting:
        station, doctor = meeting.callers["station"], meeting.callers["doctor"]
        began = clock()
        station.page.reload(wait_until="commit")
        station.presented(1, wanted=5)
        doctor.presented(1, wanted=5)
        pages = meeting.recordings()
        admitted_at = pages["station"].said("admitted")[0]["at"]
        seen = first_after(frames_of(pages["doctor"]), admitted_at)
        return {
            "presented": worst(
                [
                    first_after(frames_of(pages["station"]), began),
                    None if seen is None else seen + (admitted_at - began) / 1000,
                ]
            ),
        }
