"""What the pages of pools print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class PoolLine:
    """A pool in the list."""

    name: str
    note: str
    href: str
    is_active: bool


@dataclass(frozen=True)
class MemberLine:
    """A doctor in a pool; `action` lets them leave it."""

    name: str
    note: str
    action: str


@dataclass(frozen=True)
class PoolChoices:
    """What can be chosen for a pool."""

    specialties: tuple[Option, ...]
    policies: tuple[Option, ...]
    pools: tuple[Option, ...]


_CHOICES = PoolChoices(
    (Option("noi", "Nội tổng quát"),),
    (Option("least_loaded", "Người ít việc nhất", "Theo số phút đã giao"), Option("priority", "Theo thứ tự")),
    (Option("9", "Trực hội chẩn từ xa Bạch Mai"),),
)
_TERMS = filled(
    {
        "name": "Trực khu vực Bạch Thông",
        "policy": "least_loaded",
        "window_days": 30,
        "respond_minutes": 120,
        "escalate_seconds": 90,
        "lease_seconds": 60,
        "covered_from": "00:00",
        "covered_until": "24:00",
        "is_active": True,
        "version": 3,
    }
)


@dataclass(frozen=True, kw_only=True)
class PoolsPage(Page):
    """The pools of a facility."""

    template: ClassVar[str] = "pools/list.html"
    nav: ClassVar[str] = "roster"
    flash: str
    place: str
    pools: tuple[PoolLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two invented pools, one out of use."""
        return cls(
            flash="",
            place="TTYT khu vực Bạch Thông",
            pools=(
                PoolLine("Trực khu vực Bạch Thông", t("pools.members", count=3), "/pools/1", True),
                PoolLine("Nhi", t("pools.closed"), "/pools/2", False),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class NewPoolPage(Page):
    """Make a pool."""

    template: ClassVar[str] = "pools/new.html"
    nav: ClassVar[str] = "roster"
    form: FormView
    choices: PoolChoices

    @classmethod
    def example(cls) -> Self:
        """Return the form after a name that is taken."""
        return cls(form=_TERMS.with_error("name", t("errors.pool-name-taken")), choices=_CHOICES)


@dataclass(frozen=True, kw_only=True)
class PoolPage(Page):
    """One pool: who is in it, and its terms."""

    template: ClassVar[str] = "pools/pool.html"
    nav: ClassVar[str] = "roster"
    flash: str
    name: str
    path: str
    version: int
    members: tuple[MemberLine, ...]
    doctors: tuple[Option, ...]
    member_form: FormView
    form: FormView
    choices: PoolChoices

    @classmethod
    def example(cls) -> Self:
        """Return an invented pool with one doctor."""
        note = t("pools.part", weight=1, priority=0, credit=0, date="01/01/2026")
        return cls(
            flash="",
            name="Trực khu vực Bạch Thông",
            path="/pools/1",
            version=3,
            members=(MemberLine("BS. Lường Thu Hà", note, "/pools/1/members/1/end"),),
            doctors=(Option("2", "BSCKI. Vi Quốc Anh"),),
            member_form=filled({"weight": 1, "priority": 0, "credit_minutes": 0}),
            form=_TERMS,
            choices=_CHOICES,
        )
