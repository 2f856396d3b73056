"""The pattern page."""

from dataclasses import dataclass
from typing import ClassVar

from web.chrome import StaffChrome, staff_chrome
from web.forms import FormView, Option
from web.pages import Page


@dataclass(frozen=True)
class _Nurse:
    full_name: str = "Nông Thị Hạnh"
    role: str = "station_nurse"
    facility_name: str = "Điểm trạm Vi Hương"


SWATCHES = (
    "primary", "primary-deep", "primary-soft", "page", "surface", "ink", "ink-muted", "line-strong",
    "focus", "info", "ok", "error", "soon-edge", "urgent", "accent",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PatternsPage(Page):
    """All components; the texts are samples and stand in the template, in Vietnamese only."""

    template: ClassVar[str] = "patterns/patterns.html"
    nav: ClassVar[str] = "today"
    chrome: StaffChrome
    form: FormView
    urgencies: tuple[Option, ...]
    specialties: tuple[Option, ...]
    swatches: tuple[str, ...] = SWATCHES

    @classmethod
    def example(cls) -> "PatternsPage":
        """Return the page with invented people and figures."""
        typed = {
            "full_name": ("Triệu Thị Mùi",),
            "phone": ("0868 123 45",),
            "reason": ("Đau gối phải 3 tuần, đi lại khó.",),
            "specialty": ("cardiology",),
            "interpreter": ("on",),
            "systolic": ("158",),
            "diastolic": ("94",),
            "pulse": ("1044",),
        }
        errors = {
            "phone": "Nhập số điện thoại đủ 10 chữ số",
            "urgency": "Chọn mức độ",
            "pulse": "Mạch từ 20 đến 250",
        }
        return cls(
            chrome=staff_chrome(_Nurse(), "today", "/patterns"),
            form=FormView(typed, errors),
            urgencies=(
                Option("routine", "Thường quy", "Trong vài ngày"),
                Option("soon", "Sớm", "Trong hôm nay", "alert-triangle"),
                Option("urgent", "Khẩn", "Gọi bác sĩ trực ngay", "urgent"),
            ),
            specialties=(Option("cardiology", "Nội tim mạch"), Option("paediatrics", "Nhi")),
        )
