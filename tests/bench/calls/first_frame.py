"""From admitting somebody to the first picture of the other on both screens."""

from tests.bench.calls.meeting import admit, frames_of, invited, worst
from tests.bench.calls.profiles import NO_UDP, RURAL_500, impair
from tests.support.laboratory.recordings import first_after
from tests.support.laboratory.stage import LaboratoryStage

PEOPLE = ("doctor", "patient")
WAITING = 4
LONGEST = 20


def on_a_clean_line(stage: LaboratoryStage) -> dict[str, float | None]:
    """Both lines are good."""
    return _admit(stage)


def on_a_rural_line(stage: LaboratoryStage) -> dict[str, float | None]:
    """The patient has 500 kbit/s up, 200 ms and 3 % loss."""
    impair(stage.site("patient"), RURAL_500)
    return _admit(stage)


def without_udp(stage: LaboratoryStage) -> dict[str, float | None]:
    """The same line lets no UDP through: media goes over the relay's TCP."""
    impair(stage.site("patient"), RURAL_500, both=NO_UDP)
    return _admit(stage)


def _admit(stage: LaboratoryStage) -> dict[str, float | None]:
    with invited(stage, PEOPLE) as meeting:
        doctor, patient = meeting.callers["doctor"], meeting.callers["patient"]
        doctor.come()
        patient.come()
        doctor.page.locator("[data-part=knocks] [data-act=admit]").wait_for()
        meeting.watch(WAITING)  # who waits for a doctor waits longer than the page takes to fetch the call
        admitted_at = admit(doctor)
        for caller in meeting.callers.values():
            caller.presented(1, wanted=5, seconds=LONGEST)
        pages = meeting.recordings().values()
        return {"first_frame": worst([first_after(frames_of(page), admitted_at) for page in pages])}
