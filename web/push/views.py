"""The state of being told while the page is closed, read for the on-duty card."""

from fastapi import Request

from telehealth.kit.db import Unit
from telehealth.kit.deps import settings_of
from telehealth.kit.policy import policy_of
from telehealth.push import queries
from telehealth.push.sender import Pusher
from telehealth.staff.actors import MembershipActor
from web.formatting import datetime_text
from web.push import cookies
from web.push.pages import BrowserView, PushView


def pusher_of(request: Request) -> Pusher | None:
    """Return who signs pushes here; None where the deployment has no key."""
    pusher: Pusher | None = request.app.state.pusher
    return pusher


def push_view(request: Request, unit: Unit, actor: MembershipActor) -> PushView | None:
    """Return the doctor's browsers; None where the deployment has no key."""
    pusher = pusher_of(request)
    if pusher is None:
        return None
    here = queries.find_browser(unit.session, cookies.read(request, settings_of(request)))
    zone = policy_of(unit.session).zone
    return PushView(
        key=pusher.public_key,
        browsers=tuple(
            BrowserView(
                id=str(each.id),
                name=each.label,
                since=datetime_text(each.created_at, zone),
                is_this=here is not None and here.id == each.id,
                is_failing=each.failures > 0,
            )
            for each in queries.list_own(unit.session, actor)
        ),
    )
