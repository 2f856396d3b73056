"""What the pages around the gates print: the code, who saw a record, a link that was lost."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.chrome import PatientChrome
from web.forms import FormView
from web.i18n import t
from web.links.pages import EXAMPLE_CHROME
from web.pages import Layout, Page


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """A code by SMS: sending it, then typing it."""

    template: ClassVar[str] = "links/code.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    form: FormView
    is_sent: bool
    note: str
    can_send: bool
    may_own: bool
    to: str
    action: str
    send_action: str
    back_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return the page after a wrong code."""
        return cls(
            chrome=EXAMPLE_CHROME,
            form=FormView().with_error("code", t("links.code_wrong", left=4)),
            is_sent=True,
            note=t("links.code_sent"),
            can_send=True,
            may_own=True,
            to="",
            action="/p/1/code",
            send_action="/p/1/code/send",
        )


@dataclass(frozen=True)
class SeenLine:
    """A look at the record: which day, which facility, in which role, what for."""

    day: str
    facility: str
    role: str
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeenPage(Page):
    """Who saw or changed the record: facility, role, day and why; no names of staff."""

    template: ClassVar[str] = "links/seen.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    helped: str
    lines: tuple[SeenLine, ...]
    is_cut: bool
    back_href: str
    forget_action: str

    @classmethod
    def example(cls) -> Self:
        """Return two looks."""
        read, called = t("links.seen.read"), t("links.seen.called")
        return cls(
            chrome=EXAMPLE_CHROME,
            helped="",
            lines=(
                SeenLine("23/11/2026", "Trạm Y tế xã Phủ Thông", t("roles.station_nurse"), (read,)),
                SeenLine("23/11/2026", "Bệnh viện Đa khoa Hồng Hà", t("roles.doctor"), (called, read)),
            ),
            is_cut=False,
            back_href="/p/1",
            forget_action="/p/1/forget",
        )


@dataclass(frozen=True, kw_only=True)
class LostPage(Page):
    """A link was lost: the number is asked, and one answer given whatever was typed."""

    template: ClassVar[str] = "links/lost.html"
    layout: ClassVar[Layout] = "plain"
    form: FormView
    is_asked: bool

    @classmethod
    def example(cls) -> Self:
        """Return the question."""
        return cls(form=FormView(), is_asked=False)
