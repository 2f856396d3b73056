"""The sheet of a visit as paper: the same words as the page, from the signed record and nothing else."""

from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.papers.service import Signed, check_records
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.states import VisitState
from web.formatting import datetime_text
from web.i18n import t
from web.papers.content import Content, head, signer
from web.papers.seals import digital_text
from web.visits.parts import PartView
from web.visits.record import DiagnosisLine, RecordView, record_view

Fact = tuple[str, str, bool]


def visit_paper(unit: Unit, actor: MembershipActor, visit: Visit) -> Content:  # noqa: ARG001  (as every paper)
    """Compose the sheet of a signed visit fetched in scope; raise `paper-not-there`."""
    if visit.state != VisitState.SIGNED:
        raise NotFoundError("paper-not-there")
    session, zone = unit.session, policy_of(unit.session).zone
    records = queries.records_of(session, visit)
    view = record_view(records, zone)
    day, month, year = view.day
    title = t("visits.sheet.title_support" if view.is_support else "visits.sheet.title")
    printed = datetime_text(unit.now, zone)
    return Content(
        signed=signed_state(records, view.facility),
        data={
            **head(
                title=title,
                facility=view.facility,
                beside="\n".join(beside(view)),
                number=view.mrn,
                beneath=t("visits.sheet.day", day=day, month=month, year=year),
                who=view.name.upper(),
                foot=t("visits.sheet.printed", time=printed, hash=view.hash[:16]),
            ),
            "facts": _facts(view),
            "added": added_rows(view),
            "signers": [
                signer(
                    role=t("visits.record.signer"),
                    name=view.signer,
                    note=view.signer_licence,
                    signed=view.signed,
                    digital=digital_text(check_records(session, records)),
                )
            ],
        },
    )


def signed_state(records: list[SignedRecord], facility: str) -> Signed:
    """Return what the handle of a visit's paper stands for: the record with its newest amendment."""
    newest = records[-1]
    return Signed("visit", newest.sha256, facility, newest.signed_at)


def beside(view: RecordView) -> tuple[str, ...]:
    """Return what stands under the facility of who signed: the station, where that is another one."""
    return (t("visits.sheet.with_station", name=view.station),) if view.facility != view.station else ()


def added_rows(view: RecordView) -> list[tuple[str, str, str]]:
    """Return the amendments as they stand under what was signed, each with the parts it brought anew."""
    return [
        (
            each.title,
            "\n".join((each.text, *(f"{part.title}: {part_text(part, '; ')}" for part in each.parts))),
            each.by,
        )
        for each in view.amendments
    ]


def part_text(part: PartView, between: str) -> str:
    """Return a part as plain text; one that an amendment replaced says so and nothing of what it held."""
    if part.is_replaced:
        return t("visits.record.replaced")
    return between.join(f"{each.text} ({each.note})" if each.note else each.text for each in part.lines)


def _facts(view: RecordView) -> list[Fact]:
    vitals = "; ".join(f"{name} {value} {unit}" for name, value, unit in view.vitals)
    rows: list[Fact] = [
        (t("visits.sheet.name"), f"{view.name.upper()}, {view.about}", True),
        (t("visits.sheet.allergies"), view.allergies, True),
        (t("visits.sheet.reason"), view.texts["reason"], False),
        (t("visits.sections.history"), view.texts["history"], False),
        (t("visits.sections.medicines"), view.texts["medicines"], False),
        (t("visits.sheet.vitals"), vitals, False),
        (t("visits.sheet.findings"), view.texts["findings"], False),
        (t("visits.sheet.opinion"), view.texts["opinion"], False),
        (t("visits.sheet.diagnosis"), "; ".join(map(said_of, view.diagnoses)), False),
        (t("visits.sheet.advice"), view.texts["advice"], False),
    ]
    rows += [(part.title, part_text(part, "\n"), False) for part in view.parts]
    attached = "; ".join(f"{each.text} {each.hash[:16]}" for each in view.attached)
    rows += [(t("attachments.title"), attached, False), (t("visits.sheet.follow_up"), view.follow_up, True)]
    return [row for row in rows if row[1]]


def said_of(line: DiagnosisLine) -> str:
    """Return a diagnosis with its code and how sure it is: I10 Tăng huyết áp (xác định)."""
    return f"{line.code} {line.text} ({line.certainty.lower()})".strip()
