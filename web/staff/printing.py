"""What the staff pages print about people and posts."""

from datetime import date
from uuid import UUID

import segno
from sqlmodel import Session

from telehealth.access.rules import can
from telehealth.facilities.queries import list_facilities
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import languages
from telehealth.staff import queries, rules
from telehealth.staff.actors import MembershipActor
from telehealth.staff.cards import RosterLine
from telehealth.staff.rules import Qualification, Role
from web.formatting import date_text, initials
from web.forms import FormView, Option, filled
from web.i18n import t
from web.staff.pages import Choices, MemberPage, MemberRow

_QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004)."""


def member_page(
    unit: Unit,
    actor: MembershipActor,
    membership_id: UUID,
    *,
    done: str,
    form: FormView | None,
    close_form: FormView | None,
) -> MemberPage:
    """Return the page of a colleague; raise `membership-not-found`, out of scope as well."""
    today = policy_of(unit.session).local_date(unit.now)
    line = queries.get_roster_line(unit.session, actor, membership_id, today=today)
    kind, icon, state = _state(line, today)
    is_own = line.staff.id == actor.staff_id
    return MemberPage(
        done=done,
        path=f"/staff/{membership_id}",
        name=line.staff.full_name,
        initials=initials(line.staff.full_name),
        about=f"{t(f'roles.{line.membership.role}')}, {line.facility_name}",
        facts=_facts(line),
        kind=kind,
        icon=icon,
        state=state,
        is_disabled=line.staff.disabled_at is not None,
        may_manage=can(actor, "staff.manage") and not is_own,
        form=form or _stored(line, today),
        close_form=close_form or filled({"version": line.membership.version}),
        choices=choices_of(unit, actor),
    )


def member_row(line: RosterLine, today: date) -> MemberRow:
    """Return a colleague's line of the list."""
    kind, icon, state = _state(line, today)
    return MemberRow(
        href=f"/staff/{line.membership.id}",
        name=line.staff.full_name,
        initials=initials(line.staff.full_name),
        role=t(f"roles.{line.membership.role}"),
        username=username_text(line.staff.username),
        kind=kind,
        icon=icon,
        state=state,
    )


def choices_of(unit: Unit, actor: MembershipActor) -> Choices:
    """Return what the actor may choose for a post."""
    today = policy_of(unit.session).local_date(unit.now)
    own = (Option(str(actor.here), actor.facility_name),)
    return Choices(
        facilities=facility_options(unit.session, today) if actor.role is Role.ADMIN else own,
        roles=tuple(Option(role, t(f"roles.{role}")) for role in rules.assignable(actor.role)),
        qualifications=tuple(Option(each, t(f"staff.qualification.{each}")) for each in Qualification),
        specialties=tuple(Option(each.code, each.name) for each in queries.list_specialties(unit.session)),
        languages=tuple(
            Option(code, name) for code, name in languages().items() if code not in (rules.VIETNAMESE, "und")
        ),
    )


def facility_options(session: Session, today: date) -> tuple[Option, ...]:
    """Return every facility of the day as a choice."""
    return tuple(Option(str(each.id), each.short_name) for each in list_facilities(session, today))


def qr_of(text: str) -> tuple[int, str]:
    """Return the size of a QR code with its quiet zone, and its dark modules as an SVG path."""
    code = segno.make(text, error="m", micro=False)
    rows = list(code.matrix_iter(border=_QUIET_ZONE))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path


def username_text(username: str) -> str:
    """Return a user name as people write it."""
    return display(username) if username.startswith("+") else username


def _state(line: RosterLine, today: date) -> tuple[str, str, str]:
    """Return tag, icon and words for whether a colleague can sign in."""
    if line.staff.disabled_at is not None:
        return "error", "ban", t("staff.is_disabled")
    if line.membership.valid_from > today:
        return "info", "calendar-event", t("staff.begins", date=date_text(line.membership.valid_from))
    if line.staff.password_hash is None:
        return "info", "hourglass", t("staff.is_invited")
    if line.membership.valid_to is not None:
        return "info", "calendar-off", t("staff.ends", date=date_text(line.membership.valid_to))
    return "ok", "circle-check", t("staff.is_active")


def _facts(line: RosterLine) -> tuple[tuple[str, str], ...]:
    membership = line.membership
    rows = [
        (t("staff.username"), username_text(line.staff.username)),
        (t("staff.qualification_label"), t(f"staff.qualification.{membership.qualification}")),
        (t("staff.title_label"), membership.title),
        (t("staff.licence"), membership.licence_number or ""),
        (t("staff.languages"), ", ".join(languages().get(code, code) for code in line.language_codes)),
        (t("staff.since"), date_text(membership.valid_from)),
    ]
    return tuple((term, text) for term, text in rows if text)


def _stored(line: RosterLine, today: date) -> FormView:
    membership = line.membership
    return filled(
        {
            "facility": membership.facility_id,
            "role": membership.role,
            "qualification": membership.qualification,
            "title": membership.title,
            "licence_number": membership.licence_number,
            "specialty_codes": line.specialty_codes,
            "language_codes": line.language_codes,
            "speaks": line.language_codes,
            "on": max(today, membership.valid_from),
            "version": membership.version,
        }
    )
