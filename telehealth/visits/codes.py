"""The selects of diagnosis codes: which list is in use, the search, what is reviewed. They name no patient.

A search walks along the beginning of its longest word (`code_word`) and compares the others with the whole
name: one statement, whatever is typed, on both databases. See docs/decisions/0026.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, case, literal
from sqlmodel import Session, col, func, select

from telehealth.kit.actors import Actor
from telehealth.kit.policy import policy_of
from telehealth.kit.text import fold
from telehealth.visits.models import CodeList, CodeWord, Condition, DiagnosisCode
from telehealth.visits.rules import OWN_LIST, code_begins

CODE_LIMIT: Final = 12
WORDS_AT_MOST: Final = 8
PAGE: Final = 50

_ASIDE: Final = re.compile(r"[(,;]")


def list_in_use(session: Session, *, on: date) -> str:
    """Return the label of the list that is in use on a day; our own small one before any other was."""
    query = (
        select(CodeList.label)
        .where(col(CodeList.in_use_from) <= on)
        .order_by(col(CodeList.in_use_from).desc(), col(CodeList.imported_at).desc())
        .limit(1)
    )
    return session.exec(query).first() or OWN_LIST


def list_lists(session: Session) -> list[CodeList]:
    """List every version that is there, what came last first."""
    return list(session.exec(select(CodeList).order_by(col(CodeList.imported_at).desc(), CodeList.label)))


def count_reviewed(session: Session) -> dict[str, int]:
    """Return how many rows of each list a clinician has approved."""
    query = (
        select(DiagnosisCode.code_list, func.count())
        .where(col(DiagnosisCode.is_reviewed))
        .group_by(DiagnosisCode.code_list)
    )
    return dict(session.exec(query).all())


def codes_of(session: Session, codes: Sequence[str], *, on: date) -> dict[str, DiagnosisCode]:
    """Return the rows of these codes in the list in use, else in our own."""
    label = list_in_use(session, on=on)
    query = select(DiagnosisCode).where(
        col(DiagnosisCode.code_list).in_({label, OWN_LIST}), col(DiagnosisCode.code).in_(codes)
    )
    found: dict[str, DiagnosisCode] = {}
    for row in session.exec(query):
        if row.code_list == label or row.code not in found:
            found[row.code] = row
    return found


def search_codes(
    session: Session,
    actor: Actor,
    text: str,
    *,
    now: datetime,
    code_list: str = "",
    limit: int = CODE_LIMIT,
) -> list[DiagnosisCode]:
    """Search a list (the one in use unless named) by code, or by words without marks: each begins a word.

    First the very code, then codes that begin so, then what the actor diagnosed most often, then names
    that begin with the text.
    """
    words = fold(text).split()[:WORDS_AT_MOST]
    if not words:
        return []
    label = code_list or list_in_use(session, on=policy_of(session).local_date(now))
    habit = (
        select(col(Condition.code).label("code"), func.count().label("times"))
        .where(Condition.written_by == actor.ref)
        .group_by(col(Condition.code))
        .subquery()
    )
    query = (
        select(DiagnosisCode)
        .outerjoin(habit, habit.c.code == DiagnosisCode.code)
        .where(DiagnosisCode.code_list == label, *_matching(label, words))
        .order_by(
            _rank(text),
            func.coalesce(habit.c.times, 0).desc(),
            case((col(DiagnosisCode.folded).like(f" {' '.join(words)}%"), 0), else_=1),
            col(DiagnosisCode.code),
        )
        .limit(limit)
    )
    return list(session.exec(query))


def list_to_review(
    session: Session, code_list: str, *, text: str = "", is_reviewed: bool = False, after: str = ""
) -> list[DiagnosisCode]:
    """List a page of rows that wait for a clinician (or have one's approval), by code; one more than fits."""
    words = fold(text).split()[:WORDS_AT_MOST]
    query = select(DiagnosisCode).where(
        DiagnosisCode.code_list == code_list,
        DiagnosisCode.is_reviewed == is_reviewed,
        DiagnosisCode.code > after,
        *(_matching(code_list, words) if words else ()),
    )
    return list(session.exec(query.order_by(col(DiagnosisCode.code)).limit(PAGE + 1)))


def _matching(label: str, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """Walk along the longest word, the rarest as a rule; compare the others with each row met."""
    driver = max(words, key=len)
    begun = select(CodeWord.code).where(
        CodeWord.code_list == label, CodeWord.word >= driver, CodeWord.word < f"{driver}{{"
    )
    # Folded words hold letters and digits only: nothing in them means anything to LIKE.
    others = [col(DiagnosisCode.folded).like(f"% {word}%") for word in words if word != driver]
    return [col(DiagnosisCode.code).in_(begun), *others]


def _rank(text: str) -> ColumnElement[int]:
    begins = code_begins(text)
    if not begins:
        return literal(2)
    is_begun = col(DiagnosisCode.code).like(f"{begins}%")
    return case((col(DiagnosisCode.code) == begins, 0), (is_begun, 1), else_=2)


class DiagnosisNames:
    """The names of diseases, of every list there is: no text to a patient holds one."""

    def names(self, session: Session) -> Iterator[str]:
        """Name them whole, and as people say them: without what stands in brackets or behind a comma.

        What only says why somebody comes (ICD-10 chapter XXI: a check, a vaccination) is no disease.
        """
        diseases = select(DiagnosisCode.name).where(~col(DiagnosisCode.code).startswith("Z")).distinct()
        for name in session.exec(diseases):
            yield name
            yield _ASIDE.split(name, 1)[0]
