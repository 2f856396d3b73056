"""The pages one sees before being signed in."""

from dataclasses import dataclass
from typing import ClassVar

from web.forms import FormView
from web.pages import Layout, Page


@dataclass(frozen=True)
class ColleagueRow:
    """Somebody who signed in on this machine; `href` leads to the PIN, or to the password."""

    id: str
    name: str
    title: str
    initials: str
    has_pin: bool
    href: str


@dataclass(frozen=True)
class DemoRow:
    """An invented person to sign in as with one tap."""

    username: str
    name: str
    about: str
    place: str
    initials: str


LAN = ColleagueRow("01", "Nông Thị Hạnh", "Điều dưỡng", "NH", True, "/switch?member=01")
KHOA = ColleagueRow("02", "Hoàng Văn Khoa", "Y sĩ", "HK", False, "/sign-in?member=02")


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """User name and password; below them who used this machine, in a demo who there is."""

    template: ClassVar[str] = "sign_in/sign_in.html"
    layout: ClassVar[Layout] = "gate"
    form: FormView
    notice: str
    next: str
    colleagues: tuple[ColleagueRow, ...]
    demo_rows: tuple[DemoRow, ...]
    more_demo_rows: tuple[DemoRow, ...]
    demo_password: str
    demo_pin: str

    @classmethod
    def example(cls) -> "SignInPage":
        """Return the page of a shared machine in a demo, after a wrong password."""
        return cls(
            form=FormView({"username": ("0868 123 456",), "remember": ("on",)}).with_error(
                "", "Mật khẩu sai"
            ),
            notice="Máy đã để yên một lúc nên tự đăng xuất.",
            next="/today",
            colleagues=(LAN, KHOA),
            demo_rows=(DemoRow("hanh", "Nông Thị Hạnh", "Điều dưỡng trạm", "Điểm trạm Vi Hương", "NH"),),
            more_demo_rows=(DemoRow("minh", "Nguyễn Đức Minh", "Bác sĩ", "BV Bạch Mai", "NM"),),
            demo_password="mẫu",  # noqa: S106  (an example of what the page prints)
            demo_pin="246810",
        )


@dataclass(frozen=True, kw_only=True)
class SwitchPage(Page):
    """The PIN of one colleague, and the others who used this machine."""

    template: ClassVar[str] = "sign_in/switch.html"
    layout: ClassVar[Layout] = "gate"
    form: FormView
    next: str
    chosen: ColleagueRow | None
    colleagues: tuple[ColleagueRow, ...]

    @classmethod
    def example(cls) -> "SwitchPage":
        """Return the page for one of two colleagues."""
        return cls(form=FormView({"member": ("01",)}), next="/", chosen=LAN, colleagues=(KHOA,))


@dataclass(frozen=True, kw_only=True)
class ActivatePage(Page):
    """A first password, set with the code a manager handed over."""

    template: ClassVar[str] = "sign_in/activate.html"
    layout: ClassVar[Layout] = "gate"
    form: FormView
    name: str
    username: str
    place: str

    @classmethod
    def example(cls) -> "ActivatePage":
        """Return the page for a new nurse."""
        return cls(
            form=FormView().with_error("password", "Mật khẩu cần ít nhất 8 ký tự."),
            name="Nông Thị Hạnh",
            username="0868 123 456",
            place="Điểm trạm Vi Hương",
        )
