"""The photos of a call as its pages list them once they are opened again."""

from collections.abc import Mapping
from uuid import UUID

from telehealth.kit.db import Unit
from telehealth.links.actors import LinkActor
from telehealth.staff.actors import MembershipActor
from telehealth.visits.attached import list_attachments
from telehealth.visits.attachments import Source
from web.attachments.views import sender_names
from web.calls.pages import PhotoView
from web.i18n import t


def photos_of(
    unit: Unit, actor: MembershipActor | LinkActor, visit_id: UUID, ways: Mapping[str, object]
) -> tuple[PhotoView, ...]:
    """Return the photos of a visit's calls the actor may see, the latest first; of a phone, those it sent.

    `ways`: what the scripts of sharp photos are given, with the addresses in it.
    """
    found = list_attachments(unit.session, actor, visit_id, now=unit.now)
    photos = [each for each in reversed(found) if each.source == Source.CALL]
    own = {each.id for each in photos if isinstance(actor, LinkActor) or each.added_by == actor.ref}
    names = sender_names(unit, [each for each in photos if each.id not in own])
    return tuple(
        PhotoView(
            id=str(each.id),
            thumb_href=str(ways["thumbUrl"]).replace("{id}", str(each.id)),
            href=str(ways["openUrl"]).replace("{id}", str(each.id)),
            name=t("calls.still_words.own") if each.id in own else names[each.id],
        )
        for each in photos
    )
