"""What is promised of texts, told apart from how the program keeps it; and a gateway that writes all down.

The machine of `test_promises.py` acts and remembers what it agreed; these functions judge what left by that,
by the appointment or plan as it stands, and by the words of the text: never by asking the program's checkers.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.followup.models import Plan, Task
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.security import hash_token
from telehealth.links.models import LinkToken, PatientLink
from telehealth.messaging.models import Delivery, OutboxMessage
from telehealth.messaging.ports import Fault, GatewayError, Outgoing
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Visit
from tests.telehealth.messaging.outbox import ObedientGateway, PowerCutError

LEADS = {timedelta(hours=24): timedelta(hours=2), timedelta(hours=2): timedelta(0)}
"""Each reminder's lead, and that of the next, shorter one: from then on it is too late for this one."""

AGREED = ("booked", "checked_in", "in_progress")
LIVE_PLANS = ("planned", "confirmed", "change_asked", "declined")
NIGHT = (time(21), time(7))

NUMBERS = {
    "0868 123 456": "+84868123456",
    "0868 654 321": "+84868654321",
    "0209 385 0999": None,  # a landline
    "": None,
}
"""What a contact may be changed to, and where texts go then."""


class Trouble(StrEnum):
    """What befalls every text of one turn."""

    NONE = "none"
    BUSY = "busy"
    NO_SUCH_NUMBER = "no such number"
    NO_MONEY = "no money"
    LOST_ON_THE_WAY = "lost on the way"
    ANSWER_LOST = "answer lost"
    DIES_BEFORE = "dies before"
    DIES_AFTER = "dies after"


_FAULTS = {
    Trouble.BUSY: GatewayError(Fault.TEMPORARY, "busy"),
    Trouble.NO_SUCH_NUMBER: GatewayError(Fault.PERMANENT, "no-such-number"),
    Trouble.NO_MONEY: GatewayError(Fault.CONFIGURATION, "no-credit"),
    Trouble.LOST_ON_THE_WAY: GatewayError(Fault.UNKNOWN, "timeout"),
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A text a gateway has taken, and when."""

    outgoing: Outgoing
    at: datetime

    @property
    def reference(self) -> UUID:
        """The message it was."""
        return self.outgoing.reference


@dataclass
class WitnessGateway(ObedientGateway):
    """Keeps every text it takes, repeated ones too, in a list it shares with the others."""

    handed: list[Handed] = field(default_factory=list)
    trouble: Trouble = Trouble.NONE

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:
        """Take a text, or fail as this turn's trouble has it."""
        if self.trouble is Trouble.DIES_BEFORE:
            raise PowerCutError
        if self.trouble in _FAULTS:
            raise _FAULTS[self.trouble]
        self.handed.append(Handed(outgoing, now))
        self.taken[outgoing.reference] = outgoing
        if self.trouble is Trouble.DIES_AFTER:
            raise PowerCutError
        if self.trouble is Trouble.ANSWER_LOST:
            raise GatewayError(Fault.UNKNOWN, "timeout")
        return f"ref-{outgoing.reference}"


@dataclass
class Person:
    """A patient, as the station last wrote down how to reach them."""

    id: UUID
    number: str | None
    consents: list[UUID] = field(default_factory=list)

    @property
    def can_be_told(self) -> bool:
        """Whether a text is wanted and has somewhere to go."""
        return self.number is not None and bool(self.consents)


@dataclass
class Agreed:
    """What the machine agreed: the version that set a time, and when that was."""

    versions: dict[UUID, int] = field(default_factory=dict)
    at: dict[UUID, datetime] = field(default_factory=dict)

    def note(self, subject_id: UUID, version: int, now: datetime) -> None:
        """Remember the version of a time that was just set."""
        self.versions[subject_id], self.at[subject_id] = version, now


def is_night(at: datetime) -> bool:
    """Tell whether nothing may go that can wait."""
    local = at.astimezone(DEFAULT_ZONE).time()
    return local >= NIGHT[0] or local < NIGHT[1]


def next_morning(at: datetime) -> datetime:
    """Return the end of the night that holds at an instant, or the instant by day."""
    if not is_night(at):
        return at
    local = at.astimezone(DEFAULT_ZONE)
    day = local.date() + timedelta(days=local.time() >= NIGHT[0])
    return datetime.combine(day, NIGHT[1], DEFAULT_ZONE).astimezone(at.tzinfo)


def require_right(
    session: Session, handed: Handed, person: Person, agreed: Agreed, message: OutboxMessage
) -> None:
    """Fail unless a text is what was promised at the instant it was taken, which is now."""
    now, text = handed.at, handed.outgoing.text
    assert message.is_urgent or not is_night(now), "in quiet hours"
    assert person.consents, "a withdrawn consent"
    assert handed.outgoing.to == person.number, "another number than the patient's"
    if message.link_id is not None:
        _require_open_link(session, message, text, now)
    if message.subject_kind == "plan":
        _require_plan(session, message, text, agreed, now)
    elif message.subject_kind == "missed_visit":
        row = session.get_one(Appointment, message.subject_id)
        assert (row.status, row.version) == ("no_show", message.subject_version)
    elif message.subject_kind == "visit":
        assert session.get_one(Visit, message.subject_id).state == "signed", "a record nobody signed"
    elif message.subject_kind == "check":
        _require_round(session, message)
    else:
        _require_appointment(session, message, text, agreed, now)


def _require_open_link(session: Session, message: OutboxMessage, text: str, now: datetime) -> None:
    """The address in the text opens: it is of the link that is meant, not ended, not revoked."""
    token = text.rpartition("/k/")[2]
    sending = session.exec(select(LinkToken).where(LinkToken.token_hash == hash_token(token))).one()
    link = session.get_one(PatientLink, sending.link_id)
    assert link.state == "open", "a revoked link"
    assert link.expires_at > now, "a link that has ended"
    assert (link.subject_id, link.patient_id) == (message.subject_id, message.patient_id)


def _require_appointment(
    session: Session, message: OutboxMessage, text: str, agreed: Agreed, now: datetime
) -> None:
    row = session.get_one(Appointment, message.subject_id)
    assert _names(text, row.starts_at), "a time that is not agreed"
    if message.template == "appointment_cancelled":
        assert (row.status, row.version) == ("cancelled", message.subject_version)
        assert now < row.ends_at, "a past appointment"
        return
    assert row.status in AGREED, "an appointment that does not stand"
    assert message.subject_version == agreed.versions[row.id], "a stale version"
    if message.is_urgent:
        return
    shorter = timedelta(0)
    if message.lead_minutes is not None:
        shorter = LEADS[lead_of(message)]
    assert now <= row.starts_at - shorter, "past, or too late to be of use"


def _require_plan(session: Session, message: OutboxMessage, text: str, agreed: Agreed, now: datetime) -> None:
    row = session.get_one(Plan, message.subject_id)
    starts_at = datetime.combine(row.due_on, time(*divmod(row.from_minute, 60)), DEFAULT_ZONE)
    assert row.state in LIVE_PLANS, "a plan that does not stand"
    assert message.subject_version == agreed.versions[row.id], "a stale version"
    assert _names(text, starts_at), "a time that is not planned"
    assert now <= starts_at, "a past plan"


def _require_round(session: Session, message: OutboxMessage) -> None:
    row = session.get_one(CheckRound, message.subject_id)
    is_silent = row.state in ("calling", "visiting") and row.level == ""
    is_awaited = row.state == "asked" or (is_silent and message.template != "check_again")
    assert is_awaited, "questions nobody waits for an answer to"
    assert row.questionnaire_version == message.subject_version, "another version than was asked"
    assert session.get_one(CheckSeries, row.series_id).withdrawn_at is None, "withdrawn questions"


def _names(text: str, at: datetime) -> bool:
    local = at.astimezone(DEFAULT_ZONE)
    return any(f"{local:%H:%M}{between}{local:%d/%m}" in text for between in (" ", " ngay "))


def due_leads(starts_at: datetime, agreed_at: datetime, now: datetime) -> list[timedelta]:
    """Return which reminders of a time must have been queued by now and still help.

    Who was told of the time when a reminder would have gone already needs none.
    """
    return [
        lead for lead, shorter in LEADS.items() if agreed_at < starts_at - lead <= now < starts_at - shorter
    ]


def reminders_of(session: Session, appointment_id: UUID, version: int) -> list[OutboxMessage]:
    """List the reminders of an agreed time, oldest first."""
    query = select(OutboxMessage).where(
        OutboxMessage.subject_id == appointment_id,
        OutboxMessage.subject_version == version,
        col(OutboxMessage.lead_minutes).is_not(None),
    )
    return list(session.exec(query.order_by(col(OutboxMessage.id))))


def standing_leads(session: Session, appointment_id: UUID, version: int) -> list[timedelta]:
    """List the leads of the reminders that stand; one a text with a new link made needless counts as well."""
    return [
        lead_of(each)
        for each in reminders_of(session, appointment_id, version)
        if each.state != "skipped" or each.reason == "link-re-issued"
    ]


def lead_of(message: OutboxMessage) -> timedelta:
    """Return how long before its time a reminder goes."""
    return timedelta(minutes=message.lead_minutes or 0)


def is_asked_to_phone(session: Session, subject_id: UUID) -> bool:
    """Tell whether a person was ever asked to phone about something."""
    query = select(Task.id).where(Task.subject_id == subject_id, Task.kind == "phone_patient")
    return session.exec(query).first() is not None


def has_lost_its_way(session: Session, subject_id: UUID) -> bool:
    """Tell whether the station ended every link to something: what would carry one does not leave."""
    links = session.exec(select(PatientLink.state).where(PatientLink.subject_id == subject_id)).all()
    return bool(links) and "open" not in links


def is_settled(session: Session, message: OutboxMessage, now: datetime) -> bool:
    """Tell whether nothing more is to be done about a message at this instant."""
    if message.state == "queued":
        return is_night(now) or message.next_try_at > now
    if message.state == "unknown":
        # A clock that was put back lets the next question wait: for hours, not for good.
        asked = select(Delivery.id).where(Delivery.message_id == message.id, col(Delivery.ask_at) <= now)
        return session.exec(asked).first() is None
    return message.state != "leased"
