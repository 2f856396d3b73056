"""Whatever happens in whatever order: once per key, and only what is true at that moment."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telehealth.kit.ids import new_id
from telehealth.messaging.ports import Fault, GatewayError, Outcome
from tests.telehealth.messaging.outbox import Outbox, PowerCutError

STEPS = st.sampled_from(
    [
        "queue",
        "queue",
        "change",
        "cancel",
        "send",
        "send",
        "die_before",
        "die_after",
        "fault",
        "lose",
        "report",
        "wait",
    ]
)


class Story:
    """Drives one outbox and remembers what was true when a text left."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.subjects = [new_id() for _ in range(2)]
        self.keys: dict[str, object] = {}
        outbox.versions = dict.fromkeys(self.subjects, 1)

    def step(self, name: str, which: int) -> None:
        """Do one thing; every text that leaves by it must be about what is true now."""
        outbox, subject = self.outbox, self.subjects[which]
        before = set(outbox.gateway.taken)
        gateway = outbox.gateway
        if name == "queue" and outbox.versions[subject]:
            key = f"{subject}:v{outbox.versions[subject]}"
            message_id = outbox.queue(subject)
            assert self.keys.setdefault(key, message_id) == message_id
        elif name == "change":
            outbox.versions[subject] += 1
        elif name == "cancel":
            outbox.versions[subject] = 0
        elif name == "wait":
            outbox.clock.advance(seconds=70)
        elif name == "report":
            for message_id in gateway.taken:
                outbox.report(message_id, Outcome.DELIVERED)
            outbox.read_reports()
        else:
            self._send(name)
        for message_id in set(gateway.taken) - before:
            message = outbox.message(message_id)
            assert outbox.versions[message.subject_id] == message.subject_version

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


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 1)), min_size=5, max_size=25))
def test_at_most_once_and_only_what_is_true(
    new_outbox: Callable[[], Outbox], steps: list[tuple[str, int]]
) -> None:
    story = Story(new_outbox())
    for name, which in steps:
        story.step(name, which)
    # In the end every message that is still true has left, exactly once, or a person was told.
    for _ in range(8):
        story.outbox.gateway.faults.clear()
        story.outbox.send()
        story.outbox.read_reports()
        story.outbox.clock.advance(seconds=301)
    told = {event.message_id for event in story.outbox.undelivered}
    for message_id in story.keys.values():
        message = story.outbox.message(message_id)  # type: ignore[arg-type]
        is_true = story.outbox.versions[message.subject_id] == message.subject_version
        assert message.state not in ("queued", "leased", "unknown")
        if is_true:
            assert message_id in story.outbox.gateway.taken or message_id in told
