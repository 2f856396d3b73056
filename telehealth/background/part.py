"""Background as parts of the signed record: what a visit confirmed, and the pregnancy."""

from datetime import date

from sqlmodel import Session

from telehealth.background import queries
from telehealth.background.rules import DatedBy, FactKind, gestation
from telehealth.kit.policy import policy_of
from telehealth.visits.models import Visit


class BackgroundPart:
    """What the visit confirmed of problems, medicines and allergies, as a part of the signed record."""

    name = "background"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (the port's shape)
        """Return the confirmed kinds with what stood there when they were; None where nothing was asked.

        What came to be known since, at another visit, nobody was asked about at this one.
        """
        confirmed = queries.confirmations_of(session, visit)
        if not confirmed:
            return None
        known = (*queries.facts_of(session, visit), *queries.facts_of(session, visit, is_active=False))
        facts = {str(fact.id): fact for fact in known}
        zone = policy_of(session)
        return {
            str(kind): [
                {"text": fact.text, "since": zone.local_date(fact.noted_at).isoformat()}
                for fact in (facts[each] for each in confirmed[kind].facts if each in facts)
            ]
            for kind in FactKind
            if kind in confirmed
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing: a visit can be signed without."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return the sum of all versions."""
        return queries.facts_version(session, visit)


class PregnancyPart:
    """The pregnancy as a part of the signed record: dates, gestational age on the day, births before."""

    name = "pregnancy"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002
        """Return the pregnancy as it was on the day of the visit; None where none is known."""
        row = queries.find_pregnancy(session, visit.patient_id)
        if row is None:
            return None
        found = gestation(
            DatedBy(row.dated_by), row.dated_on, policy_of(session).local_date(visit.occurred_at)
        )
        if found.is_over:
            return None
        return {
            "dated_by": row.dated_by,
            "dated_on": row.dated_on.isoformat(),
            "due_on": found.due_on.isoformat(),
            "gestation_days": found.days,
            "gestation": found.label,
            "loinc": "18185-9",
            "gravida": row.gravida,
            "para": row.para,
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing: a visit can be signed without."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return the sum of the versions of all pregnancies."""
        return queries.pregnancy_version(session, visit)
