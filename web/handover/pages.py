"""What handing over prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class PartView:
    """A shift or an appointment of the day: whether it moves, and if not why and what else is possible."""

    title: str
    note: str
    state: str
    moves: bool
    instead: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HandOverPage(Page):
    """A doctor's day and what would become of it in another's hands."""

    template: ClassVar[str] = "handover/hand_over.html"
    nav: ClassVar[str] = "roster"
    flash: str
    form: FormView
    doctors: tuple[Option, ...]
    is_asked: bool
    shifts: tuple[PartView, ...]
    appointments: tuple[PartView, ...]
    moving: int
    version: str

    @classmethod
    def example(cls) -> Self:
        """Return an invented day of which one part stays."""
        moves = t("handover.verdict.moves")
        return cls(
            flash="",
            form=filled({"from": "1", "to": "2", "on": "24/11/2026"}),
            doctors=(Option("1", "BS. Lường Thu Hà"), Option("2", "BSCKI. Vi Quốc Anh")),
            is_asked=True,
            shifts=(PartView("07:00–19:00", "Trực khu vực Bạch Thông", moves, True),),
            appointments=(
                PartView("09:30", "7KQX-92MD, Điểm trạm Vi Hương", moves, True),
                PartView(
                    "10:10",
                    "M3TA-55PD, Điểm trạm Vi Hương",
                    t("handover.verdict.not_free"),
                    False,
                    (
                        (
                            t("handover.other", who="BS. Bế Văn Trực"),
                            "/roster/hand-over?from=1&to=3&on=24/11/2026",
                        ),
                        (t("moves.acts.override"), "/appointments/2/override"),
                    ),
                ),
            ),
            moving=2,
            version="123456789012345678",
        )
