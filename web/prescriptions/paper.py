"""A prescription as a file: the same words as its sheet, of the one that is in force and of no other."""

from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.papers.service import Signed
from telehealth.prescriptions import queries
from telehealth.prescriptions.models import Prescription
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from web.formatting import datetime_text
from web.i18n import t
from web.papers.content import Content, head, ink_place, signer
from web.prescriptions.pages import Sheet
from web.prescriptions.sheet import sheet_of, signed_at


def prescription_paper(unit: Unit, actor: MembershipActor, visit: Visit) -> Content:
    """Compose the prescription of a visit fetched in scope that is in force; raise `paper-not-there`.

    Its handle is the one that was signed with it: what pharmacies scan is the same on every paper of it.
    """
    row = queries.find_active(unit.session, actor, visit, now=unit.now)
    if row is None:
        raise NotFoundError("paper-not-there")
    signed, sheet = queries.signed_content(unit.session, row), sheet_of(unit, row, visit)
    return Content(
        signed=Signed("prescription", str(row.number), sheet.facility, signed_at(signed)),
        handle=row.handle,
        data={
            **_head(unit, row, sheet),
            "facts": [(t("visits.sheet.name"), sheet.name, True), *_plain(sheet.rows)],
            "lines": [
                {"name": each.name, "amount": each.amount, "usage": each.usage} for each in sheet.lines
            ],
            "count": t("prescriptions.sheet.count", count=f"{len(sheet.lines):02d}"),
            "told": _plain(_told(sheet)),
            "signers": _signers(sheet),
        },
    )


def _head(unit: Unit, row: Prescription, sheet: Sheet) -> dict[str, object]:
    printed = datetime_text(unit.now, policy_of(unit.session).zone)
    return head(
        title=t("prescriptions.sheet.heading"),
        facility=sheet.facility,
        beside="\n".join(sheet.facility_rows),
        number_label=t("prescriptions.sheet.code"),
        number=sheet.code or t("prescriptions.sheet.no_code"),
        who=sheet.name,
        foot=t("prescriptions.sheet.printed", time=printed, handle=row.handle),
    )


def _plain(rows: tuple[tuple[str, str], ...]) -> list[tuple[str, str, bool]]:
    return [(label, text, False) for label, text in rows if text]


def _told(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    return (
        (t("visits.sheet.advice"), sheet.advice),
        (t("visits.sheet.follow_up"), sheet.follow_up),
    )


def _signers(sheet: Sheet) -> list[dict[str, object]]:
    day, month, year = sheet.day
    prescriber = signer(
        role=t("prescriptions.sheet.prescriber"),
        name=sheet.signer,
        note=sheet.licence,
        signed=sheet.signed,
        digital=sheet.digital,
        day=t("visits.sheet.day", day=day, month=month, year=year),
    )
    escort = ink_place(t("prescriptions.sheet.escort"), t("visits.sheet.ink"))
    return [escort, prescriber] if sheet.is_child else [prescriber]
