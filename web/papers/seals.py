"""Digital signatures in words: on the record's page, on paper, on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from telehealth.papers.service import RecordCheck
from web.formatting import datetime_text
from web.i18n import t


@dataclass(frozen=True)
class SealView:
    """One signed version checked: what it is, what was found, and whether all is well with it."""

    title: str
    text: str
    detail: str
    is_sound: bool


def digital_text(checks: Sequence[RecordCheck]) -> str:
    """Return what paper says of a digital signature; '' unless one holds over every version of the record."""
    if not checks or not all(each.is_unchanged and each.verified for each in checks):
        return ""
    newest = checks[-1].verified
    if newest is None:
        return ""
    return t("papers.digital", name=newest.subject, number=newest.certificate_sha256[:16])


def seal_views(checks: Sequence[RecordCheck], zone: ZoneInfo) -> tuple[SealView, ...]:
    """Return each version of a record with what the check of it found."""
    return tuple(_seal(each, zone) for each in checks)


def _seal(check: RecordCheck, zone: ZoneInfo) -> SealView:
    title = (
        t("visits.record.first_version")
        if check.number == 1
        else t("papers.amendment", number=check.number - 1)
    )
    if not check.is_unchanged:
        return SealView(title, t("papers.changed"), check.sha256, is_sound=False)
    if not check.is_signed:
        return SealView(title, t("papers.unsigned"), check.sha256, is_sound=True)
    if check.verified is None:
        return SealView(title, t("papers.broken"), check.sha256, is_sound=False)
    found = check.verified
    key = "papers.holds" if found.was_valid else "papers.holds_out_of_time"
    issuer = t("papers.self_issued") if found.is_self_signed else found.issuer
    detail = t("papers.certificate", number=found.certificate_sha256, issuer=issuer)
    text = t(key, name=found.subject, time=datetime_text(found.signed_at, zone))
    return SealView(title, text, detail, is_sound=found.was_valid)
