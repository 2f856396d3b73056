"""The page of the addresses that calendars read."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class FeedRow:
    """One address: when it was made and last read; the address itself is kept nowhere."""

    id: str
    since: str
    read: str
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class FeedsPage(Page):
    """The addresses of one's own calendar, or of the facility's; a new one is shown once."""

    template: ClassVar[str] = "calendars/feeds.html"
    done: str
    title: str
    about: str
    made: str
    feeds: tuple[FeedRow, ...]
    may_add: bool

    @classmethod
    def example(cls) -> Self:
        """Return a station's page just after an address was made; who made the other has left."""
        return cls(
            done=t("calendars.made"),
            title=t("calendars.facility"),
            about="Trạm Y tế xã Phủ Thông",
            made="https://kham.example.vn/calendar/0000000000000000000000000000000000000000000.ics",
            feeds=(
                FeedRow(
                    "02",
                    t("calendars.since", at="08:00, 23/11/2026", by="Hoàng Văn Điều"),
                    t("calendars.unread"),
                    True,
                ),
                FeedRow(
                    "01",
                    t("calendars.since", at="14:20, 02/11/2026", by="Triệu Thị Quản"),
                    t("calendars.read", on="22/11/2026"),
                    False,
                ),
            ),
            may_add=True,
        )
