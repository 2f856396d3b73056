"""Use-cases of calendars: secret addresses made and ended, read, one appointment to take along."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from uuid import UUID

from sqlmodel import Session, col, or_, update

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.facilities.models import Facility
from telehealth.interop import queries, rules
from telehealth.interop.errors import (
    AppointmentNotAgreedError,
    CalendarFeedNotFoundError,
    TooManyCalendarFeedsError,
)
from telehealth.interop.models import CalendarFeed
from telehealth.interop.rules import Entry, OwnerKind, Standing
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.security import hash_token, new_token
from telehealth.links.actors import LinkActor
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from telehealth.scheduling.service import read_appointment
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.events import MembershipClosed, PasswordReset, StaffDisabled

ACTION = "calendar.manage"


@dataclass(frozen=True, slots=True)
class Invite:
    """One appointment as a file: its method belongs into the content type."""

    body: bytes
    method: str
    code: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an address holds now; printed only for a reader who does not hold it yet."""

    feed_id: UUID
    name: str
    entries: tuple[Entry, ...]
    tag: str
    is_noted: bool

    def printed(self) -> bytes:
        """Return the calendar."""
        return rules.feed(self.name, self.entries)


def create_feed(session: Session, actor: MembershipActor, *, now: datetime) -> tuple[CalendarFeed, str]:
    """Make a secret address for the actor's own calendar or their facility's; the token is shown once.

    Raises `not-allowed`, `too-many-calendar-feeds`.
    """
    check(actor, ACTION)
    owner = queries.owner_of(actor)
    if queries.count_feeds(session, actor) >= rules.MAX_FEEDS:
        raise TooManyCalendarFeedsError(rules.MAX_FEEDS)
    token = new_token()
    feed = CalendarFeed(
        token_hash=hash_token(token),
        owner_kind=owner.kind,
        owner_id=owner.id,
        created_by=actor.ref,
        created_at=now,
    )
    session.add(feed)
    session.flush()
    _record(session, actor, feed, "create", now)
    return feed, token


def revoke_feed(session: Session, actor: MembershipActor, feed_id: UUID, *, now: datetime) -> None:
    """End an address at once; ending it again changes nothing. Raises `calendar-feed-not-found`."""
    check(actor, ACTION)
    _revoke(session, actor, queries.get_feed(session, actor, feed_id), now)


def on_rights_ended(
    session: Session, event: StaffDisabled | MembershipClosed | PasswordReset, now: datetime
) -> None:
    """End for good the addresses of members who may not work any more, or whose secrets may be known."""
    for feed in queries.list_made_by(session, event.ended_ids):
        _revoke(session, SYSTEM, feed, now)


def read_feed(session: Session, token: str, *, base_url: str, now: datetime) -> Reading:
    """Return what the address shows now, in whole days around today. Three statements.

    Raises `calendar-feed-not-found` for any address in vain.
    """
    policy = policy_of(session)
    today = policy.local_date(now)
    found = queries.find_live(session, token, today=today)
    if found is None:
        raise CalendarFeedNotFoundError
    feed, reader = found
    midnight = datetime.combine(today, time.min, policy.zone)
    back, ahead = rules.WINDOW
    rows = queries.list_agreed(session, reader, from_at=midnight - back, until_at=midnight + ahead, now=now)
    entries = tuple(_entry(*row, base_url=base_url) for row in rows)
    is_own = feed.owner_kind == OwnerKind.MEMBERSHIP
    whose = f"{reader.title} {reader.full_name}" if is_own else reader.facility_name
    name = rules.JOIN.join((rules.TITLE, rules.one_line(whose)))
    is_noted = feed.last_read_at is not None and now - feed.last_read_at < rules.NOTE_EVERY
    return Reading(feed.id, name, entries, rules.feed_tag(name, entries), is_noted)


def note_reading(session: Session, feed_id: UUID, *, now: datetime) -> None:
    """Note that an address was read, unless that was noted lately."""
    is_old = or_(
        col(CalendarFeed.last_read_at).is_(None), col(CalendarFeed.last_read_at) <= now - rules.NOTE_EVERY
    )
    own = update(CalendarFeed).where(col(CalendarFeed.id) == feed_id, is_old)
    session.exec(own.values(last_read_at=now))


def read_invite(
    session: Session, actor: Actor, appointment_id: UUID, *, base_url: str, now: datetime
) -> Invite:
    """Return an appointment in scope as a file for a calendar; the look is on record.

    Raises `appointment-not-found`, `appointment-not-agreed`.
    """
    appointment = read_appointment(session, actor, appointment_id, now=now)
    row = queries.find_agreed(session, appointment)
    if row is None:
        raise AppointmentNotAgreedError
    entry = _entry(*row, base_url=base_url)
    body = rules.invite(entry, reader_id=actor.ref, now=now)
    return Invite(body, rules.method_of(entry), entry.code)


def patient_invite(session: Session, actor: LinkActor, *, base_url: str, now: datetime) -> Invite:
    """Return the appointment a link leads to as a file for the calendar of the phone that holds it.

    Its address is that of the page on this phone: of no use on another; its place is where the patient will
    be. Raises `appointment-not-agreed`.
    """
    appointment = session.get_one(Appointment, actor.subject_id)
    row = queries.find_agreed(session, appointment)
    if row is None:
        raise AppointmentNotAgreedError
    entry = replace(_entry(*row, base_url=base_url), url=f"{base_url}/p/{actor.opening_id}")
    if appointment.patient_place == PatientPlace.HOME:
        entry = replace(entry, place=rules.AT_HOME)
    body = rules.invite(entry, reader_id=actor.link_id, now=now)
    return Invite(body, rules.method_of(entry), entry.code)


def address_of(token: str, base_url: str) -> str:
    """Return the address a calendar subscribes to."""
    return f"{base_url}/calendar/{token}.ics"


def _entry(appointment: Appointment, changed_at: datetime, station: Facility, *, base_url: str) -> Entry:
    standing: Standing = rules.STANDINGS[AppointmentState(appointment.status)]
    place = ", ".join(part for part in (station.name, station.address) if part)
    return Entry(
        uid=appointment.ical_uid,
        sequence=appointment.ical_sequence,
        standing=standing,
        starts_at=appointment.starts_at.astimezone(UTC),
        ends_at=appointment.ends_at.astimezone(UTC),
        changed_at=changed_at.astimezone(UTC),
        code=appointment.code,
        station_id=station.id,
        station=rules.one_line(station.short_name),
        place=rules.one_line(place),
        url=f"{base_url}/appointments/{appointment.id}",
    )


def _revoke(session: Session, actor: Actor, feed: CalendarFeed, now: datetime) -> None:
    if feed.revoked_at is None:
        feed.revoked_at = now
        session.add(feed)
        session.flush()
        _record(session, actor, feed, "revoke", now)


def _record(session: Session, actor: Actor, feed: CalendarFeed, act: str, now: datetime) -> None:
    facts = {"act": act, "owner_kind": feed.owner_kind, "owner_id": str(feed.owner_id)}
    record(session, actor, ACTION, subject_kind="calendar_feed", subject_id=feed.id, facts=facts, now=now)
