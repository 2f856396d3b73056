"""From minutes as they are stored to the page that writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.conferences import queries
from telehealth.conferences.models import Minutes, MinutesPerson, MinutesSignature
from telehealth.conferences.part import MinutesPart, seal_version
from telehealth.conferences.rules import Part, PersonRole
from telehealth.conferences.states import MACHINE, MinutesCommand, MinutesState
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState
from web.cases.pages import SectionView, Theirs
from web.conferences.pages import FrameView, MinutesNote, MinutesPage, Outsider, SignerView
from web.formatting import datetime_text, time_text
from web.forms import FormView, Option, filled
from web.i18n import t
from web.visits.people import about_text


@dataclass(frozen=True)
class Typed:
    """What was posted and could not be taken as it is: printed instead of what is stored."""

    texts: Mapping[Part, SectionView] = field(default_factory=dict)
    frame: FrameView | None = None
    sign: FormView = field(default_factory=FormView)
    reopen: FormView = field(default_factory=FormView)


@dataclass(frozen=True)
class Case:
    """A visit in scope with its minutes, and who looks at them."""

    unit: Unit
    actor: MembershipActor
    visit: Visit
    minutes: Minutes | None

    @property
    def here(self) -> str:
        """The address of the minutes."""
        return f"/visits/{self.visit.id}/minutes"

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone

    @property
    def people(self) -> list[MinutesPerson]:
        """Who took part."""
        return queries.people_of(self.unit.session, self.visit.id)

    def may(self, action: str) -> bool:
        """Tell whether the actor may act on minutes of this visit while it is open."""
        named = any(each.membership_id == self.actor.ref for each in self.people)
        has_part = named or is_participant(self.actor, self.visit)
        return can(self.actor, action) and has_part and self.visit.state == VisitState.OPEN

    def allows(self, command: MinutesCommand) -> bool:
        """Tell whether the minutes stand so that this can be done."""
        return self.minutes is not None and MACHINE.allows(MinutesState(self.minutes.state), command)


def minutes_page(case: Case, typed: Typed | None = None) -> MinutesPage:
    """Return the page of the minutes; `typed` stands instead of what is stored."""
    session, minutes, typed = case.unit.session, case.minutes, typed or Typed()
    may_write, is_draft = case.may("minutes.write"), case.allows(MinutesCommand.WRITE)
    signatures = queries.signatures_of(session, minutes) if minutes else []
    is_complete = minutes is not None and minutes.state == MinutesState.COMPLETE
    missing = MinutesPart().missing(session, case.visit) if minutes else ()
    card = find_cards(session, case.actor, [case.visit.patient_id], now=case.unit.now)[case.visit.patient_id]
    note = _note(case, minutes, typed) if minutes and is_draft and may_write else None
    whole = MinutesPart().version(session, case.visit)
    return MinutesPage(
        here=case.here,
        back_href=f"/visits/{case.visit.id}",
        person=f"{card.full_name}, {about_text(card)}",
        begin_action=f"{case.here}/begin" if minutes is None and may_write else "",
        note=note,
        texts=_texts(case) if minutes and note is None else (),
        people=_signers(case, signatures),
        # The versions on the page add up to that of the part: of texts that are read only, all of it here.
        seal_version=seal_version(session, minutes) if note and minutes else whole,
        missing=tuple(t(f"visits.parts.{each}") for each in missing if each != "minutes_signatures"),
        sign_action=f"{case.here}/sign" if _can_sign(case, signatures, missing) else "",
        sign_version=whole,
        sign_form=typed.sign,
        reopen_action=f"{case.here}/reopen" if case.allows(MinutesCommand.REOPEN) and may_write else "",
        reopen_form=typed.reopen,
        print_href=f"{case.here}/print" if is_complete and can(case.actor, "visit.print") else "",
        is_complete=is_complete,
    )


def text_view(case: Case, part: Part) -> SectionView:
    """Return a part as it is stored."""
    row = queries.texts_of(case.unit.session, case.visit.id).get(part)
    return SectionView(
        name=f"minutes-{part}",
        action=f"{case.here}/texts/{part}",
        text=row.text if row else "",
        version=row.version if row else 0,
        saved=t("cases.saved", time=time_text(row.written_at, case.zone)) if row else "",
    )


def frame_view(case: Case, minutes: Minutes, *, has_new_row: bool = False) -> FrameView:
    """Return time, place and people as they are stored, with an empty row for one more from outside."""
    people = case.people
    by_role = {each.role: each for each in people}
    held = minutes.held_at.astimezone(case.zone) if minutes.held_at else None
    chair, secretary = (by_role.get(role) for role in (PersonRole.CHAIR, PersonRole.SECRETARY))
    stored = {
        "held_on": held.date() if held else None,
        "held_time": f"{held:%H:%M}" if held else None,
        "place": minutes.place,
        "chair": chair.membership_id if chair else None,
        "secretary": secretary.membership_id if secretary else None,
        "members": [
            str(each.membership_id)
            for each in people
            if each.role == PersonRole.MEMBER and each.membership_id is not None
        ],
    }
    outside = tuple(Outsider(p.name, p.title, p.facility) for p in people if p.membership_id is None)
    empty = (Outsider("", "", ""),) if has_new_row or not outside else ()
    return FrameView(
        action=f"{case.here}/frame",
        form=filled(stored),
        version=minutes.frame_version,
        staff=tuple(_option(card) for card in _candidates(case, people)),
        outsiders=outside + empty,
        saved=t("cases.saved", time=time_text(minutes.written_at, case.zone)),
    )


def theirs_of(case: Case, minutes: Minutes) -> Theirs:
    """Return the stored frame as somebody else wrote it, in one text."""
    writer = describe(case.unit.session, {minutes.written_by}).get(minutes.written_by)
    lines = [minutes.place] + [
        f"{t(f'conferences.roles.{each.role}')}: {each.title} {each.name}" for each in case.people
    ]
    if minutes.held_at:
        lines.insert(0, datetime_text(minutes.held_at, case.zone))
    return Theirs("\n".join(lines), writer.name if writer else t("cases.somebody"), minutes.frame_version)


def theirs_of_text(case: Case, part: Part) -> Theirs:
    """Return a part as somebody else wrote it meanwhile."""
    row = queries.texts_of(case.unit.session, case.visit.id)[part]
    writer = describe(case.unit.session, {row.written_by}).get(row.written_by)
    return Theirs(row.text, writer.name if writer else t("cases.somebody"), row.version)


def _note(case: Case, minutes: Minutes, typed: Typed) -> MinutesNote:
    def part(name: Part) -> SectionView:
        return typed.texts.get(name) or text_view(case, name)

    return MinutesNote(
        frame=typed.frame or frame_view(case, minutes),
        summary=part(Part.SUMMARY),
        discussion=part(Part.DISCUSSION),
        conclusion=part(Part.CONCLUSION),
        plan=part(Part.PLAN),
    )


def _texts(case: Case) -> tuple[tuple[str, str], ...]:
    rows = queries.texts_of(case.unit.session, case.visit.id)
    return tuple((t(f"conferences.parts.{part}"), rows[part].text) for part in Part if part in rows)


def _signers(case: Case, signatures: list[MinutesSignature]) -> tuple[SignerView, ...]:
    times = {each.membership_id: each.signed_at for each in signatures}
    return tuple(
        SignerView(
            role=t(f"conferences.roles.{each.role}"),
            name=f"{each.title} {each.name}".strip(),
            facility=each.facility,
            signed=datetime_text(times[each.membership_id], case.zone) if each.membership_id in times else "",
            is_required=each.role != PersonRole.MEMBER,
        )
        for each in case.people
    )


def _can_sign(case: Case, signatures: list[MinutesSignature], missing: tuple[str, ...]) -> bool:
    named = any(each.membership_id == case.actor.ref for each in case.people)
    has_signed = any(each.membership_id == case.actor.ref for each in signatures)
    lacks = [each for each in missing if each != "minutes_signatures"]
    can_now = case.allows(MinutesCommand.SIGN) and case.may("minutes.sign")
    return can_now and named and not has_signed and not lacks


def _candidates(case: Case, people: list[MinutesPerson]) -> list[MemberCard]:
    also: list[UUID] = [each.membership_id for each in people if each.membership_id is not None]
    today = policy_of(case.unit.session).local_date(case.unit.now)
    return queries.list_candidates(case.unit.session, case.visit, on=today, also=also)


def _option(card: MemberCard) -> Option:
    name = f"{card.title} {card.name}".strip()
    return Option(str(card.membership_id), f"{name}, {card.facility_name}")
