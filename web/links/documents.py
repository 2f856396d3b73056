"""A visit's papers for its patient: on the phone, and as the PDF that the station prints."""

from typing import Final, NoReturn

from telehealth.followup.queries import LinkSubject
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.leaflets.queries import Leaflet
from telehealth.leaflets.rules import Sent
from telehealth.links.actors import LinkActor
from telehealth.papers.press import Job
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import find_membership_actor
from web.formatting import date_text, datetime_text
from web.i18n import t
from web.links.leaflet_pages import DocumentLine, DocumentPage, DocumentsPage, Pair
from web.links.leaflets import person_text, signed_on
from web.links.views import chrome_of, helped_text
from web.papers.content import code_of
from web.papers.registry import PAPERS
from web.papers.routes import job_of
from web.prescriptions.words import amount_text, name_text, usage_text
from web.staff.printing import qr_of
from web.visits.paper import part_text, said_of, signed_state
from web.visits.record import RecordView, record_view

FOR_PATIENTS: Final = ("prescription", "visit", "referral")
"""Papers of the registry a patient takes home; minutes stay with those who conferred."""

_PARTS: Final = ("background", "pregnancy", "examination", "orders")
"""Parts of the record that the sheet on the phone tells; what is prescribed stands below it, in force.

Where a referral sends its patient is told as it stands now (`web/links/going.py`).
"""


def documents_page(unit: Unit, actor: LinkActor, subject: LinkSubject, leaflet: Leaflet) -> DocumentsPage:
    """Return the papers there are now: what was taken back is not among them."""
    place = f"/p/{actor.opening_id}"
    zone = policy_of(unit.session).zone
    signed = {"visit": date_text(leaflet.signed_at, zone), "referral": date_text(leaflet.signed_at, zone)}
    if leaflet.prescription is not None:
        signed["prescription"] = date_text(leaflet.issued_on)
    as_file = [name for name in FOR_PATIENTS if _is_file(unit, leaflet, name)]
    lines = [
        DocumentLine(
            t(f"links.documents.{name}"),
            signed[name],
            f"{place}/documents/{name}" if name in ("prescription", "visit") else "",
            f"{place}/documents/{name}.pdf" if name in as_file else "",
        )
        for name in FOR_PATIENTS
        if name in signed and (name != "referral" or name in as_file)
    ]
    return DocumentsPage(
        chrome=chrome_of(subject.station),
        helped=helped_text(actor, subject),
        documents=tuple(lines),
        back_href="" if actor.purpose == Sent.DOCUMENTS else place,
        rating_href=f"{place}/rating",
        forget_action=f"{place}/forget",
    )


def prescription_page(
    unit: Unit, actor: LinkActor, subject: LinkSubject, leaflet: Leaflet, *, base_url: str
) -> DocumentPage:
    """Return the prescription in force; raise `paper-not-there` where there is none."""
    row = leaflet.prescription
    if row is None or row.issued_at is None:
        _gone()
    view = record_view(list(leaflet.records), policy_of(unit.session).zone)
    newest = next(
        each for each in (*reversed(leaflet.amendments), leaflet.record) if _brings(each, row.handle)
    )
    return _page(
        actor,
        subject,
        title=t("links.documents.prescription"),
        view=view,
        rows=((t("visits.sheet.diagnosis"), _diagnoses(view)),),
        medicines=tuple((name_text(e), amount_text(e), usage_text(e)) for e in leaflet.lines),
        signed=datetime_text(signed_on(newest), policy_of(unit.session).zone),
        signer=person_text(newest["signer"]),
        address=f"{base_url}/v/{row.handle}",
    )


def visit_page(
    unit: Unit, actor: LinkActor, subject: LinkSubject, leaflet: Leaflet, *, base_url: str
) -> DocumentPage:
    """Return the sheet of the visit as it was signed, amendments below; its code is that of the paper."""
    view = record_view(list(leaflet.records), policy_of(unit.session).zone)
    state = signed_state(list(leaflet.records), view.facility)
    return _page(
        actor,
        subject,
        title=t("links.documents.visit"),
        view=view,
        rows=_visit_rows(view),
        medicines=tuple((name_text(e), amount_text(e), usage_text(e)) for e in leaflet.lines),
        signed=view.signed,
        signer=person_text(leaflet.record["signer"]),
        address=code_of(unit, leaflet.visit, state, base_url).address,
    )


def document_job(unit: Unit, leaflet: Leaflet, name: str, *, base_url: str) -> Job:
    """Return a paper to be set, as who signed the visit would print it; raise `paper-not-there`."""
    signer = _signer(unit, leaflet)
    if name not in FOR_PATIENTS or name not in PAPERS or signer is None:
        _gone()
    return job_of(unit, signer, leaflet.visit, PAPERS[name], PAPERS[name].sizes[0], base_url)


def _page(
    actor: LinkActor,
    subject: LinkSubject,
    *,
    title: str,
    view: RecordView,
    rows: tuple[Pair, ...],
    medicines: tuple[tuple[str, str, str], ...],
    signed: str,
    signer: str,
    address: str,
) -> DocumentPage:
    size, path = qr_of(address)
    return DocumentPage(
        chrome=chrome_of(subject.station),
        title=title,
        name=f"{view.name.upper()}, {view.about}",
        rows=rows,
        medicines=medicines,
        signed=t("visits.sheet.signed", time=signed),
        signer=signer,
        qr_size=size,
        qr_path=path,
        address=address,
        back_href=f"/p/{actor.opening_id}/documents",
    )


def _visit_rows(view: RecordView) -> tuple[Pair, ...]:
    vitals = "; ".join(f"{name} {value} {unit}" for name, value, unit in view.vitals)
    rows = [
        *((each.title, each.text) for each in reversed(view.amendments)),
        (t("visits.sheet.reason"), view.texts["reason"]),
        (t("visits.sheet.allergies"), view.allergies),
        (t("visits.sheet.vitals"), vitals),
        (t("visits.sheet.findings"), view.texts["findings"]),
        *((each.title, part_text(each, "\n")) for each in view.parts if each.name in _PARTS),
        (t("visits.sheet.opinion"), view.texts["opinion"]),
        (t("visits.sheet.diagnosis"), _diagnoses(view)),
        (t("visits.sheet.advice"), view.texts["advice"]),
        (t("visits.sheet.follow_up"), view.follow_up),
    ]
    return tuple(row for row in rows if row[1])


def _diagnoses(view: RecordView) -> str:
    return "; ".join(map(said_of, view.diagnoses))


def _brings(document: object, handle: str) -> bool:
    parts = document.get("parts") if isinstance(document, dict) else None
    return ((parts or {}).get("prescription") or {}).get("handle") == handle


def _signer(unit: Unit, leaflet: Leaflet) -> MembershipActor | None:
    today = policy_of(unit.session).local_date(unit.now)
    return find_membership_actor(unit.session, leaflet.records[0].signed_by, today=today)


def _is_file(unit: Unit, leaflet: Leaflet, name: str) -> bool:
    """Tell whether a paper can be had as a file: there is one of the kind, and something signed for it."""
    signer = _signer(unit, leaflet)
    if name not in PAPERS or signer is None:
        return False
    try:
        PAPERS[name].compose(unit, signer, leaflet.visit)
    except DomainError:
        return False
    return True


def _gone() -> NoReturn:
    raise NotFoundError("paper-not-there")
