"""Questionnaires: read by everybody who asks, written by administrators, stood for by a clinician."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from fastapi import APIRouter, Path, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.checks import queries, service
from telehealth.checks.models import Questionnaire
from telehealth.checks.questions import read_content
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.checks.forms import SourceForm
from web.checks.parts import QuestionView, example_questions
from web.checks.words import KINDS, level_text, question_views, rule_texts
from web.formatting import date_text
from web.forms import FormView, VersionForm, filled, parse, parse_own
from web.i18n import current_language, t
from web.pages import Page
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.words import signature_name

router = APIRouter(prefix="/questionnaires", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("questionnaire.read")]
Manager = Annotated[MembershipActor, Allow("questionnaire.manage")]
Approver = Annotated[MembershipActor, Allow("questionnaire.approve")]
Code = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


@dataclass(frozen=True)
class SheetLine:
    """A questionnaire in the list."""

    name: str
    note: str
    href: str
    is_approved: bool


@dataclass(frozen=True, kw_only=True)
class SheetsPage(Page):
    """All questionnaires by their newest version."""

    template: ClassVar[str] = "checks/sheets.html"
    lines: tuple[SheetLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two, one of them not approved."""
        href = "/questionnaires/fever"
        return cls(
            lines=(
                SheetLine(
                    "Huyết áp đo tại nhà", t("checks.sheets.line", version=2, count=5), href, is_approved=True
                ),
                SheetLine(
                    "Theo dõi sốt", t("checks.sheets.line", version=1, count=5), href, is_approved=False
                ),
            )
        )


@dataclass(frozen=True, kw_only=True)
class SheetPage(Page):
    """One version: its questions, how answers are judged, who stands for it; to be written anew."""

    template: ClassVar[str] = "checks/sheet.html"
    name: str
    version: int
    origin: str
    approved: str
    flash: str
    questions: tuple[QuestionView, ...]
    rules: tuple[tuple[str, str, str, str, str], ...]
    versions: tuple[tuple[str, str, bool], ...]
    form: FormView
    action: str
    approve_action: str
    may_manage: bool

    @classmethod
    def example(cls) -> Self:
        """Return a version nobody stands for yet."""
        return cls(
            name="Huyết áp đo tại nhà",
            version=1,
            origin="Nháp",
            approved="",
            flash="",
            questions=example_questions(),
            rules=(
                (level_text("red"), "urgent", "alert-triangle", "Số trên từ 180", "systolic >= 180"),
                (level_text("amber"), "soon", "phone", "Số trên từ 140", "systolic >= 140"),
            ),
            versions=((t("checks.sheets.version", number=1), "/questionnaires/fever?version=1", True),),
            form=filled({"source": 'name = { vi = "…", en = "…" }', "version": 1}),
            action="/questionnaires/fever",
            approve_action="/questionnaires/fever/approve",
            may_manage=True,
        )


@router.get("")
def sheets_page(request: Request, _: Reader, unit: ReadUnit) -> Response:
    """List the questionnaires."""
    rows = queries.list_questionnaires(unit.session)
    return render(request, SheetsPage(lines=tuple(_line(each) for each in rows)))


@router.get("/{code}")
def sheet_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    code: Code,
    version: Annotated[int, Query(ge=0)] = 0,
    done: str = "",
) -> Response:
    """Show a version, the newest unless asked for another."""
    versions = queries.list_versions(unit.session, code)
    shown = queries.get_questionnaire(unit.session, code, version) if version else versions[0]
    form = filled({"source": shown.source, "version": shown.version})
    flash = t(f"checks.sheets.{done}") if done in ("saved", "approved_now") else ""
    return render(request, _page(unit, actor, versions, shown, form, flash))


@router.post("/{code}", dependencies=[CsrfProtected])
def save_sheet(request: Request, actor: Manager, unit: WriteUnit, code: Code, form: PostedForm) -> Response:
    """Save a new version, or print the form again with everything typed."""
    versions = queries.list_versions(unit.session, code)
    sent = parse(SourceForm, form)
    if sent.value is None:
        return render(request, _page(unit, actor, versions, versions[0], sent.view), 422)
    source, version = sent.value.source, sent.value.version
    try:
        service.save_version(unit.session, actor, code, source=source, version=version, now=unit.now)
    except (InvalidError, StaleError) as error:
        view = sent.view.with_refusal(error)
        return render(request, _page(unit, actor, versions, versions[0], view), error.status)
    return redirect(f"/questionnaires/{code}?done=saved")


@router.post("/{code}/approve", dependencies=[CsrfProtected])
def approve_sheet(actor: Approver, unit: WriteUnit, code: Code, form: PostedForm) -> Response:
    """Stand for the version that was read."""
    sent = parse_own(VersionForm, form)
    service.approve_version(unit.session, actor, code, sent.version, now=unit.now)
    return redirect(f"/questionnaires/{code}?done=approved_now")


def _line(row: Questionnaire) -> SheetLine:
    content = read_content(row.source)
    note = t("checks.sheets.line", version=row.version, count=len(content.questions))
    name = content.name.get(current_language())
    return SheetLine(name, note, f"/questionnaires/{row.code}", row.approved_at is not None)


def _page(
    unit: Unit,
    actor: MembershipActor,
    versions: Sequence[Questionnaire],
    shown: Questionnaire,
    form: FormView,
    flash: str = "",
) -> SheetPage:
    people = {each.approved_by for each in versions if each.approved_by}
    people |= {each.created_by for each in versions if each.created_by}
    members, zone = describe(unit.session, people), policy_of(unit.session).zone
    content, here = read_content(shown.source), f"/questionnaires/{shown.code}"

    def words(each: Questionnaire) -> str:
        name = signature_name(members[each.created_by]) if each.created_by else t("checks.sheets.ours")
        date = date_text(each.created_at, zone)
        return t("checks.sheets.version_by", number=each.version, name=name, date=date)

    approved = ""
    if shown.approved_by and shown.approved_at:
        name, date = signature_name(members[shown.approved_by]), date_text(shown.approved_at, zone)
        approved = t("checks.sheets.approved_by", name=name, date=date)
    is_newest = shown.version == versions[0].version
    may_approve = not approved and can(actor, "questionnaire.approve")
    return SheetPage(
        name=content.name.get(current_language()),
        version=shown.version,
        origin=content.origin,
        approved=approved,
        flash=flash,
        questions=question_views(content, with_photos=True),
        rules=tuple(
            (level_text(level), *KINDS[level], said, when) for level, said, when in rule_texts(content)
        ),
        versions=tuple(
            (words(each), f"{here}?version={each.version}", each.version == shown.version)
            for each in versions
        ),
        form=form,
        action=here,
        approve_action=f"{here}/approve" if may_approve else "",
        may_manage=can(actor, "questionnaire.manage") and is_newest,
    )
