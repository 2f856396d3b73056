"""A visit's calls afterwards: what was written in them and how they went, for whoever may read the visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.calls import queries, service
from telehealth.calls.models import CallEvent, CallRoom
from telehealth.calls.rules import EventKind
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from web.formatting import datetime_text, minutes_text, time_text
from web.i18n import has_text, t
from web.pages import Page
from web.render import render

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]

Row = tuple[str, str]
NOT_TOLD = frozenset(
    {
        EventKind.OPENED,
        EventKind.RESTARTED,
        EventKind.RENEWED,
        EventKind.ANSWERED,
        EventKind.AWAY,
        EventKind.BACK,
    }
)
"""What helps those who mend lines and judge an absence, not those who read how a visit went."""


@dataclass(frozen=True)
class LineView:
    """A line of chat."""

    time: str
    name: str
    text: str


@dataclass(frozen=True)
class CallView:
    """One call of a visit: when, how long, how it ended, and what happened in it."""

    title: str
    facts: tuple[str, ...]
    steps: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class CallRecordPage(Page):
    """The chat and the journal of a visit's calls, to read and to print."""

    template: ClassVar[str] = "calls/record.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    lines: tuple[LineView, ...]
    calls: tuple[CallView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented call of twelve minutes."""
        return cls(
            back_href="/visits/0190",
            lines=(
                LineView("09:33", "ĐD. Nông Thị Hạnh", "Em vừa cho bà thở oxy 2 lít."),
                LineView("09:34", "BS. Trần Văn Minh", "SpO₂ bây giờ bao nhiêu?"),
            ),
            calls=(
                CallView(
                    "23/11/2026 09:30",
                    (t("common.minutes", count=12), t("calls.record.ending.completed")),
                    (
                        ("09:30", t("calls.record.joined", name="BS. Trần Văn Minh")),
                        ("09:36", t("calls.record.lost", name="ĐD. Nông Thị Hạnh")),
                        ("09:42", t("calls.record.ended", name="")),
                    ),
                ),
            ),
        )


@router.get("/visits/{visit_id}/call")
def call_record_page(request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show what was written in a visit's calls and how they went; reading it is on record."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    rooms = queries.list_visit_rooms(unit.session, visit.id)
    for room in rooms:
        service.note_reading(unit.session, actor, room, "chat-read", now=unit.now)
    zone = policy_of(unit.session).zone
    page = CallRecordPage(
        back_href=f"/visits/{visit.id}",
        lines=tuple(
            LineView(time_text(line.occurred_at, zone), line.display_name, line.text)
            for line in queries.list_visit_chat(unit.session, visit.id)
        ),
        calls=tuple(_call(unit, room) for room in rooms),
    )
    return render(request, page)


def has_call(unit: Unit, visit_id: UUID) -> bool:
    """Tell whether there is anything to read of a visit's calls; the caller has the visit in scope."""
    return any(room.started_at is not None for room in queries.list_visit_rooms(unit.session, visit_id))


def _call(unit: Unit, room: CallRoom) -> CallView:
    zone = policy_of(unit.session).zone
    began = room.started_at or room.opened_at
    facts = []
    if room.started_at is not None and room.ended_at is not None:
        facts.append(minutes_text(int((room.ended_at - room.started_at).total_seconds() // 60)))
    facts.append(t(f"calls.record.ending.{room.end_reason or 'open'}"))
    names = {each.id: each.display_name for each in queries.list_members(unit.session, room.id)}
    events = queries.list_events(unit.session, room.id)
    steps = tuple((time_text(each.occurred_at, zone), _step(each, names)) for each in _told(events))
    return CallView(datetime_text(began, zone), tuple(facts), steps)


def _told(events: Sequence[CallEvent]) -> list[CallEvent]:
    return [each for each in events if each.kind not in NOT_TOLD]


def _step(event: CallEvent, names: dict[UUID, str]) -> str:
    name = names.get(event.member_id or event.by_member_id or UUID(int=0), "")
    key = f"calls.record.{event.kind}"
    detail = f"{key}_{(event.reason or '').partition(':')[0]}"
    return t(detail if event.reason and has_text(detail) else key, name=name)
