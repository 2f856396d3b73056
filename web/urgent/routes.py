"""Routes of urgent requests: the ring screen, what doctors answer, the on-duty switch."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, WriteUnit
from telehealth.kit.errors import StaleError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.urgent import queries, service
from telehealth.urgent.errors import AlreadyOpenError, OpenElsewhereError, TakenError, VisitOverError
from telehealth.urgent.states import UrgentState
from web.forms import parse, parse_own
from web.queue.routes import queue_view
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.urgent.banner import quiet_page, rings_page
from web.urgent.forms import (
    CancelForm,
    CloseForm,
    DeclineForm,
    DutyForm,
    LeaseForm,
    SeenForm,
    next_time,
)
from web.urgent.pages import QuietRingsPage
from web.urgent.pressing import router as pressing
from web.urgent.views import load_scene, ring_page

router = APIRouter(include_in_schema=False)
router.include_router(pressing)

Ringer = Annotated[MembershipActor, Allow("urgent.ring")]
Reader = Annotated[MembershipActor, Allow("urgent.read")]
Answerer = Annotated[MembershipActor, Allow("urgent.answer")]
Closer = Annotated[MembershipActor, Allow("urgent.close")]
Present = Annotated[MembershipActor, Allow("urgent.answer", is_activity=False)]
"""What an open page says by itself: it is there, and must not keep an abandoned one signed in."""

Switcher = Annotated[MembershipActor, Allow("duty.switch")]


@router.get("/urgent/{request_id}")
def urgent_page(
    request: Request, actor: Reader, unit: WriteUnit, request_id: UUID, refused: bool = False
) -> Response:
    """Show one request; the look is on record, the page's own refreshing is not.

    `refused`: what was just asked was not done, because the request had gone on.
    """
    if is_refresh(request):
        found = queries.get_request(unit.session, actor, request_id, now=unit.now)
    else:
        found = service.read_request(unit.session, actor, request_id, now=unit.now)
    return render(request, ring_page(load_scene(unit, actor, found), is_refused=refused))


@router.post("/urgent/{request_id}/next", dependencies=[CsrfProtected])
def ring_next_level(actor: Ringer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Ring the next level without waiting for its turn."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    version = parse_own(SeenForm, form).version
    try:
        service.ring_next(unit.session, actor, request_id, version=version, now=unit.now)
    except StaleError:
        return _went_on(request_id)
    return redirect(f"/urgent/{request_id}")


@router.post("/urgent/{request_id}/again", dependencies=[CsrfProtected])
def ring_all_again(actor: Ringer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Ring everybody anew for a request that nobody answered; where that cannot be, the page says why."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    version = parse_own(SeenForm, form).version
    try:
        service.ring_again(unit.session, actor, request_id, version=version, now=unit.now)
    except StaleError:
        return _went_on(request_id)
    except AlreadyOpenError as error:
        return redirect(f"/urgent/{error.request_id}")
    except OpenElsewhereError:
        found = queries.get_request(unit.session, actor, request_id, now=unit.now)
        return redirect(f"/visits/{found.visit_id}/ring")
    except VisitOverError:
        pass  # its page says so
    return redirect(f"/urgent/{request_id}")


@router.post("/urgent/{request_id}/cancel", dependencies=[CsrfProtected])
def cancel_request(actor: Ringer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Call a request off; whoever did not see yet that a doctor has accepted is told so first."""
    sent = parse_own(CancelForm, form)
    found = queries.get_request(unit.session, actor, request_id, now=unit.now, lock=True)
    # That a further level rings meanwhile changes nothing of what was decided: nobody comes yet.
    version = found.version if found.state == UrgentState.WAITING else sent.version
    try:
        service.cancel(unit.session, actor, request_id, reason=sent.reason, version=version, now=unit.now)
    except StaleError:
        return _went_on(request_id)
    return redirect(f"/urgent/{request_id}")


@router.post("/urgent/{request_id}/close", dependencies=[CsrfProtected])
def close_request(actor: Closer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Note what became of a request that nobody answered."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    sent = parse_own(CloseForm, form)
    try:
        service.close(unit.session, actor, request_id, reason=sent.reason, version=sent.version, now=unit.now)
    except StaleError:
        return _went_on(request_id)
    return redirect(f"/urgent/{request_id}")


@router.get("/ring")
def rings(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """Show what rings for the reader: a part of every staff page, and a page of its own without script."""
    return render(request, rings_page(unit, actor))


@router.get("/ring/quiet")
def quiet_rings(request: Request, actor: Answerer, unit: ReadUnit) -> Response:
    """Show a doctor in a call what rings for them meanwhile: without sound, to be taken afterwards."""
    return render(request, quiet_page(unit, actor))


@router.post("/urgent/{request_id}/accept", dependencies=[CsrfProtected])
def accept_request(actor: Answerer, writer: WriteRuns, request_id: UUID) -> Response:
    """Take the request and go straight into the call; whoever came too late sees who has it."""

    def work(unit: Unit) -> str:
        found = service.accept(unit.session, actor, request_id, now=unit.now)
        return f"/calls/{found.appointment_id}"

    try:
        return redirect(writer.run(work))
    except TakenError:
        return redirect(f"/urgent/{request_id}")


@router.post("/urgent/{request_id}/decline", dependencies=[CsrfProtected])
def decline_request(
    request: Request, actor: Answerer, unit: WriteUnit, request_id: UUID, form: PostedForm
) -> Response:
    """Say why not; whoever is in a call stays there."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    reason = parse_own(DeclineForm, form).reason
    try:
        service.decline(unit.session, actor, request_id, reason=reason, now=unit.now)
    except TakenError:
        if not _is_in_call(request):
            return redirect(f"/urgent/{request_id}")
    return render(request, quiet_page(unit, actor)) if _is_in_call(request) else redirect("/queue")


@router.post("/urgent/{request_id}/seen", dependencies=[CsrfProtected])
def see_request(actor: Present, unit: WriteUnit, request_id: UUID) -> Response:
    """Note that the ring stands on a page somebody has before them."""
    service.mark_seen(unit.session, actor, request_id, now=unit.now)
    return Response(status_code=204)


@router.post("/urgent/{request_id}/lease", dependencies=[CsrfProtected])
def renew_lease(actor: Present, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Hold on, as long as a page of the doctor is open."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    token = parse_own(LeaseForm, form).token
    service.renew(unit.session, actor, request_id, token=token, now=unit.now)
    return Response(status_code=204)


@router.post("/urgent/{request_id}/release", dependencies=[CsrfProtected])
def release_request(actor: Answerer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Give the request back: it rings again."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    token = parse_own(LeaseForm, form).token
    service.release(unit.session, actor, request_id, token=token, now=unit.now)
    return redirect(f"/urgent/{request_id}")


@router.post("/urgent/{request_id}/finish", dependencies=[CsrfProtected])
def finish_request(actor: Answerer, unit: WriteUnit, request_id: UUID, form: PostedForm) -> Response:
    """Note that the patient was helped."""
    queries.get_request(unit.session, actor, request_id, now=unit.now)
    token = parse_own(LeaseForm, form).token
    service.finish(unit.session, actor, request_id, token=token, now=unit.now)
    return redirect(f"/urgent/{request_id}")


@router.post("/duty", dependencies=[CsrfProtected])
def switch_duty(request: Request, actor: Switcher, unit: WriteUnit, form: PostedForm) -> Response:
    """Be rung until a time of the clock, or not until then; a time that is none is said at its field."""
    sent = parse(DutyForm, form)
    wanted = sent.value
    if wanted is None:
        return render(request, queue_view(request, actor, unit, sent.view), 422)
    until_at = next_time(wanted.until, unit.now, policy_of(unit.session).zone)
    service.switch_duty(unit.session, actor, is_on=wanted.act != "off", until_at=until_at, now=unit.now)
    return redirect("/queue")


def _went_on(request_id: UUID) -> Response:
    return redirect(f"/urgent/{request_id}?refused=true")


def _is_in_call(request: Request) -> bool:
    """Tell whether the page of a call asked: it must not be left for another."""
    return request.headers.get("hx-target") in QuietRingsPage.fragments
