"""One visible table: event -> subscribers; job -> interval."""

from collections.abc import Sequence
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
from telehealth.answers import service as answers
from telehealth.answers.events import (
    AnswerGiven,
    AnswerOverdue,
    AnswerSettled,
    QuestionOverdue,
    QuestionReminded,
    QuestionSettled,
    StationAsked,
)
from telehealth.answers.jobs import keep_clocks
from telehealth.availability.events import HoursChanged
from telehealth.availability.service import on_membership_begun
from telehealth.background.part import BackgroundPart, PregnancyPart
from telehealth.calls import events as called
from telehealth.calls import service as calls
from telehealth.calls.events import CallEnded, CallParted, CallStarted, PartsChanged, WaitChanged
from telehealth.calls.ports import CallPorts
from telehealth.calls.queries import list_rooms_with
from telehealth.checks import jobs as checking
from telehealth.checks import service as checks
from telehealth.checks.checkers import CHECKERS as CHECK_CHECKERS
from telehealth.conditions.service import Referring, RemoteListPart
from telehealth.conferences.events import MinutesReopened
from telehealth.conferences.part import MinutesPart
from telehealth.consents import service as consents
from telehealth.examination.service import ExaminationPart
from telehealth.files.jobs import forget_uploads
from telehealth.fitting import build_issuer, build_pusher, build_signer, build_storage
from telehealth.followup import service as followup
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.jobs import answer_lost, lapse_plans, remind, remind_of_plans
from telehealth.followup.ports import SubjectAbove
from telehealth.handover import service as handover
from telehealth.interop import service as interop
from telehealth.kit.db import Database
from telehealth.kit.events import Bus, Subscriber, after_commit
from telehealth.kit.jobs import Job
from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.leaflets import service as leaflets
from telehealth.lines.jobs import forget_checks
from telehealth.lines.ports import LinePorts
from telehealth.links.events import LinkLocked
from telehealth.links.jobs import forget_tries as forget_link_tries
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from telehealth.messaging.jobs import Post, chase, read_reports, send_due
from telehealth.messaging.ports import Checkers, Gateway, Unspoken
from telehealth.messaging.setup import build_sender
from telehealth.orders import jobs as ordering
from telehealth.orders import service as orders
from telehealth.orders.events import OrderAcknowledged, OrderReleased, OrderSettled
from telehealth.papers import service as papers
from telehealth.papers.signer import Signer
from telehealth.patients import events as patients
from telehealth.patients.jobs import lapse_contacts
from telehealth.prescriptions import service as prescriptions
from telehealth.prescriptions.events import VoidedCodeHolds
from telehealth.prescriptions.finding import MedicineNames
from telehealth.prescriptions.jobs import ask_for_codes
from telehealth.prescriptions.part import PART as PRESCRIPTION
from telehealth.push import service as push
from telehealth.push.jobs import tell_due
from telehealth.referrals import jobs as referring
from telehealth.referrals import service as referrals
from telehealth.referrals.events import (
    ReferralAnswered,
    ReferralArrived,
    ReferralLeft,
    ReferralReturned,
    ReferralSettled,
    ReferralStuck,
)
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.events import (
    AbsenceNoted,
    AbsenceTakenBack,
    AppointmentAborted,
    AppointmentBooked,
    AppointmentBookedAtOnce,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentDeclined,
    AppointmentHandedOver,
    AppointmentHeld,
    AppointmentLetGo,
    AppointmentMissed,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentStarted,
    AppointmentSupported,
    AppointmentUnsupported,
)
from telehealth.scheduling.jobs import escalate_overdue, forget_marks, keep_boards, sweep
from telehealth.staff.activity import Activity
from telehealth.staff.events import (
    MembershipBegun,
    MembershipClosed,
    MembershipEndSet,
    PasswordReset,
    SignInsEnded,
    StaffDisabled,
    StaffEnabled,
)
from telehealth.staff.jobs import forget_draft_keys, forget_old_tries
from telehealth.urgent import service as urgent
from telehealth.urgent.events import UrgentSettled, UrgentUnanswered
from telehealth.urgent.jobs import ring_on
from telehealth.visits import service as visits
from telehealth.visits.codes import DiagnosisNames
from telehealth.visits.events import VisitAmended, VisitSigned, VisitWithdrawn
from telehealth.visits.jobs import destroy_undone
from telehealth.visits.parts import AmendablePart, RecordPart
from telehealth.waitlist import service as waitlist
from telehealth.waitlist.events import OfferEnded, OfferMade, WaitEnded
from telehealth.waitlist.jobs import settle

RightsEnded = StaffDisabled | MembershipClosed | SignInsEnded

SUBSCRIBERS: list[tuple[type, Subscriber]] = [
    (MembershipBegun, on_membership_begun),
    (HoursChanged, scheduling.on_hours_changed),
    (StaffDisabled, scheduling.on_doctor_changed),
    (StaffEnabled, scheduling.on_doctor_changed),
    (MembershipEndSet, scheduling.on_doctor_changed),
    (AppointmentHeld, visits.on_appointment_held),
    (AppointmentRequested, visits.on_appointment_booked),
    (AppointmentBooked, visits.on_appointment_booked),
    (AppointmentMoved, visits.on_appointment_moved),
    (AppointmentHandedOver, visits.on_appointment_moved),
    (AppointmentHandedOver, urgent.on_appointment_handed_over),
    (AppointmentMoved, urgent.on_appointment_moved),
    (called.PatientRung, followup.on_patient_rung),
    (called.DoctorRung, push.on_doctor_rung),
    (called.DoctorRingOver, push.on_doctor_ring_over),
    (AppointmentDeclined, visits.on_appointment_cancelled),
    (AppointmentCancelled, visits.on_appointment_cancelled),
    (AppointmentBooked, waitlist.on_appointment_booked),
    (AppointmentCancelled, waitlist.on_time_freed),
    (AppointmentMoved, waitlist.on_time_freed),
    (AppointmentUnsupported, handover.on_appointment_unsupported),
    (AppointmentBooked, handover.on_appointment_kept),
    (AppointmentRequested, handover.on_appointment_kept),
    (AppointmentSupported, handover.on_appointment_settled),
    (AppointmentHandedOver, handover.on_appointment_settled),
    (AppointmentMoved, handover.on_appointment_settled),
    (AppointmentMoved, handover.on_appointment_given),
    (AppointmentCancelled, handover.on_appointment_settled),
    (AppointmentDeclined, handover.on_appointment_settled),
    (AppointmentRequested, followup.on_appointment_requested),
    (AppointmentBooked, followup.on_appointment_booked),
    (AppointmentMoved, followup.on_appointment_moved),
    (AppointmentDeclined, followup.on_appointment_declined),
    (AppointmentCancelled, followup.on_appointment_cancelled),
    (AppointmentCompleted, followup.on_appointment_completed),
    (AppointmentMissed, checks.on_appointment_missed),
    (AbsenceTakenBack, visits.on_absence_taken_back),
    (AbsenceTakenBack, checks.on_absence_taken_back),
    (OfferMade, followup.on_offer_made),
    (OfferEnded, followup.on_offer_ended),
    (WaitEnded, followup.on_wait_ended),
    (AppointmentCancelled, calls.end_cancelled),
    (AppointmentAborted, calls.end_cancelled),
    (AbsenceNoted, calls.end_cancelled),
    (AbsenceTakenBack, calls.on_absence_taken_back),
    (AppointmentCompleted, calls.end_completed),
    (AppointmentMoved, calls.on_appointment_moved),
    (CallStarted, calls.start_appointment),
    (CallParted, calls.step_back),
    (CallEnded, calls.complete_appointment),
    (AppointmentBookedAtOnce, visits.on_appointment_booked),
    (AppointmentLetGo, visits.on_appointment_cancelled),
    (AppointmentLetGo, calls.end_cancelled),
    (AppointmentStarted, urgent.on_appointment_started),
    (AppointmentCompleted, urgent.on_appointment_completed),
    (AppointmentCancelled, urgent.on_appointment_cancelled),
    (VisitSigned, papers.on_record_signed),
    (VisitAmended, papers.on_record_amended),
    (VisitAmended, papers.on_visit_amended),
    (MinutesReopened, papers.on_minutes_reopened),
    (VisitSigned, urgent.on_visit_signed),
    (VisitWithdrawn, urgent.on_visit_withdrawn),
    (VisitSigned, calls.on_visit_signed),
    (VisitSigned, followup.on_visit_signed),
    (VisitSigned, followup.on_visit_over),
    (VisitWithdrawn, followup.on_visit_over),
    (VisitSigned, prescriptions.on_visit_signed),
    (VisitAmended, prescriptions.on_visit_amended),
    (VisitSigned, leaflets.on_visit_signed),
    (VisitAmended, leaflets.on_visit_amended),
    (VisitSigned, answers.on_visit_signed),
    (VisitWithdrawn, answers.settle_withdrawn),
    (VisitSigned, orders.on_visit_signed),
    (VisitWithdrawn, orders.on_visit_withdrawn),
    (VisitSigned, referrals.on_visit_signed),
    (VisitWithdrawn, referrals.on_visit_withdrawn),
    (ReferralAnswered, followup.on_referral_answered),
    (ReferralArrived, followup.on_referral_arrived),
    (ReferralLeft, followup.on_referral_left),
    (ReferralReturned, followup.on_referral_returned),
    (ReferralSettled, followup.on_referral_settled),
    (ReferralStuck, followup.on_referral_stuck),
    (VoidedCodeHolds, followup.on_voided_code_holds),
    (OrderReleased, followup.on_order_released),
    (OrderAcknowledged, followup.on_order_acknowledged),
    (OrderSettled, followup.on_order_settled),
    (AppointmentRequested, answers.on_appointment_agreed),
    (AppointmentBooked, answers.on_appointment_agreed),
    (AppointmentBookedAtOnce, answers.on_appointment_agreed),
    (StationAsked, followup.on_station_asked),
    (QuestionReminded, followup.on_question_reminded),
    (QuestionOverdue, followup.on_question_overdue),
    (QuestionSettled, followup.on_question_settled),
    (AnswerOverdue, followup.on_answer_overdue),
    (AnswerSettled, followup.on_answer_settled),
    (AnswerGiven, followup.on_answer_given),
    (UrgentUnanswered, followup.on_urgent_unanswered),
    (UrgentSettled, followup.on_urgent_settled),
    (MessageUndelivered, followup.on_message_undelivered),
    (MessageUndelivered, checks.on_message_undelivered),
    (MessageDelivered, followup.on_message_delivered),
    (LinkLocked, followup.on_link_locked),
    (patients.GlassBroken, followup.on_glass_broken),
    (patients.PatientDied, followup.on_patient_died),
    (patients.PatientDied, checks.on_patient_died),
    (patients.DeathTakenBack, followup.on_death_taken_back),
    (patients.NumberDoubted, followup.on_number_doubted),
    (patients.PatientChanged, followup.on_patient_changed),
    (patients.PatientChanged, consents.on_patient_changed),
    (patients.PatientsMerged, consents.on_patients_merged),
    (StaffDisabled, interop.on_rights_ended),
    (MembershipClosed, interop.on_rights_ended),
    (PasswordReset, interop.on_rights_ended),
    (StaffDisabled, push.on_rights_ended),
    (MembershipClosed, push.on_rights_ended),
    (PasswordReset, push.on_rights_ended),
    (SignInsEnded, push.on_rights_ended),
]
"""Which subscriber hears which event, in the transaction of the act."""

EXTENSIONS: list[tuple[type, object]] = [
    (RecordPart, BackgroundPart()),
    (RecordPart, PregnancyPart()),
    (RecordPart, ExaminationPart()),
    (RecordPart, PRESCRIPTION),
    (AmendablePart, PRESCRIPTION),
    (RecordPart, RemoteListPart()),
    (RecordPart, MinutesPart()),
    (RecordPart, orders.Orders()),
    (RecordPart, referrals.ReferralPart()),
    (Referring, referrals.ReferralPart()),
    (RecordPart, answers.Thread()),
    (SubjectAbove, checks.RoundAbove()),
    (Unspoken, DiagnosisNames()),
    (Unspoken, MedicineNames()),
]
"""What a slice above answers through a port of one below: (RecordPart, a part of the visit's record)."""


def build_bus(settings: Settings | None = None) -> Bus:
    """Return a bus with every subscriber and extension of the tables, and what signs where settings name it.

    Raises UnusableSettingError for a key or certificate of no use.
    """
    bus = Bus()
    for event_type, subscriber in SUBSCRIBERS:
        bus.subscribe(event_type, subscriber)
    for port, extension in EXTENSIONS:
        bus.extend(port, extension)
    signer = build_signer(settings) if settings else None
    if signer is not None:
        bus.extend(Signer, signer)
    return bus


def build_own_jobs(activity: Activity, refusals: Refusals) -> list[Job]:
    """Return what every process does for itself: writing down what it keeps in memory."""
    return [Job("memory", timedelta(seconds=20), lambda database: _flush(database, activity, refusals))]


def build_checkers() -> Checkers:
    """Return who tells whether a queued text still holds, of every kind of thing texts are about."""
    return {**CHECKERS, **CHECK_CHECKERS}


def build_jobs(settings: Settings, database: Database, gateways: Sequence[Gateway]) -> list[Job]:
    """Return the timed jobs with their intervals; raise UnusableSettingError where they cannot work."""
    post = Post(database, gateways, build_sender(settings, gateways), build_checkers())
    pusher = build_pusher(settings)
    storage = build_storage(settings)
    before = tuple(timedelta(minutes=each) for each in settings.sms_reminders)
    issuer = build_issuer(settings)
    codes = [Job("codes", timedelta(seconds=5), lambda base: ask_for_codes(base, issuer))] if issuer else []
    pushes = [Job("push", timedelta(seconds=1), lambda base: tell_due(base, pusher))] if pusher else []
    return [
        *pushes,
        *codes,
        Job("send", timedelta(seconds=1), lambda _: send_due(post)),
        Job("receipts", timedelta(seconds=2), lambda _: read_reports(post)),
        Job("chase", timedelta(seconds=20), lambda _: chase(post)),
        Job("remind", timedelta(seconds=30), lambda database: remind(database, before)),
        Job("urgent", timedelta(seconds=1), ring_on),
        Job("answers", timedelta(seconds=10), keep_clocks),
        Job("orders", timedelta(seconds=10), ordering.keep_clocks),
        Job("referrals", timedelta(seconds=10), referring.keep_clocks),
        Job("questions", timedelta(seconds=10), checking.keep_clocks),
        Job("alarms", timedelta(seconds=5), checking.ring_on),
        Job("holds", timedelta(seconds=10), sweep),
        Job("requests", timedelta(seconds=10), escalate_overdue),
        Job("offers", timedelta(seconds=10), settle),
        Job("plans", timedelta(minutes=10), lapse_plans),
        Job("remind_of_plans", timedelta(minutes=10), remind_of_plans),
        Job("lost", timedelta(seconds=5), answer_lost),
        Job("links", timedelta(hours=6), forget_link_tries),
        Job("contacts", timedelta(hours=1), lapse_contacts),
        Job("boards", timedelta(seconds=30), keep_boards),
        Job("marks", timedelta(hours=1), forget_marks),
        Job("tries", timedelta(minutes=10), forget_old_tries),
        Job("draft-keys", timedelta(hours=1), forget_draft_keys),
        Job("checks", timedelta(hours=1), forget_checks),
        Job("uploads", timedelta(minutes=10), lambda database: forget_uploads(database, storage)),
        Job("undone", timedelta(hours=1), lambda database: destroy_undone(database, storage)),
    ]


def build_hub(database: Database, activity: Activity, settings: Settings) -> Hub:
    """Return the signalling server of this process; it hears of what befalls calls outside their rooms."""
    backplane: Backplane = RedisBackplane(settings.redis_url) if settings.redis_url else InProcessBackplane()
    hub = Hub(
        ports=CallPorts(database, activity),
        ice=_ice(settings),
        backplane=backplane,
        clock=database.clock,
    )

    def wake(session: Session, event: CallEnded | WaitChanged | PartsChanged, now: datetime) -> None:  # noqa: ARG001  (as every subscriber)
        after_commit(session, partial(hub.wake, event.room_id))

    def look(session: Session, event: RightsEnded, now: datetime) -> None:  # noqa: ARG001  (as every subscriber)
        """Have rooms and live pages ask at once who may stay; without it they ask within seconds."""
        for room_id in list_rooms_with(session, event.ended_ids):
            after_commit(session, partial(hub.wake, room_id))
        after_commit(session, database.bus.wake)

    for told in (CallEnded, WaitChanged, PartsChanged):
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
    if settings.relay_only and not (settings.turn_urls and secret):
        raise UnusableSettingError("TELEHEALTH_RELAY_ONLY: needs TELEHEALTH_TURN_URLS and _TURN_SECRET")
    return IceIssuer(IceSettings(turn_urls=settings.turn_urls, secret=secret, relay_only=settings.relay_only))


def gateway_settings(settings: Settings) -> GatewaySettings:
    """Return which pages may open a signalling socket: our own, by every name this server answers to."""
    parts = urlsplit(settings.base_url)
    port = f":{parts.port}" if parts.port else ""
    return GatewaySettings(frozenset(f"{parts.scheme}://{host}{port}" for host in settings.hosts))


def _flush(database: Database, activity: Activity, refusals: Refusals) -> int:
    with database.write() as unit:
        return activity.flush(unit.session) + refusals.flush(unit.session)
