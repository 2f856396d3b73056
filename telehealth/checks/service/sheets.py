"""Questionnaires: those that ship, new versions of them, and who stands for one."""

from datetime import datetime
from importlib.resources import files
from typing import Final

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.checks import queries
from telehealth.checks.models import Questionnaire
from telehealth.checks.questions import read_content
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, StaleError
from telehealth.kit.text import paragraphs
from telehealth.staff.actors import MembershipActor

SHIPPED: Final = ("blood_pressure", "glucose", "fever", "wound", "medicine")


def load_questionnaires(session: Session, *, now: datetime) -> int:
    """Add the questionnaires of this release that are not there, unapproved; return how many ship.

    One that changed since an earlier release becomes a new version beside it, which is asked once somebody
    stands for it. What an administrator wrote here is newer than any release.
    """
    newest = {each.code: each for each in queries.list_questionnaires(session)}
    for rank, code in enumerate(SHIPPED):
        source = files("telehealth.checks").joinpath(f"data/{code}.toml").read_text("utf-8")
        read_content(source)
        known = newest.get(code)
        if known is not None and (known.created_by is not None or known.source == source):
            continue
        version = known.version + 1 if known else 1
        session.add(Questionnaire(code=code, version=version, rank=rank, source=source, created_at=now))
    session.flush()
    return len(SHIPPED)


def save_version(
    session: Session, actor: Actor, code: str, *, source: str, version: int, now: datetime
) -> Questionnaire:
    """Add a version, unapproved; what was asked in an older one stays in that.

    `version` is the one the writer read. Saying again what stands there makes no version. Raises
    `not-allowed`, `questionnaire-not-found`, `stale-version` and what reading a version raises.
    """
    check(actor, "questionnaire.manage")
    newest = queries.list_versions(session, code)[0]
    text = paragraphs(source)
    read_content(text)
    if text == paragraphs(newest.source):
        return newest
    if newest.version != version:
        raise StaleError
    row = Questionnaire(
        code=code,
        version=newest.version + 1,
        rank=newest.rank,
        source=text,
        created_by=actor.ref,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _trace(session, actor, "questionnaire.manage", row, now)
    return row


def approve_version(
    session: Session, actor: MembershipActor, code: str, version: int, *, now: datetime
) -> Questionnaire:
    """Stand for the questions and thresholds of a version in one's own name; from now on it is asked.

    Raises `not-allowed`, `questionnaire-not-found`, `questionnaire-approved`.
    """
    check(actor, "questionnaire.approve")
    row = queries.get_questionnaire(session, code, version, lock=True)
    if row.approved_at is not None:
        raise ConflictError("questionnaire-approved")
    row.approved_at, row.approved_by = now, actor.ref
    session.add(row)
    session.flush()
    _trace(session, actor, "questionnaire.approve", row, now)
    return row


def _trace(session: Session, actor: Actor, action: str, row: Questionnaire, now: datetime) -> None:
    facts = {"code": row.code, "version": row.version}
    record(session, actor, action, subject_kind="questionnaire", facts=facts, now=now)
