"""What a call costs: scripts on the wire, the processor of the station's browser."""

import os
from contextlib import suppress
from pathlib import Path

from tests.bench.calls.meeting import met
from tests.bench.visitor import Visitor
from tests.support import world
from tests.support.laboratory import namespaces
from tests.support.laboratory.links import Site
from tests.support.laboratory.stage import PORT, LaboratoryStage

AT_A_PRESS = ("call/stills.js", "call/desk.js", "call/picker.js", "call/stage.js")
"""Fetched when somebody presses for a photo, for whom to ask in, or for another camera; a phone its stage."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def scripts(stage: LaboratoryStage) -> dict[str, float | None]:
    """The scripts of a station's call, packed: those it needs, and all of them with headers."""
    call = stage.book()
    with stage.database.write() as unit:
        token = world.make_sign_in(unit.session, call.nurse, now=unit.now)
    with namespaces.entered(stage.laboratory.core):
        weight = Visitor(PORT, signin=token).visit(call.path, with_later=True)
    needed = sum(size for address, size in weight.bodies if _is_needed(address))
    return {"script_kb": needed / 1000, "wire_kb": weight.script_bytes / 1000}


def _is_needed(address: str) -> bool:
    return address.endswith(".js") and not address.endswith(AT_A_PRESS)


def processor(stage: LaboratoryStage) -> dict[str, float | None]:
    """The share of one core that the station's browser takes, all its processes together."""
    with met(stage) as meeting:
        before = _cpu_seconds(stage.site("station"))
        window = meeting.watch(10)
        used = _cpu_seconds(stage.site("station")) - before
        return {"cpu_percent": 100 * used / window.seconds}


def _cpu_seconds(site: Site) -> float:
    return sum(map(_of_process, site.pids)) / TICKS_PER_SECOND


def _of_process(pid: int) -> int:
    with suppress(OSError):  # it has just ended
        of_stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(of_stat[11]) + int(of_stat[12])
    return 0
