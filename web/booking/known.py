"""What is known of a patient where the reason is written: heard again in one tap, ended line by line."""

from uuid import UUID

from telehealth.access.queries import person_ids
from telehealth.background import queries as background
from telehealth.background.rules import DatedBy, FactKind, gestation
from telehealth.background.service import Heard, hear_again
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from telehealth.visits.service import open_visit
from telehealth.visits.states import VisitState
from web.booking.forms import RequestForm
from web.booking.pages import KnownLine, KnownView
from web.formatting import date_text
from web.i18n import t

ORDER = (FactKind.ALLERGY, FactKind.PROBLEM, FactKind.MEDICINE)


def known_view(unit: Unit, actor: MembershipActor, patient_id: UUID) -> KnownView | None:
    """Return what is known of a patient fetched in scope; None where nothing is."""
    session, zone = unit.session, policy_of(unit.session).zone
    carried = background.list_carried(session, actor, patient_id, now=unit.now)
    facts = tuple(
        KnownLine(
            str(fact.id),
            t(f"background.kinds.{kind}"),
            fact.text,
            t("background.since", date=date_text(fact.noted_at, zone)),
        )
        for kind in ORDER
        for fact in carried
        if fact.kind == kind
    )
    told = visits.last_section(session, actor, patient_id, Section.HISTORY, now=unit.now)
    history = None
    if told is not None:
        visit, text = told
        on = t("background.since", date=date_text(visit.occurred_at, zone))
        history = KnownLine(str(visit.id), t("visits.sections.history"), text, on)
    pregnancy = _pregnancy(unit, patient_id)
    if not facts and history is None and not pregnancy:
        return None
    return KnownView(facts=facts, history=history, pregnancy=pregnancy)


def open_requested(unit: Unit, actor: MembershipActor, patient_id: UUID, sent: RequestForm) -> Visit:
    """Open the visit with what was heard again of what is known; all of it, or nothing.

    Raises what `open_visit` raises, and `facts-changed` where something else is known by now.
    """
    request = sent.visit(patient_id, history=_history(unit, actor, patient_id, sent))
    with unit.session.begin_nested():
        visit = open_visit(unit.session, actor, request, now=unit.now)
        if (sent.known_true or sent.over_id) and visit.state == VisitState.OPEN:
            heard = Heard(
                shown=frozenset(sent.known_id), over=frozenset(sent.over_id), is_true=sent.known_true
            )
            hear_again(unit.session, actor, visit.id, heard, now=unit.now)
    return visit


def _history(unit: Unit, actor: MembershipActor, patient_id: UUID, sent: RequestForm) -> str:
    """Return the history that was shown and still holds; it begins that of the new visit."""
    shown = sent.history_id
    if not sent.known_true or shown is None or shown in sent.over_id:
        return ""
    found = visits.list_visits(unit.session, actor, [shown], now=unit.now)
    if not found or found[0].patient_id not in person_ids(unit.session, patient_id):
        return ""
    row = visits.sections_of(unit.session, found[0]).get(Section.HISTORY)
    return row.text if row else ""


def _pregnancy(unit: Unit, patient_id: UUID) -> str:
    row = background.find_pregnancy(unit.session, patient_id)
    if row is None:
        return ""
    today = policy_of(unit.session).local_date(unit.now)
    found = gestation(DatedBy(row.dated_by), row.dated_on, today)
    if found.is_over:
        return ""
    weeks, days = divmod(found.days, 7)
    return t("measuring.pregnancy.weeks", weeks=weeks, days=days, due=date_text(found.due_on))
