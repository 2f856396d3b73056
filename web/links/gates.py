"""The gates behind the first one, and the way back to a lost link."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from telehealth.access.deps import public
from telehealth.followup.service import send_code
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.links.rules import CODE_TRIES, PURPOSES, Gate, missing_gate
from telehealth.links.service import CodeCheck, CodeRefusal, ask_for_link, confirm_code, forget_phone
from web.forms import Form, FormView, Tick, parse
from web.i18n import t
from web.links.gate_pages import CodePage, LostPage
from web.links.seen import seen_page
from web.links.views import chrome_of, subject_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Opened = Annotated[LinkActor, AllowLink(*PURPOSES, needs_gate=False)]
Seer = Annotated[LinkActor, AllowLink(*PURPOSES, shows="record_access")]

_PLACE: Final = re.compile(r"[a-z][a-z0-9/-]{0,60}")
"""A page below the opening: where to go on behind the gate. Without dots, so never elsewhere."""


class CodeForm(Form):
    """A typed code, and whether the phone is the patient's own."""

    words = "link_code"
    code: Annotated[str, Field(min_length=1, max_length=60)]
    own: Tick = False
    to: str = ""


class LostForm(Form):
    """The number whose links were lost."""

    words = "lost_link"
    phone: Annotated[str, Field(min_length=1, max_length=30)]


@router.get("/p/{opening_id}/code")
def code_page(request: Request, actor: Opened, unit: ReadUnit, to: str = "", told: str = "") -> Response:
    """Ask for the code, or offer to send one; who has shown one already goes on."""
    gate = missing_gate(actor.purpose, actor.standing, unit.now)
    if gate is Gate.BIRTH_YEAR or (gate is None and not to):
        return redirect(f"/p/{actor.opening_id}")
    refusal = CodeRefusal(told) if told in set(CodeRefusal) else None
    return render(request, _code_page(unit, actor, FormView(), to, refusal))


@router.post("/p/{opening_id}/code/send", dependencies=[CsrfProtected])
def send_code_page(actor: Opened, unit: WriteUnit, form: PostedForm) -> Response:
    """Text a code to the number the station knows, where that is allowed now."""
    if missing_gate(actor.purpose, actor.standing, unit.now) is Gate.BIRTH_YEAR or actor.is_locked:
        return redirect(f"/p/{actor.opening_id}")
    refusal = send_code(unit.session, actor, now=unit.now)
    told = f"&told={refusal}" if refusal else ""
    return redirect(f"/p/{actor.opening_id}/code?to={_place(str(form.get('to', '')))}{told}")


@router.post("/p/{opening_id}/code", dependencies=[CsrfProtected])
def give_code(request: Request, actor: Opened, unit: WriteUnit, form: PostedForm) -> Response:
    """Take a typed code."""
    if missing_gate(actor.purpose, actor.standing, unit.now) is Gate.BIRTH_YEAR:
        return redirect(f"/p/{actor.opening_id}")
    sent = parse(CodeForm, form)
    if sent.value is None:
        return render(request, _code_page(unit, actor, sent.view, str(form.get("to", ""))), 422)
    to = _place(sent.value.to)
    result = confirm_code(unit.session, actor, sent.value.code, is_own_phone=sent.value.own, now=unit.now)
    if result is CodeCheck.RIGHT:
        return redirect(f"/p/{actor.opening_id}/{to}".rstrip("/"))
    waiting = queries.find_waiting_code(unit.session, actor.opening_id, now=unit.now)
    if waiting is None:
        return render(request, _code_page(unit, actor, FormView(), to, told=t("links.code_ended")), 422)
    error = t("links.code_wrong", left=CODE_TRIES - waiting.tries)
    return render(request, _code_page(unit, actor, sent.view.with_error("code", error), to), 422)


@router.get("/p/{opening_id}/seen")
def seen(request: Request, actor: Seer, unit: ReadUnit) -> Response:
    """Show who saw the record."""
    return render(request, seen_page(unit, actor, subject_of(unit, actor)))


@router.post("/p/{opening_id}/forget", dependencies=[CsrfProtected])
def forget(actor: Opened, unit: WriteUnit) -> Response:
    """Close on this phone what a code opened."""
    forget_phone(unit.session, actor, now=unit.now)
    return redirect(f"/p/{actor.opening_id}")


@router.get("/lost-link", dependencies=[Depends(public)])
def lost_page(request: Request, asked: bool = False) -> Response:
    """Ask for the number, or say what is said to everybody."""
    return render(request, LostPage(form=FormView(), is_asked=asked))


@router.post("/lost-link", dependencies=[Depends(public), CsrfProtected])
def ask(request: Request, unit: WriteUnit, form: PostedForm) -> Response:
    """Note the number. Whether it is known is looked up later, elsewhere."""
    sent = parse(LostForm, form)
    if sent.value is None:
        return render(request, LostPage(form=sent.view, is_asked=False), 422)
    try:
        phone = parse_phone(sent.value.phone)
    except InvalidError as error:
        return render(request, LostPage(form=sent.view.with_refusal(error), is_asked=False), 422)
    ask_for_link(unit.session, phone, now=unit.now)
    return redirect("/lost-link?asked=true")


def _code_page(
    unit: Unit,
    actor: LinkActor,
    form: FormView,
    to: str,
    refusal: CodeRefusal | None = None,
    told: str = "",
) -> CodePage:
    waiting = queries.find_waiting_code(unit.session, actor.opening_id, now=unit.now)
    note = t(f"links.code_refused.{refusal}") if refusal else told
    return CodePage(
        chrome=chrome_of(subject_of(unit, actor).station),
        form=form,
        is_sent=waiting is not None,
        note=note or (t("links.code_sent") if waiting else ""),
        can_send=refusal not in (CodeRefusal.NO_PHONE, CodeRefusal.NUMBER, CodeRefusal.FACILITY),
        may_own=not actor.is_for_another,
        to=_place(to),
        back_href=f"/p/{actor.opening_id}" if _place(to) else "",
        action=f"/p/{actor.opening_id}/code",
        send_action=f"/p/{actor.opening_id}/code/send",
    )


def _place(text: str) -> str:
    return text if _PLACE.fullmatch(text) else ""
