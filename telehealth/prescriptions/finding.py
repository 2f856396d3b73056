"""Formularies: which one holds where, and finding a medicine in it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from telehealth.facilities.models import FacilityIdentifier
from telehealth.facilities.queries import valid
from telehealth.kit.errors import NotFoundError
from telehealth.kit.text import fold
from telehealth.prescriptions.models import Formulary, Medicine
from telehealth.prescriptions.vocabulary import Vocabulary, boxes_begun

FOUND = 12
_VOCABULARIES: Final[dict[UUID, Vocabulary]] = {}
_VOCABULARIES_KEPT: Final = 64


def find_formulary(session: Session, facility_id: UUID) -> Formulary | None:
    """Find the list that holds at a facility: its own newest edition, else the newest of the program."""
    own = col(Formulary.facility_id) == facility_id
    query = (
        select(Formulary)
        .where(or_(own, col(Formulary.facility_id).is_(None)))
        .order_by(case((own, 0), else_=1), col(Formulary.imported_at).desc(), col(Formulary.id).desc())
    )
    return session.exec(query.limit(1)).first()


def get_formulary(session: Session, formulary_id: UUID, facility_id: UUID | None) -> Formulary:
    """Return a list that a facility may see, or any list for None; raise `formulary-not-found`."""
    query = select(Formulary).where(Formulary.id == formulary_id)
    if facility_id is not None:
        query = query.where(_seen_by(facility_id))
    found = session.exec(query).first()
    if found is None:
        raise NotFoundError("formulary-not-found")
    return found


def list_formularies(session: Session, facility_id: UUID | None) -> list[Formulary]:
    """List the lists a facility may see, or all for None, the newest first."""
    query = select(Formulary)
    if facility_id is not None:
        query = query.where(_seen_by(facility_id))
    return list(session.exec(query.order_by(col(Formulary.imported_at).desc(), col(Formulary.id).desc())))


def find_label(session: Session, facility_id: UUID | None, label: str) -> Formulary | None:
    """Find the list of a facility, or of the program, by its label."""
    where = col(Formulary.facility_id)
    same = where.is_(None) if facility_id is None else where == facility_id
    return session.exec(select(Formulary).where(same, Formulary.label == label)).first()


def facility_of_code(session: Session, code: str, *, on: date) -> UUID:
    """Return the facility an official code belongs to on a day; raise `facility-not-found`."""
    query = select(FacilityIdentifier.facility_id).where(
        FacilityIdentifier.value == code, valid(FacilityIdentifier, on)
    )
    found = set(session.exec(query))
    if len(found) != 1:
        raise NotFoundError("facility-not-found")
    return found.pop()


def search_medicines(
    session: Session, formulary_id: UUID, text: str, *, limit: int = FOUND
) -> list[Medicine]:
    """Search a list by beginnings of words, with or without marks, as they are spelt here or elsewhere.

    Names that begin with the text come first, then names that hold it as typed, then those that sound like
    it or are sold under it.
    """
    words = fold(text).split()
    if not words:
        return []
    # The search walks along the index of names alone; whole rows are fetched of what is shown.
    ids = select(Medicine.id).where(Medicine.formulary_id == formulary_id)
    vocabulary = _vocabulary(session, formulary_id)
    typed = [_begins_word(word) for word in words]
    others = [_other_spellings(vocabulary, word) for word in words]
    for plain, other in zip(typed, others, strict=True):
        ids = ids.where(or_(plain, *other))
    beginning = f" {' '.join(words)}"
    begins = col(Medicine.folded).like(literal(f"{beginning}%"))
    rank = case((begins, 0), (and_(*typed), 1), else_=2) if any(others) else case((begins, 0), else_=1)
    found = session.exec(ids.order_by(rank, col(Medicine.folded), col(Medicine.id)).limit(limit))
    places = {each: place for place, each in enumerate(found)}
    rows = session.exec(select(Medicine).where(col(Medicine.id).in_(places)))
    return sorted(rows, key=lambda row: places[row.id])


def _begins_word(word: str) -> ColumnElement[bool]:
    # Folded words hold letters and digits only: nothing in them means anything to LIKE.
    return col(Medicine.folded).like(f"% {word}%")


def _other_spellings(vocabulary: Vocabulary, word: str) -> list[ColumnElement[bool]]:
    """Return what else a typed word may mean in this list: its spelling there, what a box holds."""
    spelt = [_begins_word(each) for each in vocabulary.spellings(word)]
    boxes = [
        and_(*(or_(_begins_word(each), *map(_begins_word, vocabulary.spellings(each))) for each in names))
        for names in boxes_begun(word)
    ]
    return [*spelt, *boxes]


def _vocabulary(session: Session, formulary_id: UUID) -> Vocabulary:
    """Return the words of a list; read once, for a list never changes."""
    known = _VOCABULARIES.get(formulary_id)
    if known is None:
        names = session.exec(select(Medicine.folded).where(Medicine.formulary_id == formulary_id))
        known = Vocabulary.of(names)
        if len(_VOCABULARIES) >= _VOCABULARIES_KEPT:
            _VOCABULARIES.clear()
        _VOCABULARIES[formulary_id] = known
    return known


def list_medicines(
    session: Session, formulary_id: UUID, *, after: str = "", limit: int = 100
) -> list[Medicine]:
    """List the medicines of a list by name, from behind `after` (a medicine's code) on."""
    query = select(Medicine).where(Medicine.formulary_id == formulary_id, Medicine.code > after)
    return list(session.exec(query.order_by(col(Medicine.code)).limit(limit)))


def usable_medicines(session: Session, facility_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Medicine]:
    """Return the medicines of these ids that are of any list, new or old, a facility may see."""
    query = (
        select(Medicine)
        .join(Formulary, col(Formulary.id) == Medicine.formulary_id)
        .where(col(Medicine.id).in_(ids), _seen_by(facility_id))
    )
    return {row.id: row for row in session.exec(query)}


def same_today(session: Session, formulary_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Medicine]:
    """Return, for medicines of any edition, the one of the same code and name in this list."""
    older, now = aliased(Medicine), aliased(Medicine)
    query = (
        select(older.id, now)
        .join(now, and_(now.code == older.code, now.generic_name == older.generic_name))
        .where(col(older.id).in_(ids), now.formulary_id == formulary_id)
    )
    return dict(session.exec(query).all())


def _seen_by(facility_id: UUID) -> ColumnElement[bool]:
    return or_(col(Formulary.facility_id) == facility_id, col(Formulary.facility_id).is_(None))


class MedicineNames:
    """The names of medicines, of every formulary there is: no text to a patient holds one."""

    def names(self, session: Session) -> Iterator[str]:
        """Name each by its substance and by its brand."""
        for generic, brand in session.exec(select(Medicine.generic_name, Medicine.brand_name).distinct()):
            yield generic
            yield brand
