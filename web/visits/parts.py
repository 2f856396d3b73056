"""Parts of the record that other slices keep: where each is written, how it is read once signed.

A new part adds its address to `PLACES` and its reader to `READERS`; its name is that of its `RecordPart`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.kit.db import Unit
from telehealth.visits.models import Visit
from telehealth.visits.parts import compose_parts, versions_of_parts
from web.answers.lines import order_lines, referral_lines, thread_lines
from web.examination.lines import Lines, background_lines, examination_lines, pregnancy_lines
from web.i18n import t
from web.prescriptions.notes import draft_note
from web.prescriptions.words import read_part
from web.visits.partlines import PartLine


@dataclass(frozen=True)
class PartView:
    """A part of the signed record, as it is read on the page and on paper."""

    name: str
    title: str
    lines: tuple[PartLine, ...]
    is_replaced: bool = False


@dataclass(frozen=True)
class PartPlace:
    """Where a part of an open record is written: a page of its own, fetched into the workspace.

    That page holds `#part-NAME`, and in it `.save [name=version]` with the part's version, as every part
    of the workspace does (web/static/js/sign.js).
    """

    name: str
    title: str
    href: str
    version: int


def _read(lines: Callable[[Any], Lines]) -> Callable[[Any], tuple[PartLine, ...]]:
    return lambda content: tuple(PartLine(text, note) for text, note in lines(content))


PLACES: Final[dict[str, str]] = {
    "examination": "examination",
    "background": "background",
    "prescription": "prescription",
    "remote_list": "remote-list",
    "minutes": "minutes",
    "orders": "orders",
    "referral": "referral",
    "answer": "answer",
}
"""The address of a part below that of its visit."""

ONLY_FOR: Final[dict[str, ConsultKind]] = {
    "remote_list": ConsultKind.REMOTE_EXAM,
    "minutes": ConsultKind.FACILITY_SUPPORT,
}
"""Parts that visits of one kind alone have."""


def _minutes(content: Any) -> tuple[PartLine, ...]:
    """Read minutes: conclusion, plan, and who signed; all of it is on their own paper."""
    said, signed = content["content"], {each["membership_id"] for each in content["signatures"]}
    lines = [
        PartLine(f"{t(f'conferences.parts.{name}')}: {said['texts'][name]}")
        for name in ("conclusion", "plan")
    ]
    for person in said["people"]:
        name = " ".join(part for part in (person["title"], person["name"]) if part)
        note = t("conferences.has_signed") if person["membership_id"] in signed else ""
        role = t(f"conferences.roles.{person['role']}")
        who = f"{role}: {name}, {person['facility']}".rstrip(", ")
        lines.append(PartLine(who, note))
    return tuple(lines)


def _remote_list(content: Any) -> tuple[PartLine, ...]:
    """Read the check against the ministry's list: named where something was outside it."""
    if not content["outside"]:
        return (PartLine(t("conditions.inside", list=content["list"])),)
    codes = ", ".join(content["outside"])
    referred = t("conditions.referred") if content.get("referred") else ""
    why = "; ".join(each for each in (content["basis"], referred) if each)
    return (PartLine(t("conditions.signed_outside", codes=codes, list=content["list"]), why),)


READERS: Final[dict[str, Callable[[Any], tuple[PartLine, ...]]]] = {
    "background": _read(background_lines),
    "pregnancy": _read(pregnancy_lines),
    "examination": _read(examination_lines),
    "prescription": read_part,
    "remote_list": _remote_list,
    "minutes": _minutes,
    "orders": _read(order_lines),
    "referral": _read(referral_lines),
    "answer": _read(thread_lines),
}
"""From what was signed of a part to its lines."""

SHOWN_UNSIGNED: Final = ("background", "pregnancy", "examination")
"""The parts whoever may read an open visit sees before its signature."""

NOTES: Final[dict[str, Callable[[Unit, Visit], str]]] = {"prescription": draft_note}
"""What everybody who sees an open visit may know of a part that is being written; empty for nothing."""


def part_places(session: Session, visit: Visit, *, is_embedded: bool = False) -> tuple[PartPlace, ...]:
    """Return the parts of a visit fetched in scope that are written on pages of their own."""
    query = "?embed=1" if is_embedded else ""
    return tuple(
        PartPlace(name, _title(name), f"/visits/{visit.id}/{PLACES[name]}{query}", version)
        for name, version in versions_of_parts(session, visit).items()
        if name in PLACES and ONLY_FOR.get(name, visit.consult_kind) == visit.consult_kind
    )


def open_parts(session: Session, visit: Visit, *, today: date) -> tuple[tuple[str, str], ...]:
    """Return what an open visit shows of its parts: title and text, a line for each."""
    composed = compose_parts(session, visit, today=today)
    views = part_views({name: composed[name] for name in SHOWN_UNSIGNED if name in composed})
    return tuple(
        (
            view.title,
            "\n".join(f"{line.text} ({line.note})" if line.note else line.text for line in view.lines),
        )
        for view in views
    )


def part_links(session: Session, visit: Visit) -> tuple[tuple[str, str], ...]:
    """Return title and address of the parts that somebody wrote something of."""
    return tuple((each.title, each.href) for each in part_places(session, visit) if each.version)


def part_notes(unit: Unit, visit: Visit) -> tuple[tuple[str, str], ...]:
    """Return title and words of the parts that are being written and not yet signed."""
    found = ((name, note(unit, visit)) for name, note in NOTES.items())
    return tuple((_title(name), words) for name, words in found if words)


def part_views(content: Mapping[str, Any], replaced: Collection[str] = frozenset()) -> tuple[PartView, ...]:
    """Return the parts of a signed document that can be read, in the order of `READERS`.

    `replaced`: names of parts that a later amendment brought anew.
    """
    return tuple(
        PartView(name, _title(name), read(content[name]), is_replaced=name in replaced)
        for name, read in READERS.items()
        if name in content
    )


def _title(name: str) -> str:
    return t(f"visits.sections.{name}")
