"""Whatever happens in whatever order: once per key, only what is true, wanted, in time, and not at night."""

from collections.abc import Callable
from datetime import time, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telehealth.kit.ids import new_id
from telehealth.kit.policy import Policy
from telehealth.messaging.pacing import quiet_hours
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Report
from telehealth.patients.service import allow_messages
from tests.telehealth.messaging.outbox import ObedientGateway, Outbox, PowerCutError

STEPS = st.sampled_from(
    [
        "queue",
        "queue",
        "queue_urgent",
        "change",
        "cancel",
        "send",
        "send",
        "send",
        "die_before",
        "die_after",
        "fault",
        "lose",
        "deliver",
        "bounce",
        "repeat",
        "wait",
        "hours",
        "hours",
        "back",
        "withdraw",
        "allow",
        "chase",
    ]
)
NIGHT = Policy(quiet=(time(21), time(7)))


class Story:
    """Drives one outbox with two gateways and remembers what was true when a text left."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        outbox.others = [ObedientGateway("second")]
        outbox.database.policy = NIGHT
        self.subjects = [new_id() for _ in range(2)]
        self.keys: dict[str, UUID] = {}
        self.is_wanted = True
        self.reported: list[tuple[ObedientGateway, Report]] = []
        outbox.versions = dict.fromkeys(self.subjects, 1)

    def step(self, name: str, which: int) -> None:
        """Do one thing; every text that leaves by it must be true, wanted, in time and not at night.

        Nobody is asked to phone by it about what is untrue, has arrived, or was told anew by what arrived.
        """
        outbox, subject = self.outbox, self.subjects[which % 2]
        heard = len(outbox.undelivered)
        before = self.taken()
        acts: dict[str, Callable[[], object]] = {
            "queue": lambda: self._queue(subject, is_urgent=False),
            "queue_urgent": lambda: self._queue(subject, is_urgent=True),
            "change": lambda: outbox.versions.update({subject: outbox.versions[subject] + 1}),
            "cancel": lambda: outbox.versions.update({subject: 0}),
            "wait": lambda: outbox.clock.advance(seconds=70),
            "hours": lambda: outbox.clock.advance(hours=5),
            "back": lambda: outbox.clock.advance(hours=-1),
            "withdraw": lambda: self._allow(is_wanted=False),
            "allow": lambda: self._allow(is_wanted=True),
            "chase": outbox.chase,
            "deliver": lambda: self._report(which, Outcome.DELIVERED),
            "bounce": lambda: self._report(which, Outcome.UNDELIVERED),
            "repeat": self._repeat,
        }
        acts.get(name, lambda: self._send(name))()
        for message_id in self.taken() - before:
            self._require_right(message_id)
        for event in outbox.undelivered[heard:]:
            self._require_call(event.message_id)

    def taken(self) -> set[UUID]:
        """Return what has left by any gateway; by two, never."""
        first, second = (set(each.taken) for each in (self.outbox.gateway, *self.outbox.others))
        assert not first & second
        return first | second

    def _require_right(self, message_id: UUID) -> None:
        message, now = self.outbox.message(message_id), self.outbox.clock.now()
        assert self.outbox.versions[message.subject_id] == message.subject_version
        assert self.is_wanted
        assert now <= message.not_after_at
        assert message.is_urgent or not quiet_hours(NIGHT).holds(now)

    def _require_call(self, message_id: UUID) -> None:
        message = self.outbox.message(message_id)
        assert self.outbox.versions[message.subject_id] == message.subject_version
        assert message.state != "delivered"

    def _queue(self, subject: UUID, *, is_urgent: bool) -> None:
        if not self.outbox.versions[subject] or not self.is_wanted:
            return
        key = f"{subject}:v{self.outbox.versions[subject]}"
        not_after = self.outbox.clock.now() + timedelta(hours=30)
        message_id = self.outbox.queue(subject, is_urgent=is_urgent, not_after_at=not_after)
        assert self.keys.setdefault(key, message_id) == message_id

    def _report(self, which: int, outcome: Outcome) -> None:
        """Let a gateway report about any text it has taken, however long ago, whatever it said before."""
        gateway = [self.outbox.gateway, *self.outbox.others][which % 2]
        if taken := list(gateway.taken):
            report = Report(f"ref-{taken[which % len(taken)]}", outcome, self.outbox.clock.now())
            self.reported.append((gateway, report))
            gateway.waiting.append(report)
            self.outbox.read_reports()

    def _repeat(self) -> None:
        """Let both gateways report everything once more, the other way round."""
        for gateway, report in reversed(self.reported):
            gateway.waiting.append(report)
        self.outbox.read_reports()

    def _allow(self, *, is_wanted: bool) -> None:
        self.is_wanted = is_wanted
        with self.outbox.database.write() as unit:
            allow_messages(unit.session, self.outbox.patient_id, is_allowed=is_wanted, now=unit.now)

    def _send(self, name: str) -> None:
        gateway = self.outbox.gateway
        gateway.dies = {"die_before": "before", "die_after": "after"}.get(name, "")
        if name in ("fault", "lose"):
            gateway.faults.append(GatewayError(Fault.TEMPORARY if name == "fault" else Fault.UNKNOWN, "x"))
        try:
            self.outbox.send()
        except PowerCutError:
            assert gateway.dies
        gateway.dies = ""


IS_NIGHTLY = settings().max_examples > 100


@settings(max_examples=400 if IS_NIGHTLY else 20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 11)), min_size=5, max_size=30))
def test_at_most_once_and_only_what_is_true(
    new_outbox: Callable[[], Outbox], steps: list[tuple[str, int]]
) -> None:
    story = Story(new_outbox())
    for name, which in steps:
        story.step(name, which)
    # In the end every message that is still true and wanted has left, exactly once, or a person was told.
    outbox = story.outbox
    outbox.gateway.faults.clear()
    if quiet_hours(NIGHT).holds(outbox.clock.now()):
        outbox.clock.set(quiet_hours(NIGHT).next_open(outbox.clock.now()))
    for _ in range(12):
        story.step("send", 0)
        outbox.read_reports()
        outbox.clock.advance(seconds=61)
    outbox.clock.advance(days=2)
    outbox.chase()
    told = {event.message_id for event in outbox.undelivered}
    for message_id in story.keys.values():
        message = outbox.message(message_id)
        is_true = outbox.versions[message.subject_id] == message.subject_version
        assert message.state not in ("queued", "leased", "unknown")
        if is_true and message.reason != "no-contact":
            assert message_id in story.taken() or message_id in told
