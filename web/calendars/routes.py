"""Routes of calendars: addresses made and ended by staff, read by programs; one appointment as a file."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from telehealth.access.deps import Allow, public
from telehealth.interop import queries, rules, service
from telehealth.interop.service import Reading
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit, write_unit
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.calendars.pages import FeedRow, FeedsPage
from web.calendars.words import title_of
from web.formatting import date_text, datetime_text
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected

router = APIRouter(include_in_schema=False)

Keeper = Annotated[MembershipActor, Allow("calendar.manage")]
Reader = Annotated[MembershipActor, Allow("appointment.read")]
Held = Annotated[str | None, Header()]

_CALENDAR: Final = "text/calendar; charset=utf-8"


@router.get("/calendar/{token}.ics", dependencies=[Depends(public)])
async def read_calendar(
    request: Request, unit: ReadUnit, settings: AppSettings, token: str, if_none_match: Held = None
) -> Response:
    """Show a calendar to whoever holds its address; unknown and ended ones are not there, all alike.

    Reading is noted now and then, in a unit of its own, so that it is no write each time.
    """

    def read() -> tuple[Reading, bytes | None]:
        found = service.read_feed(unit.session, token, base_url=settings.base_url, now=unit.now)
        return found, None if rules.matches(found.tag, if_none_match) else found.printed()

    found, body = await run_in_threadpool(read)
    if not found.is_noted:
        async with write_unit(request) as noting:
            await run_in_threadpool(service.note_reading, noting.session, found.feed_id, now=noting.now)
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    if body is None:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_CALENDAR, headers=headers)


@router.get("/appointments/{appointment_id}/appointment.ics")
def take_appointment(actor: Reader, unit: WriteUnit, settings: AppSettings, appointment_id: UUID) -> Response:
    """Give an appointment to the reader's own calendar; the look is on record."""
    invite = service.read_invite(
        unit.session, actor, appointment_id, base_url=settings.base_url, now=unit.now
    )
    headers = {"Content-Disposition": f'inline; filename="lich-hen-{invite.code}.ics"'}
    return Response(invite.body, media_type=f"{_CALENDAR}; method={invite.method}", headers=headers)


@router.get("/calendar-feeds")
def show_feeds(request: Request, actor: Keeper, unit: ReadUnit, done: str = "") -> Response:
    """Show the addresses of one's own calendar, or of the facility's."""
    said = t("calendars.revoked") if done == "revoked" else ""
    return render(request, _page(unit, actor, done=said))


@router.post("/calendar-feeds", dependencies=[CsrfProtected])
def create_feed(request: Request, actor: Keeper, unit: WriteUnit, settings: AppSettings) -> Response:
    """Make an address; the answer to the post itself holds it, because it is kept nowhere."""
    _, token = service.create_feed(unit.session, actor, now=unit.now)
    made = service.address_of(token, settings.base_url)
    return render(request, _page(unit, actor, done=t("calendars.made"), made=made))


@router.post("/calendar-feeds/{feed_id}/revoke", dependencies=[CsrfProtected])
def revoke_feed(actor: Keeper, unit: WriteUnit, feed_id: UUID) -> Response:
    """End an address at once."""
    service.revoke_feed(unit.session, actor, feed_id, now=unit.now)
    return redirect("/calendar-feeds?done=revoked")


def _page(unit: Unit, actor: MembershipActor, *, done: str, made: str = "") -> FeedsPage:
    policy = policy_of(unit.session)
    cards = queries.list_feeds(unit.session, actor, today=policy.local_date(unit.now))
    whose = title_of(actor)
    return FeedsPage(
        done=done,
        title=t(f"calendars.{whose}"),
        about=actor.facility_name if whose == "facility" else f"{actor.title} {actor.full_name}",
        made=made,
        feeds=tuple(
            FeedRow(
                id=str(card.feed.id),
                since=t(
                    "calendars.since", at=datetime_text(card.feed.created_at, policy.zone), by=card.maker
                ),
                read=t("calendars.read", on=date_text(card.feed.last_read_at, policy.zone))
                if card.feed.last_read_at
                else t("calendars.unread"),
                is_live=card.is_live,
            )
            for card in cards
        ),
        may_add=len(cards) < rules.MAX_FEEDS,
    )
