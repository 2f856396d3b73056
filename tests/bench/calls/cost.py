"""What a call costs: scripts on the wire, the processor of the station's browser."""

import os
from contextlib import suppress
from pathlib import Path

from tests.bench.calls.meeting import met
from tests.bench.visitor import Visitor, Weight
from tests.support import world
from tests.support.calls import open_on_phone
from tests.support.laboratory import namespaces
from tests.support.laboratory.links import Site
from tests.support.laboratory.stage import PORT, LaboratoryStage

OF_A_PHONE = ("call/live.js", "call/stage.js")
"""What a phone fetches for its first picture besides what its waiting room names."""

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def scripts(stage: LaboratoryStage) -> dict[str, float | None]:
    """The scripts of everybody's page, packed: those before its first picture, and a doctor's after it."""
    call = stage.book()
    with stage.database.write() as unit:
        nurse = world.make_sign_in(unit.session, call.nurse, now=unit.now)
        doctor = world.make_sign_in(unit.session, call.doctor, now=unit.now)
        phone = open_on_phone(unit.session, call, now=unit.now)
    with namespaces.entered(stage.laboratory.core):
        return weighed(PORT, call.path, phone.call, nurse=nurse, doctor=doctor, phone=phone.cookie)


def weighed(
    port: int, path: str, wait: str, *, nurse: str, doctor: str, phone: str
) -> dict[str, float | None]:
    """Return kilobytes: nurse and doctor open `path`, a phone its waiting room."""
    of_nurse = _scripts_of(Visitor(port, signin=nurse).visit(path))
    of_doctor = _scripts_of(Visitor(port, signin=doctor).visit(path))
    of_phone = _scripts_of(Visitor(port, phone=phone).visit(wait))
    after_waiting = _scripts_of(Visitor(port, phone=phone).visit(wait, with_later=True))
    of_phone += [each for each in after_waiting if each[0].endswith(OF_A_PHONE)]
    all_of_doctor = _scripts_of(Visitor(port, signin=doctor).visit(path, with_later=True))
    return {
        "station_kb": _kilobytes(of_nurse),
        "doctor_kb": _kilobytes(of_doctor),
        "patient_kb": _kilobytes(of_phone),
        "later_kb": _kilobytes(all_of_doctor) - _kilobytes(of_doctor),
    }


def _scripts_of(weight: Weight) -> list[tuple[str, int]]:
    return [(address, size) for address, size in weight.bodies if address.endswith(".js")]


def _kilobytes(scripts: list[tuple[str, int]]) -> float:
    return sum(size for _, size in scripts) / 1000


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
