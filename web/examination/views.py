"""From the stored examination to its page."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from telehealth.background.service import is_pregnant
from telehealth.examination import queries, service
from telehealth.examination.models import ExaminationItem, RecordTemplate
from telehealth.examination.rules import Content, ItemKind, Question, System, read_content
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from web.examination.pages import ExaminationPage, ItemView, state_options
from web.formatting import time_text
from web.forms import Option
from web.i18n import t
from web.visits.people import person_view


def template_for(unit: Unit, visit: Visit) -> RecordTemplate:
    """Return the version a visit is or would be written in."""
    today = policy_of(unit.session).local_date(unit.now)
    pregnant = is_pregnant(unit.session, visit.patient_id, on=today)
    return service.template_of(unit.session, visit, today=today, is_pregnant=pregnant)


def examination_page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    *,
    answered: ItemView | None = None,
    is_part: bool = False,
) -> ExaminationPage:
    """Return the page; `answered` is the one item a save was for, as it is to be printed.

    As a part of the workspace its items are folded while nothing in them wants to be looked at.
    """
    session = unit.session
    template = template_for(unit, visit)
    content = read_content(template.content)
    written = queries.items_of(session, visit)
    choice = queries.choice_of(session, visit)
    members = describe(session, {row.written_by for row in written.values()})
    items = {row.item: _stored(unit, actor, visit, row, members) for row in written.values()}
    if answered is not None:
        items[answered.code] = answered
    systems, questions = _rows(visit, content, written, items)
    return ExaminationPage(
        here=f"/visits/{visit.id}/examination",
        back_href=f"/visits/{visit.id}",
        person=person_view(find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]),
        is_open=visit.state == VisitState.OPEN,
        states=state_options(),
        templates=tuple(Option(each.code, each.name) for each in queries.list_templates(session)),
        template_code=template.code,
        template_name=t("examination.version", name=template.name, version=template.version),
        # What was taken back of another template is not shown, and still counts in the part's version.
        choice_version=(choice.version if choice else 0)
        + sum(row.version for row in written.values() if not row.state and row.item not in content.order),
        systems=systems,
        questions=questions,
        progress=t(
            "examination.progress",
            done=sum(bool(each.state) for each in (*systems, *questions)),
            all=len(systems) + len(questions),
        ),
        is_folded=is_part and not any(_is_telling(each) for each in (*systems, *questions)),
        has_rest=any(not each.state for each in systems),
        answered=answered,
    )


def _rows(
    visit: Visit,
    content: Content,
    written: Mapping[str, ExaminationItem],
    items: Mapping[str, ItemView],
) -> tuple[tuple[ItemView, ...], tuple[ItemView, ...]]:
    """Return the systems and the questions: the template's, then what another template left written."""
    normal = {each.code: each.normal for each in content.systems}
    others = [row for row in written.values() if row.state and row.item not in content.order]

    def rows(asked: Sequence[System | Question], kind: ItemKind) -> tuple[ItemView, ...]:
        own = (
            items.get(each.code) or _empty(visit.id, each.code, each.label, normal.get(each.code, ""))
            for each in asked
        )
        return (*own, *(items[row.item] for row in others if row.kind == kind))

    return rows(content.systems, ItemKind.SYSTEM), rows(content.questions, ItemKind.QUESTION)


def _is_telling(item: ItemView) -> bool:
    """Tell whether an item says more than that all is normal, or two disagree about it."""
    return item.state not in ("", "normal") or item.theirs is not None


def item_view(unit: Unit, actor: MembershipActor, visit: Visit, item: str) -> ItemView:
    """Return one item as it is stored, or empty."""
    row = queries.items_of(unit.session, visit).get(item)
    if row is not None:
        return _stored(unit, actor, visit, row, describe(unit.session, {row.written_by}))
    found = read_content(template_for(unit, visit).content).find(item)
    _, label, normal = found or ("", item, "")
    return _empty(visit.id, item, label, normal)


def _empty(visit_id: UUID, code: str, label: str, normal: str) -> ItemView:
    return ItemView(
        code=code, label=label, normal=normal, action=_action(visit_id, code), state="", text="", version=0
    )


def _stored(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    row: ExaminationItem,
    members: Mapping[UUID, MemberCard],
) -> ItemView:
    time = time_text(row.written_at, policy_of(unit.session).zone)
    writer = members.get(row.written_by)
    is_own = writer is None or row.written_by == actor.ref
    return ItemView(
        code=row.item,
        label=row.label,
        normal="",
        action=_action(visit.id, row.item),
        state=row.state,
        text=row.text,
        version=row.version,
        saved=t("cases.saved", time=time)
        if is_own or writer is None
        else t("cases.saved_by", time=time, name=writer.name),
    )


def _action(visit_id: UUID, code: str) -> str:
    return f"/visits/{visit_id}/examination/items/{code}"
