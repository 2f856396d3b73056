"""Requests to accept: the list, live, with a yes and a no on each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import Writer, WriteRuns, WriteUnit
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.scheduling import queries, service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AcceptMode
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.queries import reasons
from web.formatting import datetime_text, day_text, minutes_text, time_text
from web.forms import parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.requests.forms import AcceptForm, RejectForm
from web.requests.pages import RequestsPage, RequestView, reject_options
from web.security import CsrfProtected, PostedForm
from web.visits.people import about_text
from web.visits.words import signature_name

router = APIRouter(prefix="/requests", include_in_schema=False)

Answerer = Annotated[MembershipActor, Allow("appointment.answer")]

SOON: Final = timedelta(minutes=30)
_DONE: Final = ("accepted", "rejected")
_GONE: Final = ("stale-version", "invalid-transition", "appointment-not-found")
"""Refusals that mean somebody else was faster: the list then says so."""


@dataclass(frozen=True)
class Around:
    """What the rows say beside the request itself, by id."""

    cards: Mapping[UUID, PatientCard]
    reasons: Mapping[UUID, str]
    stations: Mapping[UUID, str]
    doctors: Mapping[UUID, MemberCard]


@router.get("")
def requests_page(
    request: Request, actor: Answerer, unit: WriteUnit, done: str = "", gone: str = ""
) -> Response:
    """Show what waits for an answer; the look is on record, the page's own refreshing is not."""
    return _list(request, actor, unit, done=done, gone=gone)


def _list(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    *,
    done: str = "",
    gone: str = "",
    unexplained: UUID | None = None,
) -> Response:
    """Print the list; `unexplained` is the request that was turned down without a reason."""
    rows = queries.list_requests(unit.session, actor)
    if not is_refresh(request):
        service.note_list(unit.session, actor, "appointment.read", rows, now=unit.now)
    around = _around(unit, actor, rows)
    page = RequestsPage(
        done=t(f"moves.requests.{done}") if done in _DONE else "",
        fault=t("moves.requests.gone") if gone else "",
        rows=tuple(
            replace(_row(actor, each, around, unit), fault=t("forms.move.reason.missing"))
            if each.id == unexplained
            else _row(actor, each, around, unit)
            for each in rows
        ),
        reasons=reject_options(),
    )
    return render(request, page, 422 if unexplained else 200)


@router.post("/{appointment_id}/accept", dependencies=[CsrfProtected])
def accept_page(actor: Answerer, writer: WriteRuns, appointment_id: UUID, form: PostedForm) -> Response:
    """Accept the request at the version that was read."""
    sent = parse(AcceptForm, form)
    version = sent.value.version if sent.value else None

    def work(unit: Unit) -> Appointment:
        return service.accept(unit.session, actor, appointment_id, version=version, now=unit.now)

    return _answer(writer, work, "accepted")


@router.post("/{appointment_id}/reject", dependencies=[CsrfProtected])
def reject_page(
    request: Request, actor: Answerer, writer: WriteRuns, appointment_id: UUID, form: PostedForm
) -> Response:
    """Turn the request down with a reason; without one nothing happens, and the list says so."""
    sent = parse(RejectForm, form)
    if sent.value is None:
        return writer.run(lambda unit: _list(request, actor, unit, unexplained=appointment_id))
    reason, version = sent.value.reason, sent.value.version

    def work(unit: Unit) -> Appointment:
        return service.reject(
            unit.session, actor, appointment_id, reason=reason, version=version, now=unit.now
        )

    return _answer(writer, work, "rejected")


def _answer(writer: Writer, work: Callable[[Unit], Appointment], done: str) -> Response:
    try:
        writer.run(work)
    except DomainError as error:
        if error.code not in _GONE:
            raise
        return redirect("/requests?gone=1")
    return redirect(f"/requests?done={done}")


def _around(unit: Unit, actor: MembershipActor, rows: list[Appointment]) -> Around:
    session, now = unit.session, unit.now
    return Around(
        cards=find_cards(session, actor, {each.patient_id for each in rows}, now=now),
        reasons=reasons(session, actor, [each.visit_id for each in rows], now=now),
        stations=names_of(session, {each.station_facility_id for each in rows}),
        doctors=describe(session, {each.doctor_membership_id for each in rows}),
    )


def _row(actor: MembershipActor, asked: Appointment, around: Around, unit: Unit) -> RequestView:
    policy, address = policy_of(unit.session), f"/requests/{asked.id}"
    is_mine = asked.doctor_membership_id == actor.ref
    card = around.cards.get(asked.patient_id) if is_mine else None
    respond_by = asked.respond_by or unit.now
    left = respond_by - unit.now
    may_answer = not (is_mine and asked.accept_mode == AcceptMode.COORDINATOR)
    return RequestView(
        id=str(asked.id),
        title=card.full_name if card else t("moves.requests.code", code=asked.code),
        about=about_text(card) if card else "",
        reason=around.reasons.get(asked.visit_id, "") if is_mine else "",
        time=time_text(asked.starts_at, policy.zone),
        day=day_text(asked.starts_at, policy.local_date(unit.now), policy.zone),
        doctor="" if is_mine else signature_name(around.doctors.get(asked.doctor_membership_id)),
        facts=(
            ("map-pin", around.stations.get(asked.station_facility_id, "")),
            ("stethoscope", t(f"visits.kinds.{asked.consult_kind}")),
        ),
        by=t("moves.requests.by", time=_deadline(respond_by, unit)),
        left=_left(left),
        is_soon=left <= SOON,
        case=f"/cases/{asked.id}" if is_mine else "",
        accept=f"{address}/accept" if may_answer else "",
        reject=f"{address}/reject" if may_answer else "",
        version=asked.version,
    )


def _deadline(at: datetime, unit: Unit) -> str:
    policy = policy_of(unit.session)
    is_today = policy.local_date(at) == policy.local_date(unit.now)
    return time_text(at, policy.zone) if is_today else datetime_text(at, policy.zone)


def _left(left: timedelta) -> str:
    if left <= timedelta(0):
        return t("moves.requests.overdue")
    return t("moves.requests.left", time=minutes_text(int(left.total_seconds() // 60)))
