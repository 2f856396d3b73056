"""The log of messages, and sending a link anew."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.followup.service import reissue_link
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.messaging import queries
from telehealth.messaging.deps import GatewayNames
from telehealth.messaging.states import MessageState
from telehealth.staff.actors import MembershipActor
from web.i18n import t
from web.messages.pages import MessagesPage, StateChoice, state_text
from web.messages.views import message_views
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("message.read")]
Keeper = Annotated[MembershipActor, Allow("link.manage")]

_FILTERS = (MessageState.QUEUED, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED)
_PAGE = 30


@router.get("/messages")
def messages_page(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    settings: AppSettings,
    names: GatewayNames,
    state: MessageState | None = None,
    gateway: str | None = None,
    before: UUID | None = None,
    sent: bool | None = None,
) -> Response:
    """Show the facility's messages."""
    found = queries.list_messages(
        unit.session,
        actor,
        brand=settings.sms_brand,
        state=state,
        gateway=gateway,
        before=before,
        limit=_PAGE + 1,
        now=unit.now,
    )
    lines = found[:_PAGE]
    if not is_refresh(request):
        facts = {"ids": [str(line.id) for line in lines]}
        record(unit.session, actor, "message.read", subject_kind="message", facts=facts, now=unit.now)
    page = MessagesPage(
        flash="" if sent is None else t("messages.new_link_sent" if sent else "links.desk.done.unsent"),
        over_budget=queries.count_over_budget(unit.session, actor, now=unit.now),
        filters=_filters(state, gateway),
        gateways=_gateways(names, state, gateway),
        messages=message_views(unit, actor, lines),
        has_tasks=can(actor, "task.read"),
        has_texts=can(actor, "message.texts"),
        has_report=can(actor, "report.read"),
        log_url=_address(state, gateway, before),
        older_href=_address(state, gateway, lines[-1].id) if len(found) > _PAGE else "",
    )
    return render(request, page)


@router.post("/messages/{message_id}/new-link", dependencies=[CsrfProtected])
def send_new_link(actor: Keeper, unit: WriteUnit, settings: AppSettings, message_id: UUID) -> Response:
    """End the link a message carried and send a new one; raise `link-not-found` for one without."""
    line = queries.get_message(unit.session, actor, message_id, brand=settings.sms_brand, now=unit.now)
    if line.link_id is None:
        raise NotFoundError("link-not-found")
    message = reissue_link(unit.session, actor, line.link_id, now=unit.now)
    sent = "false" if message.state == MessageState.SKIPPED else "true"
    return redirect(f"/messages?sent={sent}")


def _filters(current: MessageState | None, gateway: str | None) -> tuple[StateChoice, ...]:
    everything = StateChoice(t("messages.all"), _address(None, gateway, None), is_current=current is None)
    return (
        everything,
        *(StateChoice(state_text(s), _address(s, gateway, None), is_current=s is current) for s in _FILTERS),
    )


def _gateways(
    names: Sequence[str], state: MessageState | None, current: str | None
) -> tuple[StateChoice, ...]:
    """Return a choice for each gateway; none where there is only one."""
    if len(names) < 2:
        return ()
    return tuple(
        StateChoice(
            name, _address(state, None if name == current else name, None), is_current=name == current
        )
        for name in names
    )


def _address(state: MessageState | None, gateway: str | None, before: UUID | None) -> str:
    given = {"state": state, "gateway": gateway, "before": before}
    query = urlencode({name: str(value) for name, value in given.items() if value is not None})
    return f"/messages?{query}" if query else "/messages"
