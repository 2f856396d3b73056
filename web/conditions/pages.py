"""What the check against the list prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True, kw_only=True)
class RemoteListPage(Page):
    """The diagnoses outside the list with the ways out: a part of the workspace, and a page of its own."""

    template: ClassVar[str] = "conditions/remote_list.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"part-remote_list": "part"}
    here: str
    back_href: str
    version: int
    label: str
    outside: tuple[str, ...]
    basis: str
    is_referred: bool
    offered_basis: str
    basis_action: str
    convert_action: str
    convert_refusal: str
    convert_form: FormView
    refer_href: str
    emergency_href: str

    @classmethod
    def example(cls) -> Self:
        """Return an invented diagnosis that is not on the list."""
        return cls(
            here="/visits/0191/remote-list",
            back_href="/visits/0191",
            version=0,
            label="TT 30/2023/TT-BYT",
            outside=("I50.0 Suy tim sung huyết",),
            basis="",
            is_referred=False,
            offered_basis=t("conditions.example_basis"),
            basis_action="/visits/0191/remote-list/basis",
            convert_action="/visits/0191/remote-list/convert",
            convert_refusal="",
            convert_form=FormView(),
            refer_href="/visits/0191/referral?write=true",
            emergency_href="/visits/0191/ring",
        )
