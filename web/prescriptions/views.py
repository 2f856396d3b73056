"""From prescriptions as they are stored to the page that writes and shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zlib import crc32
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.prescriptions import finding, queries
from telehealth.prescriptions.models import Formulary, Medicine, Prescription
from telehealth.prescriptions.rules import Line, Person, quantity_text, total_of
from telehealth.prescriptions.states import CodeState, PrescriptionState
from telehealth.prescriptions.warnings import Code, Warned, warnings_for
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from web.cases.pages import Theirs
from web.formatting import date_text, time_text
from web.i18n import t
from web.papers.sizes import A5_FIRST, pdf_links
from web.prescriptions.forms import PrescriptionForm, Row, RowError, lines_from, row_of
from web.prescriptions.pages import (
    EditView,
    IssuedView,
    MedicineView,
    PrescriptionPage,
    RowView,
    WarningView,
)
from web.prescriptions.sheet import pdf_of
from web.prescriptions.words import lines_text, read_part, warning_text
from web.visits.people import about_text

_KINDS = {
    **dict.fromkeys((Code.ALLERGY, Code.DUPLICATE, Code.DUPLICATE_CARRIED, Code.DUPLICATE_ELSEWHERE), "soon"),
    **dict.fromkeys((Code.CONTROLLED, Code.LONG_UNLISTED), "error"),
}
_STATES = {
    PrescriptionState.ACTIVE: ("ok", "circle-check"),
    PrescriptionState.VOIDED: ("error", "ban"),
}


@dataclass(frozen=True)
class Typed:
    """What was posted and is shown instead of what is stored."""

    rows: Sequence[Row]
    sent: PrescriptionForm
    error: InvalidError | None = None
    is_clash: bool = False
    is_saved: bool = False


@dataclass(frozen=True)
class Desk:
    """A visit in scope with what is prescribed at it, as far as the actor may see it."""

    unit: Unit
    actor: MembershipActor
    visit: Visit
    draft: Prescription | None
    person: Person
    formulary: Formulary | None
    version: int

    @property
    def action(self) -> str:
        """The address of the visit's prescription."""
        return f"/visits/{self.visit.id}/prescription"

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone

    @property
    def may_write(self) -> bool:
        """Whether the actor prescribes here."""
        is_begun = self.visit.state == VisitState.OPEN or (
            self.visit.state == VisitState.SIGNED and self.draft is not None
        )
        return is_begun and can(self.actor, "visit.prescribe", self.visit)

    def lines(self) -> list[Line]:
        """Return the lines that are stored."""
        return queries.lines_of(self.unit.session, self.draft) if self.draft else []


def open_desk(unit: Unit, actor: MembershipActor, visit: Visit) -> Desk:
    """Gather what the page of a visit fetched in scope prints."""
    session = unit.session
    return Desk(
        unit=unit,
        actor=actor,
        visit=visit,
        draft=queries.find_draft(session, actor, visit, now=unit.now),
        person=queries.person_of(session, visit),
        formulary=finding.find_formulary(session, visit.station_facility_id),
        version=queries.part_version(session, visit.id),
    )


def prescription_page(
    desk: Desk,
    *,
    typed: Typed | None = None,
    medicines: tuple[MedicineView, ...] | None = None,
    flash: str = "",
) -> PrescriptionPage:
    """Return the page; `typed` stands instead of what is stored."""
    session, visit, now = desk.unit.session, desk.visit, desk.unit.now
    card = find_cards(session, desk.actor, [visit.patient_id], now=now).get(visit.patient_id)
    rows = [
        row
        for row in queries.list_prescriptions(session, desk.actor, visit, now=now)
        if row.state != PrescriptionState.DRAFT
    ]
    is_signed = visit.state == VisitState.SIGNED
    may = can(desk.actor, "visit.prescribe", visit)
    return PrescriptionPage(
        back_href=f"/visits/{visit.id}",
        who=f"{card.full_name}, {about_text(card)}" if card else "",
        state=_state(desk, rows),
        version=desk.version,
        edit=edit_view(desk, typed) if desk.may_write else None,
        medicines=medicines or (),
        is_none_found=medicines == (),
        issued=tuple(_issued(desk, row) for row in reversed(rows)),
        replace_action=f"{desk.action}/replace" if is_signed and may and desk.draft is None else "",
        drop_action=f"{desk.action}/drop" if is_signed and may and desk.draft is not None else "",
        amend_href=f"/visits/{visit.id}/amend" if is_signed and may and desk.draft is not None else "",
        flash=flash,
    )


def edit_view(desk: Desk, typed: Typed | None = None) -> EditView:
    """Return the form: as stored, or as typed with what stands against it."""
    rows = typed.rows if typed else [row_of(line) for line in desk.lines()]
    facts = _facts_typed(typed.sent) if typed else _facts_stored(desk)
    stored = desk.lines()
    lines = _readable(rows, stored)
    warned = warnings_for(lines, desk.person) if lines is not None else ()
    last = None
    if not rows:
        last = queries.find_last(desk.unit.session, desk.actor, desk.visit, now=desk.unit.now)
    whole = [each for each in warned if each.line is None]
    view = EditView(
        action=desk.action,
        rows=tuple(_row(place, row, lines, warned) for place, row in enumerate(rows)),
        version=desk.version,
        warned=signature_of(warned),
        warnings=tuple(_warning(each) for each in whole),
        facts=facts,
        asks_child=any(each.code is Code.SMALL_CHILD for each in whole),
        asks_long=any(each.code is Code.LONG_UNCHECKED for each in whole),
        list_id=str(desk.formulary.id) if desk.formulary else "",
        list_note=_list_note(desk.formulary),
        can_repeat=last is not None,
        repeat_note=(
            t("prescriptions.repeat_note", date=date_text(last.issued_at, desk.zone))
            if last is not None and last.issued_at is not None
            else ""
        ),
        saved=t("cases.saved", time=time_text(desk.draft.written_at, desk.zone)) if desk.draft else "",
    )
    return _with_typed(view, desk, typed) if typed else view


def signature_of(warned: Sequence[Warned]) -> str:
    """Return which warnings stand where, and about what: what they are compared by between two saves."""
    return " ".join(
        f"{each.code}-{'' if each.line is None else each.line}-{crc32(' '.join(each.names).encode()):x}"
        for each in warned
    )


def warned_of(desk: Desk) -> str:
    """Return the signature of the warnings of what is stored."""
    return signature_of(warnings_for(desk.lines(), desk.person))


def medicine_views(found: Sequence[Medicine]) -> tuple[MedicineView, ...]:
    """Return what a search found."""
    return tuple(
        MedicineView(
            str(row.id),
            " ".join(
                part
                for part in (
                    row.generic_name,
                    f"({row.brand_name})" if row.brand_name else "",
                    row.strength,
                )
                if part
            ),
            f"{row.form}, {row.route}",
        )
        for row in found
    )


def _with_typed(view: EditView, desk: Desk, typed: Typed) -> EditView:
    sent = typed.sent
    if typed.is_saved:
        return replace(view, is_saved=True)
    view = replace(view, version=sent.version, warned=sent.warned, q=sent.q, saved="")
    if typed.error is not None:
        facts = {"line": 0, **typed.error.facts}
        return replace(view, error=t(f"errors.{typed.error.code}", **facts))
    if typed.is_clash:
        return replace(view, theirs=_theirs(desk), mine=_mine(typed.rows))
    return view


def _mine(rows: Sequence[Row]) -> str:
    """Return what was typed as the stored lines are told; as it was typed while a number is unreadable."""
    try:
        return lines_text(lines_from(rows)) or t("cases.none_stored")
    except (RowError, InvalidError):
        return "\n".join(" ".join(part for part in row.typed.values() if part) for row in rows)


def _theirs(desk: Desk) -> Theirs:
    """Return what is stored, with every amount: two prescriptions often differ in nothing else."""
    by = t("cases.somebody")
    if desk.draft is not None:
        writer = describe(desk.unit.session, {desk.draft.written_by}).get(desk.draft.written_by)
        by = writer.name if writer else by
    return Theirs(lines_text(desk.lines()) or t("cases.none_stored"), by, desk.version)


def _readable(rows: Sequence[Row], stored: Sequence[Line]) -> list[Line] | None:
    """Return the lines of the rows with what their list says of them; None while a number is unreadable."""
    known = {line.medicine_id: line for line in stored if line.medicine_id}
    try:
        lines = lines_from(rows)
    except (RowError, InvalidError):
        return None
    return [
        replace(
            line,
            drug_class=known[line.medicine_id].drug_class,
            ingredients=known[line.medicine_id].ingredients,
            groups=known[line.medicine_id].groups,
        )
        if line.medicine_id in known
        else line
        for line in lines
    ]


def _row(place: int, row: Row, lines: list[Line] | None, warned: Sequence[Warned]) -> RowView:
    amount = total_of(lines[place]) if lines is not None else None
    own = [each for each in warned if each.line == place]
    is_listed = bool(row["medicine"])
    about = ", ".join(part for part in (row["dosage_form"], row["route"]) if part) if is_listed else ""
    title = " ".join(part for part in (row["generic_name"], row["strength"]) if part)
    return RowView(
        title=title,
        about=about,
        is_listed=is_listed,
        typed=dict(row.typed),
        total=total_text(amount, row["unit"]),
        warnings=tuple(_warning(each) for each in own),
        is_open=not is_listed or any(row[name] for name in ("morning", "noon", "evening", "night", "total")),
    )


def total_text(amount: Decimal | None, unit: str) -> str:
    """Return what a line comes to: 21 viên; empty while it is not known."""
    return "" if amount is None else f"{quantity_text(amount).removeprefix('0')} {unit}".strip()


def _warning(each: Warned) -> WarningView:
    needs = each.needs_reason and each.line is not None
    names = each.names
    if each.code is Code.NO_PERSONAL_ID:
        key = f"patients.reasons.{each.reason}" if each.reason else "prescriptions.no_reason"
        names = (t(key),)
    return WarningView(
        code=each.code,
        text=warning_text(each.code, names),
        kind=_KINDS.get(each.code, "info"),
        name=f"{each.code}-{each.line}" if needs else "",
        reason=each.reason if needs else "",
    )


def _facts_stored(desk: Desk) -> dict[str, str]:
    """Return what is stored of the whole; a small child's weight as measured, until it is said."""
    facts = queries.facts_of(desk.draft)
    weighed = facts.weight_kg
    if weighed is None and desk.person.is_small_child:
        row = visits.observations_of(desk.unit.session, desk.visit).get("weight")
        weighed = row.value if row is not None else None
    weight = quantity_text(weighed).removeprefix("0") if weighed is not None else ""
    return {"weight_kg": weight, "escort_name": facts.escort_name, "long_reason": facts.long_reason}


def _facts_typed(sent: PrescriptionForm) -> dict[str, str]:
    return {name: getattr(sent, name) for name in ("weight_kg", "escort_name", "long_reason")}


def _list_note(formulary: Formulary | None) -> str:
    if formulary is None:
        return t("prescriptions.no_list")
    key = "list_note" if formulary.approved_at is None else "list_note_approved"
    return t(f"prescriptions.{key}", label=formulary.label)


def _state(desk: Desk, issued: Sequence[Prescription]) -> str:
    if desk.may_write:
        return t("prescriptions.state_replacing") if desk.visit.state == VisitState.SIGNED else ""
    if queries.is_being_written(desk.unit.session, desk.visit):
        return t("prescriptions.being_written")
    return "" if issued else t("prescriptions.none")


def _issued(desk: Desk, row: Prescription) -> IssuedView:
    signed = queries.signed_content(desk.unit.session, row)
    kind, icon = _STATES[PrescriptionState(row.state)]
    may_print, is_void = can(desk.actor, "visit.print"), row.state == PrescriptionState.VOIDED
    on = date_text(row.issued_at, desk.zone) if row.issued_at else ""
    return IssuedView(
        title=t("prescriptions.numbered", number=row.number, date=on),
        state=t(f"prescriptions.states.{row.state}"),
        kind=kind,
        icon=icon,
        lines=tuple((each.text, each.note) for each in read_part(signed.content)),
        notes=(code_text(desk.unit, row),),
        print_href=f"/prescriptions/{row.id}/print" if may_print else "",
        is_void=is_void,
        pdfs=pdf_links(pdf_of(desk.visit), A5_FIRST) if may_print and not is_void else (),
    )


def code_text(unit: Unit, row: Prescription) -> str:
    """Return the national code, or how the asking for it stands."""
    asked = queries.code_of(unit.session, row)
    if asked is None or asked.state == CodeState.NOT_NEEDED:
        return t("prescriptions.no_code")
    if asked.code:
        return t("prescriptions.code", code=asked.code)
    why = t(f"prescriptions.code_problems.{asked.problem}") if asked.problem else ""
    return " ".join(part for part in (t(f"prescriptions.code_states.{asked.state}"), why) if part)
