"""Use-cases of examination: templates with their versions, one system at a time, the rest normal."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from importlib.resources import files
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.examination import queries
from telehealth.examination.models import ExaminationItem, RecordTemplate, VisitTemplate
from telehealth.examination.rules import (
    Content,
    ItemKind,
    ItemState,
    accept_content,
    accept_name,
    accept_state,
    accept_text,
    read_content,
    usual_template,
)
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.patients.models import Patient
from telehealth.patients.rules import Birth, Precision
from telehealth.visits.models import Visit
from telehealth.visits.ranges import age_span
from telehealth.visits.rules import Section
from telehealth.visits.service.history import note
from telehealth.visits.service.opened import visit_to_write


def load_templates(session: Session, *, now: datetime) -> int:
    """Add the templates of this release that are not there; what an administrator made of one stays."""
    text = files("telehealth.examination").joinpath("data/templates.toml").read_text("utf-8")
    known = {each.code for each in queries.list_templates(session)}
    rows = tomllib.loads(text)["template"]
    for rank, row in enumerate(rows):
        if row["code"] in known:
            continue
        content = accept_content(
            row["measurements"],
            [(each["code"], each["label"], each["normal"]) for each in row["system"]],
            [(each["code"], each["label"]) for each in row["question"]],
        )
        session.add(
            RecordTemplate(
                code=row["code"],
                version=1,
                name=row["name"],
                rank=rank,
                content=content.as_json(),
                created_at=now,
            )
        )
    session.flush()
    return len(rows)


def save_template(
    session: Session, actor: Actor, code: str, *, name: str, content: Content, version: int, now: datetime
) -> RecordTemplate:
    """Add a version of a template; visits that are written in an older one go on in that.

    `version` is the one the writer read. Saying again what stands there makes no version.
    Raises `not-allowed`, `template-not-found`, `stale-version`, `template-name-missing`.
    """
    check(actor, "template.manage")
    newest = queries.list_versions(session, code)[0]
    named = accept_name(name)
    if (newest.name, newest.content) == (named, content.as_json()):
        return newest
    if newest.version != version:
        raise StaleError("stale-version")
    row = RecordTemplate(
        code=code,
        version=newest.version + 1,
        name=named,
        rank=newest.rank,
        content=content.as_json(),
        created_by=actor.ref,
        created_at=now,
    )
    session.add(row)
    session.flush()
    facts = {"template": code, "version": row.version}
    record(session, actor, "template.manage", subject_kind="record_template", facts=facts, now=now)
    return row


def template_of(session: Session, visit: Visit, *, today: date, is_pregnant: bool = False) -> RecordTemplate:
    """Return the version a visit is written in: the one it keeps, else the newest of the usual template.

    Raises `template-not-found` where a deployment never loaded its reference data.
    """
    choice = queries.choice_of(session, visit)
    if choice is not None:
        return queries.get_template(session, choice.template_code, choice.template_version)
    templates = queries.list_templates(session)
    if not templates:
        raise NotFoundError("template-not-found")
    patient = session.get_one(Patient, visit.patient_id)
    born = Birth(patient.birth_date, Precision(patient.birth_precision))
    oldest = age_span(born, today).oldest
    return queries.newest_of(templates, usual_template(oldest_days=oldest, is_pregnant=is_pregnant))


def choose_template(
    session: Session, actor: Actor, visit_id: UUID, code: str, *, now: datetime
) -> RecordTemplate:
    """Write a visit in the newest version of a template from now on; what is written already stays.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `template-not-found`.
    """
    check(actor, "visit.write")
    visit = visit_to_write(session, actor, visit_id, now=now)
    template = queries.list_versions(session, code)[0]
    choice = queries.choice_of(session, visit)
    if choice is not None and choice.template_code == code:
        return queries.get_template(session, code, choice.template_version)
    if choice is None:
        choice = VisitTemplate(
            visit_id=visit.id,
            template_code=code,
            template_version=template.version,
            chosen_by=actor.ref,
            chosen_at=now,
        )
    choice.template_code, choice.template_version = code, template.version
    choice.chosen_by, choice.chosen_at, choice.version = actor.ref, now, choice.version + 1
    session.add(choice)
    session.flush()
    note(session, actor, visit, "visit.write", {"part": "examination", "template": code}, now=now)
    return template


def put_item(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    item: str,
    state: str,
    text: str,
    *,
    version: int,
    today: date,
    is_pregnant: bool = False,
    now: datetime,
) -> ExaminationItem:
    """Write what was found of one system or answered to one question; `version` 0: nothing yet.

    Saying again what is stored is no conflict. Raises `visit-not-found`, `not-allowed`, `visit-closed`,
    `examination-item-unknown`, `examination-state`, `text-too-long`, `stale-version`.
    """
    check(actor, "visit.write")
    visit = visit_to_write(session, actor, visit_id, now=now)
    current = queries.items_of(session, visit).get(item)
    template = template_of(session, visit, today=today, is_pregnant=is_pregnant)
    found = read_content(template.content).find(item)
    if found is None and current is not None:
        # Written in another template, and still to be read and corrected.
        found = ItemKind(current.kind), current.label, current.text
    if found is None:
        raise InvalidError("examination-item-unknown")
    kind, label, normal = found
    told = accept_text(text)
    if kind is ItemKind.QUESTION:
        state = ItemState.ANSWERED if told else ItemState.NONE
    accepted = accept_state(kind, state)
    words = told or (normal if accepted is ItemState.NORMAL else "")
    if current is not None and (current.state, current.text) == (accepted, words):
        return current
    if (current.version if current else 0) != version:
        raise StaleError("stale-version")
    _keep_template(session, actor, visit, template, now=now)
    row = _write(session, actor, visit, item, kind, label, accepted, words, current, now=now)
    note(session, actor, visit, "visit.write", {"part": "examination", "item": item}, now=now)
    return row


def mark_rest_normal(
    session: Session, actor: Actor, visit_id: UUID, *, today: date, is_pregnant: bool = False, now: datetime
) -> int:
    """Say of every system nothing is written of that it is normal; return how many.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`.
    """
    check(actor, "visit.write")
    visit = visit_to_write(session, actor, visit_id, now=now)
    template = template_of(session, visit, today=today, is_pregnant=is_pregnant)
    written = queries.items_of(session, visit)
    rest = [
        each
        for each in read_content(template.content).systems
        if each.code not in written or not written[each.code].state
    ]
    if not rest:
        return 0
    _keep_template(session, actor, visit, template, now=now)
    for each in rest:
        old = written.get(each.code)
        _write(
            session,
            actor,
            visit,
            each.code,
            ItemKind.SYSTEM,
            each.label,
            ItemState.NORMAL,
            each.normal,
            old,
            now=now,
        )
    note(session, actor, visit, "visit.write", {"part": "examination", "normal": len(rest)}, now=now)
    return len(rest)


def _keep_template(
    session: Session, actor: Actor, visit: Visit, template: RecordTemplate, *, now: datetime
) -> None:
    if queries.choice_of(session, visit) is None:
        session.add(
            VisitTemplate(
                visit_id=visit.id,
                template_code=template.code,
                template_version=template.version,
                chosen_by=actor.ref,
                chosen_at=now,
            )
        )
        session.flush()


def _write(
    session: Session,
    actor: Actor,
    visit: Visit,
    item: str,
    kind: ItemKind,
    label: str,
    state: ItemState,
    text: str,
    row: ExaminationItem | None,
    *,
    now: datetime,
) -> ExaminationItem:
    if row is None:
        row = ExaminationItem(
            visit_id=visit.id,
            item=item,
            kind=kind,
            label=label,
            state=state,
            text=text,
            written_by=actor.ref,
            written_at=now,
        )
    else:
        row.label, row.state, row.text, row.version = label, state, text, row.version + 1
        row.written_by, row.written_at = actor.ref, now
    session.add(row)
    session.flush()
    return row


def in_order(template: Content, written: Sequence[ExaminationItem]) -> list[ExaminationItem]:
    """Return what is written in the template's order, what another template asked for at the end."""
    order = template.order
    places = {code: place for place, code in enumerate(order)}
    return sorted(written, key=lambda row: (places.get(row.item, len(order)), row.item))


class ExaminationPart:
    """The examination as a part of the signed record, under the template's version and labels."""

    name = "examination"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:
        """Return template, systems and answers; None where nothing was examined."""
        written = [row for row in queries.items_of(session, visit).values() if row.state]
        if not written:
            return None
        template = template_of(session, visit, today=today)
        rows = in_order(read_content(template.content), written)
        return {
            "template": {"code": template.code, "version": template.version, "name": template.name},
            "systems": [
                {"code": row.item, "label": row.label, "state": row.state, "text": row.text}
                for row in rows
                if row.kind == ItemKind.SYSTEM
            ],
            "questions": [
                {"code": row.item, "label": row.label, "text": row.text}
                for row in rows
                if row.kind == ItemKind.QUESTION
            ],
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return `examination_words` where something is abnormal and nobody said how."""
        written = queries.items_of(session, visit).values()
        is_bare = any(row.state == ItemState.ABNORMAL and not row.text for row in written)
        return ("examination_words",) if is_bare else ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return the sum of its versions."""
        return queries.version_of(session, visit)

    def stands_for(self, session: Session, visit: Visit) -> frozenset[str]:
        """Stand for the findings once at least one system was examined."""
        written = queries.items_of(session, visit).values()
        is_examined = any(row.state in (ItemState.NORMAL, ItemState.ABNORMAL) for row in written)
        return frozenset({str(Section.FINDINGS)}) if is_examined else frozenset()
