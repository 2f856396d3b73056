"""The week board of a facility's coordinators."""

from datetime import date, timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.duty import queries, service
from telehealth.duty.rules import PLANNED_AHEAD, REFUSED, WEEK_DAYS, monday_of
from telehealth.duty.states import ShiftState
from telehealth.duty.weeks import load_roster
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text
from web.forms import parse
from web.i18n import t
from web.render import redirect, render
from web.roster.forms import WeekForm, WeekQuery
from web.roster.pages import BoardPage
from web.roster.told import ways_of
from web.roster.views import gap_texts, names_for, notice_people, notice_views, pool_rows, week_days
from web.security import CsrfProtected, PostedForm

router = APIRouter()

Reader = Annotated[MembershipActor, Allow("roster.read")]
Planner = Annotated[MembershipActor, Allow("roster.plan")]
Seer = Annotated[MembershipActor, Allow("duty.see")]

GAPS_NAMED = 3
NOTICE_PAGES = ("/today", "/queue", "/duty", "/roster")
DONE = ("planned", "copied", "published", "withdrawn", "assigned")


@router.get("/roster")
def board_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """Show a week of the facility's pools."""
    session, now = unit.session, unit.now
    today = policy_of(session).local_date(now)
    roster = load_roster(session, actor, _monday(request, today), now=now)
    notices = queries.list_notices(session, queries.recipients(actor))
    on = queries.list_on_duty(session, [pool.id for pool in roster.pools], now=now)
    people = {row.membership_id for row in roster.shifts} | {each.membership_id for each in on}
    people |= notice_people(notices)
    people |= {leave.membership_id for found in roster.leaves.values() for leave in found}
    names = names_for(unit, people, roster.pools)
    gaps = gap_texts(roster, names)
    drafts = [row for row in roster.shifts if row.state == ShiftState.DRAFT and row.ends_at > now]
    sunday = roster.monday + timedelta(days=WEEK_DAYS - 1)
    page = BoardPage(
        flash=_flash(request),
        flash_kind="info" if _is_nothing(request) else "ok",
        title=f"{date_text(roster.monday)[:5]}–{date_text(sunday)}",
        address=_address(roster.monday),
        before=_address(roster.monday - timedelta(days=WEEK_DAYS)),
        after=_address(roster.monday + timedelta(days=WEEK_DAYS)),
        this_week="/roster",
        add_href=f"/roster/shifts/new?on={date_text(max(roster.monday, today))}",
        days=week_days(roster.monday, today),
        rows=pool_rows(roster, on, names, today),
        gaps=tuple(gaps[:GAPS_NAMED]),
        gap_count=len(gaps),
        drafts=len(drafts),
        refused=sum(bool(REFUSED & set(roster.troubles.get(row.id, ()))) for row in drafts),
        may_hand_over=can(actor, "day.hand_over"),
        week=date_text(roster.monday),
        version=roster.version,
        notices=notice_views(notices, names, ways_of(unit, actor, notices)),
    )
    return render(request, page)


@router.post("/roster/copy", dependencies=[CsrfProtected])
def copy_week(actor: Planner, unit: WriteUnit, posted: PostedForm) -> Response:
    """Copy the week before as drafts."""
    sent = _sent(posted)
    copied = service.copy_week(unit.session, actor, sent.week, now=unit.now)
    left_out = sum(copied.left_out.values())
    return redirect(
        f"{_address(monday_of(sent.week))}&done=copied&count={len(copied.shifts)}&left={left_out}"
    )


@router.post("/roster/publish", dependencies=[CsrfProtected])
def publish_week(actor: Planner, unit: WriteUnit, posted: PostedForm) -> Response:
    """Let every draft of the week bind."""
    sent = _sent(posted)
    published = service.publish_week(unit.session, actor, sent.week, version=sent.version, now=unit.now)
    return redirect(f"{_address(monday_of(sent.week))}&done=published&count={len(published)}")


@router.post("/duty/notices/{notice_id}/seen", dependencies=[CsrfProtected])
def see_notice(actor: Seer, unit: WriteUnit, posted: PostedForm, notice_id: UUID) -> Response:
    """Put a notice away, and lead back to the page it was read on."""
    service.see_notice(unit.session, actor, notice_id, now=unit.now)
    read_on = str(posted.get("next", ""))
    return redirect(read_on if read_on in NOTICE_PAGES else "/")


def _sent(posted: PostedForm) -> WeekForm:
    sent = parse(WeekForm, posted).value
    if sent is None:
        raise InvalidError("bad-day", field="week")
    return sent


def _monday(request: Request, today: date) -> date:
    asked = parse(WeekQuery, {"week": request.query_params.get("week", "")}).value
    on = asked.week if asked and asked.week and abs(asked.week - today) <= PLANNED_AHEAD else today
    return monday_of(on)


def _address(monday: date) -> str:
    return f"/roster?week={quote(date_text(monday), safe='')}"


def _is_nothing(request: Request) -> bool:
    """Tell whether a copied week brought nothing, which is no success."""
    return request.query_params.get("done") == "copied" and not _number(request.query_params.get("count", ""))


def _flash(request: Request) -> str:
    done = request.query_params.get("done", "")
    if done not in DONE:
        return ""
    count, left = (_number(request.query_params.get(name, "")) for name in ("count", "left"))
    text = t("roster.done.nothing_copied") if _is_nothing(request) else t(f"roster.done.{done}", count=count)
    return f"{text} {t('roster.done.left_out', count=left)}" if left else text


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 4 else 0
