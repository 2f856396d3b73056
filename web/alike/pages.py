"""What comparing two records prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.alike.lines import ClashLine, example_clashes
from web.forms import FormView, Option
from web.i18n import t
from web.pages import Page
from web.patients.pages import PersonLine, example_person


@dataclass(frozen=True)
class FactRow:
    """One fact of both records; `verdict` is empty where one of them does not say."""

    term: str
    here: str
    there: str
    verdict: str
    kind: str = ""
    icon: str = "circle"


@dataclass(frozen=True, kw_only=True)
class ComparePage(Page):
    """Two records side by side, and what can be done with them."""

    template: ClassVar[str] = "alike/compare.html"
    nav: ClassVar[str] = "patients"
    here: PersonLine
    there: PersonLine
    here_code: str
    there_code: str
    """What tells two records of one name apart."""
    summary: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    rows: tuple[FactRow, ...]
    clashes: tuple[ClashLine, ...]
    form: FormView
    keepers: tuple[Option, ...]
    action: str
    apart_action: str

    @classmethod
    def example(cls) -> Self:
        """Return two invented records that agree in nearly everything."""
        here, there = example_person(), example_person("Lý Thị Lua", birth="1985")
        return cls(
            here=here,
            there=there,
            here_code=t("patients.mrn", mrn="000001"),
            there_code=t("patients.mrn", mrn="000008"),
            summary=t("alike.strong"),
            reasons=(t("alike.reasons.name_letter"), t("alike.reasons.same_phone")),
            against=(t("alike.reasons.sex_differs"),),
            rows=(
                FactRow(
                    t("patients.name"), here.name, there.name, t("alike.differs"), "soon", "circle-minus"
                ),
                FactRow(t("patients.sex"), "Nữ", "Nam", t("alike.differs"), "soon", "circle-minus"),
                FactRow(t("patients.birth"), "12/05/1985", "1985", t("alike.agrees"), "ok", "circle-check"),
                FactRow(t("patients.cccd"), "001185012345", t("patients.not_recorded"), ""),
                FactRow(t("alike.care"), t("alike.care_of", count=3), t("alike.care_of", count=1), ""),
            ),
            clashes=example_clashes(),
            form=FormView(),
            keepers=(
                Option("1", here.name, t("patients.mrn", mrn="000001")),
                Option("2", there.name, t("patients.mrn", mrn="000008")),
            ),
            action="/patients/1/alike/2/merge",
            apart_action="/patients/1/alike/2/apart",
        )
