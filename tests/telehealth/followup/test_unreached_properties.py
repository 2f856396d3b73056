"""However texts change, leave, fail and are reported on: who is not told is phoned, and nobody else."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from telehealth.followup import service
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.models import Task
from telehealth.kit.db import Database
from telehealth.links.models import PatientLink
from telehealth.messaging.jobs import Post, chase
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Fault, GatewayError, Outcome, Report
from telehealth.messaging.service import Sender
from telehealth.patients.service import ContactDetails, allow_messages
from telehealth.patients.service.details import write_contacts
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from tests.support.booking import at
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.telehealth.followup.world import Follow, make_follow

STEPS: Final = st.sampled_from(
    [
        "move",
        "cancel",
        "link",
        "link",
        "send",
        "send",
        "refuse",
        "busy",
        "lose",
        "deliver",
        "deliver",
        "bounce",
        "bounce",
        "repeat",
        "minutes",
        "day",
        "landline",
        "mobile",
        "unwanted",
        "wanted",
        "end",
    ]
)
NOT_SENT: Final = ("too-late", "over-budget", "unreadable", "no-contact", "not-textable", "link-closed")
"""Why a text that holds was not sent, so that a person phones."""


class Story:
    """One appointment, agreed weeks before, and all that befalls the texts about it."""

    def __init__(self, follow: Follow) -> None:
        self.follow = follow
        self.appointment_id = follow.book(at("09:30", days=20)).id
        self.moves = 0
        self.reported: list[Report] = []

    def step(self, name: str, which: int) -> None:
        """Do one thing."""
        faults = {"refuse": Fault.PERMANENT, "busy": Fault.TEMPORARY, "lose": Fault.UNKNOWN}
        acts: dict[str, Callable[[], object]] = {
            "move": lambda: self.follow.do(self._move),
            "cancel": lambda: self.follow.do(self._cancel),
            "link": lambda: self.follow.do(self._link),
            "send": self.follow.send,
            "deliver": lambda: self._report(which, Outcome.DELIVERED),
            "bounce": lambda: self._report(which, Outcome.UNDELIVERED),
            "repeat": self._repeat,
            "landline": lambda: self.follow.do(partial(self._number, number="+842093850999")),
            "mobile": lambda: self.follow.do(partial(self._number, number="+84868123456")),
            "unwanted": lambda: self.follow.do(partial(self._want, is_allowed=False)),
            "wanted": lambda: self.follow.do(partial(self._want, is_allowed=True)),
            "end": lambda: self.follow.do(self._end),
            "minutes": lambda: self._wait(minutes=2),
            "day": lambda: self._wait(hours=25),
        }
        if name in faults:
            self.follow.gateway.faults = [GatewayError(faults[name], "no-such-number")]
            name = "send"
        acts[name]()
        self.follow.gateway.faults.clear()
        assert self.is_phoned() == self.should_be_phoned(), name

    def is_phoned(self) -> bool:
        """Tell whether a call is asked for; never two."""
        tasks = self.follow.rows(Task, state="open", kind="phone_patient")
        assert len(tasks) <= 1
        return bool(tasks)

    def should_be_phoned(self) -> bool:
        """Tell whether the newest true text whose end is known, or believed, did not arrive."""
        [appointment] = self.follow.rows(Appointment, id=self.appointment_id)
        is_off = appointment.status == "cancelled"
        texts = self.follow.rows(OutboxMessage, subject_id=self.appointment_id)
        version = max(each.subject_version for each in texts)
        known = [
            each.state != "delivered"
            for each in texts
            if (each.template == "appointment_cancelled") is is_off
            and each.subject_version == version
            and (
                each.state in ("delivered", "failed") or each.reason in NOT_SENT or each.chased_at is not None
            )
        ]
        return bool(known) and known[-1]

    def _appointment(self, session: Session) -> Appointment:
        return session.get_one(Appointment, self.appointment_id)

    def _move(self, session: Session, now: object) -> None:
        row = self._appointment(session)
        if row.status == "booked" and self.moves < 3:  # as often as a time may be moved
            self.moves += 1
            to = at("10:10" if self.moves % 2 else "09:30", days=20)
            scheduling.reschedule(
                session, self.follow.booking.nurse, row.id, starts_at=to, version=row.version, now=now
            )

    def _cancel(self, session: Session, now: object) -> None:
        row = self._appointment(session)
        if row.status == "booked":
            scheduling.cancel(
                session,
                self.follow.booking.nurse,
                row.id,
                reason="patient_wish",
                version=row.version,
                now=now,
            )

    def _link(self, session: Session, now: object) -> None:
        """Send a new link: a newer text about the same time."""
        is_open = PatientLink.subject_id == self.appointment_id, PatientLink.state == "open"
        link = session.exec(select(PatientLink).where(*is_open).order_by(col(PatientLink.id).desc())).first()
        if link is not None:
            service.reissue_link(session, self.follow.booking.nurse, link.id, now=now)

    def _number(self, session: Session, now: datetime, *, number: str) -> None:
        """Let the patient give another number."""
        write_contacts(session, self.follow.patient_id, [ContactDetails(phone=number)], now=now)

    def _want(self, session: Session, now: datetime, *, is_allowed: bool) -> None:
        """Let the patient want texts, or want none any more."""
        allow_messages(session, self.follow.patient_id, is_allowed=is_allowed, now=now)

    def _end(self, session: Session, now: datetime) -> None:
        """End the link by hand, as for a phone that was lost."""
        is_open = PatientLink.subject_id == self.appointment_id, PatientLink.state == "open"
        for link in session.exec(select(PatientLink).where(*is_open)).all():
            service.revoke_link(session, self.follow.booking.nurse, link.id, now=now)

    def _report(self, which: int, outcome: Outcome) -> None:
        if taken := list(self.follow.gateway.taken):
            reference = taken[which % len(taken)]
            self.reported.append(Report(f"ref-{reference}", outcome, self.follow.clock.now(), reference))
            self.follow.gateway.waiting.append(self.reported[-1])
            self.follow.send()

    def _repeat(self) -> None:
        self.follow.gateway.waiting += reversed(self.reported)
        self.follow.send()

    def _wait(self, **time: int) -> None:
        self.follow.clock.advance(**time)
        chase(Post(self.follow.database, [self.follow.gateway], Sender(brand="TYT", base_url=""), CHECKERS))


IS_NIGHTLY = settings().max_examples > 100


@settings(max_examples=400 if IS_NIGHTLY else 20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 11)), min_size=5, max_size=18))
def test_a_call_stands_exactly_while_the_newest_true_text_has_not_arrived(
    new_database: Callable[[], Database], clock: FixedClock, steps: list[tuple[str, int]]
) -> None:
    clock.set(MONDAY_MORNING)
    story = Story(make_follow(new_database(), clock))
    for name, which in steps:
        story.step(name, which)
