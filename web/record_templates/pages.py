"""What the pages of specialty templates print."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class TemplateLine:
    """A template in the list."""

    name: str
    note: str
    href: str


@dataclass(frozen=True, kw_only=True)
class TemplatesPage(Page):
    """All templates by their newest version."""

    template: ClassVar[str] = "record_templates/list.html"
    lines: tuple[TemplateLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two templates."""
        return cls(
            lines=(
                TemplateLine(
                    "Khám chung",
                    t("templates.line", version=1, systems=8, questions=2),
                    "/record-templates/a",
                ),
                TemplateLine(
                    "Trẻ em", t("templates.line", version=3, systems=9, questions=3), "/record-templates/b"
                ),
            )
        )


@dataclass(frozen=True)
class SystemRow:
    """A system in the form; without a code it is new."""

    code: str
    label: str
    normal: str


@dataclass(frozen=True, kw_only=True)
class TemplatePage(Page):
    """A template to change: what is saved is a new version."""

    template: ClassVar[str] = "record_templates/template.html"
    action: str
    name: str
    version: int
    versions: tuple[tuple[str, str, bool], ...]
    may_manage: bool
    is_newest: bool
    measurements: tuple[Option, ...]
    systems: tuple[SystemRow, ...]
    questions: tuple[SystemRow, ...]
    form: FormView = field(default_factory=FormView)
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return a template with a system whose words are missing."""
        form = filled({"name": "Khám chung", "measurements": ("pulse",)})
        return cls(
            action="/record-templates/general",
            name="Khám chung",
            version=2,
            versions=(
                (t("templates.version", number=2), "/record-templates/general?version=2", True),
                (t("templates.version", number=1), "/record-templates/general?version=1", False),
            ),
            may_manage=True,
            is_newest=True,
            measurements=(Option("pulse", t("visits.vitals.pulse")), Option("pain", t("visits.vitals.pain"))),
            systems=(SystemRow("heart", "Tim", "Tim đều, không tiếng thổi."), SystemRow("", "", "")),
            questions=(SystemRow("since", "Bệnh từ bao giờ", ""), SystemRow("", "", "")),
            form=form,
        )
