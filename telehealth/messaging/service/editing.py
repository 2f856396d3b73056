"""Editing texts, and noting what vendors' operators have registered."""

from datetime import datetime

from sqlmodel import Session, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.kit.text import nfc
from telehealth.messaging.models import MessageText, TextRegistration
from telehealth.messaging.rules import Template, Variant, faults_of
from telehealth.messaging.templates import make_template, templates
from telehealth.messaging.texts import Registration, forbidden_now, load_texts


def edit_text(
    session: Session,
    actor: Actor,
    key: str,
    variant: Variant,
    *,
    text: str,
    call: str,
    version: int,
    now: datetime,
) -> Template:
    """Put a new version of a text into use.

    Raises `not-allowed`, `text-not-found`, `stale-version`, and `text-` with the first fault found:
    unknown-part, sender-not-first, link-not-last, not-gsm, too-many-parts, forbidden-word, no-link.
    """
    check(actor, "message.edit")
    texts = load_texts(session)
    _require_known(key, variant)
    current = texts.newest[key, variant]
    if current.version != version:
        raise StaleError
    # The piece follows the sentence before it; the form has trimmed its space.
    piece = f" {nfc(call)}" if nfc(call) else ""
    words = nfc(text) if piece else nfc(text.replace("{call}", ""))
    wanted = make_template(key, variant, words, piece, version + 1)
    if (wanted.text, wanted.optional) == (current.text, current.optional):
        return current
    _require_sendable(session, wanted, current)
    session.add(
        MessageText(
            template=key,
            variant=variant,
            version=wanted.version,
            text=wanted.text,
            call=piece,
            written_by=actor.ref,
            written_at=now,
        )
    )
    facts = {"template": key, "variant": variant, "version": wanted.version}
    record(session, actor, "message.edit", subject_kind="message_text", facts=facts, now=now)
    session.flush()
    return wanted


def note_registration(
    session: Session,
    actor: Actor,
    key: str,
    variant: Variant,
    *,
    gateway: str,
    state: Registration,
    vendor_code: str,
    now: datetime,
) -> None:
    """Note how far the operators behind a gateway are with the text in use.

    Raises `not-allowed`, `text-not-found`.
    """
    check(actor, "message.edit")
    _require_known(key, variant)
    version = load_texts(session).newest[key, variant].version
    same = select(TextRegistration).where(
        TextRegistration.template == key,
        TextRegistration.variant == variant,
        TextRegistration.gateway == gateway,
        TextRegistration.version == version,
    )
    row = session.exec(same).first() or TextRegistration(
        template=key,
        variant=variant,
        gateway=gateway,
        version=version,
        state=state,
        noted_by=actor.ref,
        noted_at=now,
    )
    row.state, row.vendor_code = state, vendor_code
    row.noted_by, row.noted_at = actor.ref, now
    session.add(row)
    facts = {"template": key, "variant": variant, "version": version, "gateway": gateway, "state": state}
    record(session, actor, "message.edit", subject_kind="text_registration", facts=facts, now=now)
    session.flush()


def _require_known(key: str, variant: Variant) -> None:
    if (key, variant) not in templates():
        raise NotFoundError("text-not-found")


def _require_sendable(session: Session, wanted: Template, current: Template) -> None:
    faults = faults_of(wanted, forbidden_now(session))
    if not faults and current.has_link and not wanted.has_link:
        faults = ["no-link"]
    # What a kind of text has no value for could never be sent.
    known = {name for (key, _), each in templates().items() if key == wanted.key for name in each.names}
    if not faults and not wanted.names <= known:
        faults = ["unknown-part"]
    if faults:
        raise InvalidError(f"text-{faults[0]}", field="text")
