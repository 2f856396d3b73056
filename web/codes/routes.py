"""Routes of code lists: the versions side by side, which is in use, approving rows by name."""

from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.visits import codes, service
from telehealth.visits.models import CodeList, DiagnosisCode
from web.codes.pages import ListsPage, ListView, ReviewPage, ReviewRow
from web.formatting import date_text
from web.forms import Form, FormView, LocalDate, Option, error_text, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/diagnosis-codes", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("codes.read")]
Manager = Annotated[MembershipActor, Allow("codes.manage")]
Reviewer = Annotated[MembershipActor, Allow("codes.review")]
Label = Annotated[str, Query(alias="list", max_length=60)]


class UseForm(Form):
    """Which list is in use from which day; no day: not in use."""

    words: ClassVar[str] = "code_list"
    label: str
    from_on: LocalDate | None = None


@router.get("/lists")
def lists_page(request: Request, actor: Reader, unit: ReadUnit, done: bool = False) -> Response:
    """Show the versions that are there."""
    flash = t("codes.used_flash") if done else ""
    return render(request, _lists(unit, actor, FormView(), flash))


@router.post("/lists", dependencies=[CsrfProtected])
def use_list(request: Request, actor: Manager, unit: WriteUnit, form: PostedForm) -> Response:
    """Put a list into use from a day on, or out of use."""
    sent = parse(UseForm, form)
    if sent.value is None:
        return render(request, _lists(unit, actor, sent.view), 422)
    try:
        service.use_list(unit.session, actor, sent.value.label, from_on=sent.value.from_on, now=unit.now)
    except DomainError as error:
        view = sent.view.with_error("label", error_text(error))
        return render(request, _lists(unit, actor, view), error.status)
    return redirect("/diagnosis-codes/lists?done=true")


@router.get("/review")
def review_page(
    request: Request,
    actor: Reader,
    unit: ReadUnit,
    label: Label,
    q: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=10)] = "",
    reviewed: bool = False,
    count: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """Show a page of rows by code."""
    flash = t("codes.changed_flash", count=count) if count else ""
    page = _review(unit, actor, label, q=q, after=after, reviewed=reviewed, form=FormView(), flash=flash)
    return render(request, page)


@router.post("/review", dependencies=[CsrfProtected])
def review(
    request: Request,
    actor: Reviewer,
    unit: WriteUnit,
    form: PostedForm,
    label: Label,
    q: Annotated[str, Query(max_length=100)] = "",
    reviewed: bool = False,
) -> Response:
    """Approve the chosen rows by name, or take the approval back."""
    chosen = [str(each) for each in form.getlist("code")]
    try:
        count = service.review_codes(
            unit.session, actor, label, chosen, is_reviewed=not reviewed, now=unit.now
        )
    except InvalidError as error:
        view = FormView().with_refusal(error)
        page = _review(unit, actor, label, q=q, after="", reviewed=reviewed, form=view, flash="")
        return render(request, page, error.status)
    return redirect(f"{_here(label, q=q, reviewed=reviewed)}&count={count}")


def _lists(unit: Unit, actor: MembershipActor, form: FormView, flash: str = "") -> ListsPage:
    session = unit.session
    rows, reviewed = codes.list_lists(session), codes.count_reviewed(session)
    current = codes.list_in_use(session, on=policy_of(session).local_date(unit.now))
    return ListsPage(
        lists=tuple(_list(row, reviewed.get(row.label, 0), row.label == current) for row in rows),
        choices=tuple(Option(row.label, row.label) for row in rows),
        may_manage=can(actor, "codes.manage"),
        form=form,
        flash=flash,
    )


def _list(row: CodeList, reviewed: int, is_in_use: bool) -> ListView:
    since = t("codes.in_use_from", date=date_text(row.in_use_from)) if row.in_use_from else t("codes.unused")
    return ListView(
        label=row.label,
        source=row.source,
        counted=t("codes.counted", count=row.row_count, reviewed=reviewed),
        use=since,
        is_in_use=is_in_use,
        review_href=_here(row.label),
    )


def _review(
    unit: Unit,
    actor: MembershipActor,
    label: str,
    *,
    q: str,
    after: str,
    reviewed: bool,
    form: FormView,
    flash: str,
) -> ReviewPage:
    found = codes.list_to_review(unit.session, label, text=q, is_reviewed=reviewed, after=after)
    shown = found[: codes.PAGE]
    has_more = len(found) > len(shown)
    return ReviewPage(
        label=label,
        q=q,
        is_reviewed=reviewed,
        rows=tuple(_row(row) for row in shown),
        may_review=can(actor, "codes.review"),
        here=_here(label, q=q, reviewed=reviewed),
        other_href=_here(label, q=q, reviewed=not reviewed),
        next_href=_here(label, q=q, reviewed=reviewed, after=shown[-1].code) if has_more else "",
        form=form,
        flash=flash,
    )


def _row(row: DiagnosisCode) -> ReviewRow:
    by = ""
    if row.is_reviewed and row.reviewed_at is not None:
        by = t("codes.reviewed_by", name=row.reviewed_name, date=date_text(row.reviewed_at))
    return ReviewRow(row.code, row.name, row.source, by)


def _here(label: str, *, q: str = "", reviewed: bool = False, after: str = "") -> str:
    values = {"list": label, "q": q, "reviewed": "true" if reviewed else "", "after": after}
    return f"/diagnosis-codes/review?{urlencode({k: v for k, v in values.items() if v})}"
