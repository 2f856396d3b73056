"""What a change of hours would do, shown before it is done."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request, Response
from starlette.datastructures import FormData

from telehealth.availability import service
from telehealth.availability.service import HoursChange, WithdrawException
from telehealth.kit.db import Unit
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.service import note_list
from telehealth.staff.actors import MembershipActor
from web.hours.pages import PreviewPage
from web.hours.views import stranded_views
from web.render import redirect, render
from web.security import CSRF_FIELD

SHOWN: Final = 100
"""As many lines as anybody reads through; a day of the whole country may strand thousands."""


def shown_first(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    rows: Sequence[Appointment],
    posted: FormData,
    *,
    back: str,
    what: str,
    has_typed: bool = True,
) -> Response:
    """Print which appointments a change would leave without hours; what was sent is sent again to do it."""
    shown = rows[:SHOWN]
    note_list(unit.session, actor, "availability.change", shown, now=unit.now)
    page = PreviewPage(
        back=back,
        action=request.url.path,
        what=what,
        has_typed=has_typed,
        hidden=tuple((name, str(value)) for name, value in posted.multi_items() if name != CSRF_FIELD),
        count=len(rows),
        more=len(rows) - len(shown),
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
    rows = scheduling.preview_change(unit.session, actor, change, now=unit.now)
    has_typed = not isinstance(change, WithdrawException)
    return shown_first(request, actor, unit, rows, posted, back=back, what=what, has_typed=has_typed)
