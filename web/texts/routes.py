"""Reading, editing and registering the texts of messages, and the file operators ask for."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.messaging import service
from telehealth.messaging.ports import Gateway
from telehealth.messaging.rules import HIDDEN_LINK, LONGEST, Template, Variant, longest_of, render
from telehealth.messaging.templates import templates
from telehealth.messaging.texts import Texts, load_texts
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, Option, filled, parse
from web.i18n import t
from web.render import redirect
from web.render import render as show
from web.security import CsrfProtected, PostedForm
from web.texts.forms import RegistrationForm, TextForm
from web.texts.pages import KindView, TextPage, TextsPage, TextView, part_rows, state_options

router = APIRouter(prefix="/messages/texts", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("message.texts")]
Editor = Annotated[MembershipActor, Allow("message.edit")]

_SAMPLE = {
    "time": "08:30",
    "date": "25/11",
    "facility": "TYT Phu Thong",
    "phone": "02093850123",
    "link": HIDDEN_LINK,
    "code": "482915",
}


@router.get("")
def texts_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:  # noqa: ARG001  (the marker)
    """List every text with its length and where it is registered."""
    texts, gateways = load_texts(unit.session), _registering(request)
    kinds = tuple(
        KindView(
            t(f"texts.kinds.{kind}"),
            tuple(
                _view(texts, texts.newest[kind, v], gateways) for v in Variant if (kind, v) in texts.newest
            ),
        )
        for kind in dict.fromkeys(key for key, _ in templates())
    )
    return show(request, TextsPage(kinds=kinds, file_href="/messages/texts.csv"))


@router.get("/{kind}/{variant}")
def text_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    settings: AppSettings,
    kind: str,
    variant: str,
    done: str = "",
) -> Response:
    """Show one text."""
    template = _find(unit, kind, variant)
    flash = t(f"texts.done.{done}") if done in ("edited", "registered") else ""
    return show(request, _page(request, unit, actor, settings.sms_brand, template, flash=flash))


@router.post("/{kind}/{variant}", dependencies=[CsrfProtected])
def edit_text(
    request: Request,
    actor: Editor,
    unit: WriteUnit,
    settings: AppSettings,
    posted: PostedForm,
    kind: str,
    variant: str,
) -> Response:
    """Put a new version into use, or say why it may not be sent."""
    template = _find(unit, kind, variant)
    sent = parse(TextForm, posted)
    form, wanted, status = sent.view, sent.value, 422
    if wanted is not None:
        try:
            service.edit_text(
                unit.session,
                actor,
                kind,
                template.variant,
                text=wanted.text,
                call=wanted.call,
                version=wanted.version,
                now=unit.now,
            )
            return redirect(f"/messages/texts/{kind}/{variant}?done=edited")
        except (InvalidError, StaleError) as refusal:
            form, status = form.with_refusal(refusal), refusal.status
    return show(request, _page(request, unit, actor, settings.sms_brand, template, form=form), status)


@router.post("/{kind}/{variant}/registration", dependencies=[CsrfProtected])
def note_registration(
    request: Request,
    actor: Editor,
    unit: WriteUnit,
    settings: AppSettings,
    posted: PostedForm,
    kind: str,
    variant: str,
) -> Response:
    """Note how far a vendor's operators are with the text in use."""
    template = _find(unit, kind, variant)
    sent = parse(RegistrationForm, posted)
    wanted = sent.value
    if wanted is None or wanted.gateway not in _registering(request):
        page = _page(request, unit, actor, settings.sms_brand, template, registration=sent.view)
        return show(request, page, 422)
    service.note_registration(
        unit.session,
        actor,
        kind,
        template.variant,
        gateway=wanted.gateway,
        state=wanted.state,
        vendor_code=wanted.vendor_code,
        now=unit.now,
    )
    return redirect(f"/messages/texts/{kind}/{variant}?done=registered")


export = APIRouter(include_in_schema=False)


@export.get("/messages/texts.csv")
def texts_file(request: Request, actor: Reader, unit: ReadUnit, settings: AppSettings) -> Response:  # noqa: ARG001  (the marker)
    """Return every text as operators register it: changing parts numbered, each with its longest length."""
    texts, gateways = load_texts(unit.session), _registering(request)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([t(f"texts.columns.{name}") for name in _COLUMNS])
    for template in texts.newest.values():
        length = longest_of(template)
        sample = render(template, {**_SAMPLE, "brand": settings.sms_brand})
        standing = "; ".join(_registrations(texts, template, gateways))
        row = [settings.sms_brand, template.key, template.variant, template.version]
        row += [as_registered(template, settings.sms_brand), sample, length.encoding, length.parts, standing]
        writer.writerow(row)
    headers = {"Content-Disposition": 'attachment; filename="sms-templates.csv"', "Cache-Control": "no-store"}
    return Response(file.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


_COLUMNS = ("brand", "kind", "variant", "version", "text", "sample", "alphabet", "parts", "registered")


def as_registered(template: Template, brand: str) -> str:
    """Return a text with its changing parts as `{P1,5}`: number and longest length."""
    order = [name for name in LONGEST if name in template.names and name != "brand"]
    places = {name: f"{{P{place},{LONGEST[name]}}}" for place, name in enumerate(order, 1)}
    return render(template, {**places, "brand": brand})


def _find(unit: Unit, kind: str, variant: str) -> Template:
    found = load_texts(unit.session).newest
    if variant not in set(Variant) or (kind, Variant(variant)) not in found:
        raise NotFoundError("text-not-found")
    return found[kind, Variant(variant)]


def _registering(request: Request) -> list[str]:
    gateways: list[Gateway] = request.app.state.gateways
    return [each.name for each in gateways if each.traits.needs_registration]


def _registrations(texts: Texts, template: Template, gateways: list[str]) -> tuple[str, ...]:
    lines = []
    for gateway in gateways:
        row = texts.registered.get((template.key, template.variant, gateway, template.version))
        state = t(f"texts.states.{row.state if row else 'unset'}")
        code = f" ({row.vendor_code})" if row and row.vendor_code else ""
        lines.append(f"{gateway}: {state}{code}")
    return tuple(lines)


def _length(template: Template) -> str:
    length = longest_of(template)
    return t("texts.length", units=length.units, parts=length.parts)


def _view(texts: Texts, template: Template, gateways: list[str]) -> TextView:
    return TextView(
        name=t(f"texts.variants.{template.variant}"),
        href=f"/messages/texts/{template.key}/{template.variant}",
        text=template.text,
        length=_length(template),
        registrations=_registrations(texts, template, gateways),
    )


def _page(
    request: Request,
    unit: Unit,
    actor: MembershipActor,
    brand: str,
    template: Template,
    *,
    flash: str = "",
    form: FormView | None = None,
    registration: FormView | None = None,
) -> TextPage:
    texts, gateways = load_texts(unit.session), _registering(request)
    call = template.optional.get("call", "").strip()
    stored = filled({"text": template.text, "call": call, "version": str(template.version)})
    return TextPage(
        name=t(f"texts.kinds.{template.key}"),
        variant=t(f"texts.variants.{template.variant}"),
        flash=flash,
        path=f"/messages/texts/{template.key}/{template.variant}",
        version=str(template.version),
        form=form or stored,
        registration_form=registration or FormView(),
        may_edit=can(actor, "message.edit"),
        text=template.text,
        sample=render(template, {**_SAMPLE, "brand": brand}),
        length=_length(template),
        parts=part_rows(),
        registrations=_registrations(texts, template, gateways),
        gateways=tuple(Option(name, name) for name in gateways),
        states=state_options(),
    )
