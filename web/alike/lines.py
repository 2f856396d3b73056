"""Lines about records of one person: merged ones, and appointments that clash."""

from dataclasses import dataclass

from web.i18n import t


@dataclass(frozen=True)
class MergedLine:
    """A record that was merged into this one."""

    id: str
    name: str
    note: str
    undo_action: str


@dataclass(frozen=True)
class ClashLine:
    """Two appointments a person cannot keep both of, each with its address where one may arrange it."""

    one: str
    other: str
    one_href: str = ""
    other_href: str = ""


def example_merged() -> tuple[MergedLine, ...]:
    """Return one invented record that was merged."""
    note = t("alike.merged_line", mrn="000002", at="08:30, 23/11/2026", who="ĐD. Nông Thị Hạnh")
    return (MergedLine("3", "Lý Lụa", note, "/patients/1/merges/1/undo"),)


def example_clashes() -> tuple[ClashLine, ...]:
    """Return one invented pair, of which the other is arranged elsewhere."""
    return (
        ClashLine("09:30, 24/11/2026, TYT Vi Hương", "09:30, 24/11/2026, TYT Lục Bình", "/appointments/1"),
    )
