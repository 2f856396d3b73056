"""Many reminders due at once, workers killed, a vendor down: how late the last ones come, and by what."""

from typing import Final

from tests.bench.clusters import deadlocks, postgresql
from tests.bench.measure import Effort, Line, percentile, show
from tests.bench.worlds import opened, scratch
from tests.support.sms_storms import Storm, Survived, send_in_one_process, storm_vendors, survive
from tests.support.sms_vendors import sms_vendor

PER_SECOND: Final = 50.0
"""What a vendor lets through; with it ten thousand take more than three minutes."""

MISHAPS: Final = ("drop-after", "ok", "down", "drop-before", "refuse:103", "ok", "garbage")
NOTE: Final = (
    "They fall due for as many appointments at once: the job of reminders writes them while they are sent.",
    "One worker is killed with -9 twice, started again each time; both vendors take texts and lose answers.",
    "Lateness: how much later than the vendor's own rate would have let the text of that rank through.",
)


def measure(effort: Effort) -> None:
    """Print the section."""
    storm = Storm(
        10 * effort.gathered, 4, down_seconds=0.12 * effort.gathered, waits=True, are_reminders=True
    )
    with scratch() as folder, postgresql(folder) as cluster, storm_vendors(PER_SECOND) as vendors:
        with opened(folder, database_url=cluster.create("ours")) as database:
            told = survive(database, folder, vendors, storm)
        deadlocked = f"{deadlocks(folder)} deadlocks in the server's log."
    title = (
        f"(w) {storm.texts} reminders, {storm.workers} workers, a vendor down for {storm.down_seconds:.0f} s"
    )
    show(f"{title}, PostgreSQL", _lines(told, "<= 60 s"), *NOTE, deadlocked)
    vendor_of_one = sms_vendor(delay=0.02, per_second=PER_SECOND)
    with scratch() as folder, vendor_of_one as vendor, opened(folder) as database:
        told = send_in_one_process(
            database, folder, vendor, effort.gathered, *MISHAPS, waits=True, are_reminders=True
        )
    show(f"(w) {effort.gathered} reminders in one process, SQLite", _lines(told, "<= 60 s"))


def _lines(told: Survived, aim: str) -> list[Line]:
    late = told.lateness(PER_SECOND)
    took = max(told.arrived) - told.began
    return [
        Line("lost", str(len(told.lost)), aim="0"),
        Line("twice", str(len(told.twice)), aim="0"),
        Line("answers lost, all on record", str(len(told.unknown))),
        Line("of them never cleared up: a person phones", str(len(told.left))),
        Line("all of them", f"{took:.1f} s", f"{len(told.ids) / PER_SECOND:.1f} s"),
        Line("lateness beyond the vendor's rate, p50", f"{percentile(late, 50):.1f} s"),
        Line("the same, p99", f"{percentile(late, 99):.1f} s", aim=aim),
    ]
