"""The signed paper of consents: sent from the patient's page, looked at on a page of its own."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from telehealth.access.deps import Allow
from telehealth.consents import queries as consent_queries
from telehealth.consents import service as consents
from telehealth.consents.deps import receive_proof
from telehealth.consents.rules import ProofSize
from telehealth.files.deps import PICTURE_HEADERS, FileStore
from telehealth.kit.deps import WriteUnit, write_unit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients import queries, service
from telehealth.staff.actors import MembershipActor
from web.formatting import datetime_text
from web.forms import FormView, error_text
from web.i18n import t
from web.patients.pages import person_line
from web.patients.record import consent_given, record_page
from web.proofs.pages import ProofPage, ProofSheet
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/patients", include_in_schema=False)

Recorder = Annotated[MembershipActor, Allow("consent.record")]
Reader = Annotated[MembershipActor, Allow("file.read")]

_FIELDS: Final = {"file": "proof", "consent_id": "consent_id"}
"""Where the form says what was refused."""


@router.post("/{patient_id}/consents/proof", dependencies=[CsrfProtected])
async def send_proof(request: Request, actor: Recorder, patient_id: UUID, form: PostedForm) -> Response:
    """Keep the photographed paper of the consents that were chosen, or show the record with what is wrong."""
    try:
        chosen, content = _chosen(form), await _paper(form)
        await receive_proof(request, actor, patient_id, chosen, content)
    except DomainError as error:
        if error.status == 404:
            raise
        return await _again(request, actor, patient_id, error)
    return redirect(f"/patients/{patient_id}?done=proof")


@router.get("/{patient_id}/consents/{consent_id}/proof")
def proof_page(
    request: Request, actor: Reader, unit: WriteUnit, patient_id: UUID, consent_id: UUID
) -> Response:
    """Show the signed paper of a consent; the look at the record and at each picture is on record."""
    session, now = unit.session, unit.now
    consent = consent_queries.get_consent(session, actor, consent_id, patient_id=patient_id, now=now)
    patient = service.read_patient(session, actor, patient_id, now=now)
    pages = consent_queries.count_proof_pages(session, [consent_id]).get(consent_id, 0)
    picture = f"{request.url.path}/picture"
    zone = policy_of(session).zone
    page = ProofPage(
        person=person_line(queries.card_of(session, patient, now=now)),
        purpose=t(f"consents.purposes.{consent.purpose}"),
        given=consent_given(consent, zone),
        withdrawn=datetime_text(consent.withdrawn_at, zone) if consent.withdrawn_at else "",
        sheets=tuple(
            ProofSheet(
                t("proofs.sheet", page=number, pages=pages),
                f"{picture}?page={number}",
                f"{picture}?page={number}&size={ProofSize.FULL}",
            )
            for number in range(1, pages + 1)
        ),
    )
    return render(request, page)


@router.get("/{patient_id}/consents/{consent_id}/proof/picture")
def proof_picture(
    actor: Reader,
    unit: WriteUnit,
    storage: FileStore,
    patient_id: UUID,
    consent_id: UUID,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    size: ProofSize = ProofSize.VIEW,
) -> Response:
    """Return the pixels of one page; opening them is on record."""
    file, content = consents.open_proof(
        unit.session,
        storage,
        actor,
        consent_id,
        patient_id=patient_id,
        page=page,
        size=size,
        now=unit.now,
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


def _chosen(form: FormData) -> list[UUID]:
    try:
        return [UUID(str(each)) for each in form.getlist("consent_id")]
    except ValueError:
        raise InvalidError("proof-consent-needed", field="consent_id") from None


async def _paper(form: FormData) -> bytes:
    sent = form.get("proof")
    if not isinstance(sent, UploadFile) or not sent.size:
        raise InvalidError("file-empty", field="file")
    return await sent.read()


async def _again(request: Request, actor: MembershipActor, patient_id: UUID, error: DomainError) -> Response:
    field = _FIELDS.get(getattr(error, "field", None) or "", "proof")
    view = FormView().with_error(field, error_text(error))
    async with write_unit(request) as unit:

        def show() -> Response:
            page = record_page(actor, unit, patient_id, FormView(), "", proof_form=view)
            return render(request, page, error.status)

        return await run_in_threadpool(show)
