"""The pages that manage staff."""

from dataclasses import dataclass
from typing import ClassVar

from web.forms import FormView, Option
from web.pages import Layout, Page


@dataclass(frozen=True)
class MemberRow:
    """One colleague in the list; `kind` and `state` say whether they can sign in."""

    href: str
    name: str
    initials: str
    role: str
    username: str
    kind: str
    icon: str
    state: str


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a post."""

    facilities: tuple[Option, ...]
    roles: tuple[Option, ...]
    qualifications: tuple[Option, ...]
    specialties: tuple[Option, ...]
    languages: tuple[Option, ...]


_HANH = MemberRow(
    "/staff/01",
    "Nông Thị Hạnh",
    "NH",
    "Điều dưỡng trạm",
    "0868 123 456",
    "ok",
    "circle-check",
    "Đang làm việc",
)
_CHOICES = Choices(
    facilities=(Option("01", "Trạm Y tế xã Phủ Thông"),),
    roles=(Option("station_nurse", "Điều dưỡng trạm"), Option("doctor", "Bác sĩ")),
    qualifications=(Option("nurse", "Điều dưỡng"), Option("doctor", "Bác sĩ")),
    specialties=(Option("internal", "Nội tổng quát"),),
    languages=(Option("tyz", "Tày"), Option("nut", "Nùng")),
)


@dataclass(frozen=True, kw_only=True)
class StaffListPage(Page):
    """Who works at a facility."""

    template: ClassVar[str] = "staff/list.html"
    nav: ClassVar[str] = "staff"
    done: str
    place: str
    facilities: tuple[Option, ...]
    facility_form: FormView
    members: tuple[MemberRow, ...]
    may_manage: bool
    invite_href: str

    @classmethod
    def example(cls) -> "StaffListPage":
        """Return the list of a small station, as an administrator sees it."""
        return cls(
            done="",
            place="Trạm Y tế xã Phủ Thông",
            facilities=_CHOICES.facilities,
            facility_form=FormView({"facility": ("01",)}),
            members=(_HANH,),
            may_manage=True,
            invite_href="/staff/invite",
        )


@dataclass(frozen=True, kw_only=True)
class InvitePage(Page):
    """Invite a colleague."""

    template: ClassVar[str] = "staff/invite.html"
    nav: ClassVar[str] = "staff"
    form: FormView
    choices: Choices

    @classmethod
    def example(cls) -> "InvitePage":
        """Return the form after a user name that is taken."""
        form = FormView({"full_name": ("Lý Thị Lan",)}).with_error("username", "Tên này đã có người dùng.")
        return cls(form=form, choices=_CHOICES)


@dataclass(frozen=True, kw_only=True)
class MemberPage(Page):
    """One colleague: who they are, and what can be done about their work here."""

    template: ClassVar[str] = "staff/member.html"
    nav: ClassVar[str] = "staff"
    done: str
    path: str
    name: str
    initials: str
    about: str
    facts: tuple[tuple[str, str], ...]
    kind: str
    icon: str
    state: str
    is_disabled: bool
    may_manage: bool
    form: FormView
    close_form: FormView
    choices: Choices

    @classmethod
    def example(cls) -> "MemberPage":
        """Return the page of a nurse."""
        return cls(
            done="",
            path="/staff/01",
            name="Nông Thị Hạnh",
            initials="NH",
            about="Điều dưỡng trạm, Trạm Y tế xã Phủ Thông",
            facts=(("Tên đăng nhập", "0868 123 456"), ("Làm việc từ", "01/01/2026")),
            kind="ok",
            icon="circle-check",
            state="Đang làm việc",
            is_disabled=False,
            may_manage=True,
            form=FormView({"role": ("station_nurse",), "on": ("24/11/2026",), "version": ("1",)}),
            close_form=FormView({"version": ("1",)}),
            choices=_CHOICES,
        )


@dataclass(frozen=True, kw_only=True)
class SlipPage(Page):
    """The slip with the code to set a password: shown once, handed over on paper."""

    template: ClassVar[str] = "staff/slip.html"
    layout: ClassVar[Layout] = "print"
    nav: ClassVar[str] = "staff"
    name: str
    username: str
    place: str
    url: str
    until: str
    qr_size: int
    qr_path: str
    back: str

    @classmethod
    def example(cls) -> "SlipPage":
        """Return a slip with a code that opens nothing."""
        return cls(
            name="Nông Thị Hạnh",
            username="0868 123 456",
            place="Trạm Y tế xã Phủ Thông",
            url="https://kham.example/activate/0123456789",
            until="08:00, 24/11/2026",
            qr_size=21,
            qr_path="M2 2h7v1h-7z",
            back="/staff",
        )
