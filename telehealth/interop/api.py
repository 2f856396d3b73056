"""Calendars over the API: one appointment as iCalendar, secret addresses to subscribe to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.interop import queries, service
from telehealth.interop.models import CalendarFeed
from telehealth.interop.rules import OwnerKind
from telehealth.interop.schemas import CalendarFeedMade, CalendarFeedOut
from telehealth.kit.actors import Actor
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import as_person

router = APIRouter(prefix="/api/v1", tags=["calendars"])

Reader = Annotated[Actor, AllowToken("appointment.read")]
Keeper = Annotated[Actor, AllowToken("calendar.manage")]


class CalendarFile(Response):
    """An answer in iCalendar (RFC 5545)."""

    media_type = "text/calendar"


@router.get("/appointments/{appointment_id}/calendar", response_class=CalendarFile)
def get_appointment_calendar(
    actor: Reader, unit: WriteUnit, settings: AppSettings, appointment_id: UUID
) -> CalendarFile:
    """Return an appointment as an iCalendar object: to add, or once called off to take away."""
    invite = service.read_invite(
        unit.session, actor, appointment_id, base_url=settings.base_url, now=unit.now
    )
    return CalendarFile(invite.body, media_type=f"text/calendar; charset=utf-8; method={invite.method}")


@router.get("/calendar-feeds")
def list_calendar_feeds(actor: Keeper, unit: ReadUnit) -> list[CalendarFeedOut]:
    """List the bearer's addresses: a doctor's own, or those of a coordinator's or manager's facility."""
    today = policy_of(unit.session).local_date(unit.now)
    cards = queries.list_feeds(unit.session, as_person(actor), today=today)
    return [_out(card.feed, is_live=card.is_live) for card in cards]


@router.post("/calendar-feeds", status_code=201)
def create_calendar_feed(actor: Keeper, unit: WriteUnit, settings: AppSettings) -> CalendarFeedMade:
    """Make a secret address of the same; it is shown once."""
    feed, token = service.create_feed(unit.session, as_person(actor), now=unit.now)
    url = service.address_of(token, settings.base_url)
    return CalendarFeedMade(**_out(feed, is_live=True).model_dump(), url=url)


@router.delete("/calendar-feeds/{feed_id}", status_code=204)
def revoke_calendar_feed(actor: Keeper, unit: WriteUnit, feed_id: UUID) -> None:
    """End an address at once; one that has ended stays so."""
    service.revoke_feed(unit.session, as_person(actor), feed_id, now=unit.now)


def _out(feed: CalendarFeed, *, is_live: bool) -> CalendarFeedOut:
    return CalendarFeedOut(
        id=feed.id,
        owner_kind=OwnerKind(feed.owner_kind),
        owner_id=feed.owner_id,
        created_by=feed.created_by,
        created_at=feed.created_at,
        last_read_at=feed.last_read_at,
        is_live=is_live,
    )
