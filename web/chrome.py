"""The frame around a page: who is here, where, and where one can go."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from fastapi import Request

from telehealth.access.deps import actor_tag
from web.formatting import initials
from web.i18n import has_text, t
from web.pages import Page


class Member(Protocol):
    """Whoever is signed in, as the route marker leaves them in `request.state.actor`."""

    @property
    def full_name(self) -> str:
        """The whole name, family name first."""
        ...

    @property
    def role(self) -> str:
        """What the person does at the facility."""
        ...

    @property
    def facility_name(self) -> str:
        """The facility acted for, in short."""
        ...


@dataclass(frozen=True)
class NavEntry:
    """One place of the navigation."""

    key: str
    label: str
    href: str
    icon: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class StaffChrome:
    """What the bar and the dock of staff pages print; all empty while nobody is signed in."""

    name: str = ""
    role: str = ""
    initials: str = ""
    place: str = ""
    home: str = "/"
    path: str = "/"
    rings: str = ""
    owner: str = ""
    nav: tuple[NavEntry, ...] = ()

    @property
    def docked(self) -> tuple[NavEntry, ...]:
        """What the dock of a phone shows."""
        return self.nav[:DOCKED]

    @property
    def further(self) -> tuple[NavEntry, ...]:
        """What on a phone stands in the person's menu."""
        return self.nav[DOCKED:]


@dataclass(frozen=True, kw_only=True)
class PatientChrome:
    """The head and foot of patient pages: whose page it is and where a person answers."""

    facility: str
    point: str = ""
    phone: str = ""
    phone_href: str = ""


_ENTRIES: Final = {
    "today": ("/today", "home"),
    "queue": ("/queue", "stethoscope"),
    "requests": ("/requests", "clock"),
    "appointments": ("/appointments", "calendar-event"),
    "patients": ("/patients", "users"),
    "tasks": ("/tasks", "list-check"),
    "waitlist": ("/waitlist/asked", "clock"),
    "duty": ("/duty", "calendar"),
    "roster": ("/roster", "calendar"),
    "staff": ("/staff", "id"),
    "hours": ("/hours", "clock"),
    "messages": ("/messages", "message"),
    "formularies": ("/formularies", "pill"),
}
_STATION: Final = ("today", "appointments", "patients", "tasks")
_NAV: Final = {
    "coordinator": ("today", "roster", "requests", "appointments", "tasks", "patients"),
    "doctor": ("queue", "requests", "appointments", "duty", "patients", "hours"),
    "manager": ("staff", "roster", "hours", "messages", "formularies"),
    "admin": ("staff", "roster", "hours", "messages", "formularies"),
}
"""Roles not named here work at a station; six entries and a name fit beside one another at 1280 px."""

DOCKED: Final = 5
"""How many entries the dock of a phone holds; the others stand in the menu under the person's name."""

_RUNG: Final = ("doctor", "coordinator", "station_nurse", "station_practitioner")
"""Roles whose pages tell at once what rings."""


def chrome_for(request: Request, page: Page) -> object:
    """Return the frame of a page: the page's own `chrome` field, else that of whoever is signed in."""
    own = getattr(page, "chrome", None)
    if own is not None:
        return own
    actor = getattr(request.state, "actor", None)
    if actor is None or not hasattr(actor, "role"):
        return staff_chrome(None, page.nav, request.url.path)
    owner = actor_tag(request, actor)
    return replace(staff_chrome(actor, page.nav, request.url.path), owner=owner)


def staff_chrome(member: Member | None, nav: str = "", path: str = "/") -> StaffChrome:
    """Return the frame of staff pages for a member; `nav` is the current entry, `path` the page itself."""
    if member is None:
        return StaffChrome(path=path)
    role = str(member.role)
    keys = _NAV.get(role, _STATION)
    entries = tuple(NavEntry(key, t(f"nav.{key}"), *_ENTRIES[key], is_current=key == nav) for key in keys)
    return StaffChrome(
        name=member.full_name,
        role=t(f"roles.{role}") if has_text(f"roles.{role}") else "",
        initials=initials(member.full_name),
        place=member.facility_name,
        path=path,
        home=entries[0].href,
        rings="/ring" if role in _RUNG else "",
        nav=entries,
    )
