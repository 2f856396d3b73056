"""The letter of a referral, on the page and as a file: from what was signed with the visit.

Opened for the letter alone: personal number, card and address. Added under what was signed: amendments, and
where the referral was sent on to since.
"""

import json
from dataclasses import replace
from typing import Any, Final

from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.papers.service import LETTER, Signed, check_records
from telehealth.patients.models import Patient
from telehealth.patients.queries import open_identity
from telehealth.referrals import queries
from telehealth.referrals.models import Referral, ReferralStep
from telehealth.referrals.rules import StepKind
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import queries as visits
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.rules import Section
from telehealth.visits.service import draft_record
from web.formatting import datetime_text
from web.i18n import t
from web.papers.content import Content, head, ink_place, signer
from web.papers.seals import digital_text
from web.referrals.pages import Letter
from web.visits.paper import added_rows, beside, part_text, said_of
from web.visits.record import RecordView, attached_text, record_view
from web.visits.words import signature_name

_PARTS: Final = ("background", "pregnancy", "examination", "orders")
"""Parts of the record the letter tells as well: whoever receives the patient has nothing else at hand.

What is prescribed is on its own paper, and not to be read before the signature, as this letter may be.
"""


def letter_paper(unit: Unit, actor: MembershipActor, visit: Visit) -> Content:
    """Compose the letter of a visit fetched in scope; raise `paper-not-there` where none holds."""
    referral = queries.find_sent(unit.session, actor, visit, now=unit.now)
    if referral is None:
        raise NotFoundError("paper-not-there")
    letter = letter_of(unit, actor, visit, referral)
    if letter.state is None:
        raise NotFoundError("paper-not-there")
    printed = datetime_text(unit.now, policy_of(unit.session).zone)
    day, month, year = letter.day
    doctor = signer(
        role=t("visits.record.signer"),
        name=letter.signer,
        note=letter.licence,
        signed=letter.signed,
        digital=letter.digital,
        day=t("visits.sheet.day", day=day, month=month, year=year),
    )
    return Content(
        signed=letter.state,
        data={
            **head(
                title=t("referrals.letter.title"),
                facility=letter.facility,
                beside="\n".join(letter.beside),
                number=letter.mrn,
                beneath=t("referrals.letter.to", name=letter.to),
                who=letter.name.upper(),
                foot=t("visits.sheet.printed", time=printed, hash=letter.hash),
            ),
            "facts": [
                (t("visits.sheet.name"), f"{letter.name.upper()}, {letter.about}", True),
                *((label, text, False) for label, text in letter.rows),
            ],
            "added": letter.added,
            "signers": [ink_place(t("referrals.letter.head"), t("referrals.letter.seal")), doctor],
        },
    )


def letter_of(unit: Unit, actor: MembershipActor, visit: Visit, referral: Referral) -> Letter:
    """Return the letter of a referral that was sent; visit and referral fetched in scope.

    Sent before the signature it tells what is written so far, and says that nobody has signed it.
    """
    records = visits.records_of(unit.session, visit)
    if records:
        return _letter(unit, visit, referral, records)
    letter = _letter(unit, visit, referral, [draft_record(unit.session, actor, visit, now=unit.now)])
    sender = _sender(unit, referral)
    return replace(letter, signer=sender, licence="", signed="", digital="", hash="", state=None)


def _sender(unit: Unit, referral: Referral) -> str:
    """Return who sent it before the signature."""
    steps = queries.list_steps(unit.session, referral.id)
    sent = [each.actor_ref for each in steps if each.kind == StepKind.SENT]
    return signature_name(describe(unit.session, set(sent)).get(sent[-1])) if sent else ""


def _letter(unit: Unit, visit: Visit, referral: Referral, records: list[SignedRecord]) -> Letter:
    session, zone = unit.session, policy_of(unit.session).zone
    record = record_view(records, zone)
    content: dict[str, Any] = json.loads(records[0].canonical)
    part: dict[str, Any] = content["parts"]["referral"]
    moves = [each for each in queries.list_steps(session, referral.id) if each.kind == StepKind.REDIRECTED]
    return Letter(
        facility=record.station,
        beside=(t("visits.sheet.with_station", name=record.facility),) if beside(record) else (),
        to=part["to"]["name"],
        name=record.name,
        about=record.about,
        mrn=record.mrn,
        rows=_who(unit, visit) + _told(record, part, _documents(content, part)),
        added=(*added_rows(record), *_moved(unit, moves)),
        day=record.day,
        signer=record.signer,
        licence=record.signer_licence,
        signed=record.signed,
        digital=digital_text(check_records(session, records)),
        hash=record.hash[:16],
        # Sent on, it is another letter: the handle of the one before does not hold for it.
        state=Signed(LETTER, f"{records[-1].sha256}-{len(moves)}", record.station, records[-1].signed_at),
    )


def _who(unit: Unit, visit: Visit) -> tuple[tuple[str, str], ...]:
    identity = open_identity(unit.session, unit.session.get_one(Patient, visit.patient_id))
    given = (("id", identity.cccd or ""), ("insurance", identity.bhyt or ""), ("address", identity.address))
    return tuple((t(f"prescriptions.sheet.{key}"), text) for key, text in given if text)


def _told(record: RecordView, part: dict[str, Any], documents: str) -> tuple[tuple[str, str], ...]:
    texts = record.texts
    parts = {each.name: part_text(each, "\n") for each in record.parts if each.name in _PARTS}
    given = (
        ("seen", record.occurred),
        ("signs", "\n".join(each for each in (texts[Section.REASON], texts[Section.HISTORY]) if each)),
        ("allergies", record.allergies),
        *((name, parts.get(name, "")) for name in ("background", "pregnancy")),
        ("findings", texts[Section.FINDINGS]),
        ("examination", parts.get("examination", "")),
        ("vitals", "; ".join(f"{name} {value} {unit}" for name, value, unit in record.vitals)),
        ("orders", parts.get("orders", "")),
        ("diagnosis", "; ".join(map(said_of, record.diagnoses))),
        ("treatment", part["treatment"] or texts[Section.MEDICINES]),
        ("condition", part["condition"]),
        ("reason", part["reason"]),
        ("urgency", t(f"referrals.urgency.{part['urgency']}")),
        ("transport", t(f"referrals.transport.{part['transport']}")),
        ("escort", part["escort"]),
        ("documents", documents),
    )
    label = {name: t(f"visits.sections.{name}") for name in _PARTS}
    return tuple((label.get(key) or t(f"referrals.letter.{key}"), text) for key, text in given if text)


def _documents(content: dict[str, Any], part: dict[str, Any]) -> str:
    """Return how many photos and papers go along, and what each is, as it was signed."""
    sent = [attached_text(each) for each in content["attachments"] if each["id"] in part["attachments"]]
    return f"{t('answers.pictures', count=len(sent))}: {'; '.join(sent)}" if sent else ""


def _moved(unit: Unit, moves: list[ReferralStep]) -> list[tuple[str, str, str]]:
    zone = policy_of(unit.session).zone
    places = names_of(unit.session, {each.facility_id for each in moves if each.facility_id})
    return [
        (
            t("referrals.redirect"),
            t("referrals.step.redirected", place=places[each.facility_id]),
            datetime_text(each.at, zone),
        )
        for each in moves
        if each.facility_id
    ]
