"""From the stored visit to the station's form, part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits import queries
from telehealth.visits.models import Observation, Visit, VisitSection
from telehealth.visits.vitals import VITALS
from web.cases.pages import Theirs
from web.formatting import date_text, time_text
from web.forms import FormView, filled
from web.i18n import t
from web.visits.groups import GROUPS, PARTS, TEXTS
from web.visits.pages import StationPage, StationPart, VitalField
from web.visits.people import person_view
from web.visits.vitals import value_text


@dataclass(frozen=True)
class Answer:
    """What a save of one part is answered: nothing but the time where all is well.

    `clash` is the other's side as the refusal shows it: a section, or values by code.
    """

    name: str
    error: str = ""
    asks_again: bool = False
    clash: object | None = None


@dataclass(frozen=True)
class _Stored:
    """What is stored of a visit, with the names of those who wrote it."""

    sections: Mapping[str, VisitSection]
    groups: Mapping[str, Sequence[Observation]]
    members: Mapping[UUID, MemberCard]
    reader: UUID
    zone: ZoneInfo

    def version(self, name: str) -> int:
        """Return the version of a text, or how many values a group has."""
        if name in self.groups:
            return len(self.groups[name])
        return self.sections[name].version if name in self.sections else 0

    def saved(self, name: str) -> str:
        """Say when a text was saved and, if it was somebody else, by whom."""
        row = self.sections.get(name)
        if row is None:
            return ""
        return self._said(row.written_by, time_text(row.written_at, self.zone))

    def measured(self, name: str) -> str:
        """Say when the last value of a group was recorded and, if it was somebody else, by whom."""
        row = self.groups[name][-1]
        return self._said(row.measured_by, time_text(row.recorded_at, self.zone))

    def writer(self, name: str) -> str:
        """Return who wrote a part last."""
        rows = self.groups.get(name)
        row = self.sections.get(name)
        wrote = rows[-1].measured_by if rows else row.written_by if row else None
        return self.members[wrote].name if wrote and wrote in self.members else t("cases.somebody")

    def _said(self, wrote: UUID, time: str) -> str:
        if wrote == self.reader or wrote not in self.members:
            return t("cases.saved", time=time)
        return t("cases.saved_by", time=time, name=self.members[wrote].name)


def station_page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    form: FormView | None = None,
    *,
    clashes: frozenset[str] = frozenset(),
    asks_again: bool = False,
    answer: Answer | None = None,
) -> StationPage:
    """Return the station's form: as stored, or as typed with what stands against it."""
    session = unit.session
    card = find_cards(session, actor, [visit.patient_id], now=unit.now)[visit.patient_id]
    stored = _stored(unit, actor, visit)
    values = queries.last_values(session, actor, visit.patient_id, now=unit.now)
    texts = {str(name): stored.sections[name].text for name in TEXTS if name in stored.sections}
    parts = {
        name: _part(name, visit, stored, values, answer if answer and answer.name == name else None)
        for name in PARTS
    }
    for name in clashes:
        parts[name] = replace(parts[name], against=_shown(stored, name))
    return StationPage(
        action=f"/visits/{visit.id}/station",
        back_href=f"/visits/{visit.id}",
        person=person_view(card),
        form=form or filled(texts),
        groups=tuple(parts[name] for name in GROUPS),
        texts=tuple(parts[str(name)] for name in TEXTS),
        background_href=f"/visits/{visit.id}/background?embed=1",
        attachments_href=f"/visits/{visit.id}/attachments" if can(actor, "file.read") else "",
        answered=answer.name if answer else str(TEXTS[0]),
        asks_again=asks_again,
    )


def _stored(unit: Unit, actor: MembershipActor, visit: Visit) -> _Stored:
    session = unit.session
    sections = queries.sections_of(session, visit)
    rows = queries.all_observations_of(session, visit, list(VITALS))
    people = {row.written_by for row in sections.values()} | {row.measured_by for row in rows}
    return _Stored(
        sections=sections,
        groups={name: [row for row in rows if row.code in codes] for name, codes in GROUPS.items()},
        members=describe(session, people),
        reader=actor.ref,
        zone=policy_of(session).zone,
    )


def _part(
    name: str,
    visit: Visit,
    stored: _Stored,
    values: Mapping[str, Observation],
    answer: Answer | None,
) -> StationPart:
    theirs = None
    if answer is not None and answer.clash is not None:
        theirs = Theirs(_their_words(answer.clash), stored.writer(name), stored.version(name))
    is_measured = name in GROUPS and answer is not None and bool(stored.groups[name])
    return StationPart(
        name=name,
        label=t(f"visits.{'vitals' if name in GROUPS else 'sections'}.{name}"),
        action=f"/visits/{visit.id}/station/{name}",
        version=stored.version(name),
        fields=tuple(
            VitalField(code, t(f"visits.vitals.{code}"), VITALS[code].unit, _inputmode(code))
            for code in GROUPS.get(name, ())
        ),
        last=_last(name, values, stored.zone),
        saved=stored.measured(name) if is_measured else stored.saved(name),
        theirs=theirs,
        error=answer.error if answer else "",
        asks_again=answer.asks_again if answer else False,
    )


def _inputmode(code: str) -> str:
    return "decimal" if VITALS[code].decimals else "numeric"


def _last(name: str, values: Mapping[str, Observation], zone: ZoneInfo) -> str:
    """Return the newest value of a group, of both pressures together."""
    rows = [values[code] for code in GROUPS.get(name, ()) if code in values]
    if not rows or len(rows) < len(GROUPS[name]):
        return ""
    value = "/".join(value_text(row.code, row.value) for row in rows)
    return t("visits.last_value", value=value, date=date_text(rows[0].occurred_at, zone))


def _shown(stored: _Stored, name: str) -> str:
    """Return the other's side where the whole form was posted."""
    if name in stored.groups:
        return _their_words({row.code: str(row.value) for row in stored.groups[name]})
    return stored.sections[name].text if name in stored.sections else ""


def _their_words(shown: object) -> str:
    """Return a section's text, or values as they are read: Tâm thu 158 mmHg."""
    if not isinstance(shown, Mapping):
        return ""
    if "version" in shown:
        return str(shown["text"]) or t("cases.none_stored")
    lines = [
        f"{t(f'visits.vitals.{code}')} {value_text(code, Decimal(str(value)))} {VITALS[code].unit}"
        for code, value in shown.items()
    ]
    return "\n".join(lines)
