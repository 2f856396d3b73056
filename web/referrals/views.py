"""From referrals as they are stored to the pages as they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import list_facilities, list_tiers, names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.referrals import queries
from telehealth.referrals.models import Referral, ReferralNote, ReferralStep
from telehealth.referrals.rules import Urgency
from telehealth.referrals.states import RECEIVED, ReferralState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState
from web.cases.pages import Theirs
from web.formatting import datetime_text
from web.forms import FormView, Option, filled
from web.i18n import t
from web.papers.sizes import A4_FIRST, pdf_links
from web.referrals.pages import (
    ReferralPage,
    ReferralPartPage,
    ReferralRow,
    ThreadLine,
    decline_options,
    transport_options,
    urgency_options,
)
from web.visits.people import about_text, person_view
from web.visits.words import signature_name

NO_LETTER = (ReferralState.DRAFT, ReferralState.WITHDRAWN)

_KINDS = {
    ReferralState.DRAFT: ("", "pencil"),
    ReferralState.SENT: ("soon", "send"),
    ReferralState.ACCEPTED: ("ok", "check"),
    ReferralState.DECLINED: ("error", "circle-x"),
    ReferralState.RETURNED: ("info", "arrow-left"),
    ReferralState.CLOSED: ("", "check"),
    ReferralState.WITHDRAWN: ("", "x"),
}


@dataclass(frozen=True)
class Around:
    """What rows say beside the referrals themselves."""

    unit: Unit
    actor: MembershipActor
    cards: Mapping[UUID, PatientCard]
    places: Mapping[UUID, str]

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone


def load_around(unit: Unit, actor: MembershipActor, rows: Sequence[Referral]) -> Around:
    """Fetch what the rows say: a constant number of statements, whatever their number."""
    if not rows:
        return Around(unit, actor, {}, {})
    places = {row.from_facility_id for row in rows} | {row.to_facility_id for row in rows}
    cards = find_cards(unit.session, actor, {row.patient_id for row in rows}, now=unit.now)
    return Around(unit, actor, cards, names_of(unit.session, places))


def referral_row(around: Around, row: Referral) -> ReferralRow:
    """Return a referral as a list prints it."""
    card, state = around.cards.get(row.patient_id), ReferralState(row.state)
    kind, icon = _KINDS[state]
    is_late = state is ReferralState.SENT and row.answer_by is not None and row.answer_by <= around.unit.now
    at = datetime_text(row.answer_by, around.zone) if row.answer_by else ""
    way = f"{around.places[row.from_facility_id]} → {around.places[row.to_facility_id]}"
    return ReferralRow(
        href=f"/referrals/{row.id}",
        name=card.full_name if card else t("today.unknown"),
        about=about_text(card) if card else "",
        facts=(t(f"referrals.urgency.{row.urgency}"), way),
        state=t(f"referrals.states.{state}"),
        state_kind=kind,
        state_icon=icon,
        due=t("referrals.late" if is_late else "referrals.due", time=at)
        if state is ReferralState.SENT
        else "",
        is_late=is_late,
    )


def referral_page(
    unit: Unit, actor: MembershipActor, referral: Referral, form: FormView | None = None
) -> ReferralPage:
    """Return the page of a referral as the reader may see it."""
    session = unit.session
    around = load_around(unit, actor, [referral])
    card = around.cards.get(referral.patient_id)
    names = {str(each.id): each.caption for each in queries.attachments_of(session, referral.visit_id)}
    photo = t("attachments.kinds.photo")
    is_letter = can(actor, "visit.print") and referral.state not in NO_LETTER
    is_signed = visits.is_signed(session, referral.visit_id)
    return ReferralPage(
        row=referral_row(around, referral),
        person=person_view(card, is_linked=can(actor, "patient.read")) if card else None,
        visit_href=f"/visits/{referral.visit_id}" if card else "",
        print_href=f"/referrals/{referral.id}/print" if is_letter else "",
        pdfs=pdf_links(f"/visits/{referral.visit_id}/papers/referral.pdf", A4_FIRST)
        if is_letter and is_signed
        else (),
        is_unsigned=referral.state not in NO_LETTER and not is_signed,
        rows=_rows(around, referral),
        shown=tuple(
            (names[each] or photo, f"/attachments/{each}") for each in referral.attachments if each in names
        ),
        back_rows=_back_rows(referral),
        thread=_thread(around, queries.list_notes(session, referral.id)),
        steps=_steps(around, queries.list_steps(session, referral.id)),
        version=referral.version,
        form=form or FormView(),
        here=f"/referrals/{referral.id}",
        acts=_acts(actor, referral),
        facilities=_facilities(unit, {referral.from_facility_id, referral.to_facility_id}),
        reasons=decline_options(),
    )


def part_page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    form: FormView | None = None,
    *,
    is_begun: bool = False,
    is_clash: bool = False,
) -> ReferralPartPage:
    """Return the referral of a visit fetched in scope, with its form where the reader may write it.

    `is_begun`: whoever asks wants to write it, so the form is open. `is_clash`: what is stored stands beside
    what was typed, for the writer to choose.
    """
    session = unit.session
    referral = queries.find_for_visit(session, visit.id)
    is_draft = referral is None or referral.state == ReferralState.DRAFT
    is_open = visit.state == VisitState.OPEN and is_participant(actor, visit)
    may_write = is_draft and is_open and can(actor, "referral.write")
    is_urgent = referral is not None and is_draft and referral.urgency == Urgency.EMERGENCY
    may_send = is_urgent and is_open and can(actor, "visit.sign", visit)
    around = load_around(unit, actor, [referral] if referral else [])
    pictures = queries.attachments_of(session, visit.id)
    return ReferralPartPage(
        back_href=f"/visits/{visit.id}",
        row=referral_row(around, referral) if referral else None,
        seen=queries.revision_of(session, visit),
        is_begun=is_begun,
        is_saved=referral is not None and may_write and not (form or is_clash),
        save_action=f"/visits/{visit.id}/referral" if may_write else "",
        send_action=f"/referrals/{referral.id}/send" if may_send and referral else "",
        version=referral.version if referral else 0,
        theirs=_theirs(around, referral) if is_clash else None,
        mine=_words(around, _typed(form)) if is_clash and form else "",
        discard_action=f"/referrals/{referral.id}/discard" if may_write and referral else "",
        form=form or filled(_stored(referral)),
        facilities=_facilities(unit, {visit.station_facility_id}),
        urgencies=urgency_options(),
        transports=transport_options(),
        pictures=tuple(
            Option(str(each.id), each.caption or t(f"attachments.kinds.{each.kind}")) for each in pictures
        ),
    )


def _theirs(around: Around, referral: Referral | None) -> Theirs:
    """Return what a colleague wrote of the referral, or that there is none any more."""
    if referral is None:
        return Theirs(t("cases.none_stored"), t("cases.somebody"), 0)
    writer = describe(around.unit.session, {referral.written_by}).get(referral.written_by)
    return Theirs(
        _words(around, _stored(referral)), writer.name if writer else t("cases.somebody"), referral.version
    )


def _words(around: Around, fields: Mapping[str, object]) -> str:
    """Return a referral as one text, so that two can be told apart."""
    session = around.unit.session
    to = str(fields["to_facility_id"])
    names = {str(key): name for key, name in names_of(session, {UUID(to)}).items()} if to else {}
    urgency, transport = fields["urgency"], fields["transport"]
    lines = [
        names.get(to, ""),
        f"{t(f'referrals.urgency.{urgency}')}, {t(f'referrals.transport.{transport}')}",
        *(
            f"{t(f'referrals.{name}')}: {fields[name]}"
            for name in ("reason", "condition", "treatment", "escort")
            if fields[name]
        ),
    ]
    sent = fields["attachments"]
    if isinstance(sent, Sequence) and sent:
        lines.append(t("answers.pictures", count=len(sent)))
    return "\n".join(each for each in lines if each)


def _typed(form: FormView) -> dict[str, object]:
    """Return what was typed, as `_stored` names it."""
    one = ("to_facility_id", "urgency", "reason", "condition", "treatment", "transport", "escort")
    return {**{name: form[name].value for name in one}, "attachments": form["attachments"].values}


def _acts(actor: MembershipActor, referral: Referral) -> frozenset[str]:
    state = ReferralState(referral.state)
    is_from = referral.from_facility_id == actor.facility_id
    lies_here = referral.to_facility_id == actor.facility_id and state in RECEIVED
    found = {"message"} if state not in (ReferralState.DRAFT, ReferralState.CLOSED) else set()
    if lies_here and can(actor, "referral.answer"):
        found |= {"accept", "decline"} if state is ReferralState.SENT else set()
        found.add("redirect")
    if lies_here and state is ReferralState.ACCEPTED and can(actor, "referral.return"):
        found.add("return")
    if is_from and can(actor, "referral.send"):
        found |= {"withdraw", "redirect"} if state in {*RECEIVED, ReferralState.DECLINED} else set()
        found |= {"acknowledge"} if state is ReferralState.RETURNED else set()
    return frozenset(found - ({"message"} if state is ReferralState.WITHDRAWN else set()))


def _rows(around: Around, row: Referral) -> tuple[tuple[str, str], ...]:
    come = datetime_text(row.come_at, around.zone) if row.come_at else ""
    given = (
        ("come_at", come),
        ("ask_for", row.ask_for),
        ("declined", t(f"referrals.reasons.{row.decline_reason}") if row.decline_reason else ""),
        ("reason", row.reason),
        ("condition", row.condition),
        ("treatment", row.treatment),
        ("how", t(f"referrals.transport.{row.transport}")),
        ("escort", row.escort),
    )
    return tuple((t(f"referrals.{key}"), text) for key, text in given if text)


def _back_rows(row: Referral) -> tuple[tuple[str, str], ...]:
    given = (("found", row.found), ("treated", row.treated), ("to_do", row.to_do))
    return tuple((t(f"referrals.{key}"), text) for key, text in given if text)


def _thread(around: Around, notes: Sequence[ReferralNote]) -> tuple[ThreadLine, ...]:
    people = describe(around.unit.session, {each.written_by for each in notes}) if notes else {}
    return tuple(
        ThreadLine(
            t(f"referrals.notes.{each.kind}"),
            each.text,
            f"{signature_name(people.get(each.written_by))}, {datetime_text(each.written_at, around.zone)}",
        )
        for each in notes
    )


def _steps(around: Around, steps: Sequence[ReferralStep]) -> tuple[tuple[str, str], ...]:
    places = names_of(around.unit.session, {each.facility_id for each in steps if each.facility_id})
    return tuple(
        (
            datetime_text(each.at, around.zone),
            t(
                f"referrals.step.{each.kind}",
                place=places.get(each.facility_id, "") if each.facility_id else "",
                reason=t(f"referrals.reasons.{each.reason}") if each.reason else "",
            ),
        )
        for each in steps
    )


def _facilities(unit: Unit, but: set[UUID]) -> tuple[Option, ...]:
    """Return where a patient may be sent, by tier: those above the sender first, the nearest at the head."""
    today = policy_of(unit.session).local_date(unit.now)
    found = list_facilities(unit.session, today)
    tiers = {each.code: each for each in list_tiers(unit.session)}
    own = min((tiers[each.tier_code].rank for each in found if each.id in but), default=0)

    def place(facility: Facility) -> tuple[bool, int]:
        rank = tiers[facility.tier_code].rank
        return rank <= own, rank

    return tuple(
        Option(str(each.id), each.short_name, group=tiers[each.tier_code].name)
        for each in sorted(found, key=place)
        if each.id not in but
    )


def _stored(referral: Referral | None) -> dict[str, object]:
    if referral is None:
        return {"urgency": "routine", "transport": "own", "version": 0}
    names = (
        "to_facility_id",
        "urgency",
        "reason",
        "condition",
        "treatment",
        "transport",
        "escort",
        "version",
    )
    return {**{name: getattr(referral, name) for name in names}, "attachments": list(referral.attachments)}
