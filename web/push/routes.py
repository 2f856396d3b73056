"""Routes of push: switching on and off."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.push import service
from telehealth.push.errors import EndpointRefusedError, PushOffError, SubscriptionNotFoundError
from telehealth.staff.actors import MembershipActor
from web.forms import parse
from web.push import cookies
from web.push.forms import BrowserForm, EndpointForm
from web.push.pages import browser_name
from web.push.views import pusher_of
from web.render import redirect
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Switcher = Annotated[MembershipActor, Allow("duty.switch")]


@router.post("/push", dependencies=[CsrfProtected])
def switch_on(
    request: Request, actor: Switcher, unit: WriteUnit, settings: AppSettings, form: PostedForm
) -> Response:
    """Tell the doctor at this browser while it is closed."""
    pusher, sent = pusher_of(request), parse(EndpointForm, form)
    if pusher is None:
        raise PushOffError
    if sent.value is None:
        raise EndpointRefusedError
    token = service.switch_on(
        unit.session,
        actor,
        sent.value.endpoint,
        hosts=pusher.hosts,
        label=browser_name(request.headers.get("user-agent", "")),
        browser_token=cookies.read(request, settings),
        now=unit.now,
    )
    return cookies.keep(redirect("/queue"), settings, token)


@router.post("/push/off", dependencies=[CsrfProtected])
def switch_off(actor: Switcher, unit: WriteUnit, form: PostedForm) -> Response:
    """Tell the doctor at one of their browsers no more."""
    sent = parse(BrowserForm, form)
    if sent.value is None:
        raise SubscriptionNotFoundError
    service.switch_off(unit.session, actor, sent.value.browser, now=unit.now)
    return redirect("/queue")
