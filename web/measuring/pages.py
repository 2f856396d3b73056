"""What the pages of measurements print."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.measuring.charts import Chart, example_chart
from web.pages import Page
from web.visits.pages import example_person
from web.visits.people import PersonView


@dataclass(frozen=True)
class MeasureField:
    """A measurement to take, with its value of this visit or the last one."""

    code: str
    name: str
    unit: str
    last: str = ""


@dataclass(frozen=True, kw_only=True)
class PregnancyView:
    """The pregnancy that is known, and the form to date it."""

    action: str
    form: FormView
    version: int
    ways: tuple[Option, ...]
    weeks: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class MeasurePage(Page):
    """Measurements of the visit's template first, all others folded away; the pregnancy where it may be."""

    template: ClassVar[str] = "measuring/measure.html"
    nav: ClassVar[str] = "patients"
    action: str
    back_href: str
    trends_href: str
    person: PersonView
    template_name: str
    form: FormView
    asked: tuple[MeasureField, ...]
    others: tuple[MeasureField, ...]
    seen: int
    asks_again: bool = False
    pregnancy: PregnancyView | None = None
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return a pregnant woman's page with a rare value that is asked about once more."""
        return cls(
            action="/visits/0191/measurements",
            back_href="/visits/0191",
            trends_href="/patients/0190/trends",
            person=example_person(),
            template_name=t("examination.version", name="Khám thai", version=1),
            form=filled({"fundal_height": "48"}).with_error(
                "fundal_height", t("visits.station.unusual", name=t("visits.vitals.fundal_height"))
            ),
            asked=(
                MeasureField("fundal_height", t("visits.vitals.fundal_height"), "cm"),
                MeasureField(
                    "fetal_heart_rate", t("visits.vitals.fetal_heart_rate"), "/phút", "Lần trước 142"
                ),
            ),
            others=(MeasureField("pain", t("visits.vitals.pain"), "/10"),),
            seen=3,
            asks_again=True,
            pregnancy=PregnancyView(
                action="/visits/0191/pregnancy",
                form=filled({"dated_by": "lmp", "dated_on": "18/04/2026", "gravida": "2", "para": "1"}),
                version=1,
                ways=dating_options(),
                weeks=t("measuring.pregnancy.weeks", weeks=31, days=2, due="23/01/2027"),
                note=t("measuring.pregnancy.by_lmp", date="18/04/2026"),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class TrendsPage(Page):
    """What was measured of a person over all visits the reader may see: a chart and its table for each."""

    template: ClassVar[str] = "measuring/trends.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    back: str
    name: str
    about: str
    charts: tuple[Chart, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two invented charts."""
        return cls(
            back_href="/patients/0190",
            back="Bàn Thị Nái",
            name="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            charts=(example_chart(),),
        )


@dataclass(frozen=True, kw_only=True)
class RangesPage(Page):
    """The ranges with the source of each row, who stands for them, and standing for them oneself."""

    template: ClassVar[str] = "measuring/ranges.html"
    version: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    approvals: tuple[tuple[str, str], ...]
    approval_id: str = ""
    is_approved: bool = False
    may_approve: bool = False
    form: FormView = field(default_factory=FormView)
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return two rows nobody stands for yet."""
        return cls(
            version="2026.2",
            rows=(
                ("Mạch", "0 đến dưới 3 tháng", "123–164", "107–181", "Fleming, Lancet 2011"),
                ("Mạch", "từ 16 tuổi", "51–90", "41–130", "NEWS2, RCP 2017"),
            ),
            approvals=(),
            may_approve=True,
        )


def dating_options() -> tuple[Option, ...]:
    """Return what a pregnancy may be dated by."""
    return tuple(Option(each, t(f"measuring.pregnancy.{each}")) for each in ("lmp", "edd"))
