"""From what a link leads to, to what its pages print."""

from dataclasses import replace
from datetime import date
from urllib.parse import quote

from telehealth.facilities.models import Facility
from telehealth.followup.models import Reply
from telehealth.followup.queries import LinkSubject, find_link_subject
from telehealth.followup.rules import OPENS_BEFORE, ReplyKind, Subject, can_enter
from telehealth.followup.service import offered_to
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import epoch
from telehealth.kit.text import mask_name
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.rules import PURPOSES, Shown, decades
from web.chrome import PatientChrome
from web.formatting import date_text, datetime_text, long_date_text, time_text
from web.forms import FormView, Option
from web.i18n import has_text, t
from web.links.pages import (
    Answered,
    AppointmentPage,
    ClosedPage,
    Decade,
    GatePage,
    OtherTimePage,
    PlanPage,
    wish_options,
)


def subject_of(unit: Unit, actor: LinkActor) -> LinkSubject:
    """Return what the link leads to; raise `link-closed` when it is gone."""
    subject = find_link_subject(unit.session, actor, now=unit.now)
    if subject is None:
        raise LinkClosedError
    return subject


def chrome_of(station: Facility) -> PatientChrome:
    """Return the head and foot of a station's patient pages."""
    if station.phone is None:
        return PatientChrome(facility=station.name)
    # A number broken over two lines is misread to whoever dials it.
    phone = display(station.phone).replace(" ", "\N{NO-BREAK SPACE}")
    return PatientChrome(facility=station.name, phone=phone, phone_href=f"tel:{station.phone}")


def map_address(place: Facility) -> str:
    """Return what opens the phone's own map at a place (RFC 5870); empty where no address is known.

    Nothing is asked of a server of anybody's: the map on the phone looks the address up.
    """
    return f"geo:0,0?q={quote(f'{place.name}, {place.address}')}" if place.address else ""


def closed_page(unit: Unit, device_token: str | None) -> ClosedPage:
    """Return the one answer for links in vain; a station's phone only if the cookie tells which."""
    link = queries.find_latest_of_device(unit.session, device_token) if device_token else None
    subject = find_link_subject(unit.session, link, now=unit.now) if link else None
    known = chrome_of(subject.station) if subject else None
    return ClosedPage(chrome=known or PatientChrome(facility=t("common.product")))


def gate_page(
    unit: Unit, actor: LinkActor, subject: LinkSubject, *, error: str = "", is_paused: bool = False
) -> GatePage:
    """Return the question for the birth year, with no more around it than the purpose allows."""
    policy = policy_of(unit.session)
    shown = PURPOSES[actor.purpose].before_gate
    return GatePage(
        chrome=chrome_of(subject.station),
        action=f"/p/{actor.opening_id}/year",
        time=time_text(subject.starts_at, policy.zone) if Shown.TIME in shown else "",
        date=long_date_text(subject.starts_at, policy.zone) if Shown.TIME in shown else "",
        masked_name=mask_name(subject.patient_name) if Shown.MASKED_NAME in shown else "",
        error=error,
        is_paused=is_paused,
        decades=tuple(
            Decade(t("links.decade", start=years[0], end=years[-1]), years)
            for _, years in decades(policy.local_date(unit.now))
        ),
    )


def helped_text(actor: LinkActor, subject: LinkSubject) -> str:
    """Return for whom somebody else looks, empty on the patient's own phone."""
    return t("links.helping", name=subject.patient_name) if actor.is_for_another else ""


def subject_page(
    unit: Unit, actor: LinkActor, subject: LinkSubject, *, is_moved: bool = False
) -> AppointmentPage | PlanPage:
    """Return the page behind the gate; `is_moved` says that its time was taken just now."""
    if subject.kind is Subject.PLAN:
        return _plan_page(unit, actor, subject)
    page = _appointment_page(unit, actor, subject)
    return replace(page, answered=Answered(t("links.moved"))) if is_moved and page.is_confirmed else page


def other_time_page(unit: Unit, actor: LinkActor, subject: LinkSubject, form: FormView) -> OtherTimePage:
    """Return the times that can be taken at once, and the question which other would suit."""
    zone = policy_of(unit.session).zone
    return OtherTimePage(
        chrome=chrome_of(subject.station),
        form=form,
        offered=tuple(
            Option(str(epoch(at)), time_text(at, zone), long_date_text(at, zone))
            for at in offered_to(unit.session, actor, now=unit.now)
        ),
        move_action=f"/p/{actor.opening_id}/move",
        wishes=wish_options(),
        action=f"/p/{actor.opening_id}/reply",
        back_href=f"/p/{actor.opening_id}",
    )


def _appointment_page(unit: Unit, actor: LinkActor, subject: LinkSubject) -> AppointmentPage:
    zone = policy_of(unit.session).zone
    is_open = can_enter(subject.starts_at, subject.ends_at, unit.now)
    doctor = subject.doctor
    return AppointmentPage(
        chrome=chrome_of(subject.station),
        patient=subject.patient_name,
        time=time_text(subject.starts_at, zone),
        date=long_date_text(subject.starts_at, zone),
        place=t("links.by_phone") if subject.by_phone else subject.place.name,
        address="" if subject.by_phone else subject.place.address,
        map_href="" if subject.by_phone else map_address(subject.place),
        calendar_href="" if subject.is_over else f"/p/{actor.opening_id}/appointment.ics",
        helped=helped_text(actor, subject),
        seen_href=f"/p/{actor.opening_id}/seen",
        doctor=f"{doctor.title} {doctor.name}".strip() if doctor else "",
        doctor_place=doctor.facility_name if doctor else "",
        note="" if is_open else t("links.opens_at", time=time_text(subject.starts_at - OPENS_BEFORE, zone)),
        enter_label=t("links.enter") if is_open else t("links.try_device"),
        enter_href=f"/p/{actor.opening_id}/call/check",
        photos_href=f"/p/{actor.opening_id}/photos" if not subject.is_over else "",
        answered=_answered(unit, subject),
        other_label=_other_label(subject.reply),
        can_answer=not subject.is_over and unit.now < subject.ends_at,
        is_confirmed=_is_confirmed(subject.reply),
        is_over=subject.is_over,
        action=f"/p/{actor.opening_id}/reply",
        other_href=f"/p/{actor.opening_id}/other-time",
    )


def _plan_page(unit: Unit, actor: LinkActor, subject: LinkSubject) -> PlanPage:
    zone = policy_of(unit.session).zone
    return PlanPage(
        chrome=chrome_of(subject.station),
        patient=subject.patient_name,
        time=time_text(subject.starts_at, zone),
        until=t("links.until", time=time_text(subject.ends_at, zone)),
        date=long_date_text(subject.starts_at, zone),
        window=window_text(subject.days),
        place=subject.place.name,
        address=subject.place.address,
        map_href=map_address(subject.place),
        helped=helped_text(actor, subject),
        seen_href=f"/p/{actor.opening_id}/seen",
        bring=tuple(t(f"links.bring.{code}") for code in subject.bring),
        answered=_answered(unit, subject),
        other_label=_other_label(subject.reply),
        can_answer=not subject.is_over,
        is_confirmed=_is_confirmed(subject.reply),
        is_over=subject.is_over,
        action=f"/p/{actor.opening_id}/reply",
        other_href=f"/p/{actor.opening_id}/other-time",
    )


def window_text(days: tuple[date, date] | None) -> str:
    """Return between which days it would do as well, empty where it is one day."""
    if days is None:
        return ""
    return t("links.window", first=date_text(days[0]), last=date_text(days[1]))


def _answered(unit: Unit, subject: LinkSubject) -> Answered:
    """Return what the patient said; of a wish for another time what it was, since when, and what holds."""
    reply, zone = subject.reply, policy_of(unit.session).zone
    if reply is None:
        return Answered()
    at_home = f"links.answered.{reply.kind}_by_phone"
    title = t(at_home if subject.by_phone and has_text(at_home) else f"links.answered.{reply.kind}")
    if reply.kind != ReplyKind.OTHER_TIME:
        return Answered(title)
    wish, sent = t(f"links.wish.{reply.wish}") if reply.wish else "", datetime_text(reply.recorded_at, zone)
    return Answered(title, t("links.wished" if wish else "links.wished_any", wish=wish, sent=sent))


def _other_label(reply: Reply | None) -> str:
    is_asked = reply is not None and reply.kind == ReplyKind.OTHER_TIME
    return t("links.other_again" if is_asked else "links.other_time")


def _is_confirmed(reply: Reply | None) -> bool:
    return reply is not None and reply.kind == ReplyKind.CONFIRM
