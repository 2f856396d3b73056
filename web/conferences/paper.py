"""Minutes as paper: from what chair and secretary signed and nothing else."""

import json
from datetime import date, datetime
from typing import Any

from telehealth.conferences import queries
from telehealth.conferences.models import MinutesSignature
from telehealth.conferences.rules import PersonRole
from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.papers.service import Signed
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from web.conferences.words import person_text, signer_views, text_rows
from web.formatting import datetime_text
from web.i18n import t
from web.papers.content import Content, head, signer
from web.visits.record import about_text


def minutes_paper(unit: Unit, actor: MembershipActor, visit: Visit) -> Content:  # noqa: ARG001  (as every paper)
    """Compose the minutes of a visit fetched in scope; raise `paper-not-there` before they are complete."""
    zone = policy_of(unit.session).zone
    signatures = complete_signatures(unit, visit)
    content = json.loads(signatures[0].canonical)
    people = signer_views(content, signatures, zone)
    data = {
        **head(
            title=t("conferences.sheet_title"),
            facility=content["place"],
            number=content["patient"]["mrn"],
            who=content["patient"]["full_name"].upper(),
            foot=t(
                "visits.sheet.printed",
                time=datetime_text(unit.now, zone),
                hash=signatures[0].sha256[:16],
            ),
        ),
        "facts": [(label, text, False) for label, text in fact_rows(content, zone)],
        "parts": text_rows(content),
        "signers": [
            signer(role=each.role, name=each.name, note=each.facility, signed=each.signed, digital="")
            for each in people
        ],
    }
    return Content(signed=signed_state(content, signatures), data=data)


def complete_signatures(unit: Unit, visit: Visit) -> list[MinutesSignature]:
    """Return the signatures of complete minutes; raise `paper-not-there`."""
    found = queries.find_complete(unit.session, visit.id)
    if not found:
        raise NotFoundError("paper-not-there")
    return found


def signed_state(content: Any, signatures: list[MinutesSignature]) -> Signed:
    """Return what the handle of these minutes stands for."""
    newest = max(each.signed_at for each in signatures)
    return Signed("minutes", signatures[0].sha256, content["place"], newest)


def fact_rows(content: Any, zone: Any) -> list[tuple[str, str]]:
    """Return time, place, patient and who took part, as labels and words."""
    held = datetime.fromisoformat(content["held_at"].replace("Z", "+00:00"))
    members = [each for each in content["people"] if each["role"] == PersonRole.MEMBER]
    rows = [
        (t("conferences.held"), datetime_text(held, zone)),
        (t("conferences.place"), content["place"]),
        (t("visits.sheet.name"), _patient(content["patient"], held.astimezone(zone).date())),
        *(
            (t(f"conferences.roles.{each['role']}"), person_text(each))
            for each in content["people"]
            if each["role"] != PersonRole.MEMBER
        ),
        (t("conferences.members"), "\n".join(person_text(each) for each in members)),
    ]
    return [row for row in rows if row[1]]


def _patient(patient: Any, on: date) -> str:
    return f"{patient['full_name'].upper()}, {about_text(patient, on)}"
