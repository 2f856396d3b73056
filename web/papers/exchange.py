"""A signed visit as plain text, to be copied into the provincial system in one go."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.service import read_visit
from telehealth.visits.states import VisitState
from web.i18n import t
from web.pages import Page
from web.render import render
from web.visits.paper import added_rows, part_text
from web.visits.record import RecordView, record_view

router = APIRouter(include_in_schema=False)

Printer = Annotated[MembershipActor, Allow("visit.print")]


@dataclass(frozen=True, kw_only=True)
class TextPage(Page):
    """The record as one block of text with one button."""

    template: ClassVar[str] = "papers/text.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    name: str
    text: str

    @classmethod
    def example(cls) -> Self:
        """Return an invented record."""
        return cls(
            back_href="/visits/0191",
            name="Bàn Thị Nái",
            text="Họ tên: BÀN THỊ NÁI, nữ, 77 tuổi\nLý do khám: Khó thở\nMã bệnh: I50.0; I10",
        )


@router.get("/visits/{visit_id}/text")
def text_page(request: Request, actor: Printer, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show a signed visit as text; taking it away is on record like a print."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now, action="visit.print")
    if visit.state != VisitState.SIGNED:
        raise NotFoundError("paper-not-there")
    view = record_view(queries.records_of(unit.session, visit), policy_of(unit.session).zone)
    page = TextPage(back_href=f"/visits/{visit_id}", name=view.name, text=text_of(view))
    return render(request, page)


def text_of(view: RecordView) -> str:
    """Return the record line by line, in the order stations type it: who, why, told, measured, found, done.

    The order is that of the outpatient forms we know of; provincial systems differ.
    """
    codes = "; ".join(each.code for each in view.diagnoses if each.code)
    rows = [
        (t("visits.sheet.name"), f"{view.name.upper()}, {view.about}"),
        (t("visits.sheet.code"), view.mrn),
        (t("papers.seen"), view.occurred),
        (t("visits.sections.reason"), view.texts["reason"]),
        (t("visits.sections.history"), view.texts["history"]),
        (t("visits.sections.allergies"), view.allergies),
        (t("visits.sections.medicines"), view.texts["medicines"]),
        *((name, f"{value} {unit}") for name, value, unit in view.vitals),
        (t("visits.sections.findings"), view.texts["findings"]),
        (t("visits.sections.opinion"), view.texts["opinion"]),
        (t("papers.codes"), codes),
        (
            t("visits.sections.diagnosis"),
            "; ".join(f"{each.text} ({each.certainty.lower()})" for each in view.diagnoses),
        ),
        *((part.title, part_text(part, "; ")) for part in view.parts),
        (t("visits.sections.advice"), view.texts["advice"]),
        (t("visits.sections.follow_up"), view.follow_up),
        (t("visits.record.signer"), f"{view.signer}, {view.signer_licence}"),
        *((title, f"{text}\n{by}") for title, text, by in added_rows(view)),
    ]
    return "\n".join(f"{label}: {text}" for label, text in rows if text)
