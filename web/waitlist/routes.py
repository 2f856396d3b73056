"""Routes of the wait list: a visit joins, a coordinator offers, the station answers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.duty.queries import list_pools, list_pools_for
from telehealth.facilities.queries import names_of
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import card_of, get_patient
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Priority
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_doctors
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.waitlist import queries, service
from web.booking.forms import read_slot
from web.booking.narrowing import read_narrowed
from web.booking.pages import part_options
from web.booking.words import doctor_text
from web.formatting import datetime_text
from web.forms import FormView, Option, error_text, filled, parse
from web.i18n import has_text, t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view
from web.waitlist.forms import AnswerForm, JoinForm, OfferForm, first_days
from web.waitlist.pages import AskedPage, JoinPage, OwnPage, weekday_options
from web.waitlist.views import around, gap_views, groups, offer_cards, own_rows, pool_text

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("waitlist.read")]
Joiner = Annotated[MembershipActor, Allow("waitlist.join")]
Answerer = Annotated[MembershipActor, Allow("waitlist.answer")]
Coordinator = Annotated[MembershipActor, Allow("waitlist.coordinate")]

WAIT = timedelta(days=31)
"""How long somebody waits who is not booked and says nothing else."""


@router.get("/waitlist")
def own_page(request: Request, actor: Reader, unit: WriteUnit, done: str = "", refused: str = "") -> Response:
    """Show the station who waits and what is offered; the look is on record, refreshing is not."""
    if can(actor, "waitlist.coordinate"):
        return redirect("/waitlist/asked")
    entries = queries.list_own(unit.session, actor, now=unit.now)
    if not is_refresh(request):
        service.note_list(unit.session, actor, "waitlist.read", entries, now=unit.now)
    page = OwnPage(
        flash=_words("done", done),
        problem=_words("refused", refused),
        offers=offer_cards(unit, actor),
        rows=own_rows(unit, entries, around(unit, actor, entries)),
    )
    return render(request, page)


@router.get("/waitlist/asked")
def asked_page(
    request: Request,
    actor: Coordinator,
    unit: WriteUnit,
    pool: str = "",
    done: str = "",
    refused: str = "",
) -> Response:
    """Show a coordinator the gaps and who waits for the pools of the house."""
    pools = [each for each in list_pools(unit.session, actor.here) if each.is_active]
    chosen = next((each.id for each in pools if str(each.id) == pool), None)
    found = queries.load_wait_list(unit.session, actor, pool_id=chosen, now=unit.now)
    if not is_refresh(request):
        service.note_list(unit.session, actor, "waitlist.coordinate", found.entries, now=unit.now)
    known = around(unit, actor, found.entries, found.gaps)
    page = AskedPage(
        has_tabs=can(actor, "task.read") and can(actor, "message.read"),
        address=f"/waitlist/asked?pool={chosen}" if chosen else "/waitlist/asked",
        flash=_words("done", done),
        problem=_words("refused", refused),
        pools=tuple(Option(str(each.id), each.name) for each in pools),
        pool=str(chosen) if chosen else "",
        gaps=gap_views(unit, found, known),
        groups=groups(unit, found, known),
        more=t("waitlist.more", count=found.more) if found.more else "",
        unasked=t("waitlist.unasked", count=found.unasked) if found.unasked else "",
    )
    return render(request, page)


@router.post("/waitlist/{entry_id}/offer", dependencies=[CsrfProtected])
def offer_gap(actor: Coordinator, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Hold the gap for an entry; whatever stands in the way leads back to the newest list."""
    sent = parse(OfferForm, form).value
    slot = read_slot(sent.slot) if sent else None
    if sent is None or slot is None:
        raise InvalidError("invalid-input")

    def work(unit: Unit) -> object:
        return service.offer(
            unit.session,
            actor,
            entry_id,
            starts_at=slot[0],
            doctor_membership_id=slot[1],
            version=sent.version,
            now=unit.now,
        )

    return _run(writer, work, "/waitlist/asked", "offered")


@router.post("/waitlist/{entry_id}/take-back", dependencies=[CsrfProtected])
def take_offer_back(actor: Coordinator, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Take an offer back with one tap; one that was answered meanwhile stands."""
    version = _version(form)

    def work(unit: Unit) -> object:
        return service.take_back(unit.session, actor, entry_id, version=version, now=unit.now)

    return _run(writer, work, "/waitlist/asked", "taken_back")


@router.post("/waitlist/{entry_id}/accept", dependencies=[CsrfProtected])
def accept_offered(actor: Answerer, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Book the time that is held and go on to the appointment."""
    version = _version(form)

    def work(unit: Unit) -> Response:
        booked = service.accept(unit.session, actor, entry_id, version=version, now=unit.now)
        return redirect(f"/appointments/{booked.id}?done={booked.status}")

    return _run(writer, work, "/waitlist", "")


@router.post("/waitlist/{entry_id}/pass", dependencies=[CsrfProtected])
def pass_offered(actor: Answerer, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Give the time back and go on waiting."""
    return _decline(actor, writer, entry_id, _version(form), keeps_waiting=True)


@router.post("/waitlist/{entry_id}/decline", dependencies=[CsrfProtected])
def decline_offered(actor: Answerer, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Give the time back and wait no more."""
    return _decline(actor, writer, entry_id, _version(form), keeps_waiting=False)


@router.post("/waitlist/{entry_id}/leave", dependencies=[CsrfProtected])
def leave_list(actor: Joiner, writer: WriteRuns, entry_id: UUID, form: PostedForm) -> Response:
    """Take an entry back."""
    version = _version(form)

    def work(unit: Unit) -> object:
        return service.cancel(unit.session, actor, entry_id, version=version, now=unit.now)

    return _run(writer, work, "/waitlist", "left")


@router.get("/visits/{visit_id}/waitlist")
def join_page(request: Request, actor: Joiner, unit: ReadUnit, visit_id: UUID) -> Response:
    """Ask for whom and when a visit waits."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if queries.find_for_visit(unit.session, actor, visit.id, now=unit.now) is not None:
        return redirect("/waitlist")
    return render(request, _join_page(actor, unit, visit, None))


@router.post("/visits/{visit_id}/waitlist", dependencies=[CsrfProtected])
def join_list(
    request: Request, actor: Joiner, unit: WriteUnit, visit_id: UUID, form: PostedForm, narrowed: str = ""
) -> Response:
    """Put a visit on the wait list, or print the form again with what is wrong.

    It waits for the service its slots were narrowed to, else for that of its appointment.
    """
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    sent = parse(JoinForm, form)
    if sent.value is None:
        return render(request, _join_page(actor, unit, visit, sent.view), 422)
    try:
        chosen = read_narrowed(keyring_of(unit.session), visit.id, narrowed).filter
        code = chosen.service_code(visit.consult_kind) if chosen.service else None
        service.join(unit.session, actor, sent.value.request(visit.id, code), now=unit.now)
    except InvalidError as refusal:
        view = sent.view.with_error(refusal.field or "", error_text(refusal))
        return render(request, _join_page(actor, unit, visit, view), 422)
    return redirect("/waitlist?done=joined")


def _join_page(actor: MembershipActor, unit: Unit, visit: Visit, view: FormView | None) -> JoinPage:
    session, policy = unit.session, policy_of(unit.session)
    today = policy.local_date(unit.now)
    booked = queries.booked_for(session, [visit.id]).get(visit.id)
    whom = _whom(actor, unit, visit, booked)
    booked_on = policy.local_date(booked.starts_at) if booked else None
    card = card_of(session, get_patient(session, actor, visit.patient_id, now=unit.now), now=unit.now)
    return JoinPage(
        person=person_view(card, is_linked=True),
        back=f"/appointments/{booked.id}" if booked else f"/visits/{visit.id}/slots",
        booked=t("waitlist.booked", time=datetime_text(booked.starts_at, policy.zone)) if booked else "",
        form=view or filled({**first_days(today, booked_on, today + WAIT), "whom": _of_doctor(booked)}),
        whom=whom,
        weekdays=weekday_options(),
        parts=part_options(),
        priorities=tuple(
            Option(each, t(f"booking.priority.{each}")) for each in (Priority.ROUTINE, Priority.URGENT)
        ),
    )


def _whom(actor: MembershipActor, unit: Unit, visit: Visit, booked: Appointment | None) -> tuple[Option, ...]:
    """Return whom a visit can wait for; who is booked is one of them, of the specialty asked for or not."""
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    pools = list_pools_for(session, station_id=actor.here, on=today, specialty=visit.specialty_code)
    places = names_of(session, {pool.facility_id for pool in pools})
    doctors = list_doctors(session, station_id=actor.facility_id, on=today, specialty=visit.specialty_code)
    if booked and all(each.membership_id != booked.doctor_membership_id for each in doctors):
        doctors += list_doctors(
            session, station_id=actor.facility_id, on=today, membership_id=booked.doctor_membership_id
        )
    own = [pool for pool in pools if visit.specialty_code in (None, pool.specialty_code)]
    # A pool of any specialty may have nobody of the one that is asked for: it comes last.
    return (
        *(Option(f"pool:{pool.id}", pool_text(pool, places)) for pool in own),
        *(Option(_doctor_value(each.membership_id), doctor_text(each)) for each in doctors),
        *(Option(f"pool:{pool.id}", pool_text(pool, places)) for pool in pools if pool not in own),
    )


def _of_doctor(booked: Appointment | None) -> str | None:
    """Return the doctor who is booked as the form sends one: it is they who are wanted earlier."""
    return _doctor_value(booked.doctor_membership_id) if booked else None


def _doctor_value(membership_id: UUID) -> str:
    return f"doctor:{membership_id}"


def _decline(
    actor: MembershipActor, writer: WriteRuns, entry_id: UUID, version: int, *, keeps_waiting: bool
) -> Response:
    def work(unit: Unit) -> object:
        return service.decline(
            unit.session, actor, entry_id, keeps_waiting=keeps_waiting, version=version, now=unit.now
        )

    return _run(writer, work, "/waitlist", "passed" if keeps_waiting else "declined")


def _run(writer: WriteRuns, work: Callable[[Unit], object], back: str, done: str) -> Response:
    """Do it and go on; a refusal people meet in the day's work leads back and says what to do."""
    try:
        result = writer.run(work)
    except DomainError as error:
        if not has_text(f"waitlist.refused.{error.code}"):
            raise
        return redirect(f"{back}?refused={error.code}")
    return result if isinstance(result, Response) else redirect(f"{back}?done={done}")


def _version(form: PostedForm) -> int:
    sent = parse(AnswerForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    return sent.version


def _words(kind: str, code: str) -> str:
    key = f"waitlist.{kind}.{code}"
    return t(key) if code and has_text(key) else ""
