"""How a signed examination, pregnancy and confirmed facts are read: from what was signed alone."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from web.formatting import date_text
from web.i18n import t

Lines = tuple[tuple[str, str], ...]
"""Each line with what is said of it in smaller words."""


def examination_lines(content: Mapping[str, Any]) -> Lines:
    """Return the systems and answers under their labels, the template's version at the end."""
    template = content["template"]
    lines = [
        (f"{each['label']}: {each['text'] or t('examination.states.' + each['state'])}", "")
        for each in content["systems"]
    ]
    lines += [(f"{each['label']}: {each['text']}", "") for each in content["questions"]]
    return (*lines, (t("examination.version", name=template["name"], version=template["version"]), ""))


def pregnancy_lines(content: Mapping[str, Any]) -> Lines:
    """Return the weeks and the due date, then what it is dated by and the births before."""
    weeks, days = divmod(content["gestation_days"], 7)
    due = date_text(date.fromisoformat(content["due_on"]))
    dated = date_text(date.fromisoformat(content["dated_on"]))
    births = [
        t(f"measuring.pregnancy.{name}_said", count=content[name])
        for name in ("gravida", "para")
        if content[name] is not None
    ]
    note = ", ".join([t(f"measuring.pregnancy.by_{content['dated_by']}", date=dated), *births])
    return ((t("measuring.pregnancy.weeks", weeks=weeks, days=days, due=due), note),)


def background_lines(content: Mapping[str, Any]) -> Lines:
    """Return each confirmed kind with what stands there, or that it was asked about and there is none."""
    return tuple(
        (
            f"{t(f'background.kinds.{kind}')}: "
            + ("; ".join(each["text"] for each in content[kind]) or t("background.confirm_none")),
            "",
        )
        for kind in ("problem", "medicine", "allergy")
        if kind in content
    )
