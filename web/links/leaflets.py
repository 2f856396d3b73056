"""From a signed visit to what its patient's pages print."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from telehealth.followup.queries import LinkSubject, find_next
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.leaflets import queries
from telehealth.leaflets.queries import Content, Leaflet
from telehealth.leaflets.rules import Course, Sent, courses_of
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.prescriptions.rules import MOMENTS
from web.formatting import date_text, long_date_text, number_text, time_text
from web.forms import FormView
from web.i18n import t
from web.links.going import going_of
from web.links.leaflet_pages import (
    CourseLine,
    MedicineDays,
    MedicinesPage,
    Moment,
    NextLine,
    RatingPage,
    WordsPage,
    WordsPaper,
    call_now_lines,
    come_soon_lines,
    step_options,
)
from web.links.views import chrome_of, helped_text, map_address, window_text
from web.prescriptions.words import name_text, usage_text

_ICONS: Final = {"morning": "sunrise", "noon": "sun", "evening": "sunset", "night": "moon"}
_PARTS: Final = {Decimal("0.25"): "¼", Decimal("0.5"): "½", Decimal("0.75"): "¾"}


def leaflet_of(unit: Unit, actor: LinkActor) -> Leaflet:
    """Return the signed visit a link leads to; raise `link-closed` where it leads to none."""
    leaflet = queries.find_leaflet(unit.session, actor.subject_id)
    if leaflet is None:
        raise LinkClosedError
    return leaflet


def leaflet_page(unit: Unit, actor: LinkActor, subject: LinkSubject) -> WordsPage | MedicinesPage:
    """Return the page behind a link to a visit."""
    leaflet = leaflet_of(unit, actor)
    if actor.purpose == Sent.MEDICINES:
        return MedicinesPage(
            chrome=chrome_of(subject.station),
            patient=subject.patient_name,
            helped=helped_text(actor, subject),
            days=medicine_days(unit, leaflet),
            come_soon=come_soon_lines(),
            documents_href=f"/p/{actor.opening_id}/documents",
        )
    return _words_page(unit, actor, subject, leaflet)


def rating_page(
    actor: LinkActor, subject: LinkSubject, form: FormView, *, is_done: bool = False
) -> RatingPage:
    """Return the question how the visit was."""
    return RatingPage(
        chrome=chrome_of(subject.station),
        form=form,
        steps=step_options(),
        done=t("links.rating.done") if is_done else "",
        action=f"/p/{actor.opening_id}/rating",
        back_href=f"/p/{actor.opening_id}",
    )


def medicine_days(unit: Unit, leaflet: Leaflet) -> MedicineDays:
    """Return what is to be taken today and from now on, of the prescription in force."""
    if not leaflet.lines:
        return MedicineDays(note=t("links.medicines.taken_back") if _had_prescription(leaflet) else "")
    today = policy_of(unit.session).local_date(unit.now)
    courses = courses_of(leaflet.lines, leaflet.issued_on, today)
    is_new = leaflet.prescription is not None and leaflet.prescription.number > 1
    day = date_text(leaflet.issued_on)
    return MedicineDays(
        moments=_moments(courses),
        courses=tuple(map(_course_line, courses)),
        from_day=t("links.medicines.from_day", date=day),
        note=t("links.medicines.replaced", date=day) if is_new else "",
    )


def amount_text(amount: Decimal, unit: str) -> str:
    """Return an amount as people say it: ½ viên, 1½ viên, 2,3 ml."""
    whole, rest = divmod(amount, 1)
    if rest in _PARTS:
        return f"{number_text(whole) if whole else ''}{_PARTS[rest]} {unit}"
    return f"{number_text(amount)} {unit}"


def person_text(member: Content) -> str:
    """Return a signer or doctor of a record with title, name and facility."""
    name = f"{member['title']} {member['name']}".strip()
    return f"{name}, {member['facility']['name']}"


def signed_on(document: Content) -> datetime:
    """Return when a document was signed."""
    return datetime.fromisoformat(document["signed_at"].replace("Z", "+00:00"))


def _words_page(unit: Unit, actor: LinkActor, subject: LinkSubject, leaflet: Leaflet) -> WordsPage:
    place = f"/p/{actor.opening_id}"
    rating = queries.find_rating(unit.session, leaflet.visit.id)
    return WordsPage(
        chrome=chrome_of(subject.station),
        patient=subject.patient_name,
        helped=helped_text(actor, subject),
        **_words(unit, leaflet),
        documents_href=f"{place}/documents",
        rating_href=f"{place}/rating",
        rated=t(f"links.rating.steps.{rating.step}") if rating else "",
        seen_href=f"{place}/seen",
        forget_action=f"{place}/forget",
    )


def words_paper(unit: Unit, leaflet: Leaflet, subject: LinkSubject, *, phone: str, back: str) -> WordsPaper:
    """Return the same words as they are printed for who has no phone."""
    return WordsPaper(
        back=back,
        facility=subject.station.name,
        phone=phone,
        name=subject.patient_name,
        **_words(unit, leaflet),
    )


def _words(unit: Unit, leaflet: Leaflet) -> dict[str, Any]:
    """Return what the page and the paper both say."""
    visited_on = date_text(leaflet.visit.occurred_at, policy_of(unit.session).zone)
    return {
        "visited": t("links.words.visited", date=visited_on),
        "doctor": person_text(leaflet.record["signer"]),
        "going": going_of(unit, leaflet),
        "corrections": _corrections(unit, leaflet),
        "advice": _paragraphs(leaflet.record["sections"].get("advice", "")),
        "days": medicine_days(unit, leaflet),
        "call_now": call_now_lines(),
        "come_soon": come_soon_lines(),
        "next": _next_line(unit, leaflet),
    }


def _corrections(unit: Unit, leaflet: Leaflet) -> tuple[tuple[str, str], ...]:
    zone = policy_of(unit.session).zone
    return tuple(
        (t("links.words.corrected", date=date_text(signed_on(each), zone)), each["text"])
        for each in reversed(leaflet.amendments)
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _had_prescription(leaflet: Leaflet) -> bool:
    documents = (leaflet.record, *leaflet.amendments)
    return any((each.get("parts") or {}).get("prescription", {}).get("lines") for each in documents)


def _moments(courses: tuple[Course, ...]) -> tuple[Moment, ...]:
    taken = [each for each in courses if each.days_left]
    found = (
        (
            name,
            tuple(
                (amount_text(each.amounts[name], each.line["unit"]), name_text(each.line))
                for each in taken
                if name in each.amounts
            ),
        )
        for name in MOMENTS
    )
    return tuple(
        Moment(_ICONS[name], t(f"links.medicines.at.{name}"), doses) for name, doses in found if doses
    )


def _course_line(course: Course) -> CourseLine:
    day = date_text(course.last_on)
    return CourseLine(
        name=name_text(course.line),
        usage=usage_text(course.line),
        left=t("links.medicines.left", count=course.days_left, date=day)
        if course.days_left
        else t("links.medicines.over", date=day),
        is_over=not course.days_left,
        is_unplaced=bool(course.days_left) and not course.amounts,
    )


def _next_line(unit: Unit, leaflet: Leaflet) -> NextLine | None:
    """Return the next visit as it stands; None where none is ahead."""
    zone = policy_of(unit.session).zone
    found = find_next(unit.session, leaflet.visit.id, now=unit.now)
    if found is None or found.ends_at <= unit.now:
        return None
    return NextLine(
        time=time_text(found.starts_at, zone),
        date=long_date_text(found.starts_at, zone),
        until="" if found.is_booked else t("links.until", time=time_text(found.ends_at, zone)),
        window=window_text(found.days),
        place=found.place.name,
        address=found.place.address,
        map_href=map_address(found.place),
    )
