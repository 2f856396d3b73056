"""What the pages of code lists print."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from web.forms import FormView, Option
from web.pages import Page


@dataclass(frozen=True)
class ListView:
    """A version of a list: where it came from, how much of it is approved, since when it is in use."""

    label: str
    source: str
    counted: str
    use: str
    is_in_use: bool
    review_href: str


@dataclass(frozen=True, kw_only=True)
class ListsPage(Page):
    """All versions side by side, and putting one into use."""

    template: ClassVar[str] = "codes/lists.html"
    lists: tuple[ListView, ...]
    choices: tuple[Option, ...]
    may_manage: bool
    form: FormView = field(default_factory=FormView)
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return our own list in use and another that is not yet."""
        return cls(
            lists=(
                ListView(
                    "BYT 2026",
                    "icd10-byt.csv",
                    "15.026 mã, 0 mã đã duyệt",
                    "Chưa dùng",
                    False,
                    "/diagnosis-codes",
                ),
                ListView(
                    "xã-2026.1",
                    "icd10_vi.csv",
                    "275 mã, 12 mã đã duyệt",
                    "Dùng từ 01/01/2026",
                    True,
                    "/diagnosis-codes",
                ),
            ),
            choices=(Option("BYT 2026", "BYT 2026"), Option("xã-2026.1", "xã-2026.1")),
            may_manage=True,
        )


@dataclass(frozen=True)
class ReviewRow:
    """A row that waits for a clinician, or has one's approval."""

    code: str
    name: str
    source: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewPage(Page):
    """Rows of a list to approve, many at once."""

    template: ClassVar[str] = "codes/review.html"
    label: str
    q: str
    is_reviewed: bool
    rows: tuple[ReviewRow, ...]
    may_review: bool
    here: str
    other_href: str
    next_href: str
    form: FormView = field(default_factory=FormView)
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return two rows that wait."""
        return cls(
            label="xã-2026.1",
            q="tăng huyết áp",
            is_reviewed=False,
            rows=(
                ReviewRow("I10", "Tăng huyết áp vô căn (nguyên phát)", "TT 30/2023/TT-BYT"),
                ReviewRow("O13", "Tăng huyết áp thai kỳ", "WHO ICD-10"),
            ),
            may_review=True,
            here="/diagnosis-codes/review?list=x",
            other_href="/diagnosis-codes/review?list=x&reviewed=true",
            next_href="/diagnosis-codes/review?list=x&after=O13",
        )
