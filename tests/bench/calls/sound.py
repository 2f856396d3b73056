"""Sound: how much of it was invented where packets were lost, and at how many bits it is sent."""

from typing import Any

from tests.bench.calls.meeting import met
from tests.bench.calls.profiles import BURSTS, RURAL_1M, impair
from tests.support.laboratory.recordings import lowest, worst_concealed
from tests.support.laboratory.stage import LaboratoryStage

SETTLING, MEASURED = 5, 20


def at_5_percent(stage: LaboratoryStage) -> dict[str, float | None]:
    """Five of a hundred packets are lost, each way."""
    return _lose(stage, {"loss_percent": 5})


def at_10_percent(stage: LaboratoryStage) -> dict[str, float | None]:
    """Ten of a hundred packets are lost, each way."""
    return _lose(stage, {"loss_percent": 10})


def at_bursts(stage: LaboratoryStage) -> dict[str, float | None]:
    """Every five seconds all packets of 200 ms are lost."""
    return _lose(stage, BURSTS)


def target(stage: LaboratoryStage) -> dict[str, float | None]:
    """The least that either side's encoder aims at, once the call has settled."""
    with met(stage) as meeting:
        window = meeting.watch(8)
        pages = meeting.recordings().values()
        aims = [lowest(stats, "target", window) for page in pages for stats in page.stats.values()]
        return {"target_kbps": min(aims, default=0) / 1000}


def _lose(stage: LaboratoryStage, loss: dict[str, Any]) -> dict[str, float | None]:
    impair(stage.site("station"), RURAL_1M)
    with met(stage) as meeting:
        impair(stage.site("station"), both=loss)
        meeting.watch(SETTLING)
        window = meeting.watch(MEASURED)
        return {"concealed": max(worst_concealed(page, window) for page in meeting.recordings().values())}
