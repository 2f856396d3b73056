"""From attachments as they are stored to what their pages print."""

import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.kit.actors import ActorKind
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.links.actors import LinkActor
from telehealth.patients.queries import find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits import attached, queries
from telehealth.visits.attachments import Size
from telehealth.visits.models import Attachment, AttachmentFile, Visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState
from web.attachments.drawing import Drawing, drawing
from web.attachments.pages import (
    AttachmentCard,
    AttachmentPage,
    AttachmentSheetPage,
    AttachmentsPage,
    PrintedAttachment,
    SendView,
    kind_options,
)
from web.formatting import datetime_text
from web.forms import FormView, filled
from web.i18n import t
from web.visits.people import about_text

ZOOMS = (1, 2, 4)


def attachments_page(
    unit: Unit,
    actor: MembershipActor,
    visit: Visit,
    *,
    form: FormView | None = None,
    is_embedded: bool = False,
) -> AttachmentsPage:
    """Return the attachments of a visit fetched in scope; `form` as it was typed, with what is wrong."""
    here = f"/visits/{visit.id}/attachments"
    can_change = _can_change(actor, visit)
    send = SendView(here, f"/visits/{visit.id}/uploads", "/uploads/", form or FormView(), kind_options())
    return AttachmentsPage(
        here=f"{here}?embed=1" if is_embedded else here,
        back_href=f"/visits/{visit.id}",
        print_href=f"{here}/print" if can(actor, "visit.print") else "",
        change_href="/attachments/",
        who=_who(unit, actor, visit),
        send=send if can_change else None,
        cards=cards_of(unit, actor, visit),
        can_change=can_change,
        is_embedded=is_embedded,
    )


def cards_of(unit: Unit, actor: MembershipActor, visit: Visit) -> tuple[AttachmentCard, ...]:
    """Return a card for each attachment in the actor's scope, those taken back at the end."""
    found = attached.list_attachments(unit.session, actor, visit.id, now=unit.now, with_withdrawn=True)
    names, zone = sender_names(unit, found), policy_of(unit.session).zone
    can_restore = _can_change(actor, visit)
    cards = [_card(each, names[each.id], zone, can_restore=can_restore) for each in found]
    return tuple(sorted(cards, key=lambda card: card.is_withdrawn))


def own_cards_of(unit: Unit, actor: LinkActor, visit: Visit) -> tuple[AttachmentCard, ...]:
    """Return a card for each photo a patient's phone sent and has not taken back."""
    zone, base = policy_of(unit.session).zone, f"/p/{actor.opening_id}/photos/"
    found = attached.list_attachments(unit.session, actor, visit.id, now=unit.now)
    return tuple(
        AttachmentCard(
            id=str(each.id),
            href="",
            thumb_href=f"{base}{each.id}/picture",
            label=each.caption or t("attachments.kinds.photo"),
            kind="",
            about=datetime_text(each.occurred_at, zone),
            notes=() if each.is_whole else (t("attachments.preview_only"),),
        )
        for each in found
    )


def attachment_page(
    unit: Unit,
    actor: MembershipActor,
    attachment: Attachment,
    *,
    zoom: int = 1,
    form: FormView | None = None,
) -> AttachmentPage:
    """Return one attachment fetched in scope."""
    session, here = unit.session, f"/attachments/{attachment.id}"
    visit = queries.get_visit(session, actor, attachment.visit_id, now=unit.now)
    pictures = attached.pictures_of(session, [attachment.id])[attachment.id]
    name = sender_names(unit, [attachment])[attachment.id]
    card = _card(attachment, name, policy_of(session).zone, can_restore=False)
    return AttachmentPage(
        back_href=f"/visits/{visit.id}/attachments",
        action=f"{here}?zoom={zoom}" if zoom > 1 else here,
        full_href=f"{here}/picture?size=full&page=1",
        label=card.label,
        about=card.about,
        notes=card.notes,
        drawings=_drawings(attachment, pictures, card.label, large=zoom > 1),
        zoom=zoom,
        zooms=tuple((each, f"{here}?zoom={each}") for each in ZOOMS),
        arrows=json.dumps(attachment.arrows),
        version=attachment.version,
        form=form or filled({"kind": attachment.kind, "caption": attachment.caption}),
        kinds=kind_options(),
        can_change=_can_change(actor, visit) and attachment.withdrawn_at is None,
        must_say_why=visit.state == VisitState.SIGNED
        and is_participant(actor, visit)
        and attachment.withdrawn_at is None,
    )


def sheet_page(unit: Unit, actor: MembershipActor, visit: Visit) -> AttachmentSheetPage:
    """Return the attachments of a visit fetched in scope as they leave the printer."""
    found = attached.list_attachments(unit.session, actor, visit.id, now=unit.now)
    pictures = attached.pictures_of(unit.session, [each.id for each in found])
    names, zone = sender_names(unit, found), policy_of(unit.session).zone
    card = find_cards(unit.session, actor, [visit.patient_id], now=unit.now).get(visit.patient_id)
    printed = []
    for each in found:
        label, rows = _label(each), pictures[each.id]
        size = Size.FULL if each.is_whole else Size.VIEW
        about = f"{names[each.id]}, {datetime_text(each.occurred_at, zone)}"
        hashes = tuple(row.sha256[:32] for row in rows if row.size == size)
        printed.append(PrintedAttachment(label, about, hashes, _drawings(each, rows, label, large=False)))
    return AttachmentSheetPage(
        back_href=f"/visits/{visit.id}/attachments",
        patient=_who(unit, actor, visit),
        mrn=card.mrn if card else "",
        printed=datetime_text(unit.now, zone),
        attachments=tuple(printed),
    )


def _drawings(
    attachment: Attachment, pictures: Sequence[AttachmentFile], label: str, *, large: bool
) -> tuple[Drawing, ...]:
    wanted = Size.FULL if large and attachment.is_whole else Size.VIEW
    return tuple(
        drawing(
            row.page,
            f"/attachments/{attachment.id}/picture?size={row.size}&page={row.page}",
            label if row.page == 1 else t("attachments.page", label=label, number=row.page),
            (row.width, row.height),
            attachment.turn,
            attachment.arrows,
        )
        for row in pictures
        if row.size == wanted
    )


def _card(attachment: Attachment, name: str, zone: ZoneInfo, *, can_restore: bool) -> AttachmentCard:
    notes = []
    if attachment.source != "record":
        notes.append(t(f"attachments.sources.{attachment.source}"))
    if not attachment.is_whole:
        notes.append(t("attachments.preview_only"))
    if attachment.arrows:
        notes.append(t("attachments.has_arrows", count=len(attachment.arrows)))
    is_withdrawn = attachment.withdrawn_at is not None
    if is_withdrawn:
        why = attachment.withdrawn_reason
        notes.append(t("attachments.taken_back_why", reason=why) if why else t("attachments.taken_back"))
    return AttachmentCard(
        id=str(attachment.id),
        href=f"/attachments/{attachment.id}",
        thumb_href=f"/attachments/{attachment.id}/picture?size=thumb",
        label=_label(attachment),
        kind=t(f"attachments.kinds.{attachment.kind}"),
        about=t("attachments.by", name=name, time=datetime_text(attachment.occurred_at, zone)),
        notes=tuple(notes),
        is_withdrawn=is_withdrawn,
        can_restore=is_withdrawn and can_restore,
    )


def _label(attachment: Attachment) -> str:
    return attachment.caption or t(f"attachments.kinds.{attachment.kind}")


def sender_names(unit: Unit, attachments: Sequence[Attachment]) -> dict[object, str]:
    """Return who sent each: a colleague by name, a patient's phone and a program as such."""
    staff = {each.added_by for each in attachments if each.added_kind == ActorKind.MEMBERSHIP}
    members = describe(unit.session, staff) if staff else {}
    found: dict[object, str] = {}
    for each in attachments:
        member = members.get(each.added_by)
        other = "by_patient" if each.added_kind == ActorKind.LINK else "by_program"
        found[each.id] = f"{member.title} {member.name}".strip() if member else t(f"attachments.{other}")
    return found


def _who(unit: Unit, actor: MembershipActor, visit: Visit) -> str:
    """Return name, sex and age; nothing where the visit alone is readable still, having been signed."""
    card = find_cards(unit.session, actor, [visit.patient_id], now=unit.now).get(visit.patient_id)
    return f"{card.full_name}, {about_text(card)}" if card else ""


def _can_change(actor: MembershipActor, visit: Visit) -> bool:
    return can(actor, "file.add") and visit.state == VisitState.OPEN and is_participant(actor, visit)
