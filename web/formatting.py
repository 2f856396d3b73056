"""Dates, times, numbers and names as people read them, in the facility's zone and the current language."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.dates import format_timedelta
from babel.numbers import format_decimal

from telehealth.kit.clock import DEFAULT_ZONE
from web.i18n import current_language, t

_DAY: Final = timedelta(days=1)
_NOW: Final = timedelta(seconds=45)


def local(instant: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> datetime:
    """Return the instant on the wall clock of the zone. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant is aware")
    return instant.astimezone(zone)


def date_text(value: date | datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return 23/11/2026, in both languages: two forms of one date would be read wrongly."""
    day = local(value, zone).date() if isinstance(value, datetime) else value
    return f"{day:%d/%m/%Y}"


def time_text(instant: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return 09:30, on a 24-hour clock."""
    return f"{local(instant, zone):%H:%M}"


def datetime_text(instant: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return 09:30, 23/11/2026."""
    return f"{time_text(instant, zone)}, {date_text(instant, zone)}"


def weekday_text(value: date | datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return the day's name: Thứ Hai, Chủ Nhật."""
    day = local(value, zone).date() if isinstance(value, datetime) else value
    return babel_date(day, "EEEE", locale=current_language())


def long_date_text(value: date | datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return Thứ Hai, 23/11/2026."""
    return f"{weekday_text(value, zone)}, {date_text(value, zone)}"


def day_text(value: date | datetime, today: date, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """Return the day as people say it: hôm nay, ngày mai, hôm qua, else weekday and date."""
    day = local(value, zone).date() if isinstance(value, datetime) else value
    near = {today: "common.today", today + _DAY: "common.tomorrow", today - _DAY: "common.yesterday"}
    return t(near[day]) if day in near else long_date_text(day)


def relative_text(instant: datetime, now: datetime) -> str:
    """Return how long ago or ahead: vừa xong, 5 phút trước, sau 2 giờ nữa."""
    distance = instant - now
    if abs(distance) < _NOW:
        return t("common.just_now")
    text: str = format_timedelta(distance, add_direction=True, locale=current_language())
    return text


def minutes_text(minutes: int) -> str:
    """Return a span of minutes: 18 phút, 2 giờ 5 phút."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return t("common.minutes", count=rest)
    whole = t("common.hours", count=hours)
    return f"{whole} {t('common.minutes', count=rest)}" if rest else whole


def clock_text(seconds: int) -> str:
    """Return a countdown: 04:12."""
    return f"{max(seconds, 0) // 60:02d}:{max(seconds, 0) % 60:02d}"


def clock_of(minute: int) -> str:
    """Return a minute of the day like 07:30; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def number_text(value: int | float | Decimal, decimals: int | None = None) -> str:
    """Return a number with the language's separators: 36,8 in Vietnamese, 36.8 in English."""
    pattern = "#,##0.###" if decimals is None else f"#,##0.{'0' * decimals}".rstrip(".")
    return format_decimal(value, format=pattern, locale=current_language())


def initials(name: str) -> str:
    """Return two letters for an avatar: family and given name, Nông Thị Hạnh gives NH."""
    words = [word for word in name.replace(".", " ").split() if word[0].isalpha()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0]).upper() if len(words) > 1 else words[0][:2].upper()
