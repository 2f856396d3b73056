"""Routes of later answers: sending, taking, the thread, what is overdue."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.answers import queries, service
from telehealth.answers.errors import AlreadySentError, TakenError
from telehealth.answers.rules import WithdrawReason, Within
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, StaleError
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit
from web.answers.forms import SendForm, WithdrawForm, WordsForm
from web.answers.pages import AnswersPage
from web.answers.views import answer_page, load_around, rows_of, send_page, thread_page
from web.forms import FormView, VersionForm, error_text, filled, parse, parse_own
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Asker = Annotated[MembershipActor, Allow("answer.ask")]
Reader = Annotated[MembershipActor, Allow("answer.read")]
Giver = Annotated[MembershipActor, Allow("answer.give")]
Turner = Annotated[MembershipActor, Allow("answer.turn")]
VisitReader = Annotated[MembershipActor, Allow("visit.read")]


@router.get("/answers")
def answers_page(request: Request, actor: Reader, unit: WriteUnit) -> Response:
    """List what waits for an answer in the reader's scope; the look is on record."""
    rows = queries.list_open(unit.session, actor, now=unit.now)
    closed = queries.list_closed(unit.session, actor, now=unit.now)
    if not is_refresh(request):
        service.note_list(unit.session, actor, [*rows, *closed], now=unit.now)
    around = load_around(unit, actor, [*rows, *closed])
    page = AnswersPage(
        note=t("answers.note_follow" if can(actor, "answer.follow") else "answers.note"),
        has_tabs=can(actor, "task.read") and can(actor, "message.read"),
        may_ask=can(actor, "answer.ask"),
        rows=rows_of(around, rows),
        closed=rows_of(around, closed),
    )
    return render(request, page)


@router.get("/visits/{visit_id}/send")
def send_form(request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show what will be sent and ask by when; a visit that was sent leads to its request."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    already = queries.find_open_for(unit.session, visit.id)
    if already is not None:
        return redirect(f"/answers/{already.id}")
    return render(request, send_page(unit, actor, visit, filled({"within": Within.HALF_DAY})))


@router.post("/visits/{visit_id}/send", dependencies=[CsrfProtected])
def send_visit(request: Request, actor: Asker, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Send the visit, or print the form again with what stands against it."""
    sent = parse(SendForm, form)
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if sent.value is None:
        return render(request, send_page(unit, actor, visit, sent.view), 422)
    sending = service.Sending(
        visit_id=visit_id, within=sent.value.within, pool_id=sent.value.pool, wish=sent.value.wish
    )
    try:
        opened = service.send(unit.session, actor, sending, now=unit.now)
    except AlreadySentError as error:
        return redirect(f"/answers/{error.request_id}")
    except DomainError as error:
        if error.status != 409:
            raise
        return render(request, send_page(unit, actor, visit, sent.view.with_refusal(error)), error.status)
    return redirect(f"/answers/{opened.id}")


@router.post("/visits/{visit_id}/later", dependencies=[CsrfProtected])
def turn_visit(actor: Turner, unit: WriteUnit, visit_id: UUID) -> Response:
    """Let a live visit go on in writing: one press, nothing to fill in."""
    try:
        opened = service.turn_to_later(unit.session, actor, visit_id, now=unit.now)
    except AlreadySentError as error:
        return redirect(f"/answers/{error.request_id}")
    return redirect(f"/answers/{opened.id}")


@router.get("/visits/{visit_id}/answer")
def thread_part(request: Request, actor: VisitReader, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show the thread of a visit: a part of its workspace, or a page of its own."""
    if is_refresh(request):
        visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    else:
        visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, thread_page(unit, actor, visit))


@router.get("/answers/{answer_id}")
def request_page(request: Request, actor: Reader, unit: WriteUnit, answer_id: UUID) -> Response:
    """Show one request; the look is on record, the page's own refreshing is not."""
    if is_refresh(request):
        found = queries.get_request(unit.session, actor, answer_id, now=unit.now)
    else:
        found = service.read_request(unit.session, actor, answer_id, now=unit.now)
    return render(request, answer_page(unit, actor, found))


@router.post("/answers/{answer_id}/take", dependencies=[CsrfProtected])
def take_request(actor: Giver, unit: WriteUnit, answer_id: UUID) -> Response:
    """Take a request and go to the record; whoever came too late sees who has it."""
    try:
        taken = service.take(unit.session, actor, answer_id, now=unit.now)
    except TakenError:
        return redirect(f"/answers/{answer_id}")
    return redirect(f"/visits/{taken.visit_id}/write")


@router.post("/answers/{answer_id}/question", dependencies=[CsrfProtected])
def ask_station(
    request: Request, actor: Giver, unit: WriteUnit, answer_id: UUID, form: PostedForm
) -> Response:
    """Ask the station back."""
    sent = parse(WordsForm, form)
    if sent.value is None:
        found = queries.get_request(unit.session, actor, answer_id, now=unit.now)
        return render(request, answer_page(unit, actor, found, sent.view), 422)
    words, version = sent.value.text, sent.value.version
    try:
        service.ask_back(unit.session, actor, answer_id, text=words, version=version, now=unit.now)
    except (ConflictError, StaleError) as error:
        return _typed_again(request, actor, unit, answer_id, sent.view, error)
    return redirect(f"/answers/{answer_id}")


@router.post("/answers/{answer_id}/reply", dependencies=[CsrfProtected])
def reply_to_doctor(
    request: Request, actor: Asker, unit: WriteUnit, answer_id: UUID, form: PostedForm
) -> Response:
    """Say what the doctor asked."""
    sent = parse(WordsForm, form)
    if sent.value is None:
        found = queries.get_request(unit.session, actor, answer_id, now=unit.now)
        return render(request, answer_page(unit, actor, found, sent.view), 422)
    words, version = sent.value.text, sent.value.version
    try:
        service.reply(unit.session, actor, answer_id, text=words, version=version, now=unit.now)
    except (ConflictError, StaleError) as error:
        return _typed_again(request, actor, unit, answer_id, sent.view, error)
    return redirect(f"/answers/{answer_id}")


@router.post("/answers/{answer_id}/release", dependencies=[CsrfProtected])
def release_request(actor: Reader, unit: WriteUnit, answer_id: UUID, form: PostedForm) -> Response:
    """Give a request back to the queue."""
    queries.get_request(unit.session, actor, answer_id, now=unit.now)
    version = parse_own(VersionForm, form).version
    service.release(unit.session, actor, answer_id, version=version, now=unit.now)
    return redirect("/queue" if can(actor, "queue.see") else "/answers")


@router.post("/answers/{answer_id}/answer", dependencies=[CsrfProtected])
def answer_request(
    request: Request, actor: Giver, unit: WriteUnit, answer_id: UUID, form: PostedForm
) -> Response:
    """Say that the opinion is written, where the station signs."""
    found = queries.get_request(unit.session, actor, answer_id, now=unit.now)
    version = parse_own(VersionForm, form).version
    try:
        service.answer(unit.session, actor, answer_id, version=version, now=unit.now)
    except InvalidError as error:
        page = answer_page(unit, actor, found, FormView().with_error("", t(f"errors.{error.code}")))
        return render(request, page, error.status)
    return redirect(f"/answers/{answer_id}")


@router.post("/answers/{answer_id}/withdraw", dependencies=[CsrfProtected])
def withdraw_request(actor: Asker, unit: WriteUnit, answer_id: UUID, form: PostedForm) -> Response:
    """Call a request off."""
    queries.get_request(unit.session, actor, answer_id, now=unit.now)
    sent = parse_own(WithdrawForm, form)
    service.withdraw(
        unit.session,
        actor,
        answer_id,
        reason=WithdrawReason(sent.reason),
        version=sent.version,
        now=unit.now,
    )
    return redirect(f"/answers/{answer_id}")


def _typed_again(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    answer_id: UUID,
    typed: FormView,
    error: DomainError,
) -> Response:
    """Print the page as things stand now with the words that were typed: nothing typed is lost."""
    found = queries.get_request(unit.session, actor, answer_id, now=unit.now)
    page = answer_page(unit, actor, found, typed.with_error("text", error_text(error)))
    return render(request, page, error.status)
