"""What whoever scans a paper's code is told: whether it holds, its date and facility, and nothing else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final, Self

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import public
from telehealth.kit.budgets import Budget
from telehealth.kit.deps import ReadUnit
from telehealth.papers.rules import Verdict
from telehealth.papers.service import verify_handle
from web.formatting import date_text
from web.i18n import t
from web.pages import Layout, Page
from web.render import render

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])

BUDGET: Final = Budget(300, timedelta(minutes=1))
"""For each address the server sees: behind a proxy that is everybody together."""


@dataclass(frozen=True, kw_only=True)
class VerdictPage(Page):
    """The answer of a scanned code."""

    template: ClassVar[str] = "papers/verdict.html"
    layout: ClassVar[Layout] = "plain"
    kind: str
    icon: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...]

    @classmethod
    def example(cls) -> Self:
        """Return the answer of a paper that holds."""
        return cls(
            kind="ok",
            icon="shield-check",
            title=t("papers.valid"),
            text=t("papers.valid_text"),
            facts=(
                (t("papers.signed_on"), "23/11/2026"),
                (t("papers.facility"), "Bệnh viện Đa khoa Hồng Hà"),
            ),
        )


def spend(request: Request) -> None:
    """Count a try against the asker's budget; raise `too-many-requests`."""
    now = request.app.state.database.clock.now()
    BUDGET.take(request.client.host if request.client else "", now=now)


@router.get("/v/{handle}", dependencies=[Depends(spend)])
def verdict_page(request: Request, unit: ReadUnit, handle: str) -> Response:
    """Answer a scanned code. What was never given out looks like a page of the same kind, with 404."""
    verdict = verify_handle(unit.session, handle)
    response = render(request, _page(verdict), 200 if verdict else 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(verdict: Verdict | None) -> VerdictPage:
    if verdict is None:
        return VerdictPage(
            kind="error",
            icon="circle-x",
            title=t("papers.unknown"),
            text=t("papers.unknown_text"),
            facts=(),
        )
    key = "valid" if verdict.is_valid else "void"
    return VerdictPage(
        kind="ok" if verdict.is_valid else "error",
        icon="shield-check" if verdict.is_valid else "circle-x",
        title=t(f"papers.{key}"),
        text=t(f"papers.{key}_text"),
        facts=(
            (t("papers.signed_on"), date_text(verdict.signed_on)),
            (t("papers.facility"), verdict.facility),
        ),
    )
