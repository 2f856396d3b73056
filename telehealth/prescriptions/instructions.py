"""What an instruction says of days and times. Pure; half a word too many only leaves its words standing."""

import re
from typing import Final

from telehealth.kit.text import fold, nfc

ASLEEP: Final = r"khi (?:đi )?ngủ\b(?! (?:dậy|không|chưa|kém|khó|mê))"
"""When going to bed, and not when sleep is what is wrong."""

_HARMLESS: Final = re.compile(
    rf"\b(?:(?:trước|sau|trong) (?:khi )?(?:bữa )?ăn\b|khi (?:no|đói)\b|(?:trước )?{ASLEEP}|\d+ phút\b"
    r"|ngay (?=trước|sau|trong|khi)|(?:đủ|mỗi|hằng|hàng) ngày(?= ?(?:[,.;]|$)))"
)
"""What an instruction says of meals, sleep and every day without making the times conditional."""

_CONDITIONAL: Final = re.compile(
    r"\b(?:khi|neu|can|tang|giam|dot|sau do|roi|nghi|ngung|hom|lieu|duy nhat|dinh ky"
    r"|ngay|tuan|thang|quy|thu|chu nhat|cn|t ?[2-8]|chan|le|cach|xen|luan phien"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weeks?|weekly|months?|monthly|alternate|other|every"
    r"|if|when|needed|prn|sos)\b"
)
"""Words, without their marks, after which the times of a day are not the same every day: weekdays, odd and
even days, weeks, conditions, changing doses. Half a word too many only leaves the doctor's own words."""

_WEEKDAYS: Final = re.compile(r"\b[2-7](?: ?[-–,;/+&] ?[2-7])+\b|\b(?:dừng|ngưng)\b")
"""2-4-6 as weekdays are written, and a word that without its mark would be "use"."""

_OVER_A_DAY: Final = re.compile(
    r"\b(?:(?:2[5-9]|[3-9]\d|\d{3,}) ?(?:gio|tieng|h|hours?)|q ?\d+ ?h|q ?o ?d|e ?o ?d)\b"
)
"""Without marks: hours past a day ("mỗi 72 giờ", "48h/lần"), and what doctors write for every other day."""

_BY_HOUR: Final = re.compile(r"\b(?:gio|tieng|luc|h)\b")
"""Words, without their marks, by which an instruction says the time itself."""

_NUMBER: Final = re.compile(
    r"\d|[¼½¾⅓⅔]|\b(?:một|mot|hai|ba|bốn|bon|tư|năm|sáu|bảy|bẩy|bay|tám|tam|chín|chin|mười|muoi|nửa|nua|rưỡi|vài)\b"
)
"""A number of its own: it is the instruction that says how much or how often, not the line's dose."""


def is_every_day(instruction: str) -> bool:
    """Tell whether a medicine with this instruction is taken alike on each day of its course.

    False wherever it names days (`thứ hai`, `cách ngày`, `mỗi tuần`, `mỗi 72 giờ`) or sets a condition
    (`khi đau`).
    """
    plain = _HARMLESS.sub(" ", nfc(instruction).lower())
    bare = fold(plain)
    return not (_CONDITIONAL.search(bare) or _OVER_A_DAY.search(bare) or _WEEKDAYS.search(plain))


def says_its_own(instruction: str) -> bool:
    """Tell whether it names an hour or an amount itself, beside which a computed one would stand."""
    plain = _HARMLESS.sub(" ", nfc(instruction).lower())
    return bool(_BY_HOUR.search(fold(plain)) or _NUMBER.search(plain))
