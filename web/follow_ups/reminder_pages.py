"""What the pages of reminding many at once print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class RemindRow:
    """Somebody who can be reminded."""

    id: str
    who: str
    about: str
    when: str
    is_told: bool


@dataclass(frozen=True, kw_only=True)
class RemindersPage(Page):
    """Whom the station can remind at once."""

    template: ClassVar[str] = "follow_ups/reminders.html"
    nav: ClassVar[str] = "tasks"
    form: FormView
    appointments: tuple[RemindRow, ...]
    plans: tuple[RemindRow, ...]
    next_href: str = ""
    first_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return one of tomorrow, and two who are due, one of them reminded."""
        return cls(
            form=FormView(),
            appointments=(RemindRow("1", "Đàm Thị Lụa", "nữ, 60 tuổi", "09:30, 24/11/2026", is_told=False),),
            plans=(
                RemindRow("2", "Bàn Thị Nái", "nữ, 77 tuổi", "Ngày 27/11/2026", is_told=False),
                RemindRow("3", "Triệu Văn Bảo", "nam, 68 tuổi", "Ngày 28/11/2026", is_told=True),
            ),
        )


@dataclass(frozen=True)
class RemindedRow:
    """What became of one reminder."""

    who: str
    when: str
    outcome: str
    kind: str
    icon: str


@dataclass(frozen=True, kw_only=True)
class RemindedPage(Page):
    """What became of each reminder."""

    template: ClassVar[str] = "follow_ups/reminded.html"
    nav: ClassVar[str] = "tasks"
    counts: tuple[str, ...]
    has_calls: bool
    gone: int
    rows: tuple[RemindedRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one of each."""
        return cls(
            counts=(t("follow_ups.reminders.counts.sent", count=1),),
            has_calls=True,
            gone=1,
            rows=(
                RemindedRow(
                    "Đàm Thị Lụa", "09:30, 24/11/2026", t("follow_ups.reminders.sent"), "ok", "check"
                ),
                RemindedRow(
                    "Bàn Thị Nái", "Ngày 27/11/2026", t("follow_ups.reminders.no_phone"), "soon", "phone"
                ),
            ),
        )
