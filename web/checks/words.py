"""From questionnaires and answers to words, in the language of the page."""

from collections.abc import Mapping

from telehealth.checks.models import CheckAnswer
from telehealth.checks.questions import Content, Kind, Question, Rule, judge
from web.checks.forms import PREFIX
from web.checks.parts import QuestionView, yes_no
from web.formatting import number_text
from web.forms import Option
from web.i18n import current_language, t

KINDS = {"red": ("urgent", "alert-triangle"), "amber": ("soon", "phone"), "green": ("ok", "check")}
SILENT = ("", "message-circle")


def question_views(content: Content, *, with_photos: bool = False) -> tuple[QuestionView, ...]:
    """Return the questions as a form asks them; those for a photo only where one can be sent."""
    return tuple(_view(each) for each in content.questions if with_photos or each.kind is not Kind.PHOTO)


def level_text(level: str) -> str:
    """Return how answers are judged; that there are none."""
    return t(f"checks.levels.{level or 'silent'}")


def fired_words(content: Content, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return why answers are judged as they are: rules that held, what is missing or free words."""
    judged, language = judge(content, given), current_language()
    why = [content.rules[place].words.get(language) for place in judged.fired]
    if not judged.is_whole:
        why.append(t("checks.reasons.missing"))
    if any(each.kind is Kind.TEXT and given.get(each.code) for each in content.questions):
        why.append(t("checks.reasons.words"))
    if any(each.kind is Kind.PHOTO and given.get(each.code) for each in content.questions):
        why.append(t("checks.reasons.photo"))
    return tuple(dict.fromkeys(why))


def answer_rows(content: Content, row: CheckAnswer) -> tuple[tuple[str, str], ...]:
    """Return each question with its answer in words."""
    language = current_language()
    return tuple(
        (each.words.get(language), answer_text(each, row.given.get(each.code, "")))
        for each in content.questions
    )


def answer_text(question: Question, text: str) -> str:
    """Return one answer in words; what cannot be read as it was typed."""
    if not text:
        return t("checks.no_answer")
    if question.kind is Kind.PHOTO:
        return t("checks.photo_sent")
    if question.kind is Kind.YES_NO and text in ("yes", "no"):
        return t(f"checks.{text}")
    if question.kind is Kind.CHOICE:
        words = dict(question.options).get(text)
        return words.get(current_language()) if words else text
    return f"{text} {question.unit}".strip()


def rule_texts(content: Content) -> tuple[tuple[str, str, str], ...]:
    """Return level, words and conditions of each rule, with where its threshold comes from."""
    language = current_language()

    def conditions(rule: Rule) -> str:
        when = ", ".join(f"{each.question} {each.sign} {each.value}" for each in rule.when)
        return f"{when}. {t('checks.sheets.from', source=rule.source)}" if rule.source else when

    return tuple((rule.level, rule.words.get(language), conditions(rule)) for rule in content.rules)


def _view(question: Question) -> QuestionView:
    language, hint = current_language(), ""
    if question.kind is Kind.NUMBER and question.possible:
        low, high = (number_text(each) for each in question.possible)
        hint = t("checks.patient.number_hint", low=low, high=high)
    if question.kind is Kind.PHOTO:
        hint = t("checks.patient.photo_hint")
    options = tuple(Option(code, words.get(language)) for code, words in question.options)
    return QuestionView(
        name=PREFIX + question.code,
        kind=question.kind,
        label=question.words.get(language),
        hint=hint,
        unit=question.unit,
        options=yes_no() if question.kind is Kind.YES_NO else options,
        is_optional=question.is_optional,
    )
