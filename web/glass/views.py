"""From records that were opened to what their list prints."""

from collections.abc import Sequence

from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.kit.text import mask_name
from telehealth.patients.glasses import named_in
from telehealth.patients.models import BrokenGlass
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.formatting import datetime_text
from web.glass.pages import ReviewLine
from web.i18n import t
from web.visits.words import signature_name


def review_lines(unit: Unit, actor: MembershipActor, rows: Sequence[BrokenGlass]) -> tuple[ReviewLine, ...]:
    """Return the lines; the patients are out of scope, so a masked name and the year have to do."""
    session, zone = unit.session, policy_of(unit.session).zone
    people = describe(
        session, {row.membership_id for row in rows} | {row.reviewed_by for row in rows if row.reviewed_by}
    )
    patients = named_in(session, actor, rows)
    places = names_of(session, {row.station_facility_id for row in rows})

    def whose(row: BrokenGlass) -> str:
        name, year = patients[row.patient_id]
        return f"{mask_name(name)} ({year}), {places[row.station_facility_id]}"

    def judged(row: BrokenGlass) -> str:
        if row.reviewed_at is None or row.reviewed_by is None:
            return ""
        by = f"{signature_name(people[row.reviewed_by])}, {datetime_text(row.reviewed_at, zone)}"
        return f"{by}: {row.note}" if row.note else by

    return tuple(
        ReviewLine(
            id=str(row.id),
            who=signature_name(people[row.membership_id]),
            whose=whose(row),
            when=datetime_text(row.opened_at, zone),
            reason=t(f"glass.reasons.{row.reason_code}"),
            words=row.reason,
            state=t(f"glass.verdicts.{row.verdict}") if row.verdict else t("glass.waiting"),
            state_kind={None: "soon", "justified": "ok"}.get(row.verdict, "error"),
            note=judged(row),
            may_review=row.verdict is None and row.membership_id != actor.ref,
        )
        for row in rows
    )
