"""What the pages of lists of medicines print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class ListLine:
    """One list: whose, since when, whether somebody approved it."""

    href: str
    title: str
    place: str
    note: str
    state: str
    kind: str
    icon: str


@dataclass(frozen=True, kw_only=True)
class FormulariesPage(Page):
    """The lists of medicines one may see, the newest first."""

    template: ClassVar[str] = "formularies/list.html"
    nav: ClassVar[str] = "formularies"
    lists: tuple[ListLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one list that was approved and one that was not."""
        return cls(
            lists=(
                ListLine(
                    "/formularies/0194",
                    "2026-11",
                    "Trạm Y tế xã Phủ Thông",
                    t("formularies.about", count=212, date="20/11/2026"),
                    t("formularies.approved", name="Hoàng Văn Dũng", date="21/11/2026"),
                    "ok",
                    "circle-check",
                ),
                ListLine(
                    "/formularies/0195",
                    "xã-2026.1",
                    t("formularies.own"),
                    t("formularies.about", count=133, date="01/11/2026"),
                    t("formularies.unreviewed"),
                    "soon",
                    "alert-circle",
                ),
            )
        )


@dataclass(frozen=True, kw_only=True)
class FormularyPage(Page):
    """One list: its medicines, searched or in order, and its approval."""

    template: ClassVar[str] = "formularies/one.html"
    nav: ClassVar[str] = "formularies"
    here: str
    about: ListLine
    q: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more_href: str
    approve_action: str
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return two medicines of a list that waits to be approved."""
        return cls(
            here="/formularies/0195",
            about=FormulariesPage.example().lists[1],
            q="",
            heads=heads(),
            rows=(
                ("Amlodipin 5 mg", "viên nén, uống", "1 viên × 1, 30 ngày", "", "WHO EML 2023, chọn lọc"),
                ("Amoxicilin 500 mg", "viên nang, uống", "1 viên × 3, 7 ngày", "penicillin", "WHO EML 2023"),
            ),
            more_href="/formularies/0195?after=TX100",
            approve_action="/formularies/0195/approve",
        )


def heads() -> tuple[str, ...]:
    """Return the titles of the columns of medicines."""
    return tuple(
        t(f"formularies.columns.{name}") for name in ("medicine", "form", "usual", "groups", "source")
    )
