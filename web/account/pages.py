"""The page of one's own account."""

from dataclasses import dataclass
from typing import ClassVar

from web.forms import FormView
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class SignInRow:
    """A browser one is signed in on."""

    id: str
    since: str
    seen: str
    is_this: bool


@dataclass(frozen=True)
class WorkplaceRow:
    """One of several places one works at."""

    id: str
    place: str
    role: str
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """Password, PIN, sign-ins, and where else one works."""

    template: ClassVar[str] = "account/account.html"
    done: str
    name: str
    username: str
    about: str
    password_form: FormView
    pin_form: FormView
    has_pin: bool
    sign_ins: tuple[SignInRow, ...]
    workplaces: tuple[WorkplaceRow, ...]
    calendar: str
    calendar_note: str
    knowledge: tuple[tuple[str, str], ...] = ()

    @classmethod
    def example(cls) -> "AccountPage":
        """Return the page of a nurse with two workplaces, after a wrong password."""
        return cls(
            done="Đã lưu mã PIN.",
            name="Nông Thị Hạnh",
            username="0868 123 456",
            about="Điều dưỡng trạm, Điểm trạm Vi Hương",
            password_form=FormView().with_error("current", "Mật khẩu hiện tại chưa đúng."),
            pin_form=FormView(),
            has_pin=True,
            sign_ins=(
                SignInRow("01", "07:30, 23/11/2026", "vừa xong", True),
                SignInRow("02", "13:05, 22/11/2026", "2 giờ trước", False),
            ),
            workplaces=(
                WorkplaceRow("01", "Điểm trạm Vi Hương", "Điều dưỡng trạm", True),
                WorkplaceRow("02", "Trạm Y tế xã Phủ Thông", "Điều phối", False),
            ),
            calendar=t("calendars.own"),
            calendar_note=t("calendars.own_note"),
            knowledge=((t("templates.title"), "/record-templates"),),
        )
