"""What pages weigh on the wire, packed, headers included, with everything they name."""

from collections.abc import Iterable
from pathlib import Path

from telehealth.kit.clock import SystemClock
from tests.bench.measure import Effort, Line, show
from tests.bench.programs import product
from tests.bench.today import make_busy_day
from tests.bench.visitor import Visitor, Weight
from tests.bench.worlds import opened, scratch
from tests.support import world
from tests.support.calls import BookedCall, Phone, book_call, open_on_phone

BEFORE_AIM = "<= 45 kB, 8 requests"
COUNTED = "Every file a stylesheet names is counted; a browser asks only for those the page shows."
PEER = "MiroTalk's join page was measured at 965 kB and 63 requests."


def measure(_effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        nurse = make_busy_day(folder)
        call, phone, doctor = _make_call(folder)
        with product(folder) as server:

            def fresh(path: str, **cookies: str) -> Weight:
                return Visitor(server.port, **cookies).visit(path)

            tap, check, wait = f"/k/{phone.cookie}", f"{phone.call}/check", phone.call
            patient = Visitor(server.port, phone=phone.cookie)
            way = [patient.visit(path) for path in (tap, f"/p/{phone.opening_id}", check, wait)]
            station = Visitor(server.port, signin=nurse)
            today, again = station.visit("/today"), station.visit("/today")
            in_call = Visitor(server.port, signin=doctor).visit(call.path, with_later=True)
            lines = [
                _line("page behind the SMS link, opened first", fresh(tap), BEFORE_AIM),
                _line("device check, opened first", fresh(check, phone=phone.cookie), BEFORE_AIM),
                _line("waiting room, opened first", fresh(wait, phone=phone.cookie), BEFORE_AIM),
                _line("from the SMS to the waiting room, four pages", _sum(way), BEFORE_AIM),
                _line("the call's page of a doctor, all of it", in_call),
                Line("  of that, scripts", _kilobytes(in_call.script_bytes)),
                _line("Today, opened first", today),
                Line("  of that, fonts", _kilobytes(today.font_bytes)),
                _line("Today, opened again", again),
            ]
    show("(e) Sizes on the wire, gzip, headers included", lines, COUNTED, PEER)


def _make_call(folder: Path) -> tuple[BookedCall, Phone, str]:
    """Book a call; return it with the patient's phone and the doctor's sign-in."""
    with opened(folder) as database, database.write() as unit:
        call = book_call(unit.session, now=unit.now)
        phone = open_on_phone(unit.session, call, now=unit.now)
        return call, phone, world.make_sign_in(unit.session, call.doctor, now=SystemClock().now())


def _line(what: str, weight: Weight, aim: str = "") -> Line:
    return Line(what, f"{_kilobytes(weight.wire_bytes)}, {weight.requests} requests", aim=aim)


def _sum(weights: Iterable[Weight]) -> Weight:
    total = Weight()
    for weight in weights:
        for address, size in weight.answers:
            total.note(address, size)
    return total


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"
