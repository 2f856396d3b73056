"""What the pages of orders print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.orders.rules import DeclineReason, OrderKind, When
from telehealth.visits.vitals import VITALS
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.visits.people import PersonView


@dataclass(frozen=True)
class OrderRow:
    """An order in a list: what, whose where it may be known, where it stands, until when."""

    id: str
    href: str
    what: str
    kind: str
    patient: str
    facts: tuple[str, ...]
    state: str
    state_kind: str
    state_icon: str
    due: str
    is_late: bool
    result: str
    version: int
    see_action: str = ""
    revoke_action: str = ""


@dataclass(frozen=True, kw_only=True)
class OrdersPage(Page):
    """What is to be done, what is due first at the head; and what became of the others lately."""

    template: ClassVar[str] = "orders/list.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"orders": "orders"}
    note: str
    has_tabs: bool
    rows: tuple[OrderRow, ...]
    ended: tuple[OrderRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented afternoon at a station."""
        return cls(note=t("orders.note"), has_tabs=True, rows=example_rows()[:2], ended=example_rows()[2:])


@dataclass(frozen=True, kw_only=True)
class OrderPage(Page):
    """One order: seen, done with its result, or declined with the reason."""

    template: ClassVar[str] = "orders/order.html"
    nav: ClassVar[str] = "tasks"
    back_href: str
    row: OrderRow
    note: str
    person: PersonView | None
    visit_href: str
    form: FormView
    value_label: str
    other_label: str
    pictures: tuple[Option, ...]
    reasons: tuple[Option, ...]
    finish_action: str
    decline_action: str
    shown: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented order to measure again."""
        return cls(
            back_href="/orders",
            row=example_rows()[0],
            note="Đo lúc nghỉ, tay trái",
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            visit_href="/visits/0190",
            form=FormView(),
            value_label=t("visits.vitals.systolic") + " (mmHg)",
            other_label=t("visits.vitals.diastolic") + " (mmHg)",
            pictures=(Option("0191", "Điện tim, 09:40"),),
            reasons=decline_options(),
            finish_action="/orders/0190/finish",
            decline_action="/orders/0190/decline",
            shown=(("Điện tim, 09:40", "/attachments/0191"),),
            steps=(("09:00, 23/11/2026", t("orders.step.released", name="BS. Lường Thu Hà")),),
        )


@dataclass(frozen=True, kw_only=True)
class OrdersPartPage(Page):
    """The orders of a visit as a part of its workspace."""

    template: ClassVar[str] = "orders/part.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"part-orders": "part_orders"}
    back_href: str
    rows: tuple[OrderRow, ...]
    seen: int
    add_action: str
    form: FormView
    kinds: tuple[Option, ...]
    whens: tuple[Option, ...]
    codes: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the orders of an invented visit."""
        return cls(
            back_href="/visits/0190/write",
            rows=example_rows()[:1],
            seen=1,
            add_action="/visits/0190/orders",
            form=filled({"id": "0190", "kind": "lab", "when": "week"}),
            kinds=kind_options(),
            whens=when_options(),
            codes=code_options(),
        )


def kind_options() -> tuple[Option, ...]:
    """Return what can be ordered."""
    return tuple(Option(each, t(f"orders.kinds.{each}")) for each in OrderKind)


def when_options() -> tuple[Option, ...]:
    """Return until when it can be wanted."""
    return tuple(Option(each, t(f"orders.when.{each}")) for each in When)


def code_options() -> tuple[Option, ...]:
    """Return the vital signs that can be ordered to be measured."""
    return tuple(Option(code, t(f"visits.vitals.{code}")) for code in VITALS)


def decline_options() -> tuple[Option, ...]:
    """Return why a station may decline."""
    return tuple(Option(each, t(f"orders.reasons.{each}")) for each in DeclineReason)


def example_rows() -> tuple[OrderRow, ...]:
    """Return invented orders: one to see, one that is late, one that is done."""
    return (
        OrderRow(
            "0190",
            "/orders/0190",
            "Đo lại huyết áp sau 30 phút",
            t("orders.kinds.measurement"),
            "Bàn Thị Nái",
            ("BS. Lường Thu Hà", "Điểm trạm Vi Hương"),
            t("orders.states.open"),
            "soon",
            "inbox",
            t("orders.due", time="10:30, 23/11/2026"),
            False,
            "",
            1,
            "/orders/0190/seen",
            "/orders/0190/revoke",
        ),
        OrderRow(
            "0191",
            "/orders/0191",
            "Công thức máu",
            t("orders.kinds.lab"),
            "Triệu Văn Bảo",
            ("BS. Trần Văn Minh",),
            t("orders.states.seen"),
            "info",
            "eye",
            t("orders.late", time="17:00, 22/11/2026"),
            True,
            "",
            2,
        ),
        _example_done(),
    )


def _example_done() -> OrderRow:
    return OrderRow(
        "0192",
        "/orders/0192",
        "Hướng dẫn tiêm insulin",
        t("orders.kinds.education"),
        "Lý Thị Lụa",
        (),
        t("orders.states.done"),
        "ok",
        "check",
        "",
        False,
        "Người bệnh tự tiêm được.",
        3,
    )
