"""One visible table: event -> subscribers; job -> interval."""

from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlmodel import Session

from signaling.backplane import Backplane, InProcessBackplane, RedisBackplane
from signaling.gateway import GatewaySettings
from signaling.hub import Hub
from signaling.ice import IceIssuer, IceSettings
from signaling.media.gateway import CheckDesk
from signaling.media.peer import CheckingPeer
from telehealth.access.refusals import Refusals
from telehealth.availability.events import HoursChanged
from telehealth.calls import service as calls
from telehealth.calls.events import CallEnded, CallStarted, WaitChanged
from telehealth.calls.ports import CallPorts
from telehealth.calls.queries import list_rooms_with
from telehealth.followup import service as followup
from telehealth.followup.jobs import lapse_plans
from telehealth.followup.queries import CHECKERS
from telehealth.handover import service as handover
from telehealth.interop import service as interop
from telehealth.kit.db import Database
from telehealth.kit.events import Bus, Subscriber, after_commit
from telehealth.kit.jobs import Job
from telehealth.kit.settings import Settings
from telehealth.lines.jobs import forget_checks
from telehealth.lines.ports import LinePorts
from telehealth.links.events import LinkLocked
from telehealth.messaging.events import MessageUndelivered
from telehealth.messaging.gateways.file import FileGateway
from telehealth.messaging.jobs import read_reports, send_due
from telehealth.messaging.ports import Gateway
from telehealth.messaging.rules import require_brand, require_short_address
from telehealth.messaging.service import Sender
from telehealth.push import service as push
from telehealth.push.jobs import tell_due
from telehealth.push.sender import Pusher, read_key
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import (
    AppointmentAborted,
    AppointmentBooked,
    AppointmentBookedAtOnce,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentDeclined,
    AppointmentHeld,
    AppointmentLetGo,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentStarted,
    AppointmentSupported,
    AppointmentUnsupported,
)
from telehealth.scheduling.jobs import escalate_overdue, forget_marks, keep_boards, sweep
from telehealth.staff.activity import Activity
from telehealth.staff.events import MembershipClosed, PasswordReset, SignInsEnded, StaffDisabled
from telehealth.staff.jobs import forget_old_tries
from telehealth.urgent import service as urgent
from telehealth.urgent.events import UrgentSettled, UrgentUnanswered
from telehealth.urgent.jobs import ring_on
from telehealth.visits import service as visits
from telehealth.visits.events import VisitSigned
from telehealth.waitlist import service as waitlist
from telehealth.waitlist.events import OfferEnded, OfferMade
from telehealth.waitlist.jobs import settle

RightsEnded = StaffDisabled | MembershipClosed | SignInsEnded

SUBSCRIBERS: list[tuple[type, Subscriber]] = [
    (HoursChanged, scheduling.on_hours_changed),
    (AppointmentHeld, visits.on_appointment_held),
    (AppointmentRequested, visits.on_appointment_booked),
    (AppointmentBooked, visits.on_appointment_booked),
    (AppointmentMoved, visits.on_appointment_moved),
    (AppointmentDeclined, visits.on_appointment_cancelled),
    (AppointmentCancelled, visits.on_appointment_cancelled),
    (AppointmentBooked, waitlist.on_appointment_booked),
    (AppointmentCancelled, waitlist.on_appointment_cancelled),
    (AppointmentUnsupported, handover.on_appointment_unsupported),
    (AppointmentSupported, handover.on_appointment_settled),
    (AppointmentMoved, handover.on_appointment_settled),
    (AppointmentCancelled, handover.on_appointment_settled),
    (AppointmentRequested, followup.on_appointment_requested),
    (AppointmentBooked, followup.on_appointment_booked),
    (AppointmentMoved, followup.on_appointment_moved),
    (AppointmentDeclined, followup.on_appointment_declined),
    (AppointmentCancelled, followup.on_appointment_cancelled),
    (AppointmentCompleted, followup.on_appointment_completed),
    (OfferMade, followup.on_offer_made),
    (OfferEnded, followup.on_offer_ended),
    (AppointmentCancelled, calls.end_cancelled),
    (AppointmentAborted, calls.end_cancelled),
    (AppointmentCompleted, calls.end_completed),
    (AppointmentMoved, calls.on_appointment_moved),
    (CallStarted, calls.start_appointment),
    (CallEnded, calls.complete_appointment),
    (AppointmentBookedAtOnce, visits.on_appointment_booked),
    (AppointmentLetGo, visits.on_appointment_cancelled),
    (AppointmentLetGo, calls.end_cancelled),
    (AppointmentStarted, urgent.on_appointment_started),
    (AppointmentCompleted, urgent.on_appointment_completed),
    (AppointmentCancelled, urgent.on_appointment_cancelled),
    (VisitSigned, urgent.on_visit_signed),
    (VisitSigned, followup.on_visit_signed),
    (UrgentUnanswered, followup.on_urgent_unanswered),
    (UrgentSettled, followup.on_urgent_settled),
    (MessageUndelivered, followup.on_message_undelivered),
    (LinkLocked, followup.on_link_locked),
    (StaffDisabled, interop.on_rights_ended),
    (MembershipClosed, interop.on_rights_ended),
    (PasswordReset, interop.on_rights_ended),
    (StaffDisabled, push.on_rights_ended),
    (MembershipClosed, push.on_rights_ended),
    (PasswordReset, push.on_rights_ended),
    (SignInsEnded, push.on_rights_ended),
]
"""Which subscriber hears which event, in the transaction of the act."""


def build_bus() -> Bus:
    """Return a bus with every subscriber of the table."""
    bus = Bus()
    for event_type, subscriber in SUBSCRIBERS:
        bus.subscribe(event_type, subscriber)
    return bus


def build_own_jobs(activity: Activity, refusals: Refusals) -> list[Job]:
    """Return what every process does for itself: writing down what it keeps in memory."""
    return [Job("memory", timedelta(seconds=20), lambda database: _flush(database, activity, refusals))]


def build_jobs(settings: Settings) -> list[Job]:
    """Return the timed jobs with their intervals; raise ValueError for settings they cannot work with."""
    gateway = build_gateway(settings)
    sender = Sender(brand=settings.sms_brand, base_url=settings.base_url, gateway=gateway.name)
    pusher = build_pusher(settings)
    pushes = (
        [Job("push", timedelta(seconds=1), lambda database: tell_due(database, pusher))] if pusher else []
    )
    return [
        *pushes,
        Job("send", timedelta(seconds=1), lambda database: send_due(database, gateway, sender, CHECKERS)),
        Job("receipts", timedelta(seconds=2), lambda database: read_reports(database, gateway)),
        Job("urgent", timedelta(seconds=1), ring_on),
        Job("holds", timedelta(seconds=10), sweep),
        Job("requests", timedelta(seconds=10), escalate_overdue),
        Job("offers", timedelta(seconds=10), settle),
        Job("plans", timedelta(minutes=10), lapse_plans),
        Job("boards", timedelta(seconds=30), keep_boards),
        Job("marks", timedelta(hours=1), forget_marks),
        Job("tries", timedelta(minutes=10), forget_old_tries),
        Job("checks", timedelta(hours=1), forget_checks),
    ]


def build_gateway(settings: Settings) -> Gateway:
    """Return the gateway texts leave by; raise ValueError for one nobody wrote or links too long for it."""
    require_short_address(settings.base_url)
    require_brand(settings.sms_brand)
    if settings.sms_gateway != FileGateway.name:
        raise ValueError(f"TELEHEALTH_SMS_GATEWAY: {settings.sms_gateway!r} is not one of: file")
    return FileGateway(settings.data_dir / "sms")


def build_pusher(settings: Settings) -> Pusher | None:
    """Return who signs pushes, None without a key; raise ValueError for a key or contact of no use."""
    key = settings.push_key.get_secret_value()
    if not key:
        return None
    if not settings.push_contact.startswith(("mailto:", "https://")):
        raise ValueError("TELEHEALTH_PUSH_CONTACT: mailto:… or https://… is needed with TELEHEALTH_PUSH_KEY")
    try:
        return Pusher(read_key(key), settings.push_contact, settings.push_hosts)
    except ValueError:
        raise ValueError("TELEHEALTH_PUSH_KEY: not a key as `telehealth push key` prints it") from None


def build_hub(database: Database, activity: Activity, settings: Settings) -> Hub:
    """Return the signalling server of this process; it hears of what befalls calls outside their rooms."""
    backplane: Backplane = RedisBackplane(settings.redis_url) if settings.redis_url else InProcessBackplane()
    hub = Hub(
        ports=CallPorts(database, activity),
        ice=_ice(settings),
        backplane=backplane,
        clock=database.clock,
    )

    def wake(session: Session, event: CallEnded | WaitChanged, now: datetime) -> None:  # noqa: ARG001  (as every subscriber)
        after_commit(session, partial(hub.wake, event.room_id))

    def look(session: Session, event: RightsEnded, now: datetime) -> None:  # noqa: ARG001  (as every subscriber)
        """Have rooms and live pages ask at once who may stay; without it they ask within seconds."""
        for room_id in list_rooms_with(session, event.ended_ids):
            after_commit(session, partial(hub.wake, room_id))
        after_commit(session, database.bus.wake)

    for told in (CallEnded, WaitChanged):
        database.bus.subscribe(told, wake)
    for ended in (StaffDisabled, MembershipClosed, SignInsEnded):
        database.bus.subscribe(ended, look)
    return hub


def build_check_desk(database: Database, settings: Settings) -> CheckDesk:
    """Return all that checks of lines are made with; its process starts with the first check."""
    return CheckDesk(
        ports=LinePorts(database),
        peer=CheckingPeer(settings.check_address),
        ice=_ice(settings),
        clock=database.clock,
        allowed_origins=gateway_settings(settings).allowed_origins,
    )


def _ice(settings: Settings) -> IceIssuer:
    secret = settings.turn_secret.get_secret_value()
    return IceIssuer(IceSettings(turn_urls=settings.turn_urls, secret=secret))


def gateway_settings(settings: Settings) -> GatewaySettings:
    """Return which pages may open a signalling socket: our own, by every name this server answers to."""
    parts = urlsplit(settings.base_url)
    port = f":{parts.port}" if parts.port else ""
    return GatewaySettings(frozenset(f"{parts.scheme}://{host}{port}" for host in settings.hosts))


def _flush(database: Database, activity: Activity, refusals: Refusals) -> int:
    with database.write() as unit:
        return activity.flush(unit.session) + refusals.flush(unit.session)
