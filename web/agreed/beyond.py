"""A new booking past the rules: a coordinator's, for an open visit of the own house."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.audit.service import record
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit, database_of
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import get_patient
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling import service
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, Slot, SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_doctors
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from web.agreed.forms import BeyondForm
from web.agreed.pages import OverridePage, override_options
from web.booking.forms import SlotFilter
from web.booking.narrowing import read_narrowed, slots_address
from web.booking.words import doctor_text
from web.formatting import date_text, day_text, time_text
from web.forms import FormView, Option, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/visits", include_in_schema=False)

Coordinator = Annotated[MembershipActor, Allow("appointment.override")]

NEAREST = 3
_WINDOW = timedelta(days=31)
_REFUSALS = ("slot-taken", "outside-availability", "bad-override-time")


@router.get("/{visit_id}/override")
def new_override_page(
    request: Request, actor: Coordinator, unit: WriteUnit, visit_id: UUID, narrowed: str = ""
) -> Response:
    """Show the form that passes the rules for what was looked for; a visit that has a time leads to it."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    has_time = scheduling.find_for_visit(unit.session, actor, visit_id, now=unit.now) is not None
    if has_time or not _is_own(actor, visit):
        return redirect(f"/visits/{visit_id}/slots")
    record(
        unit.session,
        actor,
        "slot.find",
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=unit.now,
    )
    view = filled({"day": date_text(unit.now, policy_of(unit.session).zone)})
    return render(request, _page(actor, unit, visit, view, narrowed))


@router.post("/{visit_id}/override", dependencies=[CsrfProtected])
def book_override(
    request: Request,
    actor: Coordinator,
    writer: WriteRuns,
    visit_id: UUID,
    form: PostedForm,
    narrowed: str = "",
) -> Response:
    """Book past the rules; what is taken is refused with everything kept and the doctor's next times."""
    sent = parse(BeyondForm, form)

    def show(view: FormView, status: int, asked: BeyondForm | None = None) -> Response:
        with database_of(request).read() as unit:
            visit = get_visit(unit.session, actor, visit_id, now=unit.now)
            code = _looked_for(unit, visit, narrowed).service_code(visit.consult_kind)
            times = next_times(actor, unit, asked, visit.patient_id, code) if asked else ()
            return render(request, _page(actor, unit, visit, view, narrowed, times), status)

    if sent.value is None:
        return show(sent.view, 422)
    asked = sent.value

    def work(unit: Unit) -> Appointment:
        visit = get_visit(unit.session, actor, visit_id, now=unit.now)
        chosen = _looked_for(unit, visit, narrowed)
        request = HoldRequest(
            form_id=visit.id,
            visit_id=visit.id,
            patient_id=visit.patient_id,
            doctor_membership_id=asked.doctor,
            starts_at=asked.starts_at(policy_of(unit.session).zone),
            consult_kind=visit.consult_kind,
            priority=chosen.priority,
            service_code=chosen.service_code(visit.consult_kind),
        )
        return service.override_book(unit.session, actor, request, reason=asked.reason, now=unit.now)

    try:
        booked = writer.run(work)
    except DomainError as error:
        if error.code == "visit-has-appointment":
            return redirect(f"/visits/{visit_id}/slots")
        if error.code not in _REFUSALS:
            raise
        is_taken = error.code == "slot-taken"
        return show(sent.view.with_refusal(error), error.status, asked if is_taken else None)
    return redirect(f"/appointments/{booked.id}?done=overridden")


def askable(unit: Unit, station_id: UUID) -> tuple[Option, ...]:
    """Return the doctors a station can ask, whatever their hours say."""
    today = policy_of(unit.session).local_date(unit.now)
    return tuple(
        Option(str(each.membership_id), f"{doctor_text(each)}, {each.facility_name}")
        for each in list_doctors(unit.session, on=today, station_id=station_id)
    )


def next_times(
    actor: MembershipActor,
    unit: Unit,
    asked: BeyondForm,
    patient_id: UUID,
    service_code: str = "standard",
) -> tuple[str, ...]:
    """Return the next times the doctor who was asked for has by the rules, from the time that is taken on."""
    policy = policy_of(unit.session)
    search = SlotSearch(
        from_on=asked.day,
        to_on=asked.day + _WINDOW,
        patient_id=patient_id,
        service_code=service_code,
        doctor_membership_id=asked.doctor,
        limit=NEAREST,
        after=Slot(asked.starts_at(policy.zone), UUID(int=0), datetime.min.replace(tzinfo=UTC)),
    )
    today = policy.local_date(unit.now)
    return tuple(
        f"{time_text(slot.starts_at, policy.zone)} {day_text(slot.starts_at, today, policy.zone)}"
        for slot in find_slots(unit.session, actor, search, now=unit.now)
    )


def _is_own(actor: MembershipActor, visit: Visit) -> bool:
    return visit.station_facility_id == actor.facility_id


def _looked_for(unit: Unit, visit: Visit, narrowed: str) -> SlotFilter:
    return read_narrowed(keyring_of(unit.session), visit.id, narrowed).filter


def _page(
    actor: MembershipActor,
    unit: Unit,
    visit: Visit,
    view: FormView,
    narrowed: str,
    nearest: tuple[str, ...] = (),
) -> OverridePage:
    keyring, chosen = keyring_of(unit.session), _looked_for(unit, visit, narrowed)
    patient = get_patient(unit.session, actor, visit.patient_id, now=unit.now)
    return OverridePage(
        back=slots_address(keyring, visit.id, chosen),
        back_label=t("moves.override.back"),
        action=slots_address(keyring, visit.id, chosen, path=f"/visits/{visit.id}/override"),
        lead=t("moves.override.for", name=patient.full_name),
        form=view,
        doctors=askable(unit, actor.here),
        reasons=override_options(),
        version=None,
        nearest=nearest,
    )
