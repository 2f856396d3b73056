"""Where a notice leads: to the appointment it tells of, named after the patient for who may know."""

from collections.abc import Sequence
from uuid import UUID

from telehealth.access.rules import can
from telehealth.duty.models import DutyNotice
from telehealth.duty.service.history import NoticeKind
from telehealth.kit.db import Unit
from telehealth.patients.queries import find_cards
from telehealth.scheduling.queries import list_known
from telehealth.staff.actors import MembershipActor
from web.i18n import t
from web.roster.views import Ways

_STRANDED = "/hours/stranded"


def ways_of(unit: Unit, actor: MembershipActor, notices: Sequence[DutyNotice]) -> Ways:
    """Return for notices of appointments the words and the address of the way there.

    Whoever may not open a stranded one arranges it from the list. No statement where none tells of any.
    """
    told = {row.id: UUID(row.data["appointment"]) for row in notices if "appointment" in row.data}
    known = {row.id: row for row in list_known(unit.session, actor, set(told.values()), now=unit.now)}
    patients = {row.patient_id for row in known.values()}
    cards = find_cards(unit.session, actor, patients, now=unit.now) if patients else {}
    ways = {}
    for row in notices:
        appointment = known.get(told[row.id]) if row.id in told else None
        if appointment is not None:
            card = cards.get(appointment.patient_id)
            words = card.full_name if card else t("hours.open_appointment")
            ways[row.id] = (words, f"/appointments/{appointment.id}")
        elif row.kind == NoticeKind.HOURS_LOST and can(actor, "availability.read"):
            ways[row.id] = (t("hours.stranded_see"), _STRANDED)
    return ways
