"""What a change of hours would do, shown before it is done."""

from typing import Final

from fastapi import Request, Response
from starlette.datastructures import FormData

from telehealth.availability import queries, service
from telehealth.availability.service import HoursChange, WithdrawException
from telehealth.kit.db import Unit
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.service import Effects, note_list
from telehealth.staff.actors import MembershipActor
from web.hours.pages import PreviewPage
from web.hours.views import change_text, stranded_views
from web.render import redirect, render
from web.security import CSRF_FIELD

SHOWN: Final = 100
"""As many lines as anybody reads through; a day of the whole country may strand thousands."""


def shown_first(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    effects: Effects,
    posted: FormData,
    *,
    back: str,
    what: str,
    takes_back: bool = False,
) -> Response:
    """Print which appointments a change would leave without hours; what was sent is sent again to do it."""
    shown = effects.lost[:SHOWN]
    note_list(unit.session, actor, "availability.change", shown, now=unit.now)
    page = PreviewPage(
        back=back,
        action=request.url.path,
        what=what,
        takes_back=takes_back,
        hidden=tuple((name, str(value)) for name, value in posted.multi_items() if name != CSRF_FIELD),
        count=len(effects.lost),
        more=len(effects.lost) - len(shown),
        regained=len(effects.regained),
        stranded=stranded_views(unit, actor, shown),
    )
    return render(request, page)


def shown_or_saved(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    change: HoursChange,
    what: str,
    posted: FormData,
    *,
    back: str,
) -> Response:
    """Save a change that was seen and is sent as sure; else print what it would do."""
    if posted.get("sure"):
        service.change_hours(unit.session, actor, change, now=unit.now)
        return redirect(f"{back}?done=saved")
    effects = scheduling.foresee_change(unit.session, actor, change, now=unit.now)
    takes_back = isinstance(change, WithdrawException)
    return shown_first(request, actor, unit, effects, posted, back=back, what=what, takes_back=takes_back)


def shown_or_withdrawn(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    change: WithdrawException,
    posted: FormData,
    *,
    back: str,
) -> Response:
    """Take back days off or more hours that were named before, else name them and print what it would do."""
    session, target = unit.session, change.target
    sheet = queries.get_sheet(session, actor, target.scope, target.scope_id, now=unit.now)
    row = next((each for each in sheet.exceptions if each.id == change.exception_id), None)
    what = change_text(session, row) if row else ""
    return shown_or_saved(request, actor, unit, change, what, posted, back=back)
