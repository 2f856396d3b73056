"""A signed paper as PDF, to keep or to send to a printer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from telehealth.access.deps import Allow
from telehealth.kit.db import Unit
from telehealth.kit.deps import settings_of, write_unit
from telehealth.kit.errors import NotFoundError
from telehealth.papers.press import Job, Press, Size
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.service import read_visit
from web.i18n import t
from web.papers.content import code_for, code_of
from web.papers.registry import PAPERS, Paper

router = APIRouter(include_in_schema=False)

Printer = Annotated[MembershipActor, Allow("visit.print")]


@router.get("/visits/{visit_id}/papers/{name}.pdf")
async def paper_pdf(
    request: Request,
    actor: Printer,
    visit_id: UUID,
    name: str,
    size: Size | None = None,
) -> Response:
    """Send a paper as PDF; it is on record like a print. It is set after the unit of the record is closed."""
    paper = PAPERS.get(name)
    if paper is None:
        raise NotFoundError("paper-not-there")
    base_url = settings_of(request).base_url
    wanted: Size = size if size in paper.sizes else paper.sizes[0]
    async with write_unit(request) as unit:
        job = await run_in_threadpool(_job, unit, actor, visit_id, paper, wanted, base_url)
    press: Press = request.app.state.press
    content = await run_in_threadpool(press.set, job)
    # A name without the patient: it stays in the browser's list of downloads.
    filename = f"{name}-{visit_id.hex[-8:]}-{wanted}.pdf"
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Cache-Control": "no-store",
        },
    )


def _job(unit: Unit, actor: MembershipActor, visit_id: UUID, paper: Paper, size: Size, base_url: str) -> Job:
    visit = read_visit(unit.session, actor, visit_id, now=unit.now, action="visit.print")
    return job_of(unit, actor, visit, paper, size, base_url)


def job_of(unit: Unit, actor: MembershipActor, visit: Visit, paper: Paper, size: Size, base_url: str) -> Job:
    """Return a paper of a visit fetched in scope, ready to be set; the caller has put it on record.

    Raises `paper-not-there`.
    """
    content = paper.compose(unit, actor, visit)
    if content.handle:
        code = code_for(content.handle, base_url)
    else:
        code = code_of(unit, visit, content.signed, base_url)
    verify = {
        "alt": t("papers.code_alt"),
        "words": t("papers.verify_at"),
        "address": code.address,
    }
    data = {**content.data, "verify": verify}
    return Job(paper.template, size, data, at=content.signed.signed_at, code=code.svg)
