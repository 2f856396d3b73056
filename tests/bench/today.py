"""The Today page of a signed-in nurse with a usual day, against a bare Jinja page of as many rows."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

from sqlmodel import Session

from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot
from telehealth.visits.models import Visit
from tests.bench.http_load import Call, Outcome, drive_same
from tests.bench.measure import Effort, Line, compare, show
from tests.bench.programs import ask_alone, baseline, product
from tests.bench.statements import rehearsal
from tests.bench.worlds import ask_for, book, free_slots, make_posts, opened, scratch
from tests.support import day as days
from tests.support import world
from tests.support.clock import FixedClock
from tests.support.day import Day

APPOINTMENTS = 20
DONE = 8
MORNING = time(7, 30)
AIM = ">= 0.50 x"


def page_of(cookie: str) -> Call:
    """Return the request for Today as a browser sends it."""
    return Call(
        "GET", "/today", {"Cookie": f"signin={cookie}", "Accept-Encoding": "gzip", "Accept-Language": "vi"}
    )


def make_busy_day(folder: Path) -> str:
    """Give a nurse twenty appointments today, the first of them done and signed; return her sign-in."""
    now = SystemClock().now()
    # The day is booked from its first minute on, so that the hour of the run makes no difference.
    midnight = datetime.combine(
        now.astimezone(DEFAULT_ZONE).date(), time(0, 1), tzinfo=DEFAULT_ZONE
    ).astimezone(UTC)
    with opened(folder, clock=FixedClock(midnight)) as database, database.write() as unit:
        session = unit.session
        post = make_posts(session, 1, now=midnight)[0]
        slots = free_slots(session, post, 3 * APPOINTMENTS, now=midnight)
        by_day = [slot for slot in slots if slot.starts_at.astimezone(DEFAULT_ZONE).time() >= MORNING]
        for number, slot in enumerate(by_day[:APPOINTMENTS]):
            visit = ask_for(session, post, number, now=midnight)
            booked = book(session, post, visit, slot.starts_at, now=midnight)
            if number < DONE:
                _carry_out(session, post, visit, booked, slot)
        return world.make_sign_in(session, post.nurse, now=now)


def measure(effort: Effort) -> None:
    """Print the section."""
    with scratch() as folder:
        call = page_of(make_busy_day(folder))
        with rehearsal(folder) as app:
            app.ask(call)
            statements = len(app.statements)
        with product(folder) as ours, baseline("page", folder) as bare:
            ask = [
                partial(drive_same, program.port, call, seconds=effort.seconds) for program in (ours, bare)
            ]
            drive_same(ours.port, call, seconds=0.2)
            rounds = [
                (ask_alone(ours, bare, ask[0]), ask_alone(bare, ours, ask[1])) for _ in range(effort.rounds)
            ]
    printed = [mine for mine, _ in rounds]
    kilobytes = printed[0].body_bytes / len(printed[0].latencies) / 1000
    note = f"{kilobytes:.1f} kB gz on the wire, {statements} statements per page."
    title = f"(b) Today with {APPOINTMENTS} appointments, against a bare Jinja page of 20 rows"
    show(title, _lines(printed, [plain for _, plain in rounds]), note)


def _lines(ours: list[Outcome], bare: list[Outcome]) -> list[Line]:
    rate = compare([each.rate for each in ours], [each.rate for each in bare])
    p95 = compare([each.p95_ms for each in ours], [each.p95_ms for each in bare])
    work = compare([each.cpu_ms for each in ours], [each.cpu_ms for each in bare])
    return [
        rate.line("pages", "{:,.0f} /s", AIM),
        p95.line("p95", "{:.1f} ms"),
        work.line("server's CPU per page", "{:.2f} ms"),
    ]


def _carry_out(session: Session, post: Day, visit: Visit, booked: Appointment, slot: Slot) -> None:
    scheduling.check_in(session, post.nurse, booked.id, now=slot.starts_at)
    scheduling.start(session, post.doctor, booked.id, now=slot.starts_at)
    scheduling.complete(session, post.doctor, booked.id, now=slot.ends_at)
    days.sign(session, post, visit, (slot.ends_at + timedelta(days=7)).date(), slot.ends_at)
