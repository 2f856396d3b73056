"""Routes of specialty templates: reading any version, saving a new one."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.datastructures import FormData

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.examination import queries, service
from telehealth.examination.models import RecordTemplate
from telehealth.examination.rules import accept_content, read_content
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.vitals import MEASUREMENTS
from web.formatting import date_text
from web.forms import FormView, Option, filled
from web.i18n import t
from web.record_templates.pages import SystemRow, TemplateLine, TemplatePage, TemplatesPage
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/record-templates", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("template.read")]
Manager = Annotated[MembershipActor, Allow("template.manage")]
Code = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]

BLANK = SystemRow("", "", "")
BLANKS = 2
"""Empty rows at the end, for what is added."""
ROWS_AT_MOST = 40


@router.get("")
def templates_page(request: Request, _: Reader, unit: ReadUnit) -> Response:
    """List the templates."""
    return render(
        request, TemplatesPage(lines=tuple(_line(each) for each in queries.list_templates(unit.session)))
    )


@router.get("/{code}")
def template_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    code: Code,
    version: Annotated[int, Query(ge=0)] = 0,
    done: bool = False,
) -> Response:
    """Show a version, the newest unless asked for another; only that one can be changed."""
    versions = queries.list_versions(unit.session, code)
    shown = queries.get_template(unit.session, code, version) if version else versions[0]
    content = read_content(shown.content)
    return render(
        request,
        _page(
            unit,
            actor,
            versions,
            shown,
            form=filled({"name": shown.name, "measurements": content.measurements}),
            systems=[SystemRow(each.code, each.label, each.normal) for each in content.systems],
            questions=[SystemRow(each.code, each.label, "") for each in content.questions],
            flash=t("templates.saved") if done else "",
        ),
    )


@router.post("/{code}", dependencies=[CsrfProtected])
def save_template(
    request: Request, actor: Manager, unit: WriteUnit, code: Code, form: PostedForm
) -> Response:
    """Save a new version, or print the form again with everything typed."""
    systems = _rows(form, "system_code", "system_label", "system_normal")
    questions = _rows(form, "question_code", "question_label")
    measurements = [str(each) for each in form.getlist("measurements")]
    name, version = str(form.get("name", "")), str(form.get("version", ""))
    if not version.isdecimal() or len(version) > 6:
        raise InvalidError("invalid-input")
    try:
        content = accept_content(
            measurements,
            [(each.code, each.label, each.normal) for each in systems],
            [(each.code, each.label) for each in questions],
        )
        service.save_template(
            unit.session, actor, code, name=name, content=content, version=int(version), now=unit.now
        )
    except DomainError as error:
        if error.code == "template-not-found":
            raise
        versions = queries.list_versions(unit.session, code)
        view = filled({"name": name, "measurements": tuple(measurements)}).with_refusal(error)
        page = _page(
            unit, actor, versions, versions[0], form=view, systems=systems, questions=questions, flash=""
        )
        return render(request, page, error.status)
    return redirect(f"/record-templates/{code}?done=true")


def _rows(form: FormData, *names: str) -> list[SystemRow]:
    """Return the rows as typed; raise `invalid-input` for what no page of ours sends."""
    columns = [[str(value) for value in form.getlist(name)] for name in names]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > ROWS_AT_MOST:
        raise InvalidError("invalid-input")
    return [SystemRow(*row, *[""] * (3 - len(row))) for row in zip(*columns, strict=True)]


def _line(row: RecordTemplate) -> TemplateLine:
    content = read_content(row.content)
    note = t(
        "templates.line", version=row.version, systems=len(content.systems), questions=len(content.questions)
    )
    return TemplateLine(row.name, note, f"/record-templates/{row.code}")


def _page(
    unit: Unit,
    actor: MembershipActor,
    versions: Sequence[RecordTemplate],
    shown: RecordTemplate,
    *,
    form: FormView,
    systems: Sequence[SystemRow],
    questions: Sequence[SystemRow],
    flash: str,
) -> TemplatePage:
    people: set[UUID] = {each.created_by for each in versions if each.created_by}
    members, zone = describe(unit.session, people), policy_of(unit.session).zone

    def words(each: RecordTemplate) -> str:
        who = members.get(each.created_by) if each.created_by else None
        return t(
            "templates.version_by",
            number=each.version,
            name=who.name if who else t("templates.ours"),
            date=date_text(each.created_at, zone),
        )

    is_newest = shown.version == versions[0].version
    may_manage = can(actor, "template.manage") and is_newest
    extra = [BLANK] * BLANKS if may_manage else []
    return TemplatePage(
        action=f"/record-templates/{shown.code}",
        name=shown.name,
        version=shown.version,
        versions=tuple(
            (
                words(each),
                f"/record-templates/{each.code}?version={each.version}",
                each.version == shown.version,
            )
            for each in versions
        ),
        may_manage=may_manage,
        is_newest=is_newest,
        measurements=tuple(Option(code, t(f"visits.vitals.{code}")) for code in MEASUREMENTS),
        systems=(*(row for row in systems if row.label or row.normal), *extra),
        questions=(*(row for row in questions if row.label), *extra),
        form=form,
        flash=flash,
    )
