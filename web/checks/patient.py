"""The patient's page of check questions. Reading changes nothing; what was typed stays on an error."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from telehealth.availability.queries import station_hours
from telehealth.checks import queries, service
from telehealth.checks.models import CheckRound
from telehealth.checks.questions import Judgement, Kind, Level, judge, read_content
from telehealth.checks.rules import ANSWERS_AT_MOST
from telehealth.checks.states import OPEN, AlarmState, RoundState
from telehealth.duty.queries import list_on_duty, list_pools_of
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.files.deps import storage_of
from telehealth.files.rules import Washed
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, database_of, write_unit
from telehealth.kit.errors import ConflictError, DomainError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.links.errors import LinkClosedError
from telehealth.urgent.errors import NoPoolError
from telehealth.urgent.queries import choose_ladder
from web.checks.forms import PREFIX, answers_in, answers_view
from web.checks.patient_pages import AnsweredPage, ClosedQuestionsPage, QuestionsPage
from web.checks.photos import receive_photos
from web.checks.words import question_views
from web.formatting import date_text, datetime_text
from web.forms import FormView, error_text
from web.i18n import current_language, t
from web.links.views import chrome_of, helped_text, subject_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Asked = Annotated[LinkActor, AllowLink("questionnaire")]
SKIP: Final = "skip"
PLACES_AT_MOST: Final = 2


@router.get("/p/{opening_id}/questions")
def questions_page(request: Request, actor: Asked, unit: ReadUnit, again: bool = False) -> Response:
    """Show the questions, or what follows from the answers."""
    row = _round_of(unit, actor)
    if row.state == RoundState.PLANNED or row.state not in OPEN:
        return render(request, _not_now(unit, actor, row))
    if row.level and not (again and _may_answer(unit, row)):
        return render(request, _answered(unit, actor, row))
    return render(request, _form(unit, actor, row, FormView()))


@router.post("/p/{opening_id}/questions", dependencies=[CsrfProtected])
async def answer_questions(request: Request, actor: Asked, form: PostedForm) -> Response:
    """Take the answers; what is missing is asked for once more, unless what is there is red already.

    Photos are washed outside of any unit. One that is refused is told at its place, with the other answers
    kept as typed; a red among those is heard all the same.
    """
    codes = await run_in_threadpool(_photo_codes, request, actor)
    photos, refused = await receive_photos(request, form, codes)
    async with write_unit(request) as unit:
        return await run_in_threadpool(_take, request, actor, unit, form, photos, refused)


def _photo_codes(request: Request, actor: LinkActor) -> list[str]:
    """Return which questions of an open round may be answered with a photo."""
    with database_of(request).read() as unit:
        row = _round_of(unit, actor)
        sheet = queries.sources_of(unit.session, [row]).get(row.id)
        if sheet is None or row.state not in OPEN or not _may_answer(unit, row):
            return []
        return [each.code for each in read_content(sheet.source).questions if each.kind is Kind.PHOTO]


def _take(
    request: Request,
    actor: LinkActor,
    unit: Unit,
    form: FormData,
    photos: Mapping[str, Washed],
    refused: Mapping[str, DomainError],
) -> Response:
    row = _round_of(unit, actor)
    sheet = queries.sources_of(unit.session, [row]).get(row.id)
    here = f"/p/{actor.opening_id}/questions"
    if sheet is None:
        raise LinkClosedError
    content = read_content(sheet.source)
    given, is_final = answers_in(form, content), bool(form.get(SKIP))
    judged = judge(content, given)
    if refused and judged.level is not Level.RED:
        view = answers_view(content, given, None if is_final else judged)
        for code, error in refused.items():
            view = view.with_error(PREFIX + code, error_text(error))
        return render(request, _form(unit, actor, row, view), 422)
    kept = service.Photos(storage_of(request), photos)
    try:
        judged = service.answer(unit.session, actor, given, is_final=is_final, photos=kept, now=unit.now)
    except ConflictError:
        return redirect(here)
    if _is_kept(judged, is_final=is_final):
        return redirect(here)
    view = answers_view(content, given, judged)
    for code in photos:
        view = view.with_error(PREFIX + code, t("checks.patient.photo_again"))
    return render(request, _form(unit, actor, row, view), 422)


def _is_kept(judged: Judgement, *, is_final: bool) -> bool:
    return judged.is_whole or is_final or judged.level is Level.RED


def _round_of(unit: Unit, actor: LinkActor) -> CheckRound:
    row = queries.find_round(unit.session, actor.subject_id)
    if row is None or row.patient_id != actor.patient_id:
        raise LinkClosedError
    return row


def _may_answer(unit: Unit, row: CheckRound) -> bool:
    given = queries.answers_of(unit.session, [row.id])
    return sum(each.via == "link" for each in given) < ANSWERS_AT_MOST


def _form(unit: Unit, actor: LinkActor, row: CheckRound, form: FormView) -> QuestionsPage:
    subject = subject_of(unit, actor)
    content = read_content(queries.sources_of(unit.session, [row])[row.id].source)
    is_watched = policy_of(unit.session).is_watched
    return QuestionsPage(
        chrome=chrome_of(subject.station),
        patient=subject.patient_name,
        helped=helped_text(actor, subject),
        title=content.name.get(current_language()),
        watched=t("checks.patient.watched" if is_watched else "checks.patient.unwatched"),
        questions=question_views(content, with_photos=True),
        has_photos=any(each.kind is Kind.PHOTO for each in content.questions),
        form=form,
        action=f"/p/{actor.opening_id}/questions",
    )


def _answered(unit: Unit, actor: LinkActor, row: CheckRound) -> AnsweredPage:
    subject = subject_of(unit, actor)
    is_red = row.level == Level.RED
    return AnsweredPage(
        chrome=chrome_of(subject.station),
        patient=subject.patient_name,
        level=row.level,
        text=_what_follows(unit, row),
        phones=_phones(unit, subject.station) if is_red else (),
        again_href=f"/p/{actor.opening_id}/questions?again=true" if _may_answer(unit, row) else "",
        seen_href=f"/p/{actor.opening_id}/seen",
    )


def _what_follows(unit: Unit, row: CheckRound) -> str:
    """Return what happens now. Nobody is said to listen who may not be there."""
    if row.level == Level.GREEN:
        return t("checks.patient.green")
    zone = policy_of(unit.session).zone
    if row.level == Level.AMBER:
        at = datetime_text(row.call_at, zone) if row.call_at else ""
        is_open = row.call_at is not None and row.call_at <= unit.now
        return t("checks.patient.amber_now") if is_open else t("checks.patient.amber", time=at)
    rung = queries.alarms_of(unit.session, row.id)
    is_open = station_hours(unit.session, row.station_facility_id, unit.now).is_open(unit.now)
    if is_open and any(each.state == AlarmState.RINGING and each.rings_station for each in rung):
        return t("checks.patient.red_station")
    if any(each.state == AlarmState.TAKEN for each in rung):
        return t("checks.patient.red_taken")
    return t(
        "checks.patient.red_watched" if policy_of(unit.session).is_watched else "checks.patient.red_night"
    )


def _phones(unit: Unit, station: Facility) -> tuple[tuple[str, str], ...]:
    """Return the numbers of the houses with a doctor on duty now, the nearest first."""
    try:
        ladder = choose_ladder(unit.session, station_id=station.id, specialty=None, now=unit.now)
    except NoPoolError:
        return ()
    staffed = {each.pool_id for each in list_on_duty(unit.session, ladder, now=unit.now)}
    houses = {pool.id: pool.facility_id for pool in list_pools_of(unit.session, ladder)}
    found: dict[str, str] = {}
    for pool_id in ladder:
        place = get_facility(unit.session, houses[pool_id])
        if pool_id in staffed and place.phone and place.phone != station.phone:
            found.setdefault(place.phone, place.short_name)
    return tuple(
        (
            t(
                "checks.patient.call_place",
                name=name,
                phone=display(phone).replace(" ", "\N{NO-BREAK SPACE}"),
            ),
            f"tel:{phone}",
        )
        for phone, name in list(found.items())[:PLACES_AT_MOST]
    )


def _not_now(unit: Unit, actor: LinkActor, row: CheckRound) -> ClosedQuestionsPage:
    is_early = row.state == RoundState.PLANNED
    key = "early" if is_early else "over"
    return ClosedQuestionsPage(
        chrome=chrome_of(subject_of(unit, actor).station),
        title=t(f"checks.patient.{key}_title"),
        text=t(f"checks.patient.{key}_text", day=date_text(row.due_on)),
    )
